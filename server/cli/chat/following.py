"""Following: what a run does beside the conversation, read from its log by a cursor, whichever process drives it."""

from __future__ import annotations

import asyncio
import sqlite3

from illuminas.agents.chat.replies import Asks
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import DirectiveGiven, QuestionAsked
from illuminas.memory.runs import RunFolder
from illuminas.server.cli.chat.screen import Screen
from illuminas.server.services.activity import Story

PAUSE = 0.5
"""Seconds between two looks at the log."""
HOW = "Answer with /approve or /reject."


class Follower:
    """Tells what a run's log gets, and asks what the search asks.

    Args:
        author: whose own directives are not told again.
        lines: tell every event worth a line; the search's questions are asked in any case.
    """

    def __init__(self, run: RunFolder, screen: Screen, *, author: str, lines: bool) -> None:
        self._log = EventLog(run.log, read_only=True)
        self._screen = screen
        self._author = author
        self._lines = lines
        self._story = Story()
        self._cursor = 0
        open_question: QuestionAsked | None = None
        for event in self._log.read():
            self._story.note(event)
            self._cursor = event.id
            open_question = event.data if isinstance(event.data, QuestionAsked) else open_question
        if open_question is not None and self._story.state.steering.waiting is not None:
            self._ask(open_question)

    def in_short(self) -> str:
        """How the run stands, on one line."""
        return self._story.in_short

    async def follow(self) -> None:
        """Tell what comes, until cancelled."""
        while True:
            self.catch_up()
            await asyncio.sleep(PAUSE)

    def catch_up(self) -> None:
        """Tell what has come since."""
        try:
            events = list(self._log.read(after=self._cursor))
        except sqlite3.OperationalError:  # the writer holds it for longer than the wait; there is a next time
            return
        for event in events:
            self._cursor = event.id
            line = self._story.take(event)
            if isinstance(event.data, QuestionAsked):
                self._ask(event.data)
            elif line is not None and self._lines and not self._own(event):
                self._screen.event(*line)

    def close(self) -> None:
        self._log.close()

    def _ask(self, asked: QuestionAsked) -> None:
        self._screen.show(Asks(text=f"The search asks: {asked.text} {HOW}", options=asked.options))

    def _own(self, event: Event) -> bool:
        return isinstance(event.data, DirectiveGiven) and (event.data.author, event.data.via) == (
            self._author,
            "chat",
        )
