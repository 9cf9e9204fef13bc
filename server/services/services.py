"""What the tools of the MCP server work with: the open runs, and which of them a client may see."""

from __future__ import annotations

import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder, find_run, has_begun
from illuminas.server.services.authorization import Authorization
from illuminas.server.services.launcher import Launcher
from illuminas.server.services.principals import LOCAL, Principal, asking
from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import runs_folder
from illuminas.tools.toolbox import Toolbox

MOST = 32
"""Runs that are kept open, those that somebody watches beside; a log and a state each."""


class RunCache:
    """Opens runs, and keeps those that are looked at again and again."""

    def __init__(self) -> None:
        self._open: OrderedDict[RunFolder, Run] = OrderedDict()
        self._watchers: Counter[RunFolder] = Counter()
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

    def take(self, folder: RunFolder) -> Run:
        """The run, brought up to date.

        Raises:
            IlluminasError: it has no log.
        """
        with self._lock:
            run = self._open.get(folder)
            if run is None:
                run = self._open[folder] = Run(folder)
                unwatched = [each for each in self._open if not self._watchers[each] and each != folder]
                for each in unwatched[: max(0, len(self._open) - MOST)]:
                    self._open.pop(each).close()
            self._open.move_to_end(folder)
        return run.refresh()

    def watch(self, run: Run) -> None:
        """Keep a run open for somebody who looks at it as it grows, until :meth:`leave`."""
        self._watchers[run.folder] += 1

    def leave(self, run: Run) -> None:
        """End what :meth:`watch` began."""
        self._watchers[run.folder] -= 1

    def close(self) -> None:
        """Close every log. Idempotent."""
        while self._open:
            self._open.popitem()[1].close()


_ID = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
"""What a run's id may look like; no path can, nor what is too long for the name of a folder."""


class NotBegun(IlluminasError):
    """A run whose process has not written anything yet, or never will."""

    def __init__(self, run_id: str, launcher: Launcher) -> None:
        self.run_id = run_id
        self.state = launcher.state(run_id)
        words = f"run {run_id} is starting: its tools and models are being opened. Ask again in some seconds."
        if self.state == "failed":
            words = f"run {run_id} failed before it began: {launcher.last_words(run_id) or 'its process wrote nothing'}"
        super().__init__(words)


class Services(NamedTuple):
    """The parts of one server; whoever makes them closes them."""

    toolbox: Toolbox
    run_cache: RunCache
    authorization: Authorization
    launcher: Launcher

    def principal(self) -> Principal:
        """Who asks."""
        return asking() or LOCAL

    def folders(self) -> Iterator[RunFolder]:
        """Every run that whoever asks may see, the newest first."""
        folder = runs_folder()
        for path in sorted(folder.iterdir(), reverse=True) if folder.is_dir() else ():
            run = RunFolder(path)
            if self.run_cache.has(run) and self.may_see(run.id):
                yield run

    def may_see(self, run_id: str) -> bool:
        """Whether whoever asks may see and steer a run."""
        principal = self.principal()
        return principal.runs == "all" or self.authorization.audit.owner(run_id) == principal.name

    def run(self, name: str) -> Run:
        """The run whose id is or starts with ``name``, brought up to date; ``last`` is the newest.

        A run that whoever asks may not see is as unknown as one that is not there.

        Raises:
            NotBegun: it was started, and has told nothing yet.
            IlluminasError: there is none, or several begin so.
        """
        return self.run_cache.take(self._find(name))

    def _find(self, name: str) -> RunFolder:
        exact = RunFolder(runs_folder() / name)
        if _ID.fullmatch(name) and self.run_cache.has(exact) and self.may_see(name):
            return exact
        if _ID.fullmatch(name) and self.may_see(name) and self.launcher.order(name) is not None:
            raise NotBegun(name, self.launcher)
        return find_run(name, list(self.folders())[::-1])
