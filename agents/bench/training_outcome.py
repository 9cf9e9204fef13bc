"""What the bench of LLMatic found: figures of finished runs, gathered over their seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from illuminas.agents.bench.course_of_run import AnswerFigures
from illuminas.agents.bench.outcome import Compared, mean_of
from illuminas.agents.bench.trainings import RANDOM, FinishedRun
from illuminas.memory.prompt_archive import PromptArchive, PromptRecord
from illuminas.tools.evaluation import Status
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import ACCURACY

Values = tuple[float | None, ...]
"""A curve: one value an evaluation, None where there is none yet."""


class TrainingRow(Frozen):
    """One method on one data set; ``illuminas bench llmatic --json`` prints these.

    What has neither ``sum`` nor ``share`` beside it is a mean over seeds. Accuracies are those of the network of
    highest validation accuracy, per cent; None where nothing could be trained.

    Attributes:
        method: with its LLM, ``llmatic --llm none``.
        llm: full name of the LLM, ``none`` without one; None for random lists, which have no use for one.
        budget: evaluations, failures included, that each search may make.
        fidelity: ``train:EPOCHS``.
        seeds: searches that came to their end.
        evaluations: that a search made; fewer than the budget where nothing new was found any more.
        val_std, test_std: over the seeds, of the sample; None for one seed.
        competitive: networks within one point of the best by validation accuracy, the best among them.
        coverage: share of the reachable niches that are filled, 0 to 1.
        qd_score: sum over niches of the best validation accuracy, per cent.
        trained: share of the evaluations, over all seeds, whose training came to its end.
        failures: sum over seeds of the others by status.
        known: evaluations that an earlier search had paid for, whose seconds are missing in ``seconds``.
        inherited: share of its parameters that a network began with from its parent, mean over the networks that
            could; None where all were trained from scratch.
        answers: what came of the questions to the LLM, over all seeds; None without one.
        prompts: cells of the prompt archive that were tried, the trials of all seeds in one.
        llm_calls, llm_tokens, llm_seconds: what the LLM cost.
        training_seconds: of all trainings together, as they were measured when they were made.
        seconds: wall-clock time of a search.
        evaluations_per_hour: that were really made, over all seeds; None where all were known.
        validation_curve: highest validation accuracy so far, after 1, 2, ... evaluations.
        coverage_curve, qd_curve: the same of coverage and QD score.
    """

    method: str
    llm: str | None
    dataset: str
    budget: int
    fidelity: str
    seeds: int
    evaluations: float
    val_mean: float | None
    val_std: float | None
    test_mean: float | None
    test_std: float | None
    competitive: float
    coverage: float
    qd_score: float
    trained: float
    failures: dict[Status, int]
    known: float
    inherited: float | None
    answers: AnswerFigures | None
    prompts: tuple[PromptRecord, ...]
    llm_calls: float
    llm_tokens: float
    llm_seconds: float
    training_seconds: float
    seconds: float
    evaluations_per_hour: float | None
    validation_curve: Values
    coverage_curve: Values
    qd_curve: Values


class TrainingOutcome(Compared):
    """All seeds of one method on one data set.

    Args:
        runs: one or more.
    """

    def __init__(self, runs: Sequence[FinishedRun]) -> None:
        self.runs = runs
        self.courses = [run.course for run in runs]
        self.views = [course.state for course in self.courses]
        job, started = runs[0].job, self.views[0].started
        self.dataset = job.config.dataset
        self.budget = job.config.evaluations
        self.fidelity: str = started.task.fidelity
        self.mind: str = started.llm.name
        super().__init__(job.method_with(self.mind), None if job.method == RANDOM else self.mind, self.courses)
        self.inherits = job.config.inherit

    def row(self) -> TrainingRow:
        """The figures at the end of the searches."""
        views, summaries = self.views, [run.summary for run in self.runs]
        evaluations = [each for state in views for each in state.evaluations.values()]
        statuses = Counter(each.status for each in evaluations)
        inherited = [each.inherited for each in evaluations if each.inherited is not None]
        found = [summary.best for summary in summaries if summary.best is not None]
        validation = [best.objectives[ACCURACY.name] for best in found]
        test = [best.test_accuracy for best in found if best.test_accuracy is not None]
        seconds = [state.seconds for state in views]
        made = sum(not each.cached for each in evaluations)
        return TrainingRow(
            method=self.method,
            llm=self.llm,
            dataset=self.dataset,
            budget=self.budget,
            fidelity=self.fidelity,
            seeds=len(self.runs),
            evaluations=len(evaluations) / len(views),
            val_mean=mean_of(validation),
            val_std=_std(validation),
            test_mean=mean_of(test),
            test_std=_std(test),
            competitive=float(np.mean([course.competitive for course in self.courses])),
            coverage=float(np.mean([course.coverage[-1] for course in self.courses])),
            qd_score=float(np.mean([course.qd_score[-1] for course in self.courses])),
            trained=statuses[Status.OK] / len(evaluations),
            failures={status: statuses[status] for status in Status if status is not Status.OK},
            known=sum(each.cached for each in evaluations) / len(views),
            inherited=mean_of(inherited),
            answers=None if self.mind == "none" else AnswerFigures.of(self.courses),
            prompts=tuple(self._prompts()),
            llm_calls=float(np.mean([state.llm.calls for state in views])),
            llm_tokens=float(np.mean([state.llm.tokens for state in views])),
            llm_seconds=float(np.mean([state.llm.seconds for state in views])),
            training_seconds=sum(each.seconds for each in evaluations) / len(views),
            seconds=float(np.mean(seconds)),
            evaluations_per_hour=3600 * made / sum(seconds) if made else None,
            validation_curve=self._values("validation"),
            coverage_curve=self._values("coverage"),
            qd_curve=self._values("qd_score"),
        )

    def _values(self, measure: str) -> Values:
        mean = self.curve(measure, self.budget).mean
        return tuple(float(value) if np.isfinite(value) else None for value in mean)

    def _prompts(self) -> list[PromptRecord]:
        names = dict.fromkeys(name for state in self.views for name in state.started.instructions)
        return PromptArchive(list(names), [trial for state in self.views for trial in state.trials]).records()


def training_outcomes(runs: Iterable[FinishedRun]) -> list[TrainingOutcome]:
    """Runs gathered over their seeds, in the order in which methods and data sets first came."""
    gathered: dict[tuple[str, str, str], list[FinishedRun]] = {}
    for run in runs:
        gathered.setdefault((run.job.config.dataset, run.job.method, run.job.config.llm), []).append(run)
    return [TrainingOutcome(each) for each in gathered.values()]


def _std(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
