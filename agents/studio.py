"""The graph for LangGraph's development server, which keeps checkpoints of its own: ``langgraph.json`` names it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from langgraph.graph.state import CompiledStateGraph

from illuminas.agents.config import SearchConfig
from illuminas.agents.graph import State, build_graph
from illuminas.agents.search import Search

CONFIG = SearchConfig(dataset="digits", device="none", llm="none", epochs=1, evaluations=6)
"""A small search that needs no file, no key and no model; change it to look at another."""


@asynccontextmanager
async def graph() -> AsyncIterator[CompiledStateGraph[State, None, State, State]]:
    """The compiled graph over a new run, whose folder is thrown away.

    ``{"round": 1, "dry": 0, "ended": ""}`` starts it.
    """
    with TemporaryDirectory(prefix="illuminas-studio-") as folder:
        async with Search(CONFIG, folder=Path(folder)).opened() as context:
            yield build_graph(context)
