"""The buttons in the header of a run's page, and the dialog for steering that one of them opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from nicegui import ui

from illuminas.memory.directives import AnyDirective, DirectiveRecord, Pause, Resume, Stop, Undo
from illuminas.memory.events import Event
from illuminas.memory.kinds import DirectiveGiven
from illuminas.server.web.confirm import propose, take
from illuminas.server.web.controls.forms import KINDS, Field, directive_of, fields_of
from illuminas.server.web.page_state import PageState
from illuminas.server.web.runs.beginning import go_on
from illuminas.tools.errors import IlluminasError


class SteerDialog:
    """What is asked is said in words by the run itself, before it takes effect."""

    def __init__(self, page_state: PageState) -> None:
        self._page_state = page_state
        self._model = next(iter(KINDS.values()))
        self._inputs: dict[str, Any] = {}
        self._said: AnyDirective | None = None
        with ui.dialog().props('aria-label="Steer the search"') as self._dialog, ui.card().classes("w-full gap-3"):
            ui.label("Steer the search").classes("text-lg")
            self._kind = ui.select(
                {kind: model.title for kind, model in KINDS.items()},
                value=next(iter(KINDS)),
                label="What",
                on_change=self._choose,
            )
            self._kind.props('outlined dense data-testid="steer-kind"').classes("w-full").mark("steer-kind")
            self._hint = ui.label().classes("quiet wrap")
            self._place = ui.column().classes("w-full gap-2")
            self._echo = ui.label().classes("sheet wrap w-full").props('role="status"').mark("echo")
            with ui.row().classes("w-full justify-end gap-2"):
                ui.button("Close", on_click=self._dialog.close).props("flat")
                ui.button("Say it in words", on_click=self._say).props("outline").mark("say")
                self._take = ui.button("Take effect", on_click=self._do).props("unelevated").mark("take-effect")
            ui.label("Given so far").classes("heading")
            self._given = ui.column().classes("w-full gap-1").mark("directives")
        self._choose()

    def open(self, kind: str = "", **values: Any) -> None:
        """Show it, with what the run offers now.

        Args:
            kind: of directive; empty is the last one.
            values: of its fields, to begin with.
        """
        self._kind.value = kind or self._kind.value
        self._choose()
        for name, value in values.items():
            self._inputs[name].value = value
        self._list()
        self._dialog.open()

    def update(self, news: Sequence[Event]) -> None:
        """Keep the list of directives up to date while it is seen."""
        if self._dialog.value and any(isinstance(event.data, DirectiveGiven) for event in news):
            self._list()

    def _choose(self) -> None:
        self._model = KINDS[self._kind.value]
        self._hint.text = self._model.summary()
        self._place.clear()
        self._inputs = {}
        with self._place:
            for field in fields_of(self._model):
                self._inputs[field.name] = made = _input(field, self._page_state)
                made.on_value_change(self._forget).mark(f"steer-{field.name}")
            if "predicate" in self._inputs:
                self._offer_features(self._inputs["predicate"])
        self._forget()

    def _offer_features(self, predicate: ui.input) -> None:
        """List what a condition may ask of an architecture; a click on a feature appends it."""

        def append(name: str) -> None:
            before = (predicate.value or "").strip()
            predicate.set_value(f"{before} and {name} >= " if before else f"{name} >= ")

        with ui.expansion("What a condition may ask of an architecture").classes("w-full"):
            for name, words in self._page_state.run.space.feature_docs.items():
                with ui.row().classes("w-full gap-2 no-wrap items-baseline"):
                    ui.button(name, on_click=lambda name=name: append(name)).props("flat dense no-caps")
                    ui.label(words).classes("text-sm opacity-80")

    def _forget(self) -> None:
        """What is filled in has changed: its words are none any more."""
        self._said = None
        self._echo.set_visibility(False)
        self._take.set_enabled(False)

    def _values(self) -> dict[str, Any]:
        values = {name: made.value for name, made in self._inputs.items()}
        texts = {field.name for field in fields_of(self._model) if field.widget in ("text", "lines")}
        return {name: (value or "").strip() or None if name in texts else value for name, value in values.items()}

    async def _say(self) -> None:
        try:
            asked = self._said = directive_of(self._model, self._values())
            words = await self._page_state.client.echo(self._page_state.run.id, asked)
        except IlluminasError as error:
            self._show(str(error), wrong=True)
            return
        if self._said is asked:  # nothing was changed while the run found its words
            self._show(f"{words[:1].upper()}{words[1:]}.", wrong=False)

    def _show(self, words: str, *, wrong: bool) -> None:
        self._echo.text = words
        self._echo.style(f"color: var(--{'bad' if wrong else 'ink'})")
        self._echo.set_visibility(True)
        self._take.set_enabled(not wrong)

    async def _do(self) -> None:
        """Have the run obey what was said."""
        self._take.set_enabled(False)
        if self._said is not None and await take(self._page_state, self._said):
            self._dialog.close()

    def _list(self) -> None:
        self._given.clear()
        acts = self._page_state.run.refresh().state.steering.acts
        with self._given:
            if not acts:
                ui.label("No directive yet.").classes("quiet")
            for act in reversed(acts):
                act_row(self._page_state, act)


def act_row(page_state: PageState, act: DirectiveRecord) -> None:
    """One directive that was given, with its undo where there is one."""
    with ui.row().classes("w-full items-center gap-2 no-wrap").mark(f"directive-{act.number}"):
        ui.label(str(act.number)).classes("figures quiet")
        with ui.column().classes("gap-0 grow min-w-0"):
            words = ui.label(act.words).classes("wrap")
            when = datetime.fromtimestamp(act.time).strftime("%H:%M")
            told = f"{act.author}, via {act.via}, round {act.round}, {when}"
            if act.undone_by is not None:
                words.classes("line-through quiet")
                told += f"; undone by {act.undone_by}"
            ui.label(told).classes("quiet text-xs wrap")
        if act.directive.undoable and act.undone_by is None and page_state.client.may_act:
            undo = ui.button("Undo", icon="undo", on_click=lambda: propose(page_state, Undo(directive=act.number)))
            undo.props(f'flat dense aria-label="Undo directive {act.number}"')


def _input(field: Field, page_state: PageState) -> Any:
    """The element in which a field is filled in."""
    declared, options = field.declared, dict(field.options(page_state.run))
    props = f'outlined dense data-testid="steer-{field.name}"' + (f' hint="{declared.hint}"' if declared.hint else "")
    made: Any
    match field.widget:
        case "number":
            made = ui.number(declared.label, value=declared.start)
        case "choice":
            value = declared.start if declared.start in options else next(iter(options), None)
            made = ui.select(options, value=value, label=declared.label, with_input=len(options) > 8)
        case "choices":
            made = ui.select(options, value=[], label=declared.label, multiple=True, with_input=True).props("use-chips")
        case "numbers":
            return _Numbers(options, declared.start)
        case "share":
            ui.label(declared.label).classes("quiet text-sm")
            return ui.slider(min=0, max=1, step=0.05, value=declared.start).props(
                f'label label-always aria-label="{declared.label}"'
            )
        case "yes":
            return ui.switch(declared.label, value=declared.start)
        case "lines":
            made = ui.textarea(declared.label, value=declared.start or "").props("autogrow")
        case _:
            made = ui.input(declared.label, value=declared.start or "")
    return made.props(props).classes("w-full")


class _Numbers:
    """A number for each of several options."""

    def __init__(self, options: dict[Any, str], start: float) -> None:
        self._made = {name: ui.number(words, value=start) for name, words in options.items()}
        for made in self._made.values():
            made.props("outlined dense").classes("w-full")

    def on_value_change(self, callback: Callable[[], None]) -> _Numbers:
        """Have something done whenever one of them changes."""
        for made in self._made.values():
            made.on_value_change(callback)
        return self

    def mark(self, name: str) -> None:
        """Name each of them for tests."""
        for option, made in self._made.items():
            made.mark(f"{name}-{option}")

    @property
    def value(self) -> dict[Any, float | None]:
        """Option -> number."""
        return {name: made.value for name, made in self._made.items()}


class Controls:
    """The buttons; those that make no sense now are not there."""

    def __init__(self, page_state: PageState) -> None:
        self._page_state = page_state
        self._steer: SteerDialog | None = None

    def build(self) -> None:
        ui.space()
        if not self._page_state.client.may_act:
            ui.label("read only").classes("quiet text-sm only-wide")
            return
        page_state, run = self._page_state, self._page_state.run
        self._steer = SteerDialog(page_state)
        self._pause = _button("Pause", "pause", lambda: propose(page_state, Pause()))
        self._resume = _button("Resume", "play_arrow", lambda: propose(page_state, Resume()))
        self._go_on = _button("Go on", "play_arrow", lambda: go_on(page_state.client, run.id))
        self._stop = _button("Stop", "stop", lambda: propose(page_state, Stop()))
        page_state.steer = self._steer.open
        _button("Steer", "tune", lambda: page_state.steer())
        self.update(())

    def update(self, news: Sequence[Event]) -> None:
        """Show what makes sense now."""
        if self._steer is None:
            return
        now = self._page_state.run.status
        self._pause.set_visibility(now in ("running", "waiting"))
        self._resume.set_visibility(now == "paused")
        self._go_on.set_visibility(now in ("interrupted", "finished"))
        self._stop.set_visibility(now in ("running", "waiting", "paused"))
        self._steer.update(news)


def _button(words: str, icon: str, act: object) -> ui.button:
    button = ui.button(icon=icon, on_click=act).props(f'flat dense color="" aria-label="{words}"')  # type: ignore[arg-type]
    with button:
        ui.label(words).classes("only-wide ml-1")
    button.mark(words.lower().replace(" ", "-")).tooltip(words)
    return button
