"""The look of every page: its style sheet, its header, and the switch between light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nicegui import ui

from illuminas.memory.run_summary import State
from illuminas.server.web.entry.client import WebClient
from illuminas.server.web.error_pages import tell
from illuminas.server.web.plot import expect_plots

DARK: Final = "illuminas-dark"
"""Cookie that keeps whether a person wants the pages dark."""
_SWITCH: Final = f"""() => {{
  const dark = !document.body.classList.contains("body--dark");
  document.cookie = `{DARK}=${{+dark}}; path=/; max-age=31536000; SameSite=Strict`;
  emit(dark);
}}"""
SIGNS: Final[dict[State, str]] = {
    "starting": "hourglass_top",
    "running": "play_arrow",
    "waiting": "contact_support",
    "paused": "pause",
    "interrupted": "link_off",
    "finished": "check",
    "failed": "error_outline",
}
"""State of a run -> its icon: told apart without colours too."""


def look() -> None:
    """Give the page its style; call it first on each."""
    ui.add_css(Path(__file__).with_suffix(".css"))
    ui.on_exception(tell)
    expect_plots()
    ui.colors(primary="#0072b2", negative="#b34700", positive="#00795a", warning="#e69f00")


@contextmanager
def header(client: WebClient) -> Iterator[None]:
    """A page's header; what is written inside stands between its name and the switches."""
    wanted = ui.context.client.request.cookies.get(DARK)
    dark = ui.dark_mode(None if wanted is None else wanted == "1")
    with ui.header().classes("p-0 gap-0"), ui.element("div").classes("bar"):
        ui.link("illuminas", "/").classes("brand").props('aria-label="illuminas: all runs"')
        yield
        switch = ui.button(icon="contrast").props('flat round dense color="" aria-label="Light or dark"')
        switch.tooltip("Light or dark").mark("dark-switch")
        if client.named:
            out = ui.button(icon="logout", on_click=lambda: ui.navigate.to("/logout"))
            out.props('flat round dense color="" aria-label="Log out"').tooltip(f"Log out {client.principal.name}")
    switch.on("click", lambda event: dark.set_value(bool(event.args)), js_handler=_SWITCH)


def state_chip(state: State) -> ui.element:
    """How a run stands, by sign and word."""
    with ui.element("span").classes(f"state state-{state}").mark("state") as chip:
        ui.icon(SIGNS[state], size="15px").props('aria-hidden="true"')
        ui.label(state)
    return chip
