"""The time of a run: its sessions one after the other, without what lies between them and what people held up."""

from __future__ import annotations

import time

from illuminas.memory.events import Event
from illuminas.memory.kinds import SessionBegan
from illuminas.memory.steering import Steering


class Clock:
    """Follows a log; feed it with :meth:`apply`, in order.

    Args:
        steering: of the same log, up to date with each event before it is fed.
    """

    def __init__(self, steering: Steering) -> None:
        self._steering = steering
        self._earlier = 0.0
        self._start = 0.0
        self._last = 0.0

    def apply(self, event: Event) -> float:
        """Seconds into the run at which an event was written; what people do takes none."""
        if isinstance(event.data, SessionBegan):
            if self._start:
                self._earlier += self._last - self._start
            self._start = event.time
        if not event.data.by_a_person:  # who steers and chats also while nobody drives the run
            self._last = event.time
        return self.seconds

    def reach(self, moment: float) -> None:
        """Go on to a moment, seconds since the epoch, of which nothing else is known."""
        self._last = moment

    @property
    def seconds(self) -> float:
        """Up to the search's last event; 0 before the first session."""
        return self._until(self._last) if self._start else 0.0

    @property
    def seconds_now(self) -> float:
        """For a run that some process drives: up to this moment."""
        return self._until(time.time())

    def _until(self, now: float) -> float:
        return self._earlier + now - self._start - self._steering.held_until(now)
