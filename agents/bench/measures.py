"""How a search on a table is judged. The recipe, for everyone who compares with these figures:

**One objective.** The *incumbent* after n evaluations is the cell with the highest validation accuracy among the first
n; of equals, the first. Its validation accuracy is what the search achieved; its test accuracy is reported.

**Two objectives.** Accuracy (higher is better) and latency (lower is better). The search's *front* after n evaluations
is the non-dominated set of its first n cells by validation accuracy and latency. It is judged by test accuracy and
latency: cells that turn out dominated there simply add nothing.

- *Normalisation*: test accuracy and latency are min-max normalised over all rows of the table, outliers included, so
  each runs from 0 to 1.
- *Reference point*: the worst corner, the table's lowest test accuracy and its highest latency.
- *Reference front*: the true test front, the non-dominated set by test accuracy and latency of all rows whose output
  depends on their input. The 341 others are constants that no search has to find; on some devices one of them would
  be the fastest row and stand on the front, at chance level.
- *HV ratio*: hypervolume of the search's front over that of the reference front (Zitzler & Thiele, IEEE Trans.
  Evolutionary Computation 3(4), 1999). Higher is better, at most 1.
- *Zoomed HV ratio*: the same with the reference point's accuracy at the table's median test accuracy. The full range
  saturates: random cells already come close to 1.
- *IGD*: mean, over the reference front, of the Euclidean distance to the nearest cell of the search's front, in
  normalised units (Coello Coello & Reyes Sierra, MICAI 2004). Lower is better.

**Ceiling.** What a search that had seen the whole table would get: its choice by validation, judged by test. It is
below a ratio of 1, since validation and test differ.

**Predictor.** When a search that has a predictor is over, that predictor learns from all its evaluations and foretells
the validation accuracy of the cells that the search scored without training and never evaluated. Told is Spearman's
rank correlation with the table's validation accuracies. These cells are no random sample: they are what the search
thought of, children of its elites among them, less those that it took.

Everything counts evaluations as distinct cells (see :class:`~illuminas.agents.bench.problem.Oracle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import Task, read_column
from illuminas.agents.bench.trace import Foreseen
from illuminas.memory.metrics import Point, Reference, hypervolume, pareto_front
from illuminas.tools.correlation import spearman
from illuminas.tools.tables import parse_reference


class Quality(NamedTuple):
    """How good a front is; see the module's recipe."""

    hv_ratio: float
    hv_zoomed: float
    igd: float


class Course(NamedTuple):
    """Measures after 1, 2, ... evaluations, each ``(n,)``; the last three None for one objective."""

    validation: np.ndarray
    test: np.ndarray
    best_found: np.ndarray
    """Whether the incumbent has the table's highest validation accuracy."""
    hv_ratio: np.ndarray | None = None
    hv_zoomed: np.ndarray | None = None
    igd: np.ndarray | None = None


