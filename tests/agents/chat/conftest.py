"""Scenes to read sentences in, and a chat over a run that has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from mcp import Client

from illuminas.agents.chat.agent import ChatAgent
from illuminas.agents.chat.replies import Proposed, Reply
from illuminas.agents.chat.scene import Scene
from illuminas.agents.llm.base import LLMProvider
from illuminas.memory.directives import DirectiveRecord
from illuminas.memory.runs import find_run, open_state
from illuminas.server.mcp.server import open_server
from illuminas.server.services.principals import LOCAL, Principal
from illuminas.tools.objectives import ACCURACY, LATENCY
from illuminas.tools.toolbox import Toolbox

# fixtures that the surface's own tests share
from tests.server.mcp.conftest import searched, searched_home  # noqa: F401

NICHES = {
    0: "no convolution",
    1: "only 1x1 convolutions",
    2: "one 3x3",
    3: "two 3x3",
    4: "three 3x3",
    5: "four or more 3x3",
}


@pytest.fixture(scope="session")
def cells() -> Scene:
    """A search over cells on a device of a table, beside another run."""
    return Scene(
        run="20261126-100000-aaaa",
        space_name="nb201",
        dataset="table:accuracy/c10",
        device="table:latency/fpga",
        objectives=(ACCURACY.of(), LATENCY.of("table:latency/fpga")),
        niches=NICHES,
        empty=(4, 5),
        device_names=("local", "table:latency/fpga", "table:latency/raspi4", "table:mine/chip_ms"),
        heuristics=("h-12ab34", "h-9f00c1"),
        runs=("20261126-100000-aaaa", "20261125-090000-bbbb"),
        caps={"evaluations": 60.0, "seconds": None},
        spent={"evaluations": 10.0, "seconds": 30.0},
        last_act=2,
    )


@pytest.fixture(scope="session")
def networks(cells: Scene) -> Scene:
    """A search over layer lists without a device."""
    niches = {0: "under 5 M MACs", 1: "5 M MACs and more"}
    return cells.model_copy(update={"space_name": "code", "device": "none", "niches": niches, "empty": ()})


class Someone:
    """Hears everything, and agrees to all, or to nothing."""

    def __init__(self, *, agrees: bool) -> None:
        self.replies: list[Reply] = []
        self.asked: list[str] = []
        self._agrees = agrees

    def show(self, reply: Reply) -> None:
        self.replies.append(reply)

    async def agree(self, proposed: Proposed) -> bool:
        self.asked.append(proposed.words)
        return self._agrees

    def heard(self, kind: type[Reply]) -> list[Reply]:
        """The replies of one kind."""
        return [reply for reply in self.replies if isinstance(reply, kind)]  # type: ignore[arg-type]  # one of the union


Talk = Callable[..., Someone]


@pytest.fixture
def talk(searched: Path) -> Talk:  # noqa: F811
    """Says messages to the chat about the last run, and tells what was heard."""

    def talked(
        *messages: str, llm: LLMProvider | None = None, agrees: bool = True, yes: bool = False, author: str = "ada"
    ) -> Someone:
        someone = Someone(agrees=agrees)
        asyncio.run(_talk(messages, someone, llm, yes, LOCAL.model_copy(update={"name": author}), searched))
        return someone

    return talked


async def _talk(
    messages: Sequence[str], someone: Someone, llm: LLMProvider | None, yes: bool, who: Principal, home: Path
) -> None:
    toolbox = Toolbox(workers=1, results=home / "results.sqlite")
    try:
        async with open_server(toolbox, resident=who, via="chat") as (_, server), Client(server) as client:
            agent = ChatAgent(client, someone, run=find_run("last").id, llm=llm, yes=yes)
            for message in messages:
                await agent.turn(message)
    finally:
        toolbox.close()


def acts() -> list[DirectiveRecord]:
    """The directives of the last run."""
    return open_state(find_run("last")).steering.acts
