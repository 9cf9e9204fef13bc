"""An errand: work of a page that takes time, off the event loop, and is done again where more came meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import background_tasks


class Errand:
    """Runs once at a time, however often it is asked for.

    Args:
        work: does all that is to be done by then.
        name: what the task is called.
    """

    def __init__(self, work: Callable[[], Awaitable[None]], *, name: str) -> None:
        self._work, self._name = work, name
        self._due = self._busy = False

    def start(self) -> None:
        """Do the work, or do it once more after what goes on now."""
        self._due = True
        if not self._busy:
            self._busy = True
            background_tasks.create(self._run(), name=self._name)

    async def _run(self) -> None:
        try:
            while self._due:
                self._due = False
                await self._work()
        finally:
            self._busy = False
