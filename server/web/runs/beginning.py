"""Where a search begins: its settings, the wait until its log has anything to show, and going on where one ended."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from nicegui import ui

from illuminas.agents.config import SearchConfig
from illuminas.agents.options import SearchOption, options_of
from illuminas.agents.presets import ENGINE, preset
from illuminas.server.web.confirm import complain
from illuminas.server.web.entry.client import WebClient
from illuminas.server.web.theme import header, state_chip
from illuminas.tools.errors import IlluminasError

LOOK: Final = "outlined dense stack-label"
GRID: Final = "grid grid-cols-1 sm:grid-cols-2 gap-x-4 gap-y-2 w-full"


class StartDialog:
    """The options of ``illuminas search``, with the same defaults."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        with ui.dialog().props('aria-label="New search"') as self._dialog, ui.card().classes("w-full gap-3"):
            ui.label("New search").classes("text-lg")
            self._place = ui.column().classes("w-full gap-3")
            self._error = ui.label().classes("wrap").style("color: var(--bad)").props('role="alert"')
            self._error.mark("start-error").set_visibility(False)
            with ui.row().classes("w-full justify-end gap-2"):
                ui.button("Cancel", on_click=self._dialog.close).props("flat")
                self._go = ui.button("Start", icon="play_arrow", on_click=self._start).props("unelevated").mark("start")
        self._fields: dict[str, Any] = {}
        self._key = ""

    async def open(self) -> None:
        """Show the dialog, with what there is to choose from now."""
        self._key = secrets.token_hex(8)
        if not self._fields:
            datasets = await self._client.call("list_datasets")
            devices = await self._client.call("list_devices")
            with self._place:
                self._build(
                    {
                        "dataset": [each["name"] for each in datasets["datasets"]],
                        "device": [*(each["name"] for each in devices["devices"]), "none"],
                    }
                )
        self._error.set_visibility(False)
        self._dialog.open()

    def _build(self, known: Mapping[str, Sequence[str]]) -> None:
        declared = options_of(SearchConfig, "page")
        with ui.element("div").classes(GRID):
            self._make([each for each in declared.values() if each.option.common], known)
        with (
            ui.expansion("More").classes("w-full").props("dense").mark("more-options"),
            ui.element("div").classes(f"{GRID} pt-2"),
        ):
            self._make([each for each in declared.values() if not each.option.common], known)
        self._fields["mode"].on_value_change(self._show_defaults)
        self._show_defaults()

    def _make(self, declared: Sequence[SearchOption], known: Mapping[str, Sequence[str]]) -> None:
        for each in declared:
            field = self._fields[each.name] = _field(each, known.get(each.name, ()))
            field.mark(f"start-{each.name}").props(f'data-testid="start-{each.name}"').tooltip(each.described)

    def _show_defaults(self) -> None:
        """Show in the empty fields what the search would take."""
        settings = preset(self._fields["mode"].value or ENGINE)
        for name, declared in options_of(SearchConfig, "page").items():
            self._fields[name].props["placeholder"] = str(settings.get(name, declared.default_words))

    async def _start(self) -> None:
        asked = {name: _given(field.value) for name, field in self._fields.items()}
        self._go.props("loading")
        try:
            begun = await self._client.call(
                "start_search", key=self._key, **{name: value for name, value in asked.items() if value is not None}
            )
        except IlluminasError as error:
            self._key = secrets.token_hex(8)  # the next try is another request
            self._error.text = str(error)
            self._error.set_visibility(True)
            return
        finally:
            self._go.props(remove="loading")
        ui.navigate.to(f"/runs/{begun['run_id']}")


def _field(declared: SearchOption, known: Sequence[str]) -> Any:
    """The element in which an option is given; empty leaves it at its default.

    Args:
        known: values that this server has; others can be typed.
    """
    listed = list(known) or list(declared.option.choices() if declared.option.choices else declared.choices)
    if declared.value in (int, float):
        return _number(declared.label, minimum=declared.minimum)
    if declared.value is bool:
        return ui.switch(declared.label)
    if not listed and not declared.repeats:
        return ui.input(declared.label).props(LOOK)
    free = not declared.choices
    made = ui.select(
        listed,
        label=declared.label,
        value=[] if declared.repeats else None,
        multiple=declared.repeats,
        clearable=True,
        with_input=free,
        new_value_mode="add-unique" if free else None,
    )
    return made.props(LOOK + (" use-chips" if declared.repeats else ""))


def _number(label: str, *, minimum: float | None, value: int | None = None) -> ui.number:
    return ui.number(label, min=minimum, value=value).props(LOOK)


def _given(value: object) -> object:
    """What was chosen; None for what is left at its default."""
    if value in (None, "", []) or value is False:
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value


class UnbegunPage:
    """A run whose process has not told anything yet, or never will; turns into the run's page once it has."""

    def __init__(self, client: WebClient, run_id: str) -> None:
        self._client = client
        self._id = run_id

    def build(self) -> None:
        with header(self._client):
            ui.label(self._id).classes("mono wrap")
            ui.space()
        with ui.column().classes("page gap-3"):
            self._place = ui.column().classes("sheet w-full gap-2")
            ui.link("All runs", "/")
        self._shown = ""
        ui.timer(1.0, self._look)

    async def _look(self) -> None:
        try:
            told = await self._client.status(self._id)
        except IlluminasError as error:
            complain(str(error))
            return
        if told["state"] not in ("starting", "failed"):
            ui.navigate.reload()
        elif told["state"] != self._shown:
            self._shown = told["state"]
            self._place.clear()
            with self._place:
                state_chip(cast("Any", told["state"]))
                ui.label(told["reason"]).classes("wrap").style("white-space: pre-wrap").mark("reason")
                words = f"{told['space']} on {told['dataset']}, device {told['device']}, LLM {told['llm']['name']}"
                ui.label(words).classes("quiet wrap")


async def go_on(client: WebClient, run_id: str) -> None:
    """Ask what a run may spend more, and start a process that goes on with it."""
    told = await client.status(run_id)
    made, cap = int(told["evaluations"]), int(told["caps"]["evaluations"] or 0)
    with ui.dialog() as dialog, ui.card().classes("gap-3"):
        ui.label(f"Go on with {run_id}").classes("text-lg wrap")
        ui.label(f"{made} of {cap} evaluations are made. What was evaluated is not paid for again.").classes("wrap")
        wanted = max(cap, made + (0 if made < cap else cap))
        budget = _number("Evaluations of the whole run", minimum=max(1, made), value=wanted).mark("more-evaluations")
        with ui.row().classes("w-full justify-end gap-2"):
            ui.button("Cancel", on_click=lambda: dialog.submit(False)).props("flat")
            ui.button("Go on", on_click=lambda: dialog.submit(True)).props("unelevated").mark("go-on")
    agreed = await dialog
    evaluations = None if budget.value is None else int(budget.value)
    dialog.delete()
    if not agreed:
        return
    more = {} if evaluations in (None, cap) else {"evaluations": evaluations}
    try:
        await client.call("resume_search", run_id=run_id, **more)
    except IlluminasError as error:
        complain(str(error))
    else:
        ui.navigate.to(f"/runs/{run_id}")
