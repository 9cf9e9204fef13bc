"""How a search on a table is judged. The recipe, for everyone who compares with these figures:

**One objective.** The *incumbent* after n evaluations is the architecture with the highest validation accuracy (of
another first objective, the best value) among the first n; of equals, the first. Its validation accuracy is what the
search achieved; its test accuracy is reported.

**Several objectives.** Each counts in its own unit and direction. The search's *front* after n evaluations is the
non-dominated set of its first n architectures by what the search saw: validation accuracy, latency and so on. It is
judged by the same with test accuracy in place of validation accuracy: architectures that turn out dominated there
simply add nothing.

- *Normalisation*: objectives are min-max normalised over all rows of the table, outliers included, so each runs from 0
  to 1.
- *Reference point*: the worst corner, where every objective has the table's worst value.
- *Reference front*: the true test front, the non-dominated set of all rows whose output depends on their input. On
  NAS-Bench-201 the 341 others are constants that no search has to find; on some devices one of them would be the
  fastest row and stand on the front, at chance level.
- *HV ratio*: hypervolume of the search's front over that of the reference front (Zitzler & Thiele, IEEE Trans.
  Evolutionary Computation 3(4), 1999). Higher is better, at most 1.
- *Zoomed HV ratio*: the same with the reference point at the table's median of the first objective. The full range
  saturates: random architectures already come close to 1.
- *IGD*: mean, over the reference front, of the Euclidean distance to the nearest architecture of the search's front,
  in normalised units (Coello Coello & Reyes Sierra, MICAI 2004). Lower is better.

**Ceiling.** What a search that had seen the whole table would get: its choice by validation, judged by test. It is
below a ratio of 1, since validation and test differ.

**Predictor.** When a search that has a predictor is over, that predictor learns from all its evaluations and foretells
the validation accuracy of the architectures that the search scored without training and never evaluated. Spearman's
rank correlation is with the table's validation accuracies. They are no random sample: they are what the search thought
of, children of its elites among them, less those that it took.

Everything counts evaluations as distinct architectures (see :class:`~illuminas.agents.bench.problem.Oracle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from illuminas.agents.bench.points import points
from illuminas.agents.bench.problem import Task, read_values
from illuminas.agents.bench.trace import Foreseen
from illuminas.tools.correlation import spearman
from illuminas.tools.objectives import Objective


class Quality(NamedTuple):
    """How good a front is; see the module's recipe."""

    hv_ratio: float
    hv_zoomed: float
    igd: float


class Course(NamedTuple):
    """Measures after 1, 2, ... evaluations, each ``(n,)``; the last three None for one objective.

    Attributes:
        validation, test: the incumbent's first objective as the search saw it and as it is judged by, in its unit.
        best_found: whether the incumbent has the table's best value of the first objective.
    """

    validation: np.ndarray
    test: np.ndarray
    best_found: np.ndarray
    hv_ratio: np.ndarray | None = None
    hv_zoomed: np.ndarray | None = None
    igd: np.ndarray | None = None


