"""What the heatmap shows of every niche as of a round: its state, and the figure that colours it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import quantiles
from typing import Final, NamedTuple

from illuminas.memory.archive import qd_score
from illuminas.memory.filling import Filling, Visit, until
from illuminas.memory.state import RunState
from illuminas.server.web.scales import CIVIDIS, VIRIDIS
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


class Shade(NamedTuple):
    """What colours a filled cell.

    Attributes:
        name: in a list of choices.
        words: what the figure is, with its unit.
        objective: whose value of the elite it is, or whose uncertainty; None for a count.
        palette: from the least figure to the greatest.
    """

    name: str
    words: str
    objective: Objective | None = None
    palette: tuple[str, ...] = CIVIDIS

    def text(self, value: float) -> str:
        """The figure as it stands in a cell."""
        return f"{value:.0f}" if self.objective is None else self.objective.number(value)


UNCERTAINTY: Final = "uncertainty"
AGE: Final = Shade("age", "rounds since the elite came")
VISITS: Final = Shade("visits", "successful evaluations that landed in the cell")


def elite_shade(objective: Objective) -> Shade:
    """The value of each cell's elite."""
    palette = VIRIDIS if objective.maximised else VIRIDIS[::-1]  # bright is better
    return Shade(objective.words, f"{objective.heading} (of the elite)", objective, palette)


def uncertainty_shade(primary: Objective) -> Shade:
    """How unsure the surrogate is of each cell."""
    words = f"the surrogate's uncertainty about architectures of the cell: {primary.heading}, ±"
    return Shade(UNCERTAINTY, words, primary)


def shades_of(objectives: Sequence[Objective]) -> dict[str, Shade]:
    """Name -> what can colour the cells of a run with these objectives, the primary first."""
    shades = (*map(elite_shade, objectives), AGE, VISITS, uncertainty_shade(objectives[0]))
    return {shade.name: shade for shade in shades}


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
    """

    def __init__(self, state: RunState, filling: Filling, words: tuple[str, ...], reachable: frozenset[int]) -> None:
        self.filling = filling
        self.words = words
        self.reachable = reachable
        self._state = state
        self._failures: defaultdict[int, list[Visit]] = defaultdict(list)

    def fail(self, round: int, niche: int, hash_: str) -> None:
        """Take in a failed evaluation of what belongs to the niche."""
        self._failures[niche].append(Visit(round, hash_))

    def failures(self, niche: int, round: int) -> Sequence[Visit]:
        """Failed evaluations of what belongs to the niche, up to the end of a round."""
        return until(self._failures.get(niche, []), round)

    def cell(self, niche: int, round: int, shade: Shade, uncertain: Mapping[int, float] | None = None) -> Cell:
        """One niche as of a round.

        Args:
            uncertain: niche -> the surrogate's uncertainty, where that is the shade.
        """
        step = self.filling.step(niche, round)
        visits, failures = len(self.filling.visits(niche, round)), len(self.failures(niche, round))
        known = uncertain.get(niche) if uncertain and shade.name == UNCERTAINTY else None
        words = self.words[niche]
        if step is None:
            state = CellState.FAILED if failures else CellState.EMPTY
            if niche not in self.reachable:
                state = CellState.UNREACHABLE
            return Cell(niche, words, state, None, None, visits, failures, known)
        since = next(visit.round for visit in self.filling.visits(niche, round) if visit.hash == step.elite)
        if shade.name == UNCERTAINTY:
            value = known
        elif shade.objective is None:
            value = float(round - since if shade is AGE else visits)
        else:
            value = self._state.value(step.elite, shade.objective.name, round)
        return Cell(niche, words, CellState.FILLED, step.elite, since, visits, failures, value)

    def cells(self, round: int, shade: Shade, uncertain: Mapping[int, float] | None = None) -> list[Cell]:
        """Every niche as of a round, in their order."""
        return [self.cell(niche, round, shade, uncertain) for niche in range(len(self.words))]

    def span(self, shade: Shade, uncertain: Mapping[int, float] | None = None) -> tuple[float, float]:
        """Least and greatest figure over the whole run, so that colours mean the same in every round.

        Values far from the rest are left out (outside Tukey's outer fence): a few at chance level would make all
        others look alike.
        """
        last = self._state.round
        elites = list(self.filling.every_elite())
        if shade.name == UNCERTAINTY:
            found = list((uncertain or {}).values())
        elif shade is AGE:
            found = [0.0, float(last)]
        elif shade.objective is None:
            found = [float(len(self.filling.visits(niche, last)) or 1) for niche in range(len(self.words))]
        else:
            values = [self._state.value(hash_, shade.objective.name) for hash_ in elites]
            found = _without_outliers([value for value in values if value is not None], shade.objective)
        return (min(found), max(found)) if found else (0.0, 0.0)

    def summary(self, round: int) -> Summary:
        """Coverage and QD score as of a round."""
        elites, state = self.filling.elites_at(round), self._state
        score = qd_score(map(state.quality, elites.values()), state.primary, state.reference)
        reachable = max(1, len(self.reachable))
        return Summary(len(elites), len(self.reachable), len(elites) / reachable, score)

    def holding(self, hashes: frozenset[str], round: int) -> dict[int, int]:
        """Niche -> how many of ``hashes`` had landed in it by then; only niches that have some."""
        counts = {
            niche: sum(visit.hash in hashes for visit in self.filling.visits(niche, round))
            for niche in range(len(self.words) if hashes else 0)
        }
        return {niche: count for niche, count in counts.items() if count}


def _without_outliers(values: list[float], objective: Objective) -> list[float]:
    """Those within three interquartile ranges of the worst quartile; Tukey (1977) calls the others far out."""
    if len(values) < 2:
        return values
    first, _, third = quantiles(map(objective.gain, values), n=4, method="inclusive")
    return [value for value in values if objective.gain(value) >= first - 3 * (third - first)]
