"""One sandbox for all tests, at the highest level that this machine reaches."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest
from honest_network import SECRET, SECRET_NAME

from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.sandbox import Limits, Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    if sys.platform != "linux":
        pytest.skip("generated networks run on Linux alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SECRET_NAME, SECRET)
        sandbox = Sandbox(workers=2, limits=Limits(seconds=120, memory_gib=1.0))
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="session")
def three() -> Dataset:
    """Three classes that differ in brightness."""
    rng = np.random.default_rng(0)

    def split(count: int) -> Split:
        y = np.arange(count) % 3
        x = rng.normal(size=(count, 1, 8, 8)) + 2 * (y[:, None, None, None] - 1)
        return Split(x.astype(np.float32), y.astype(np.int64))

    return Dataset.of("three", "abc", split(96), split(30), split(30))