class Truth:
    """A table's columns, test accuracy included: for judging what is over, never for a search.

    Args:
        validation, test: per cent, by the cells' codes, NaN where the table has no such cell.
        latency: ms; None for one objective.
        networks: whether a cell's output depends on its input; None where all do.
    """

    def __init__(
        self,
        *,
        validation: np.ndarray,
        test: np.ndarray,
        latency: np.ndarray | None = None,
        networks: np.ndarray | None = None,
    ) -> None:
        self.validation, self.test, self.latency = validation, test, latency
        self._rows = np.flatnonzero(np.isfinite(validation))
        self._networks = self._rows if networks is None else self._rows[networks[self._rows]]
        if latency is not None:
            tests, times = test[self._rows], latency[self._rows]
            self._full = Reference(accuracy=float(tests.min()), latency=float(times.max()))
            self._zoomed = Reference(accuracy=float(np.median(tests)), latency=float(times.max()))
            self._low = np.array([tests.min(), times.min()])
            self._span = np.maximum(np.array([tests.max(), times.max()]) - self._low, 1e-12)
            self.test_front = self._front(self._networks, test)
            self._volumes = tuple(self._volume(self.test_front, box) for box in (self._full, self._zoomed))

    def course(self, codes: Sequence[int]) -> Course:
        """The measures as a search went on; ``codes`` are what it looked up, in order."""
        found = np.asarray(codes, dtype=int)
        validation = self.validation[found]
        best = np.maximum.accumulate(validation)
        new = np.concatenate([[True], best[1:] > best[:-1]])
        incumbent = found[np.maximum.accumulate(np.where(new, np.arange(len(found)), 0))]
        best_found = best >= np.nanmax(self.validation)
        if self.latency is None:
            return Course(best, self.test[incumbent], best_found)
        qualities: list[Quality] = []
        front: list[int] = []
        for code in found:
            if not qualities or not self._dominated(int(code), front):
                front = self.front([*front, int(code)])
                qualities.append(self.quality(front))
            else:
                qualities.append(qualities[-1])
        return Course(best, self.test[incumbent], best_found, *np.array(qualities).T)

    def front(self, codes: Sequence[int] | np.ndarray) -> list[int]:
        """The non-dominated of ``codes`` by validation accuracy and latency, fastest first."""
        return self._front(np.asarray(codes, dtype=int), self.validation)

    def quality(self, front: Sequence[int]) -> Quality:
        """How good a front, chosen by validation, is by test."""
        full, zoomed = (
            self._volume(front, box) / max(true, 1e-12)
            for box, true in zip((self._full, self._zoomed), self._volumes, strict=True)
        )
        found, reference = self._normalised(front), self._normalised(self.test_front)
        distance = np.sqrt(((reference[:, None] - found[None]) ** 2).sum(axis=2))
        return Quality(full, zoomed, float(distance.min(axis=1).mean()))

    def agreement(self, foreseen: Foreseen) -> float | None:
        """Rank correlation of what was foreseen with validation accuracies; None where either is constant."""
        return spearman(np.array(foreseen.expected), self.validation[list(foreseen.codes)])

    def ceiling(self) -> Course:
        """What choosing by validation from the whole table would give; every array has one entry."""
        best = int(self._rows[np.argmax(self.validation[self._rows])])
        single = (self.validation[[best]], self.test[[best]], np.array([True]))
        if self.latency is None:
            return Course(*single)
        return Course(*single, *(np.array([value]) for value in self.quality(self.front(self._networks))))

    def _dominated(self, code: int, front: Sequence[int]) -> bool:
        assert self.latency is not None
        others = np.asarray(front)
        at_least = (self.validation[others] >= self.validation[code]) & (self.latency[others] <= self.latency[code])
        return bool(at_least.any())

    def _front(self, codes: np.ndarray, accuracy: np.ndarray) -> list[int]:
        return [int(point.hash) for point in pareto_front(self._points(codes, accuracy))]

    def _volume(self, codes: Sequence[int], box: Reference) -> float:
        """Hypervolume by test accuracy; its unit drops out of a ratio."""
        return hypervolume(self._points(np.asarray(codes, dtype=int), self.test), box)

    def _points(self, codes: np.ndarray, accuracy: np.ndarray) -> list[Point]:
        assert self.latency is not None
        return [Point(str(code), float(accuracy[code]), float(self.latency[code])) for code in codes]

    def _normalised(self, codes: Sequence[int]) -> np.ndarray:
        assert self.latency is not None
        found = np.asarray(codes, dtype=int)
        return np.asarray((np.column_stack([self.test[found], self.latency[found]]) - self._low) / self._span)


def load_truth(task: Task) -> Truth:
    """A task's columns with its test accuracies, for reports."""
    reference = parse_reference(task.dataset)
    return Truth(
        validation=read_column(reference.name, f"{reference.column}_val"),
        test=read_column(reference.name, f"{reference.column}_test"),
        latency=None if task.device == "none" else read_column(*parse_reference(task.device)),
        networks=cells.connected(),
    )
