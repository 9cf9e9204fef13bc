"""Evaluators of one's own: a function from an architecture's choices to objectives.

    @evaluator(Objective(name="score", direction="max", source="evaluation"))
    def evaluate(config, fidelity, seed):
        return {"score": ...}

It runs in worker processes, which import its file: a script's search belongs under ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.evaluation import Evaluation, Status
from illuminas.tools.evaluation.executor import Executor, Job, JobResult, Kind, OnProgress, failed, no_progress
from illuminas.tools.evaluation.results import ResultStore, content_key
from illuminas.tools.objectives import Objective
from illuminas.tools.own_code import OwnCode, load_own, load_place, place_of
from illuminas.tools.spaces import Architecture, SearchSpace

PREFIX = "evaluator:"
"""What the name of a data set begins with that stands for an evaluator; its place follows."""
FULL = "full"
"""Fidelity of an evaluation, unless epochs are asked for."""

Function = Callable[[dict[str, Any], str, int], Mapping[str, float]]
"""``(config, fidelity, seed) -> objectives``; config has the live choices of the architecture by name."""


@dataclass(frozen=True)
class Evaluator:
    """A function that measures architectures.

    Attributes:
        function: ``(config, fidelity, seed) -> {objective: value}``.
        objectives: what it measures; every call has to give all of them, finite numbers.
        in_process: call it in threads of this process, where no time-out can end it, in place of worker processes.
    """

    function: Function
    objectives: tuple[Objective, ...]
    in_process: bool = False

    def __call__(self, config: dict[str, Any], fidelity: str, seed: int) -> Mapping[str, float]:
        return self.function(config, fidelity, seed)

    @property
    def dataset(self) -> str:
        """What a search is told to measure on: :attr:`PREFIX` and the place of the function.

        Raises:
            IlluminasError: the function is not at the top of a file.
        """
        return PREFIX + place_of(self.function)


def evaluator(*objectives: Objective, in_process: bool = False) -> Callable[[Function], Evaluator]:
    """Make an evaluator of a function; see :class:`Evaluator`.

    Raises:
        IlluminasError: no objectives, or two of one name.
    """
    if not objectives or len({each.name for each in objectives}) < len(objectives):
        raise IlluminasError("an evaluator measures one objective or more, each with a name of its own.")
    return lambda function: Evaluator(function, objectives, in_process)


def is_evaluator(dataset: str) -> bool:
    """Whether a data set's name stands for an evaluator."""
    return dataset.startswith(PREFIX)


def short_dataset(dataset: str) -> str:
    """A data set's name for a table: of a path the last part, of an evaluator the file and the function alone."""
    if not is_evaluator(dataset):
        return PurePath(dataset).name if PurePath(dataset).is_absolute() else dataset
    where, _, name = dataset.removeprefix(PREFIX).rpartition(":")
    return f"{PREFIX}{PurePath(where).name}:{name}"


def evaluator_code(dataset: str) -> OwnCode:
    """Where the evaluator that a data set's name stands for is defined, with the file as it is now; nothing is run."""
    return OwnCode.at(dataset.removeprefix(PREFIX))


def load_evaluator(dataset: str, *, checked: str | None = None) -> Evaluator:
    """The evaluator that a data set's name stands for.

    Args:
        checked: SHA-256 of its file, where another process has found out that this user runs it; None does so here.

    Raises:
        IlluminasError: there is none at that place, or this process may not import it.
    """
    place = dataset.removeprefix(PREFIX)
    found = load_own(evaluator_code(dataset)) if checked is None else load_place(place, checked)
    if not isinstance(found, Evaluator):
        raise IlluminasError(f"expected a function under @evaluator at {place}, got {found!r:.60}.")
    return found


@dataclass(frozen=True, kw_only=True)
class CallEvaluator:
    """Call an evaluator, in whichever process takes the job."""

    dataset: str
    source: str
    config: Mapping[str, Any]
    fidelity: str
    seed: int
    in_process: bool

    def __call__(self, report: OnProgress) -> JobResult[dict[str, float]]:
        try:
            known = load_evaluator(self.dataset, checked=self.source)
        except IlluminasError as error:
            return JobResult(status=Status.FAILED, reason=str(error))
        began = time.perf_counter()
        try:
            values = known(dict(self.config), self.fidelity, self.seed)
        except Exception as error:  # a failure of the user's code is a failed evaluation
            return failed(error)
        try:
            found = checked(values, known.objectives)
        except IlluminasError as error:
            return JobResult(status=Status.FAILED, reason=str(error))
        return JobResult(status=Status.OK, found=found, seconds=time.perf_counter() - began)


def checked(values: object, objectives: tuple[Objective, ...]) -> dict[str, float]:
    """What an evaluator returned, as finite numbers by objective.

    Raises:
        IlluminasError: it is something else.
    """
    names = [each.name for each in objectives]
    if not isinstance(values, Mapping):
        raise IlluminasError(f"expected a dict of {', '.join(names)}, got {values!r:.80}.")
    if set(values) != set(names):
        got = ", ".join(map(str, values)) or "none"
        raise IlluminasError(f"expected the objectives {', '.join(names)}, got {got}.")
    found = {}
    for name in names:
        try:
            found[name] = float(values[name])
        except (TypeError, ValueError):
            raise IlluminasError(f"expected a number for {name}, got {values[name]!r:.80}.") from None
        if not math.isfinite(found[name]):
            raise IlluminasError(f"expected a finite {name}, got {found[name]}.")
    return found


class Evaluators:
    """Has architectures measured by evaluators, and keeps by content what they measured.

    Args:
        results: keeps successes; another text of the evaluator's file makes another evaluator.
        executor: where functions are called.
    """

    def __init__(self, results: ResultStore, executor: Executor) -> None:
        self._results = results
        self._executor = executor
        self._sources: dict[str, str] = {}

    async def evaluate(
        self,
        space: SearchSpace,
        architecture: Architecture,
        dataset: str,
        fidelity: str,
        *,
        seed: int,
        timeout: float,
        on_progress: OnProgress = no_progress,
    ) -> Evaluation:
        """The kept measurement, or a new one; a failure is a status with a reason.

        Raises:
            IlluminasError: there is no such evaluator.
        """
        known = load_evaluator(dataset)
        source = self._sources.setdefault(dataset, evaluator_code(dataset).sha256)
        key = content_key("evaluator", dataset, source, space.name, architecture.canonical, fidelity, seed)
        kept = self._results.get(key)
        if kept is None:
            payload = CallEvaluator(
                dataset=dataset,
                source=source,
                config=space.configuration(architecture),
                fidelity=fidelity,
                seed=seed,
                in_process=known.in_process,
            )
            job: Job[dict[str, float]] = Job(
                kind=Kind.FUNCTION, key=key, payload=payload, timeout=timeout, on_progress=on_progress
            )
            result = await self._executor.submit(job)
            told = {
                "status": result.status,
                "objectives": result.found or {},
                "seconds": result.seconds,
                "reason": result.reason,
            }
            if result.status is Status.OK:
                self._results.put(key, told)
        else:
            told = {**kept, "cached": True}
        return Evaluation(
            space=space.name,
            hash=architecture.hash,
            text=architecture.text,
            dataset=dataset,
            fidelity=fidelity,
            seed=seed,
            **told,
        )
