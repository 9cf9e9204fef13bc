"""The runs that are open for reading, the latest used first to stay."""

from __future__ import annotations

import threading
from collections import OrderedDict

from illuminas.memory.runs import RunFolder, has_begun
from illuminas.server.services.open_run import OpenRun

MOST = 32
"""Runs that are kept open, those that somebody watches beside; a log and a state each."""


class RunCache:
    """Opens runs, and keeps those that are looked at again and again."""

    def __init__(self) -> None:
        self._open: OrderedDict[RunFolder, OpenRun] = OrderedDict()
        self._begun: set[RunFolder] = set()
        self._lock = threading.Lock()

    def has(self, folder: RunFolder) -> bool:
        """Whether the folder is that of a run which has begun."""
        if folder in self._begun:
            return folder.log.is_file()
        if has_begun(folder):
            self._begun.add(folder)
            return True
        return False

    def take(self, folder: RunFolder) -> OpenRun:
        """The run, brought up to date.

        Raises:
            IlluminasError: it has no log.
        """
        with self._lock:
            run = self._open.get(folder)
            if run is None:
                run = self._open[folder] = OpenRun(folder)
                unwatched = [each for each, opened in self._open.items() if not opened.watchers and each != folder]
                for each in unwatched[: max(0, len(self._open) - MOST)]:
                    self._open.pop(each).close()
            self._open.move_to_end(folder)
        return run.refresh()

    def close(self) -> None:
        """Close every log; harmless twice."""
        while self._open:
            self._open.popitem()[1].close()
