"""The time of a run: its sessions one after the other, without what lies between them and what people held up."""

from __future__ import annotations

from illuminas.memory.events import Event
from illuminas.memory.kinds import Kind
from illuminas.memory.steering import Steering


class Clock:
    """Follows a log; feed it with :meth:`tell`, in order."""

    def __init__(self) -> None:
        self._steering = Steering()
        self._earlier = 0.0
        self._start: float | None = None
        self._last = 0.0
        self.seconds = 0.0

    def tell(self, event: Event) -> float:
        """Seconds into the run at which an event was written, as :attr:`RunState.seconds` counts them."""
        if event.kind == Kind.SESSION:
            if self._start is not None:
                self._earlier += self._last - self._start
            self._start = event.time
        self._steering.apply(event)
        if self._start is not None and event.kind != Kind.DIRECTIVE:
            self._last = event.time
            self.seconds = self._earlier + event.time - self._start - self._steering.held_until(event.time)
        return self.seconds
