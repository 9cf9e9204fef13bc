"""A finished run with heuristics of its own, and its history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from illuminas.memory.knowledge_history import KnowledgeHistory
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder

Read = tuple[Run, KnowledgeHistory]


@pytest.fixture
def done(web_home: tuple[Path, dict[str, str]]) -> Iterator[Read]:
    """A search on the planted table that has ended."""
    home, names = web_home
    run, history = Run(RunFolder(home / "runs" / names["done"])).refresh(), KnowledgeHistory()
    history.extend(run.log.read())
    yield run, history
    run.close()
