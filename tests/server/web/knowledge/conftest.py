"""A finished run with heuristics of its own, and its chronicle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from illuminas.memory.chronicle import Chronicle
from illuminas.memory.runs import RunFolder
from illuminas.server.services.open_run import OpenRun

Read = tuple[OpenRun, Chronicle]


@pytest.fixture
def done(web_home: tuple[Path, dict[str, str]]) -> Iterator[Read]:
    """A search on the planted table that has ended."""
    home, names = web_home
    run, chronicle = OpenRun(RunFolder(home / "runs" / names["done"])).refresh(), Chronicle()
    chronicle.extend(run.log.read())
    yield run, chronicle
    run.close()
