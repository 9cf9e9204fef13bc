"""The bench of LLMatic: searches that train for real, with one budget and the same niches.

They run one after another, each a run that is kept and can be resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

import illuminas
from illuminas.agents.bench.course_of_run import CourseOfRun, course_of, events_of
from illuminas.agents.bench.trace import code_fingerprint, file_stamp
from illuminas.agents.bench.variants import LLMATIC
from illuminas.agents.composition import instructions_of
from illuminas.agents.config import SearchConfig
from illuminas.agents.context import Tick
from illuminas.agents.llm.registry import open_llm
from illuminas.agents.presets import ENGINE, preset
from illuminas.agents.search import Search
from illuminas.agents.summary import Summary
from illuminas.memory.events import Event
from illuminas.memory.runs import RunFolder, list_runs
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.results import content_key
from illuminas.tools.paths import write_whole
from illuminas.tools.tasks import is_table, open_dataset

SUMMARY = "summary.json"
"""Beside the event log of a finished run: its summary, which alone has a test accuracy."""
RANDOM = "random"
NO_LLM = "none"

METHODS: dict[str, dict[str, Any]] = {
    LLMATIC: {"mode": LLMATIC},
    RANDOM: {"mode": LLMATIC, "shares": {"random": 1}, "start": (), "instructed": False, "inherit": False},
    ENGINE: {"mode": ENGINE},
}
"""Method -> its settings. Random layer lists come in the generations of the mode, and of nothing else in it."""

_CODE = ("agents", "memory", "tools")
_FIGURES = "agents/bench"
"""What a run follows from, and what is only said of it afterwards."""


class TrainingJob(NamedTuple):
    """One search to run."""

    method: str
    config: SearchConfig

    @property
    def label(self) -> str:
        """How people see it while it runs."""
        return f"{self.method_with(self.config.llm)}, seed {self.config.seed}"

    def method_with(self, llm: str) -> str:
        """The method with its LLM, by a name of it; random lists have no use for one."""
        return self.method if self.method == RANDOM else f"{self.method} --llm {llm}"

    @property
    def key(self) -> str:
        """Equal exactly where a search would be the same: its settings, images, instructions, the code's version."""
        config = self.config
        told = instructions_of(config)
        images = open_dataset(config.dataset).fingerprint
        code = code_fingerprint(_CODE, without=_FIGURES)
        settings = config.model_dump(mode="json")
        return content_key(settings, file_stamp(config.llm), told, images, illuminas.__version__, code)[:32]


def plan_trainings(
    *, datasets: Sequence[str], llms: Sequence[str], seeds: int, budget: int, settings: Mapping[str, Any]
) -> list[TrainingJob]:
    """The searches, seed by seed, so that a broken bench has a like number of every method; those with an LLM first.

    Args:
        datasets: of images.
        llms: that LLMatic runs with. Without one it runs in any case, as do random lists and the engine.
        budget: evaluations of each search.
        settings: what all searches share besides.

    Raises:
        IlluminasError: an unknown data set or LLM, or a table, where nothing is trained.
    """
    for dataset in datasets:
        if is_table(dataset):
            raise IlluminasError(
                f"bench {LLMATIC} trains networks for real: expected images, such as cluttered-digits, got {dataset}."
            )
        open_dataset(dataset)
    chat_models = list(dict.fromkeys(llm for llm in llms if llm != NO_LLM))
    for llm in chat_models:
        open_llm(llm)  # refuses an unknown one before hours are spent on another; loads nothing
    searches = [*((LLMATIC, llm) for llm in chat_models), *((method, NO_LLM) for method in METHODS)]
    mode = preset(LLMATIC)
    shared = {
        **settings,
        "space": mode["space"],
        "partition": mode["partition"],
        "device": mode["device"],
        "evaluations": budget,
    }
    return [
        TrainingJob(method, SearchConfig(**{**shared, **METHODS[method]}, dataset=dataset, llm=llm, seed=seed))
        for dataset in datasets
        for seed in range(seeds)
        for method, llm in searches
    ]


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
                return FinishedRun(job, course_of(events_of(run)), summary, kept=True)
        if self._stopping:
            return None
        for event in [] if run is None else events_of(run):
            listen(event)
        config = job.config if run is None else None
        self._search = Search(config, resume=run, folder=folder, listen=listen, tick=tick)
        if self._stopping:
            self._search.stop()
        summary = self._search.run()
        if summary.status != "finished":
            return None
        run = self._search.run_folder
        write_whole(run.path / SUMMARY, summary.model_dump_json().encode())
        return FinishedRun(job, course_of(events_of(run)), summary, kept=False)


def _read_summary(run: RunFolder) -> Summary | None:
    """None where the run is not finished, or was cut off while this was written: resuming it then writes it."""
    try:
        return Summary.model_validate_json((run.path / SUMMARY).read_bytes())
    except (OSError, ValidationError):
        return None
