"""The one way in which pages steer: a directive is said in words, confirmed, and can be undone at once."""

from __future__ import annotations

from nicegui import ui

from illuminas.memory.directives import Directive
from illuminas.server.web.page_state import PageState
from illuminas.tools.errors import IlluminasError


async def propose(page_state: PageState, directive: Directive) -> bool:
    """Say in words what a directive asks, and have the run obey it once the person agrees.

    Returns:
        Whether it took effect. Where it makes no sense the person is told why.
    """
    client = ui.context.client  # what was clicked may be gone by the time that there is an answer
    try:
        words = await page_state.client.echo(page_state.run.id, directive)
    except IlluminasError as error:
        with client:
            complain(str(error))
        return False
    with client, ui.dialog() as dialog, ui.card().classes("gap-3"):
        ui.label("Take effect?").classes("text-lg")
        ui.label(f"{words[:1].upper()}{words[1:]}.").classes("wrap").mark("echo")
        with ui.row().classes("w-full justify-end gap-2"):
            ui.button("Leave it", on_click=lambda: dialog.submit(False)).props("flat")
            ui.button("Take effect", on_click=lambda: dialog.submit(True)).props("unelevated autofocus").mark("confirm")
    agreed = await dialog
    dialog.delete()
    with client:
        return bool(agreed) and await take(page_state, directive)


async def take(page_state: PageState, directive: Directive) -> bool:
    """Have the run obey a directive whose words the person has seen; tells how to undo it."""
    client = ui.context.client
    try:
        done = await page_state.client.steer(page_state.run.id, directive)
    except IlluminasError as error:
        with client:
            complain(str(error))
        return False
    undo = f" Undo it under Steer, or in the feed: it is directive {done['number']}." if directive.undoable else ""
    with client:
        ui.notify(f"In force {done['obeyed']}.{undo}", type="positive", position="bottom-left", timeout=6000)
    return True


def complain(text: str) -> None:
    """Show why something could not be done, for long enough to read it."""
    ui.notify(text, type="negative", position="bottom-left", multi_line=True, timeout=12_000, close_button="Close")
