"""The time scrubber: a slider over the rounds of a run, which plays them as well."""

from __future__ import annotations

import math
from collections.abc import Callable

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

BEAT = 0.4
"""Seconds between two steps of playing."""
STEPS = 60
"""Most steps that playing a whole run takes."""


class Scrubber:
    """Which round is looked at; as long as that is the last one, it goes on with the run.

    Args:
        on_move: told when it is another one.
        name: what tests and screen readers call it.

    Attributes:
        round: at whose end the run is shown.
    """

    def __init__(self, on_move: Callable[[], None], *, name: str) -> None:
        self.round = 0
        self.last = 0
        self._tell = on_move
        with ui.row().classes("w-full items-center no-wrap gap-3") as row:
            row.on("keydown.home", lambda: self.go(0)).on("keydown.end", lambda: self.go(self.last))
            self._button = ui.button(icon="play_arrow", on_click=self.play_or_pause).props("round dense")
            self._button.mark(f"{name}-play")
            self._slider = ui.slider(min=0, max=1, step=1, value=0, on_change=self._moved).classes(
                "grow shrink min-w-0"
            )
            self._slider.props(f'snap aria-label="round of the run" data-testid="{name}-slider"').mark(f"{name}-slider")
            self._words = ui.label().classes("whitespace-nowrap shrink-0 figures min-w-[7.5rem] text-right")
            self._words.mark(f"{name}-round").props(f'data-testid="{name}-round" role="status"')
        self._timer = ui.timer(BEAT, self._step, active=False)
        self._show()

    def reach(self, last: int) -> None:
        """The run has come to a round."""
        follows = self.round == self.last
        if last > self.last:  # to send the slider again would put it back to where the server saw it last
            self.last = last
            self._slider._props["max"] = last
            self._slider.update()
        if follows:
            self.go(self.last)
        self._show()

    def go(self, round: int) -> None:
        """Look at a round."""
        round = min(max(round, 0), self.last)
        if round != self.round:
            self.round = round
            self._slider.value = round
            self._show()
            self._tell()

    def play_or_pause(self) -> None:
        """Play from here, from the start if this is the end; or stop playing."""
        if not self._timer.active and self.round == self.last:
            self.go(0)
        self._timer.active = not self._timer.active and self.last > 0
        self._show()

    def _step(self) -> None:
        self.go(self.round + max(1, math.ceil(self.last / STEPS)))
        if self.round == self.last:
            self._timer.active = False
            self._show()

    def _moved(self, event: ValueChangeEventArguments[float | None]) -> None:
        self.go(int(event.value or 0))

    def _show(self) -> None:
        playing = self._timer.active
        self._button.props(f'icon={"pause" if playing else "play_arrow"} aria-label="{"pause" if playing else "play"}"')
        self._words.text = f"round {self.round} of {self.last}"
