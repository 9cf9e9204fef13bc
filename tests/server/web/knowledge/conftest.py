"""A finished run with heuristics of its own, and its chronicle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from illuminas.memory.chronicle import Chronicle
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder

Read = tuple[Run, Chronicle]


@pytest.fixture
def done(web_home: tuple[Path, dict[str, str]]) -> Iterator[Read]:
    """A search on the planted table that has ended."""
    home, names = web_home
    run, chronicle = Run(RunFolder(home / "runs" / names["done"])).refresh(), Chronicle()
    chronicle.extend(run.log.read())
    yield run, chronicle
    run.close()
