"""What can be done with a run, in the header of its page: pause, go on, stop, steer."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from illuminas.memory.directives import Pause, Resume, Stop
from illuminas.memory.events import Event
from illuminas.server.services.reports import state
from illuminas.server.web.controls.confirm import propose
from illuminas.server.web.controls.steer import SteerDialog
from illuminas.server.web.page_state import Window
from illuminas.server.web.runs.beginning import go_on


class Controls:
    """The buttons; those that make no sense now are not there."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._steer: SteerDialog | None = None

    def build(self) -> None:
        ui.space()
        if not self._window.door.may_act:
            ui.label("read only").classes("quiet text-sm only-wide")
            return
        window, run = self._window, self._window.run
        self._steer = SteerDialog(window)
        self._pause = _button("Pause", "pause", lambda: propose(window, Pause()))
        self._resume = _button("Resume", "play_arrow", lambda: propose(window, Resume()))
        self._go_on = _button("Go on", "play_arrow", lambda: go_on(window.door, run.id))
        self._stop = _button("Stop", "stop", lambda: propose(window, Stop()))
        _button("Steer", "tune", self._steer.open)
        self.update(())

    def update(self, news: Sequence[Event]) -> None:
        """Show what makes sense now."""
        if self._steer is None:
            return
        now = state(self._window.run)
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
