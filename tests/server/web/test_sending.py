"""What a page sends and does again, and what it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from nicegui import core, ui
from nicegui.client import Client

from illuminas.server.web.figure import thinned
from illuminas.server.web.plot import plot
from illuminas.server.web.scrubber import Scrubber
from illuminas.server.web.tab import CoalescedTask


@pytest.fixture
def client() -> Iterator[Client]:
    """A page that nobody looks at."""
    made = Client(ui.page("/"), request=None)
    with made:
        yield made
    made.delete()


def test_work_that_is_asked_for_meanwhile_is_done_once_more_and_never_twice_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_once: list[int] = []
    going = 0

    async def work() -> None:
        nonlocal going
        going += 1
        at_once.append(going)
        for _ in range(3):
            await asyncio.sleep(0)
        going -= 1

    async def ask() -> None:
        monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
        task = CoalescedTask(work, name="test")
        for _ in range(3):
            task.start()
            await asyncio.sleep(0)
        for _ in range(40):
            await asyncio.sleep(0)

    asyncio.run(ask())
    assert at_once == [1, 1]


def test_a_figure_is_sent_again_only_where_it_is_another(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plot({"data": [], "layout": {}}, "a plot")
    sent: list[object] = []
    monkeypatch.setattr(type(made), "update", lambda self: sent.append(self.figure))
    made.update_figure({"data": [], "layout": {}})
    assert sent == []
    made.update_figure({"data": [{"x": [1]}], "layout": {}})
    assert sent == [{"data": [{"x": [1]}], "layout": {}}]


def test_a_scrubber_stays_in_the_hand_until_the_run_goes_on(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[int] = []
    scrubber = Scrubber(lambda: moved.append(scrubber.round), name="test")
    sent: list[None] = []
    monkeypatch.setattr(ui.slider, "update", lambda self: sent.append(None))
    scrubber.reach(3)
    assert moved == [3] and sent
    sent.clear()
    scrubber.reach(3)
    assert moved == [3] and not sent


def test_too_many_points_are_thinned_evenly_and_few_stay_as_they_are() -> None:
    assert thinned(range(10), 10) == range(10)
    assert list(thinned(range(11), 5)) == [0, 3, 6, 9]
    assert len(thinned(range(10_000), 500)) == 500
