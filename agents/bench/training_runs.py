"""Runs searches that train for real one after another, each a run that can be resumed, and keeps them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from illuminas.agents.bench.course_of_run import CourseOfRun, course_of
from illuminas.agents.bench.training_jobs import TrainingJob
from illuminas.agents.context import Tick
from illuminas.agents.search import Search
from illuminas.agents.summary import Summary
from illuminas.memory.events import Event, EventLog
from illuminas.memory.runs import RunFolder, list_runs

SUMMARY = "summary.json"
"""Beside the event log of a finished run: its summary, which alone has a test accuracy."""


class FinishedRun(NamedTuple):
    """A search that came to its end.

    Attributes:
        course: what it did, by its event log.
        summary: what it found, with test accuracies.
        kept: an earlier bench had finished it.
    """

    job: TrainingJob
    course: CourseOfRun
    summary: Summary
    kept: bool


class TrainingRuns:
    """Runs one search at a time; each uses all workers.

    Args:
        folder: where the runs are kept, in a folder each that is named by the job's key.
        fresh: begin anew what an earlier bench has begun or finished.
    """

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self._folder = folder
        self._fresh = fresh
        self._search: Search | None = None
        self._stopping = False

    def stop(self) -> None:
        """Finish what is in flight and start nothing new; :meth:`run` then returns what is finished alone."""
        self._stopping = True
        if self._search is not None:
            self._search.stop()

    def run(
        self,
        job: TrainingJob,
        *,
        listen: Callable[[Event], None] = lambda event: None,
        tick: Callable[[Tick], None] = lambda tick: None,
    ) -> FinishedRun | None:
        """The job's run: read where it is finished, resumed where it is not; None where a person stopped it.

        Args:
            listen: called with every event of a run that is not finished, those of earlier sessions first.
            tick: called as trainings go on.

        Raises:
            IlluminasError: the search failed, or another process drives it.
        """
        folder = self._folder / job.key
        begun = [] if self._fresh else list_runs(folder)
        run = begun[-1] if begun else None
        if run is not None:
            summary = _read_summary(run)
            if summary is not None:
                return FinishedRun(job, course_of(_events(run)), summary, kept=True)
        if self._stopping:
            return None
        for event in [] if run is None else _events(run):
            listen(event)
        config = job.config if run is None else None
        self._search = Search(config, resume=run, folder=folder, listen=listen, tick=tick)
        if self._stopping:
            self._search.stop()
        summary = self._search.run()
        if summary.status != "finished":
            return None
        run = self._search.run_folder
        _write_summary(run, summary)
        return FinishedRun(job, course_of(_events(run)), summary, kept=False)


def _events(run: RunFolder) -> list[Event]:
    log = EventLog(run.log, read_only=True)
    try:
        return list(log.read())
    finally:
        log.close()


def _read_summary(run: RunFolder) -> Summary | None:
    """None where the run is not finished, or was cut off while this was written: resuming it then writes it."""
    try:
        return Summary.model_validate_json((run.path / SUMMARY).read_bytes())
    except (OSError, ValidationError):
        return None


def _write_summary(run: RunFolder, summary: Summary) -> None:
    part = run.path / f"{SUMMARY}.{os.getpid()}"
    part.write_text(summary.model_dump_json(), encoding="utf-8")
    part.replace(run.path / SUMMARY)
