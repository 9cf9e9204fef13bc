"""What one search did, kept so that a bench that goes on repeats nothing."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

import illuminas
from illuminas.agents.bench.problem import Task
from illuminas.agents.bench.variants import VARIANTS
from illuminas.tools.evaluation.results import content_key
from illuminas.tools.frozen import Frozen
from illuminas.tools.paths import write_whole
from illuminas.tools.tables import open_table, parse_reference

_ENGINE_CODE = ("agents", "memory", "tools")
_RIVAL_CODE = (
    "agents/bench",
    "tools/spaces",
    "tools/proxies",
    "tools/tables",
    "tools/toolbox.py",
    "tools/evaluation/zero_cost.py",
)
"""What a search's outcome follows from: a change in these makes kept traces void."""


class Job(NamedTuple):
    """One search to run.

    Attributes:
        method: a rival's name, or one of :data:`~illuminas.agents.bench.variants.VARIANTS`.
        llm: the engine's LLM as a search takes it; empty for a rival.
    """

    method: str
    llm: str
    task: Task
    seed: int
    budget: int

    @property
    def label(self) -> str:
        """How people see the method: the engine with its LLM."""
        return f"{self.method} --llm {self.llm}" if self.llm else self.method


class Step(Frozen):
    """One evaluation of the engine.

    Attributes:
        operator: that proposed it.
        gain: validation accuracy above that of its niche's elite at that time, per cent points; None where the niche
            was empty, or has no place for the architecture.
        elite: whether it became its niche's elite.
    """

    operator: str
    gain: float | None
    elite: bool


class Proposals(Frozen):
    """Candidates of one operator that were new, proposed when ``before`` evaluations were made."""

    before: int
    operator: str
    count: int


class Foreseen(Frozen):
    """What the search's predictor, fitted when it had ended, expects of what it scored and never evaluated.

    Attributes:
        labels: evaluations that the predictor learned from.
        codes: those architectures, in the order of the space.
        expected: validation accuracy of each, per cent.
    """

    labels: int
    codes: tuple[int, ...]
    expected: tuple[float, ...]


class Trace(Frozen):
    """One search from start to end; its first n steps are a search of budget n.

    Attributes:
        budget: it was run with; the codes are fewer where the method had nothing left to ask.
        codes: of what was looked up, in order, one of each class.
        clock: seconds since the start at each.
        llm: the engine's LLM by its full name; empty for a rival.
        tokens: that the LLM used in all.
        steps: the engine's evaluations, in the order of the codes; empty for a rival.
        foreseen: by the engine's predictor at the end of the whole search; None for a rival, and where it has none.
    """

    budget: int
    codes: tuple[int, ...]
    clock: tuple[float, ...]
    llm: str = ""
    tokens: int = 0
    steps: tuple[Step, ...] = ()
    proposals: tuple[Proposals, ...] = ()
    foreseen: Foreseen | None = None


class OperatorFigures(BaseModel):
    """What an operator did, over all seeds.

    Attributes:
        proposed: candidates that were new.
        evaluated: of them.
        share_evaluated: of those proposed, 0 to 1.
        mean_gain: mean of :attr:`Step.gain`; None where there is none.
        gains: evaluations that the mean is of.
        elites: evaluations that became their niche's elite.
    """

    proposed: int = 0
    evaluated: int = 0
    share_evaluated: float = 0.0
    mean_gain: float | None = None
    gains: int = 0
    elites: int = 0


def operator_figures(traces: list[Trace], budget: int) -> dict[str, OperatorFigures]:
    """Figures by operator over the first ``budget`` evaluations of each search."""
    proposed: defaultdict[str, int] = defaultdict(int)
    steps: defaultdict[str, list[Step]] = defaultdict(list)
    for trace in traces:
        for each in trace.proposals:
            if each.before < budget:
                proposed[each.operator] += each.count
        for step in trace.steps[:budget]:
            steps[step.operator].append(step)
    figures = {}
    for operator in sorted(proposed.keys() | steps.keys()):
        gains = [step.gain for step in steps[operator] if step.gain is not None]
        figures[operator] = OperatorFigures(
            proposed=proposed[operator],
            evaluated=len(steps[operator]),
            share_evaluated=len(steps[operator]) / max(1, proposed[operator]),
            mean_gain=sum(gains) / len(gains) if gains else None,
            gains=len(gains),
            elites=sum(step.elite for step in steps[operator]),
        )
    return figures


class TraceStore:
    """Finished traces, one JSON file each, named by all that they follow from.

    Args:
        folder: where they are; made when the first is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, job: Job) -> Trace | None:
        """The trace of the job, run with its budget or a larger one; None where there is none."""
        try:
            trace = Trace.model_validate_json(self._path(job).read_bytes())
        except (OSError, ValidationError):
            return None
        return trace if trace.budget >= job.budget else None

    def put(self, job: Job, trace: Trace) -> None:
        write_whole(self._path(job), trace.model_dump_json().encode())

    def _path(self, job: Job) -> Path:
        tables = {parse_reference(job.task.dataset).name}
        tables |= {parse_reference(each.device).name for each in job.task.wanted if each.device}
        key = content_key(
            job.method,
            job.llm,
            file_stamp(job.llm),
            list(job.task),
            [open_table(name).info.sha256 for name in sorted(tables)],
            job.seed,
            illuminas.__version__,
            code_fingerprint(_ENGINE_CODE if job.method in VARIANTS else _RIVAL_CODE),
        )
        return self._folder / f"{key[:32]}.json"


def file_stamp(llm: str) -> tuple[int, int] | None:
    """Size and time of the file that an LLM's name leads to, where it is one."""
    path = Path(llm.partition(":")[2]).expanduser()
    if not path.is_file():
        return None
    found = path.stat()
    return found.st_size, found.st_mtime_ns


@cache
def code_fingerprint(folders: tuple[str, ...], *, without: str | None = None) -> str:
    """Hash of the source files and prompts in folders of the package but ``without``, or of files named."""
    root = Path(illuminas.__file__).resolve().parent
    root = root if (root / "agents").is_dir() else root.parent
    digest = sha256()
    for path in sorted(path for folder in folders for path in [root / folder, *(root / folder).rglob("*")]):
        if path.suffix in (".py", ".md", ".toml") and (without is None or not path.is_relative_to(root / without)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