class Truth:
    """A table's columns, test accuracy included: for judging what is over, never for a search.

    Args:
        objectives: what is optimised, the first above all.
        searched, judged: values of each in its unit as a search sees them and as it is judged by, ``(objectives, n)``
            by the codes of architectures; NaN where the table has none.
        networks: whether an architecture's output depends on its input; None where all do.

    Attributes:
        test_front: codes of the true front by what is judged by, the best of the second objective first.
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        searched: np.ndarray,
        judged: np.ndarray,
        *,
        networks: np.ndarray | None = None,
    ) -> None:
        self.objectives, self.searched, self.judged = tuple(objectives), searched, judged
        signs = np.array([[objective.gain(1.0)] for objective in objectives])
        self._searched, self._judged = signs * searched, signs * judged
        self._rows = np.flatnonzero(np.isfinite(searched).all(axis=0) & np.isfinite(judged).all(axis=0))
        self._networks = self._rows if networks is None else self._rows[networks[self._rows]]
        if self.several:
            gains = self._judged[:, self._rows]
            self._low = gains.min(axis=1)
            self._span = np.maximum(gains.max(axis=1) - self._low, 1e-12)
            middle = (float(np.median(gains[0])) - self._low[0]) / self._span[0]
            self._corners = (np.zeros(len(gains)), np.array([middle, *[0.0] * (len(gains) - 1)]))
            self.test_front = self._front(self._networks, self._judged)
            self._volumes = tuple(self._volume(self.test_front, corner) for corner in self._corners)

    @property
    def several(self) -> bool:
        """Whether there is a front to judge."""
        return len(self.objectives) > 1

    def course(self, codes: Sequence[int]) -> Course:
        """The measures as a search went on; ``codes`` are what it looked up, in order."""
        found = np.asarray(codes, dtype=int)
        gains = self._searched[0, found]
        best = np.maximum.accumulate(gains)
        new = np.concatenate([[True], best[1:] > best[:-1]])
        incumbent = found[np.maximum.accumulate(np.where(new, np.arange(len(found)), 0))]
        single = (
            self.searched[0, incumbent],
            self.judged[0, incumbent],
            best >= np.max(self._searched[0, self._rows]),
        )
        if not self.several:
            return Course(*single)
        qualities: list[Quality] = []
        front: list[int] = []
        for code in found:
            held = self._searched[:, front]
            if front and (held >= self._searched[:, [code]]).all(axis=0).any():
                qualities.append(qualities[-1])
            else:
                front = self.front([*front, int(code)])
                qualities.append(self.quality(front))
        return Course(*single, *np.array(qualities).T)

    def front(self, codes: Sequence[int] | np.ndarray) -> list[int]:
        """The non-dominated of ``codes`` by what the search saw, the best of the second objective first."""
        return self._front(np.asarray(codes, dtype=int), self._searched)

    def quality(self, front: Sequence[int]) -> Quality:
        """How good a front, chosen by what the search saw, is by what is judged by."""
        full, zoomed = (
            self._volume(front, corner) / max(true, 1e-12)
            for corner, true in zip(self._corners, self._volumes, strict=True)
        )
        found, reference = self._normalised(front), self._normalised(self.test_front)
        distance = np.sqrt(((reference[:, None] - found[None]) ** 2).sum(axis=2))
        return Quality(full, zoomed, float(distance.min(axis=1).mean()))

    def agreement(self, foreseen: Foreseen) -> float | None:
        """Rank correlation of what was foreseen with what the search would have seen; None where either is constant."""
        return spearman(np.array(foreseen.expected), self.searched[0, list(foreseen.codes)])

    def ceiling(self) -> Course:
        """What choosing by validation from the whole table would give; every array has one entry."""
        best = int(self._rows[np.argmax(self._searched[0, self._rows])])
        single = (self.searched[0, [best]], self.judged[0, [best]], np.array([True]))
        if not self.several:
            return Course(*single)
        return Course(*single, *(np.array([value]) for value in self.quality(self.front(self._networks))))

    def _front(self, codes: np.ndarray, gains: np.ndarray) -> list[int]:
        from moocore import is_nondominated

        held = np.ascontiguousarray(gains[:, codes].T)
        kept = codes[is_nondominated(held, maximise=True)]
        order = np.lexsort((kept, *(-gains[place, kept] for place in range(len(gains) - 1, 1, -1)), -gains[1, kept]))
        return [int(code) for code in kept[order]]

    def _volume(self, codes: Sequence[int], corner: np.ndarray) -> float:
        """Hypervolume by what is judged by, above a corner of the normalised box."""
        from moocore import hypervolume

        return float(hypervolume(self._normalised(codes), ref=corner, maximise=True))

    def _normalised(self, codes: Sequence[int]) -> np.ndarray:
        """``(codes, objectives)``, higher is better."""
        return np.asarray((self._judged[:, list(codes)].T - self._low) / self._span)


def load_truth(task: Task) -> Truth:
    """A task's columns with its test accuracies, for reports."""
    searched, judged = read_values(task, "val"), read_values(task, "test")
    return Truth(task.wanted, searched, judged, networks=points(task.space).connected)
