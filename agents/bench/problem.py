"""What a method may see of a table: what an evaluation would tell, one paid look-up an architecture, and what is free.

Test accuracies are not in here: neither a rival nor the engine can reach one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from illuminas.agents.bench.points import Points, points
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import ACCURACY, NO_DEVICE, Objective, default_objectives, find_kind, get_objective
from illuminas.tools.spaces import NetworkShape
from illuminas.tools.tables import open_table, parse_reference

Scorer = Callable[[Sequence[str]], Sequence[float]]
"""Published texts to zero-cost scores, higher is better."""
PATIENCE = 5_000
"""Free look-ups in a row after which a method has nothing new to ask."""


class BudgetSpent(Exception):
    """The budget is used up, or the method asks for nothing new any more; its search ends here."""


class Task(NamedTuple):
    """One table problem by name: a data set, and the names of what is optimised, the first above all."""

    dataset: str
    objectives: tuple[str, ...] = (ACCURACY.name,)

    @classmethod
    def on(cls, dataset: str, device: str) -> Task:
        """Accuracy, and the latency of a device unless that is ``none``."""
        return cls(dataset, default_objectives(device))

    @property
    def device(self) -> str:
        """The first device of an objective; ``none`` without one."""
        return next((each.device for each in self.wanted if each.device), NO_DEVICE)

    @property
    def wanted(self) -> list[Objective]:
        """What is optimised; an evaluation's numbers that no kind describes are columns, higher is better."""
        return [_objective(self.dataset, name) for name in self.objectives]

    @property
    def space(self) -> str:
        """The space whose architectures the data set's table lists."""
        return open_table(parse_reference(self.dataset).name).info.space

    @property
    def words(self) -> str:
        """The data set, then the other objectives: ``table:NAME/DATASET, latency on DEVICE``."""
        return ", ".join([self.dataset, *(each.words for each in self.wanted[1:])])


class Problem:
    """A table's columns by the codes of architectures.

    Args:
        where: all combinations of the space.
        objectives: what is optimised, the first above all.
        values: of each objective in its unit, ``(objectives, n)``; NaN where the table has no such architecture, or a
            device cannot run it.
        scorer: of SynFlow, for the methods that start from it.

    Attributes:
        stand_in: the code whose row speaks for each, -1 where none of its class can be evaluated.
        rows: one code of every class that can.
    """

    def __init__(self, where: Points, objectives: Sequence[Objective], values: np.ndarray, scorer: Scorer) -> None:
        self.points, self.objectives, self.values = where, tuple(objectives), np.asarray(values, dtype=float)
        self._scorer = scorer
        self._synflow: np.ndarray | None = None
        self.stand_in = _stand_ins(where, np.isfinite(self.values).all(axis=0))
        rows = self.stand_in[where.firsts]
        self.rows = rows[rows >= 0]
        held = self.values[:, self.rows]
        self.worst = tuple(
            float(found.min() if each.maximised else found.max()) if found.size else 0.0
            for each, found in zip(self.objectives, held, strict=True)
        )

    def unlisted(self) -> list[str]:
        """Architectures that the engine may propose and the table lacks, as published texts."""
        lacking = self.points.legal & np.isnan(self.values[0])
        return [self.points.texts[code] for code in np.flatnonzero(lacking)]

    def synflow(self) -> np.ndarray:
        """SynFlow of every combination, ``(n,)``, equal within a class; computed when first asked for, then kept."""
        if self._synflow is None:
            texts = [self.points.texts[code] for code in self.points.firsts]
            self._synflow = np.array(self._scorer(texts), dtype=float)[self.points.classes]
        return self._synflow


def _stand_ins(where: Points, held: np.ndarray) -> np.ndarray:
    """The code whose row speaks for each: itself, else the first of its class that the table has, else -1."""
    first = np.full(where.count, -1)
    codes = np.flatnonzero(held)[::-1]
    first[where.classes[codes]] = codes
    return np.where(held, np.arange(len(where)), first[where.classes])


