"""What a bench found: measures of many seeds, by method, task and budget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from illuminas.agents.bench.course_of_run import CourseOfRun
from illuminas.agents.bench.measures import Course, Truth
from illuminas.agents.bench.problem import Task
from illuminas.agents.bench.trace import Job, OperatorFigures, Trace, operator_figures
from illuminas.tools.frozen import Frozen


class BenchRow(Frozen):
    """One method on one task at one budget; ``illuminas bench --json`` prints these.

    ``val`` and ``test`` are the incumbent's first objective in its unit; see :mod:`illuminas.agents.bench.measures` for
    every measure.

    Attributes:
        method: the engine is named with its LLM, ``illuminas --llm none``.
        llm: the engine's LLM, ``none`` without one; None for a rival.
        objectives: what was searched, the first above all.
        budget: evaluations, distinct architectures.
        seeds: searches that the means are of.
        val_std, test_std: over the seeds, of the sample; 0 for one seed.
        best_found: share of the seeds whose incumbent has the table's best value of the first objective.
        hv_ratio, hv_zoomed, igd: means; None for one objective.
        seconds: mean, a seed.
        operators: the engine's, over all seeds; empty for a rival.
        tokens: mean of the LLM's tokens a seed, of the whole run that this budget is the beginning of.
        predictor_spearman: how well the engine's predictor, fitted at the end, foresees the validation accuracies of
            what was scored and never evaluated; this and the next two are means over seeds. None for a rival, where
            chance decides, and at a budget smaller than the searches were run with.
        predictor_labels: evaluations that it learned from.
        predictor_cells: architectures that it was asked about.
    """

    method: str
    llm: str | None
    dataset: str
    objectives: tuple[str, ...]
    budget: int
    seeds: int
    val_mean: float
    val_std: float
    test_mean: float
    test_std: float
    best_found: float
    hv_ratio: float | None
    hv_zoomed: float | None
    igd: float | None
    seconds: float
    evaluations_per_second: float
    operators: dict[str, OperatorFigures]
    tokens: float
    predictor_spearman: float | None
    predictor_labels: float | None
    predictor_cells: float | None


class Curve(BaseModel):
    """A measure over evaluations: mean over seeds, and the 95% interval of the mean, each ``(n,)``."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, courses: Sequence[np.ndarray], budget: int) -> Curve:
        """The curve of a measure by seed, each one value or more; what ended before the budget stays at its last."""
        lines = np.full((len(courses), budget), np.nan)
        for line, values in zip(lines, courses, strict=True):
            line[:] = values[-1]
            line[: len(values)] = values[:budget]
        mean, half = lines.mean(axis=0), np.zeros(budget)
        if len(lines) > 1:
            half = 1.96 * lines.std(axis=0, ddof=1) / np.sqrt(len(lines))
        return cls(mean=mean, low=mean - half, high=mean + half)


class Compared:
    """All seeds of one method, as curves show them.

    Args:
        method: with its LLM.
        llm: None for a method that has no use for any.
        courses: measures after 1, 2, ... evaluations, by seed.
    """

    def __init__(self, method: str, llm: str | None, courses: Sequence[Course | CourseOfRun]) -> None:
        self.method, self.llm = method, llm
        self._courses = courses

    def curve(self, measure: str, budget: int) -> Curve:
        """A measure of the courses over the first ``budget`` evaluations."""
        return Curve.of([getattr(course, measure) for course in self._courses], budget)

    def reached(self, measure: str, budget: int) -> np.ndarray:
        """A measure at a budget, by seed, ``(seeds,)``."""
        return np.array([float(getattr(course, measure)[:budget][-1]) for course in self._courses])


class Outcome(Compared):
    """All seeds of one method on one task, whose courses are of :class:`~illuminas.agents.bench.measures.Course`.

    Args:
        job: of any seed.
        traces: by seed, one or more.
        truth: of the task.

    Attributes:
        name: of the method, without its LLM.
        seeds: in rising order, as are ``traces``.
    """

    def __init__(self, job: Job, traces: dict[int, Trace], truth: Truth) -> None:
        self.task: Task = job.task
        self.name = job.method
        self.seeds = sorted(traces)
        self.traces = [traces[seed] for seed in self.seeds]
        self.truth = truth
        llm = self.traces[0].llm or None
        courses = [truth.course(trace.codes) for trace in self.traces]
        super().__init__(f"{job.method} --llm {llm}" if llm else job.method, llm, courses)

    def row(self, budget: int) -> BenchRow:
        """The figures at a budget; a search that ran dry before stays at its last."""
        validation, test = self.reached("validation", budget), self.reached("test", budget)
        several = self.truth.several
        seconds = np.array([trace.clock[:budget][-1] for trace in self.traces])
        made = np.array([len(trace.codes[:budget]) for trace in self.traces])
        return BenchRow(
            method=self.method,
            llm=self.llm,
            dataset=self.task.dataset,
            objectives=self.task.objectives,
            budget=budget,
            seeds=len(self.traces),
            val_mean=float(validation.mean()),
            val_std=_std(validation),
            test_mean=float(test.mean()),
            test_std=_std(test),
            best_found=float(self.reached("best_found", budget).mean()),
            hv_ratio=float(self.reached("hv_ratio", budget).mean()) if several else None,
            hv_zoomed=float(self.reached("hv_zoomed", budget).mean()) if several else None,
            igd=float(self.reached("igd", budget).mean()) if several else None,
            seconds=float(seconds.mean()),
            evaluations_per_second=float(made.sum() / max(seconds.sum(), 1e-9)),
            operators=operator_figures(self.traces, budget) if self.llm else {},
            tokens=float(np.mean([trace.tokens for trace in self.traces])),
            **self._predictor_figures(budget),
        )

    def _predictor_figures(self, budget: int) -> dict[str, float | None]:
        """Means over the seeds whose predictor was asked, when they had spent just this budget."""
        told = [trace.foreseen for trace in self.traces if trace.foreseen is not None and trace.budget == budget]
        agreements = [found for each in told if (found := self.truth.agreement(each)) is not None]
        return {
            "predictor_spearman": mean_of(agreements),
            "predictor_labels": mean_of([each.labels for each in told]),
            "predictor_cells": mean_of([len(each.codes) for each in told]),
        }

    def median_front(self, budget: int) -> list[int]:
        """The front, chosen by validation, of the seed whose zoomed HV ratio is the median (the lower of two)."""
        reached = self.reached("hv_zoomed", budget)
        middle = int(np.argsort(reached, kind="stable")[(len(reached) - 1) // 2])
        return self.truth.front(self.traces[middle].codes[:budget])


def mean_of(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _std(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def outcomes(done: Sequence[tuple[Job, Trace]], truths: dict[Task, Truth]) -> list[Outcome]:
    """Traces gathered over their seeds, in the order in which methods and tasks first came."""
    gathered: dict[tuple[str, str, Task], tuple[Job, dict[int, Trace]]] = {}
    for job, trace in done:
        _, traces = gathered.setdefault((job.method, job.llm, job.task), (job, {}))
        traces[job.seed] = trace
    return [Outcome(job, traces, truths[job.task]) for job, traces in gathered.values()]
