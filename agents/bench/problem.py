"""What a method may see of a table: validation accuracy, one paid look-up a cell, and latencies, which are free.

Test accuracies are not in here: neither a rival nor the engine can reach one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from illuminas.agents.bench import cells
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces.nb201.cells import canonical_form, prune
from illuminas.tools.tables import TableError, open_table, parse_reference

Scorer = Callable[[Sequence[str]], Sequence[float]]
"""Published strings to zero-cost scores, higher is better."""
PATIENCE = 5_000
"""Free look-ups in a row after which a method has nothing new to ask."""


class BudgetSpent(Exception):
    """The budget is used up, or the method asks for nothing new any more; its search ends here."""


class Measured(NamedTuple):
    """What a look-up tells.

    Attributes:
        accuracy: validation, per cent, higher is better.
        latency: ms, lower is better; 0 without a device.
    """

    accuracy: float
    latency: float


class Problem:
    """A table's columns by the cells' codes.

    Args:
        validation: per cent, ``(15625,)``, NaN where the table has no such cell.
        latency: ms, ``(15625,)``; None for one objective.
        scorer: of SynFlow, for the methods that start from it.

    Attributes:
        stand_in: the cell whose row speaks for each, -1 where the table has none of its class.
        rows: one cell of every class in the table.
    """

    def __init__(self, *, validation: np.ndarray, latency: np.ndarray | None, scorer: Scorer) -> None:
        self.validation = validation
        self.latency = latency
        self._scorer = scorer
        self._synflow: np.ndarray | None = None
        self.stand_in = _stand_ins(np.isfinite(validation))
        rows = self.stand_in[np.unique(cells.classes(), return_index=True)[1]]
        self.rows = rows[rows >= 0]

    def unlisted(self) -> list[str]:
        """Cells that the engine may propose (none of their edges dead) and the table lacks, as published strings."""
        live = np.array([prune(cell) == cell and canonical_form(cell) != "0" for cell in cells.cells()])
        return [cells.texts()[code] for code in np.flatnonzero(live & ~np.isfinite(self.validation))]

    def synflow(self) -> np.ndarray:
        """SynFlow of every cell, ``(15625,)``, equal within a class; computed when first asked for, then kept."""
        if self._synflow is None:
            _, firsts, inverse = np.unique(cells.classes(), return_index=True, return_inverse=True)
            scores = np.array(self._scorer([cells.texts()[code] for code in firsts]), dtype=float)
            self._synflow = scores[inverse]
        return self._synflow


def _stand_ins(held: np.ndarray) -> np.ndarray:
    """The cell whose row speaks for each: itself, else the first of its class that the table has, else -1."""
    numbers = cells.classes()
    first = np.full(numbers.max() + 1, -1)
    codes = np.flatnonzero(held)[::-1]
    first[numbers[codes]] = codes
    return np.where(held, np.arange(cells.CELLS), first[numbers])


class Oracle:
    """Answers a method's look-ups and counts them.

    What counts is a class of equal cells (one canonical hash), for every method alike: a second look-up of a class
    repeats the first one's answer and is free. A cell that the table lacks is free too, and as bad as can be. The
    method is not told the budget.

    Args:
        problem: the table.
        budget: distinct classes that may be looked up.

    Attributes:
        codes: what was paid for, in order.
        clock: seconds since the start at each.
    """

    def __init__(self, problem: Problem, budget: int) -> None:
        self.codes: list[int] = []
        self.clock: list[float] = []
        self._problem = problem
        self._budget = budget
        self._answers: dict[int, Measured] = {}
        self._paid = np.zeros(int(cells.classes().max()) + 1, dtype=bool)
        self._idle = 0
        self._start = time.perf_counter()

    @property
    def two_objectives(self) -> bool:
        return self._problem.latency is not None

    def evaluate(self, code: int) -> Measured:
        """Validation accuracy and latency of a cell.

        Raises:
            BudgetSpent: it would be one look-up too many; nothing is told.
        """
        problem, number = self._problem, int(cells.classes()[code])
        known = self._answers.get(number)
        row = int(problem.stand_in[code])
        if known is not None or row < 0:
            self._idle += 1
            if self._idle > PATIENCE or len(self.codes) == len(problem.rows):
                raise BudgetSpent
            return known or Measured(0.0, self._latency_at(None))
        if len(self.codes) == self._budget:
            raise BudgetSpent
        self._idle = 0
        answer = Measured(float(problem.validation[row]), self._latency_at(row))
        self._answers[number] = answer
        self._paid[number] = True
        self.codes.append(row)
        self.clock.append(time.perf_counter() - self._start)
        return answer

    def _latency_at(self, row: int | None) -> float:
        latency = self._problem.latency
        if latency is None:
            return 0.0
        return float(np.nanmax(latency) if row is None else latency[row])

    def seen(self, code: int) -> bool:
        """Whether its class was paid for, so that a look-up is free."""
        return int(cells.classes()[code]) in self._answers

    def holds(self, code: int) -> bool:
        """Whether the table has a row of its class."""
        return int(self._problem.stand_in[code]) >= 0

    def open(self) -> np.ndarray:
        """One cell of every class that can still be paid for."""
        rows = self._problem.rows
        return np.asarray(rows[~self._paid[cells.classes()[rows]]])

    def latencies(self, codes: np.ndarray) -> np.ndarray:
        """Latencies of cells, ms: they cost nothing. The cells have rows."""
        assert self._problem.latency is not None, "a problem of one objective has no latencies"
        return np.asarray(self._problem.latency[codes])

    def synflow(self) -> np.ndarray:
        """SynFlow of every cell, ``(15625,)``; scores without training cost no evaluation."""
        return self._problem.synflow()


class Task(NamedTuple):
    """One table problem by name; ``device`` is ``none`` for one objective."""

    dataset: str
    device: str


def load_problem(task: Task) -> Problem:
    """What methods see of a task.

    Raises:
        IlluminasError: no such table, data set or device, a table of another space, or one without rows for its
            latencies.
    """
    reference = parse_reference(task.dataset)
    validation = read_column(reference.name, f"{reference.column}_val")
    latency = None
    if task.device != "none":
        latency = read_column(*parse_reference(task.device))
        if (lacking := np.isfinite(validation) & ~np.isfinite(latency)).any():
            raise IlluminasError(
                f"{task.device} has no latency for {int(lacking.sum())} cells of {task.dataset}, the first is "
                f"{cells.texts()[int(lacking.argmax())]}. Both must list the same cells."
            )
    return Problem(validation=validation, latency=latency, scorer=lambda texts: _synflow(task.dataset, texts))


def read_column(name: str, column: str) -> np.ndarray:
    """A table's column by the cells' codes, ``(15625,)``, NaN where it has no row."""
    table = open_table(name)
    if table.info.space != "nb201":
        raise IlluminasError(f"table {name} lists {table.info.space} architectures; bench needs nb201 cells.")
    values = np.full(cells.CELLS, np.nan)
    for code, text in enumerate(cells.texts()):
        try:
            values[code] = table.query(text, column)
        except TableError:
            continue  # the table leaves this cell out
    return values


def _synflow(dataset: str, texts: Sequence[str]) -> list[float]:
    """Scores by the engine's own tool, kept between runs; a cell that has none counts as the worst."""
    import asyncio

    from illuminas.tools.toolbox import open_toolbox

    with open_toolbox(workers=1) as toolbox:
        answers = asyncio.run(toolbox.score_zero_cost("nb201", dataset, texts, ["synflow"]))
    return [answer.scores.get("synflow", -np.inf) for answer in answers]