class Oracle:
    """Answers a method's look-ups and counts them.

    What counts is a class of equal architectures (one canonical hash), for every method alike: a second look-up of a
    class repeats the first one's answer and is free. What the table lacks or a device cannot run is free too, and as
    bad as can be. The method is not told the budget.

    Args:
        problem: the table.
        budget: distinct classes that may be looked up.

    Attributes:
        points: all combinations of the space.
        objectives: what is optimised, the first above all.
        codes: what was paid for, in order.
        clock: seconds since the start at each.
    """

    def __init__(self, problem: Problem, budget: int) -> None:
        self.points, self.objectives = problem.points, problem.objectives
        self.codes: list[int] = []
        self.clock: list[float] = []
        self._problem = problem
        self._budget = budget
        self._answers: dict[int, tuple[float, ...]] = {}
        self._paid = np.zeros(problem.points.count, dtype=bool)
        self._idle = 0
        self._start = time.perf_counter()

    @property
    def free(self) -> list[int]:
        """Places of the objectives that cost no evaluation."""
        return [place for place, each in enumerate(self.objectives) if not each.uncertain]

    def evaluate(self, code: int) -> tuple[float, ...]:
        """The objectives of an architecture, in their units.

        Raises:
            BudgetSpent: it would be one look-up too many; nothing is told.
        """
        problem, number = self._problem, int(self.points.classes[code])
        known = self._answers.get(number)
        row = int(problem.stand_in[code])
        if known is not None or row < 0:
            self._idle += 1
            if self._idle > PATIENCE or len(self.codes) == len(problem.rows):
                raise BudgetSpent
            return known or problem.worst
        if len(self.codes) == self._budget:
            raise BudgetSpent
        self._idle = 0
        answer = tuple(problem.values[:, row].tolist())
        self._answers[number] = answer
        self._paid[number] = True
        self.codes.append(row)
        self.clock.append(time.perf_counter() - self._start)
        return answer

    def gain(self, code: int) -> float:
        """The first objective of an architecture, higher is better. Raises as :meth:`evaluate` does."""
        return self.objectives[0].gain(self.evaluate(code)[0])

    def seen(self, code: int) -> bool:
        """Whether its class was paid for, so that a look-up is free."""
        return int(self.points.classes[code]) in self._answers

    def holds(self, code: int) -> bool:
        """Whether the table has a row of its class."""
        return int(self._problem.stand_in[code]) >= 0

    def open(self) -> np.ndarray:
        """One code of every class that can still be paid for."""
        rows = self._problem.rows
        return np.asarray(rows[~self._paid[self.points.classes[rows]]])

    def look_up(self, place: int, codes: np.ndarray) -> np.ndarray:
        """A free objective of codes that have rows, ``(n,)``, in its unit."""
        assert place in self.free, "what an evaluation tells is paid for"
        return np.asarray(self._problem.values[place, codes])

    def synflow(self) -> np.ndarray:
        """SynFlow of every combination, ``(n,)``; scores without training cost no evaluation."""
        return self._problem.synflow()


def load_problem(task: Task) -> Problem:
    """What methods see of a task.

    Raises:
        IlluminasError: no such table, data set, objective or device, or a table without rows for some architectures.
    """
    where = points(task.space)
    return Problem(where, task.wanted, read_values(task, "val"), lambda texts: _synflow(task, texts))


def read_values(task: Task, split: str) -> np.ndarray:
    """The objectives of a task in their units, ``(objectives, n)``, NaN where there is no such architecture.

    Args:
        split: ``val`` to search by, ``test`` to judge by; only what an evaluation tells has two.
    """
    where, dataset = points(task.space), parse_reference(task.dataset)
    rows = []
    for objective in task.wanted:
        if objective.device is not None:
            rows.append(_of_device(task, objective, where))
        elif objective.source == "structure":
            rows.append(_of_structure(objective, where))
        else:
            column = dataset.column if objective.name == ACCURACY.name else objective.name
            rows.append(_column(dataset.name, f"{column}_{split}", where)[0])
    return np.array(rows)


def _objective(dataset: str, name: str) -> Objective:
    if find_kind(name.partition(":")[0]) is not None:
        return get_objective(name)
    measured = open_table(parse_reference(dataset).name).info.datasets
    declared = [Objective(name=each, unit="", direction="max", source="evaluation") for each in measured]
    return get_objective(name, declared)


def _of_device(task: Task, objective: Objective, where: Points) -> np.ndarray:
    reference = parse_reference(objective.device or "")
    values, listed = _column(reference.name, reference.column, where)
    dataset = parse_reference(task.dataset)
    evaluated = _column(dataset.name, f"{dataset.column}_val", where)[1]
    if (lacking := evaluated & ~listed).any():
        raise IlluminasError(
            f"{objective.device} has no {objective.kind} for {int(lacking.sum())} architectures of {task.dataset}, the "
            f"first is {where.texts[int(lacking.argmax())]}. Both must list the same ones."
        )
    return values


def _of_structure(objective: Objective, where: Points) -> np.ndarray:
    shape, space = NetworkShape(), where.space
    counted = [space.complexity(where.architecture(code), shape) for code in where.firsts]
    known = [each._asdict() for each in counted if each is not None]
    if not known or objective.name not in known[0]:
        raise IlluminasError(f"{objective.name} is not known of {space.plural}: name another objective.")
    return np.asarray(np.array([float(each[objective.name]) for each in known])[where.classes])


def _column(name: str, column: str, where: Points) -> tuple[np.ndarray, np.ndarray]:
    """A table's column by code and whether it has such a row, ``(n,)`` each; NaN where there is no number."""
    table = open_table(name)
    if table.info.space != where.space.name:
        raise IlluminasError(f"table {name} lists architectures of {table.info.space}, not of {where.space.name}.")
    row = {text: number for number, text in enumerate(table.texts)}
    found = np.array([row.get(text, -1) for text in where.texts])
    return np.where(found >= 0, table.values(column)[found], np.nan), found >= 0


def _synflow(task: Task, texts: Sequence[str]) -> list[float]:
    """Scores by the engine's own tool, kept between runs; an architecture that has none counts as the worst."""
    import asyncio

    from illuminas.tools.toolbox import open_toolbox

    with open_toolbox(workers=1) as toolbox:
        answers = asyncio.run(toolbox.score_zero_cost(task.space, task.dataset, texts, ["synflow"]))
    return [answer.scores.get("synflow", -np.inf) for answer in answers.results]
