"""Acts: what people do to a rule, said back in words before it is done."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui
from pydantic import ValidationError

from illuminas.memory.directives import (
    AddHeuristic,
    AnyDirective,
    PinHeuristic,
    RetireHeuristic,
    RewordHeuristic,
    Undo,
)
from illuminas.memory.evidence import METRIC_WORDS
from illuminas.memory.heuristics import MAX_TEXT, Heuristic
from illuminas.server.web.knowledge.notebook import Notebook
from illuminas.tools.errors import IlluminasError


class Act:
    """A dialog in two steps: what is asked, then what that means, to be confirmed.

    It belongs to the page, so that it outlives what opened it: cards and lists are drawn anew while a run goes on.

    Args:
        title: of the dialog.
        fill: makes the fields, and returns what gives the directive that they say.
    """

    def __init__(self, notebook: Notebook, title: str, fill: Callable[[], Callable[[], AnyDirective]]) -> None:
        self._notebook = notebook
        self._directive: AnyDirective | None = None
        with (
            ui.context.client,
            ui.dialog() as self._dialog,
            ui.card().classes("w-[34rem] max-w-full gap-3").props("data-testid=act"),
        ):
            ui.label(title).classes("text-lg font-medium")
            with ui.column().classes("w-full gap-2") as self._fields:
                self._ask = fill()
            self._words = (
                ui.label().classes("w-full text-base whitespace-pre-line break-words").props("data-testid=act-words")
            )
            self._words.props("role=status")
            with ui.row().classes("w-full justify-end gap-2"):
                ui.button("Cancel", on_click=self._dialog.close).props("flat")
                self._next = ui.button("Next", on_click=self._say).props("outline").props("data-testid=act-next")
                self._do = ui.button("Confirm", on_click=self._confirm).props("data-testid=act-confirm")
        self._do.set_visibility(False)
        self._dialog.on("hide", self._dialog.delete)
        self._dialog.open()

    async def _say(self) -> None:
        """Say what would be written."""
        try:
            directive = self._ask()
            words = await self._notebook.echo(directive)
        except (IlluminasError, ValidationError) as error:
            self._refuse(error)
            return
        self._directive = directive
        self._words.set_text(
            f"{words[:1].upper()}{words[1:]}.\nIn the name of {self._notebook.author}. The timeline can undo it."
        )
        self._words.classes(remove="text-negative")
        self._fields.set_visibility(False)
        self._next.set_visibility(False)
        self._do.set_visibility(True)

    async def _confirm(self) -> None:
        if self._directive is None:
            return
        try:
            await self._notebook.steer(self._directive)
        except IlluminasError as error:
            self._refuse(error)
            return
        self._dialog.close()

    def _refuse(self, error: IlluminasError | ValidationError) -> None:
        told = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        self._words.set_text(told).classes(add="text-negative")


def _reason() -> ui.input:
    return (
        ui.input("Reason, for the log")
        .props(f"maxlength={MAX_TEXT} outlined dense")
        .classes("w-full")
        .props("data-testid=reason")
    )


def pin(notebook: Notebook, heuristic: Heuristic) -> None:
    """Pin a rule, or take the pin off."""

    def fill() -> Callable[[], AnyDirective]:
        ui.label(heuristic.text).classes("italic break-words")
        reason = _reason()
        pinned = not heuristic.pinned
        return lambda: PinHeuristic(heuristic=heuristic.id, pinned=pinned, reason=reason.value or "")

    Act(notebook, f"{'Unpin' if heuristic.pinned else 'Pin'} {heuristic.id}", fill)


def retire(notebook: Notebook, heuristic: Heuristic) -> None:
    """Take a rule out of use."""

    def fill() -> Callable[[], AnyDirective]:
        ui.label(heuristic.text).classes("italic break-words")
        reason = _reason()
        return lambda: RetireHeuristic(heuristic=heuristic.id, reason=reason.value or "")

    Act(notebook, f"Retire {heuristic.id}", fill)


def reword(notebook: Notebook, heuristic: Heuristic) -> None:
    """Say a rule in other words."""

    def fill() -> Callable[[], AnyDirective]:
        ui.label("Its predicate and evidence stay as they are.").classes("opacity-70")
        text = ui.textarea("The rule in words", value=heuristic.text)
        text.props(f"maxlength={MAX_TEXT} outlined autogrow").classes("w-full").props("data-testid=text")
        reason = _reason()
        return lambda: RewordHeuristic(heuristic=heuristic.id, text=text.value or "", reason=reason.value or "")

    Act(notebook, f"Reword {heuristic.id}", fill)


def undo(notebook: Notebook, number: int) -> None:
    """Take a person's act back."""
    act = notebook.chronicle.acts[number - 1]

    def fill() -> Callable[[], AnyDirective]:
        ui.label(f"{act.author} asked in round {act.round}: {act.words}").classes("break-words")
        return lambda: Undo(directive=number)

    Act(notebook, f"Undo directive {number}", fill)


def add(notebook: Notebook) -> None:
    """Have a rule of one's own tested."""
    features = notebook.window.run.space.feature_docs
    metrics: dict[str, str] = {"val_accuracy": METRIC_WORDS["val_accuracy"]}
    if notebook.window.run.device is not None:
        metrics["latency_ms"] = METRIC_WORDS["latency_ms"]

    def fill() -> Callable[[], AnyDirective]:
        with ui.row().classes("w-full items-center gap-2 no-wrap"):
            direction = ui.select({"raises": "Higher", "lowers": "Lower"}, value="raises", label="Claims")
            metric = ui.select(metrics, value="val_accuracy", label="metric").classes("grow")
        predicate = ui.input("where", placeholder=f"{next(iter(features))} >= 2").props("data-testid=predicate")
        predicate.props("maxlength=200 outlined autocomplete=off").classes("w-full font-mono")
        predicate.props(f"hint={'up to three conditions, joined by and'!r}")
        with ui.expansion("What a condition may ask of an architecture").classes("w-full"):
            for name, words in features.items():
                with ui.row().classes("w-full gap-2 no-wrap items-baseline"):
                    ui.button(name, on_click=lambda name=name: _append(predicate, name)).props("flat dense no-caps")
                    ui.label(words).classes("text-sm opacity-80")
        text = ui.input("In your words (optional)").props(f"maxlength={MAX_TEXT} outlined").classes("w-full")
        reason = _reason()
        return lambda: AddHeuristic(
            predicate=predicate.value or "",
            direction=direction.value,
            metric=metric.value,
            text=text.value or "",
            reason=reason.value or "",
        )

    Act(notebook, "Add a rule, which the data will judge", fill)


def _append(field: ui.input, name: str) -> None:
    """Put a feature's name behind what stands in a field."""
    before = (field.value or "").strip()
    field.set_value(f"{before} and {name} >= " if before else f"{name} >= ")
