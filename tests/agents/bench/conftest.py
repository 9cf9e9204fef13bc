"""Problems made up for the bench: no table file, no network scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from illuminas.agents.bench.points import points
from illuminas.agents.bench.problem import Problem
from illuminas.tools.objectives import get_objective

POINTS = points("nb201")
OBJECTIVES = [get_objective("accuracy"), get_objective("latency:local")]

MakeProblem = Callable[..., Problem]


def weights_of(texts: Sequence[str]) -> list[float]:
    """A stand-in for SynFlow that follows from the cell, equal within a class."""
    return [float(POINTS.axes[0].values[POINTS.code_of(text)]) for text in texts]


@pytest.fixture(scope="session")
def planted_values(planted_accuracy: Callable[[str], float]) -> np.ndarray:
    """The planted accuracy of every cell by its code."""
    return np.array([planted_accuracy(text) for text in POINTS.texts])


@pytest.fixture
def make_problem(planted_values: np.ndarray) -> MakeProblem:
    """A problem of one or two objectives; ``upside_down`` ranks the cells the other way round."""

    def make(*, device: bool = False, upside_down: bool = False) -> Problem:
        accuracy = 100.0 - planted_values if upside_down else planted_values
        macs = POINTS.axes[0].values
        values = [accuracy, 1.0 + 5.4 * (macs - macs.min()) / np.ptp(macs)]
        count = 2 if device else 1
        return Problem(POINTS, OBJECTIVES[:count], np.array(values[:count]), weights_of)

    return make
