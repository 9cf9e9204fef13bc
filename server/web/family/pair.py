"""Two architectures side by side: drawings with their differences marked, and what is known of each beside them."""

from __future__ import annotations

from nicegui import ui

from illuminas.server.services.open_run import OpenRun
from illuminas.server.viz.drawings.drawing import draw, draw_pair
from illuminas.server.viz.palette import GREY, STATUS, Sign
from illuminas.server.web.family.portrait import Cited, Portrait


def pair_view(run: OpenRun, left: Portrait | None, right: Portrait) -> None:
    """Write both into the element that is open: ``left``, where there is one, is what ``right`` is compared with."""
    space, shape, now = run.space, run.shape, run.architecture(right.hash)
    if left is None:
        with ui.element("div").classes("family-pair"):
            _column(right, draw(space, now, shape), "after")
        return
    pair = draw_pair(space, run.architecture(left.hash), now, shape)
    _differences(pair.differences)
    with ui.element("div").classes("family-pair"):
        _column(left, pair.before, "before")
        _column(right, pair.after, "after")


def _differences(differences: tuple[str, ...]) -> None:
    with ui.element("ul").classes("family-differences").mark("differences"):
        for words in differences or ("no differences: both are built alike",):
            with ui.element("li"):
                ui.label(words)


def _column(told: Portrait, drawing: str, side: str) -> None:
    with ui.element("section").classes("family-side").mark(f"pair-{side}").props(f'data-hash="{told.hash}"'):
        ui.label(told.title).classes("family-title")
        ui.label(told.standing).classes(
            "text-sm font-bold" if "failed" not in told.standing else "text-sm text-red-600"
        )
        ui.html(drawing, sanitize=False).classes("family-drawing")
        with ui.element("dl").classes("family-figures"):
            for name, value in told.figures:
                with ui.element("dt"):
                    ui.label(name)
                with ui.element("dd"):
                    ui.label(value)
        ui.label(told.origin).classes("text-sm")
        _words("Why", told.rationale)
        _words("Instruction", told.instruction)
        _cites(told.cited)
        if told.prompt:
            with ui.expansion("What the LLM was asked, and said").classes("w-full").props("dense"):
                ui.label(told.prompt).classes("family-words")
                ui.label("Answer").classes("text-sm font-bold")
                ui.label(told.answer).classes("family-words")


def _words(name: str, text: str) -> None:
    if text:
        ui.label(name).classes("text-sm font-bold")
        ui.label(text).classes("text-sm").style("white-space: pre-wrap; overflow-wrap: anywhere")


def _cites(cited: tuple[Cited, ...]) -> None:
    if not cited:
        return
    ui.label("Heuristics that it follows").classes("text-sm font-bold")
    for each in cited:
        sign = Sign(GREY, "", "") if each.status is None else STATUS[each.status]
        status = "unknown" if each.status is None else each.status.value
        with ui.element("div").classes("family-cited").style(f"border-left-color: {sign.colour}").mark("cited"):
            ui.label(f"{sign.glyph} {status}{', pinned' if each.pinned else ''} · {each.id}").classes(
                "text-xs font-bold"
            )
            ui.label(each.text).classes("text-sm")
            ui.label(each.evidence).classes("text-xs")
