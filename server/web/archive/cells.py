"""What the heatmap shows of every niche as of a round: its state, and the figure that colours it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from statistics import quantiles
from typing import NamedTuple

from illuminas.memory.archive import qd_score
from illuminas.server.web.filling import Filling
from illuminas.server.web.replay import Replay
from illuminas.tools.objectives import Objective


class CellState(StrEnum):
    """How a niche stands; each looks different without its colour too."""

    FILLED = "filled"
    EMPTY = "empty"
    """Nothing was evaluated in it."""
    FAILED = "failed"
    """All that was evaluated in it failed."""
    UNREACHABLE = "unreachable"
    """No architecture of the space belongs to it."""

    @property
    def words(self) -> str:
        return {
            CellState.FILLED: "keeps an elite",
            CellState.EMPTY: "empty: nothing was evaluated in it",
            CellState.FAILED: "all that was evaluated in it failed",
            CellState.UNREACHABLE: "no architecture of the space belongs to it",
        }[self]


class Shade(StrEnum):
    """What colours a filled cell."""

    QUALITY = "quality"
    DEVICE = "device"
    AGE = "age"
    VISITS = "visits"
    UNCERTAINTY = "uncertainty"

    @property
    def words(self) -> str:
        """With the unit, and where there is one the direction."""
        return {
            Shade.QUALITY: "the run's first objective, of the elite",
            Shade.DEVICE: "the run's first objective of a device, of the elite",
            Shade.AGE: "rounds since the elite came",
            Shade.VISITS: "successful evaluations that landed in the cell",
            Shade.UNCERTAINTY: "the surrogate's uncertainty about architectures of the cell, ±",
        }[self]

    def text(self, value: float) -> str:
        """The figure as it stands in a cell."""
        whole = self in (Shade.AGE, Shade.VISITS)
        return f"{value:.0f}" if whole else f"{value:.3g}" if self is Shade.DEVICE else f"{value:.1f}"


class Cell(NamedTuple):
    """One niche as of a round.

    Attributes:
        elite: hash of its best; None unless it is filled.
        since: round in which that came.
        visits: successful evaluations that landed in it.
        failures: failed evaluations of what belongs to it.
        value: what colours it; None where that is not known, or there is nothing to colour.
    """

    niche: int
    words: str
    state: CellState
    elite: str | None
    since: int | None
    visits: int
    failures: int
    value: float | None


class Summary(NamedTuple):
    """The archive as a whole.

    Attributes:
        coverage: share of the reachable niches that are filled, 0 to 1.
        qd_score: sum over niches of the best by the first objective (Pugh et al. 2016); higher is better.
    """

    filled: int
    reachable: int
    coverage: float
    qd_score: float


class CellTable:
    """The cells of one partition.

    Args:
        filling: how its niches filled.
        words: every niche in words.
        reachable: niches that some architecture belongs to.
        device: the run's first objective of a device; None where it has none.
    """

    def __init__(
        self,
        replay: Replay,
        filling: Filling,
        words: tuple[str, ...],
        reachable: frozenset[int],
        device: Objective | None = None,
    ) -> None:
        self._device = device
        self.filling = filling
        self.words = words
        self.reachable = reachable
        self._replay = replay

    def cell(self, niche: int, round: int, shade: Shade, uncertain: Mapping[int, float] | None = None) -> Cell:
        """One niche as of a round.

        Args:
            uncertain: niche -> the surrogate's uncertainty, for that shade.
        """
        step = self.filling.step(niche, round)
        visits, failures = len(self.filling.visits(niche, round)), len(self.filling.failures(niche, round))
        known = None if uncertain is None else uncertain.get(niche)
        words = self.words[niche]
        if step is None:
            state = CellState.FAILED if failures else CellState.EMPTY
            if niche not in self.reachable:
                state = CellState.UNREACHABLE
            value = known if shade is Shade.UNCERTAINTY else None
            return Cell(niche, words, state, None, None, visits, failures, value)
        since = next(visit.round for visit in self.filling.visits(niche, round) if visit.hash == step.elite)
        value = {
            Shade.QUALITY: self._replay.qualities[step.elite],
            Shade.DEVICE: self._on_device(step.elite, round),
            Shade.AGE: float(round - since),
            Shade.VISITS: float(visits),
            Shade.UNCERTAINTY: known,
        }[shade]
        return Cell(niche, words, CellState.FILLED, step.elite, since, visits, failures, value)

    def cells(self, round: int, shade: Shade, uncertain: Mapping[int, float] | None = None) -> list[Cell]:
        """Every niche as of a round, in their order."""
        return [self.cell(niche, round, shade, uncertain) for niche in range(len(self.words))]

    def span(self, shade: Shade, uncertain: Mapping[int, float] | None = None) -> tuple[float, float]:
        """Least and greatest figure over the whole run, so that colours mean the same in every round.

        Values far from the rest are left out (outside Tukey's outer fence): a few at chance level would make all
        others look alike.
        """
        last = self._replay.last
        elites = list(self.filling.every_elite())
        if shade is Shade.QUALITY:
            found = _without_outliers([self._replay.qualities[hash_] for hash_ in elites])
        elif shade is Shade.DEVICE:
            found = [value for hash_ in elites if (value := self._on_device(hash_, last)) is not None]
        elif shade is Shade.AGE:
            found = [0.0, float(last)]
        elif shade is Shade.VISITS:
            found = [float(len(self.filling.visits(niche, last)) or 1) for niche in range(len(self.words))]
        else:
            found = list((uncertain or {}).values())
        return (min(found), max(found)) if found else (0.0, 0.0)

    def summary(self, round: int) -> Summary:
        """Coverage and QD score as of a round."""
        elites = self.filling.elites(round)
        score = qd_score((self._replay.qualities[hash_] for hash_ in elites.values()), self._replay.primary, {})
        reachable = max(1, len(self.reachable))
        return Summary(len(elites), len(self.reachable), len(elites) / reachable, score)

    def _on_device(self, hash_: str, round: int) -> float | None:
        return None if self._device is None else self._replay.value(self._device.name, hash_, round)

    def holding(self, hashes: frozenset[str], round: int) -> dict[int, int]:
        """Niche -> how many of ``hashes`` had landed in it by then; only niches that have some."""
        counts = {
            niche: sum(visit.hash in hashes for visit in self.filling.visits(niche, round))
            for niche in range(len(self.words) if hashes else 0)
        }
        return {niche: count for niche, count in counts.items() if count}


def _without_outliers(values: list[float]) -> list[float]:
    """Those within three interquartile ranges below the first quartile; Tukey (1977) calls the others far out."""
    if len(values) < 2:
        return values
    first, _, third = quantiles(values, n=4, method="inclusive")
    return [value for value in values if value >= first - 3 * (third - first)]
