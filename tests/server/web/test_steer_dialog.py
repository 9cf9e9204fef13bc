"""The dialog that steers does what it has said in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
from nicegui import Client, ui

from illuminas.memory.directives import AnyDirective, Explore
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.server.web.controls.bar import SteerDialog
from illuminas.server.web.page_state import PageState


class SlowClient:
    """Lets something happen while the run finds words for a directive; keeps what took effect."""

    may_act = True

    def __init__(self) -> None:
        self.meanwhile = lambda: None
        self.taken: list[AnyDirective] = []

    async def echo(self, run_id: str, directive: AnyDirective) -> str:
        self.meanwhile()
        return f"{directive}"

    async def steer(self, run_id: str, directive: AnyDirective) -> dict[str, Any]:
        self.taken.append(directive)
        return {"number": 1, "obeyed": "now"}


@pytest.fixture
def run(recorded_run: RunFolder) -> Iterator[Run]:
    opened = Run(recorded_run).refresh()
    yield opened
    opened.close()


def test_what_is_changed_while_the_run_finds_its_words_does_not_take_effect(run: Run) -> None:
    async def act() -> None:
        client = SlowClient()
        with Client(ui.page("")):
            dialog = SteerDialog(PageState(run, cast("Any", client)))
            dialog._kind.value = "explore"
            amount = dialog._inputs["amount"]
            amount.value = 0.25
            client.meanwhile = lambda: setattr(amount, "value", 0.75)
            await dialog._say()
            await dialog._do()
            assert client.taken == [], "nobody has seen its words"
            client.meanwhile = lambda: None
            await dialog._say()
            await dialog._do()
            assert client.taken == [Explore(amount=0.75)]

    asyncio.run(act())
