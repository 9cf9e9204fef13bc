"""The bar that chooses the round after which the knowledge is shown, and plays the rounds."""

from __future__ import annotations

import asyncio

from nicegui import events, ui

from illuminas.server.web.knowledge.notebook import Notebook

REST = 0.15
"""Seconds for which the thumb rests before a round is shown; a slide passes by many of them."""
SECONDS = 0.8
"""A round is shown for so long while they are played."""
STEPS = 60
"""Pictures that a play has at most."""


class RoundBar:
    """A slider over the rounds, whose end is now."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._most = 0

    def build(self) -> None:
        with ui.row().classes("w-full items-center gap-3 no-wrap"):
            self._words = ui.label().classes("whitespace-nowrap w-36").props("role=status data-testid=as-of")
            self._slider = ui.slider(min=0, max=1, step=1, on_change=self._slide).classes("grow")
            self._slider.props('snap data-testid=round aria-label="As of round"')
            self._play = ui.button(icon="play_arrow", on_click=self._toggle).props("flat dense round data-testid=play")
            self._play.props('aria-label="Play the rounds"')
            self._now = ui.button("Now", on_click=lambda: self._notebook.show(round=None))
            self._now.props("flat dense no-caps data-testid=now")
        self._ticks = ui.timer(SECONDS, self._step, active=False)

    def refresh(self) -> None:
        """Say which round is looked at, and how many there are."""
        if self._most != self._notebook.last:  # an update would take the thumb from whoever moves it
            self._most = self._notebook.last
            self._slider.props(f":max={max(1, self._most)}")
        self._slider.set_value(self._looked_at)
        self._say(self._looked_at)
        self._now.set_enabled(self._notebook.round is not None)

    @property
    def _looked_at(self) -> int:
        return self._notebook.last if self._notebook.round is None else self._notebook.round

    def _say(self, round: int) -> None:
        self._words.set_text(f"Now (round {round})" if round >= self._notebook.last else f"As of round {round}")

    async def _slide(self, event: events.ValueChangeEventArguments[float | None]) -> None:
        """Say the round at once, and show it when the thumb rests."""
        round = int(event.value or 0)
        if round == self._looked_at:
            return
        self._say(round)
        await asyncio.sleep(REST)
        if round == self._slider.value:
            self._look_at(round)

    def _look_at(self, round: int) -> None:
        self._notebook.show(round=None if round >= self._notebook.last else round)

    def _toggle(self) -> None:
        """Play, from the first round where now is shown, or stop."""
        if not self._ticks.active and self._notebook.round is None:
            self._look_at(0)
        self._playing(not self._ticks.active)

    def _playing(self, on: bool) -> None:
        self._ticks.active = on
        self._play.props(f"icon={'pause' if on else 'play_arrow'}")

    def _step(self) -> None:
        """Show the next round; the last is now."""
        self._look_at(self._looked_at + max(1, self._notebook.last // STEPS))
        if self._notebook.round is None:
            self._playing(False)
