"""Problems made up for the bench: no table file, no network scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from illuminas.agents.bench import cells
from illuminas.agents.bench.problem import Problem

MakeProblem = Callable[..., Problem]


def weights_of(texts: Sequence[str]) -> list[float]:
    """A stand-in for SynFlow that follows from the cell, equal within a class."""
    return [float(cells.weight(cells.code_of(text))) for text in texts]


@pytest.fixture(scope="session")
def planted_values(planted_accuracy: Callable[[str], float]) -> np.ndarray:
    """The planted accuracy of every cell by its code."""
    return np.array([planted_accuracy(text) for text in cells.texts()])


@pytest.fixture
def make_problem(planted_values: np.ndarray) -> MakeProblem:
    """A problem of one or two objectives; ``upside_down`` ranks the cells the other way round."""

    def make(*, device: bool = False, upside_down: bool = False) -> Problem:
        accuracy = 100.0 - planted_values if upside_down else planted_values
        latency = 1.0 + np.array([cells.weight(code) for code in range(cells.CELLS)]) / 10 if device else None
        return Problem(validation=accuracy, latency=latency, scorer=weights_of)

    return make
