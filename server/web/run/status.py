"""How a run stands, above its tabs: what is spent of its budgets, its best so far, and what it asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nicegui import ui

from illuminas.memory.directives import AnswerQuestion
from illuminas.memory.events import Event
from illuminas.memory.run import Run
from illuminas.memory.run_summary import State
from illuminas.memory.steering import Question
from illuminas.server.services.activity import NEXT, Story, seconds_left
from illuminas.server.services.reports import caps
from illuminas.server.web.confirm import take
from illuminas.server.web.page_state import PageState
from illuminas.server.web.theme import state_chip
from illuminas.tools.figures import big, duration

DRIVEN: tuple[State, ...] = ("running", "waiting", "paused")
"""States in which some process drives a run."""


class Gauge(NamedTuple):
    """One budget.

    Attributes:
        name: of what.
        spent, cap: in words; an empty cap is none.
        share: of the cap, 0 to 1; None without one.
        note: what is expected, or what else is known; may be empty.
    """

    name: str
    spent: str
    cap: str
    share: float | None
    note: str


def gauges(run: Run, status: State) -> tuple[Gauge, ...]:
    """Evaluations, time, LLM tokens and dollars; tokens and dollars of a run without an LLM are left out."""
    state, most = run.state, caps(run)
    made, budget = len(state.evaluations), int(most["evaluations"] or 0)
    failed = len(state.failures)
    going = status == "running"
    seconds = state.seconds_now if status in DRIVEN else state.seconds
    left = seconds_left(state, budget) if going else None
    found = [
        _gauge("evaluations", made, budget, str, f"{failed} failed" if failed else ""),
        _gauge("time", seconds, most.get("seconds"), duration, "" if left is None else f"about {duration(left)} left"),
    ]
    llm = state.llm
    if llm.calls or state.started.llm.name != "none":
        ahead = (budget - made) / made if going and made else 0.0
        tokens = f"about {big(llm.tokens * ahead)} more" if ahead and llm.tokens else f"{llm.calls} calls"
        found.append(_gauge("LLM tokens", llm.tokens, most.get("tokens"), big, tokens))
        note = f"price of {llm.unpriced} calls unknown" if llm.unpriced else ""
        if ahead and llm.dollars:
            note = note or f"about {_dollars(llm.dollars * ahead)} more"
        if llm.dollars or most.get("dollars") is not None or llm.unpriced:
            found.append(_gauge("LLM cost", llm.dollars, most.get("dollars"), _dollars, note))
            if llm.calls and llm.unpriced == llm.calls:
                found[-1] = found[-1]._replace(spent="unknown")
    return tuple(found)


def _gauge(name: str, spent: Any, cap: Any, words: Callable[[Any], str], note: str) -> Gauge:
    share = None if cap is None else min(1.0, spent / cap) if cap else 1.0
    return Gauge(name, words(spent), "" if cap is None else words(cap), share, note)


def _dollars(value: float) -> str:
    return f"${value:.2f}" if value >= 0.005 or not value else f"${value:.2g}"


class StatusLine:
    """One line on wide screens, a few on a phone."""

    def __init__(self, page_state: PageState) -> None:
        self._page_state = page_state
        self._story = Story(page_state.run.state)
        self._shown: tuple[object, ...] = ()
        self._gauges: tuple[Gauge, ...] = ()
        self._question: Question | None = None

    def build(self) -> None:
        last = self._page_state.run.log.last(*NEXT)
        if last is not None:
            self._story.note(last)
        with (
            ui.element("section")
            .classes("sheet w-full flex flex-wrap items-center gap-x-8 gap-y-2")
            .props('aria-label="How the run stands"')
        ):
            self._state = ui.element("div").classes("flex flex-col gap-1 min-w-0")
            self._meters = ui.element("div").classes("flex flex-wrap gap-x-8 gap-y-2")
            self._best = ui.element("div").classes("flex flex-col min-w-0 grow basis-64")
        self._asks = ui.element("div").classes("w-full")
        self._draw()

    def update(self, news: Sequence[Event]) -> None:
        """Take in what is new; also without news, for the time goes on."""
        for event in news:
            self._story.note(event)
        self._draw()

    def _draw(self) -> None:
        run = self._page_state.run
        now = run.status
        doing = run.state.ended or "" if now == "finished" else ""
        if now == "running":
            doing = f"round {run.state.round}: {self._story.doing}"
        best = run.state.best
        shown = (now, doing, None if best is None else best.hash)
        if shown != self._shown:
            self._shown = shown
            self._state.clear()
            with self._state:
                state_chip(now)
                ui.label(doing).classes("quiet text-sm wrap").mark("doing")
            self._best.clear()
            with self._best:
                self._draw_best()
        found = gauges(run, now)
        if found != self._gauges:
            self._draw_gauges(found)
        waiting = run.state.steering.waiting
        if waiting != self._question:
            self._question = waiting
            self._asks.clear()
            if waiting is not None:
                with self._asks:
                    self._ask(waiting)

    def _draw_best(self) -> None:
        run, best = self._page_state.run, self._page_state.run.state.best
        ui.label("best so far").classes("heading")
        if best is None:
            ui.label("none yet").classes("quiet")
            return
        ui.label(run.figures(best.hash)).classes("figures font-semibold").mark("best")
        title = run.space.title(run.architecture(best.hash))
        ui.label(title).classes("quiet text-sm ellipsis w-full").tooltip(title)

    def _draw_gauges(self, found: tuple[Gauge, ...]) -> None:
        if [gauge.name for gauge in found] != [gauge.name for gauge in self._gauges]:
            self._meters.clear()
            with self._meters:
                self._drawn = {gauge.name: _Meter(gauge.name) for gauge in found}
        for gauge in found:
            self._drawn[gauge.name].show(gauge)
        self._gauges = found

    def _ask(self, question: Question) -> None:
        """The open question, with its answers for those who may give one."""
        with ui.element("section").classes("sheet w-full flex flex-col gap-2").props('role="alert"').mark("question"):
            ui.label(f"The search asks: {question.text}").classes("wrap font-medium")
            wanted = {id_: ui.checkbox(f"{id_}: {words}", value=True) for id_, words in question.options.items()}
            if not self._page_state.client.may_act:
                return
            comment = ui.input("Comment").props("dense outlined").classes("w-full max-w-md")

            async def answer(approved: bool) -> None:
                rejected = tuple(id_ for id_, box in wanted.items() if not box.value) if approved else ()
                told = AnswerQuestion(
                    question=question.key, approved=approved, rejected=rejected, comment=str(comment.value or "")
                )
                await take(self._page_state, told)

            with ui.row().classes("gap-2"):
                ui.button("Approve", icon="check", on_click=lambda: answer(True)).props("unelevated").mark("approve")
                ui.button("Reject", icon="close", on_click=lambda: answer(False)).props("outline").mark("reject")


class _Meter:
    """A budget, as a figure over a bar."""

    def __init__(self, name: str) -> None:
        with ui.element("div").classes("flex flex-col min-w-28").mark(f"gauge-{name.split()[-1]}"):
            ui.label(name).classes("heading")
            self._words = ui.label().classes("figures")
            with ui.element("div").classes("track") as self._track:
                self._bar = ui.element("div")
            self._note = ui.label().classes("quiet text-xs figures")

    def show(self, gauge: Gauge) -> None:
        self._words.text = f"{gauge.spent} of {gauge.cap}" if gauge.cap else gauge.spent
        self._track.set_visibility(gauge.share is not None)
        self._bar.style(f"width: {100 * (gauge.share or 0):.1f}%")
        self._bar.classes(**{"add" if gauge.share == 1 else "remove": "full"})
        self._note.text = gauge.note
