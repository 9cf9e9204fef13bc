"""The bench of LLMatic: its jobs, its runs, and the figures that follow from their events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from illuminas.agents.bench import trainings
from illuminas.agents.bench.course_of_run import AnswerFigures, CourseOfRun, course_of
from illuminas.agents.bench.training_outcome import training_outcomes
from illuminas.agents.bench.trainings import METHODS, FinishedRun, TrainingJob, TrainingRuns, plan_trainings
from illuminas.agents.config import SearchConfig
from illuminas.agents.presets import preset
from illuminas.agents.summary import ArchiveSummary, Found, KnowledgeSummary, LLMSummary, Summary
from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.candidate import Candidate, Operator, RejectedProposal
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import (
    EvaluationMade,
    EventData,
    LLMCalled,
    LLMNames,
    PartitionMade,
    PoolScreened,
    ProposalsMade,
    RoundArchived,
    RunEnded,
    RunStarted,
    SessionBegan,
)
from illuminas.memory.partitions.grid import Axis, Grid
from illuminas.memory.runs import RunFolder, list_runs
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.messages import TaskDescription
from illuminas.tools.objectives import get_objective
from illuminas.tools.spaces import NetworkShape

NICHES = Grid(
    name="four",
    axes=(Axis(key="macs", bounds=(1, 2, 3), labels=("a", "b", "c", "d")),),
)
CALL = "llm:2:coder-instructed:0"


class Story:
    """A run made up event by event; a round evaluates what it is told and archives it."""

    def __init__(self, config: SearchConfig, llm: str) -> None:
        self.events: list[Event] = []
        self._round = 0
        started = RunStarted(
            config=config.model_dump(mode="json"),
            version="0.2.0",
            objectives=(get_objective("accuracy"),),
            llm=LLMNames(name=llm, profile="none", roles={}),
            task=TaskDescription(
                dataset="digits", fidelity="train:1", shape=NetworkShape(), worst={"accuracy": 10.0}, proxies=[]
            ),
            instructions={"wider": "", "deeper": ""},
        )
        self.tell(started)
        self.tell(SessionBegan(caps={}))
        self.tell(PartitionMade(partition=NICHES))

    def tell(self, data: EventData) -> None:
        number = len(self.events) + 1
        self.events.append(Event(id=number, time=float(number), round=self._round, key=None, data=data))

    def ask(self, agent: str, times: int) -> None:
        for _ in range(times):
            call = {"prompt_tokens": 10, "completion_tokens": 2, "seconds": 0.5}
            self.tell(LLMCalled(agent=agent, role="coder", llm="scripted", prompt="", **call))

    def generation(
        self,
        candidates: list[Candidate],
        results: dict[str, tuple[Status, float | None, int | None, bool]],
        *,
        misses: list[RejectedProposal] | None = None,
        silent: int = 0,
    ) -> None:
        """One round; ``results`` are status, accuracy, niche and whether it enters the archive, by hash, in order."""
        self._round += 1
        proposals = ProposalsMade(
            counts={},
            candidates=tuple(each for each in candidates if each.operator.uses_llm),
            silent=tuple(range(silent)),
            misses=tuple(misses or ()),
        )
        self.tell(proposals)
        self.tell(PoolScreened(chosen=tuple(candidates)))
        for hash_, (status, accuracy, _, _) in reversed(results.items()):  # they end in another order
            evaluation = Evaluation(
                space="code",
                hash=hash_,
                text="conv3 16",
                dataset="digits",
                fidelity="train:1",
                status=status,
                objectives={} if accuracy is None else {"accuracy": accuracy},
                seconds=2.0,
                cached=hash_ == "known",
                inherited=0.5 if hash_ == "heir" else None,
            )
            self.tell(EvaluationMade(evaluation=evaluation))
        placements = []
        for hash_, (status, _, niche, entered) in results.items():
            came = PlacementStatus.NEW if entered else PlacementStatus.REJECTED
            came = came if status is Status.OK else PlacementStatus.FAILED
            placements.append(Placement(hash=hash_, status=came, niche=niche))
        self.tell(RoundArchived(placements=tuple(placements)))

    def end(self) -> CourseOfRun:
        self.tell(RunEnded(reason="all evaluations are made"))
        return course_of(self.events)


def by_llm(hash_: str, instruction: str = "wider", temperature: float = 0.65) -> Candidate:
    return Candidate(
        hash=hash_,
        text="conv3 16",
        operator=Operator.LLM_MUTATE,
        call=CALL,
        instruction=instruction,
        temperature=temperature,
    )


def by_chance(hash_: str) -> Candidate:
    return Candidate(hash=hash_, text="conv3 16", operator=Operator.RANDOM)


def miss(attempt: int, *, repeated: bool = False, last: bool = False) -> RejectedProposal:
    return RejectedProposal(
        operator=Operator.LLM_MUTATE,
        instruction="deeper",
        temperature=0.65,
        attempt=attempt,
        repeated=repeated,
        reason="so",
        last=last,
    )


def config(method: str = "llmatic", llm: str = "none", **settings: Any) -> SearchConfig:
    return SearchConfig(**{**METHODS[method], "dataset": "digits", "llm": llm, "evaluations": 4, **settings})


def made_up(*, seed: int = 0, best: float = 60.0) -> FinishedRun:
    """Two rounds of LLMatic: a start by chance, then five questions of which each ends otherwise."""
    story = Story(config(seed=seed), "scripted")
    story.generation([by_chance("known")], {"known": (Status.OK, 40.0, 0, True)})
    story.ask("coder-instructed", 8)
    story.ask("planner", 1)
    story.generation(
        [by_llm("heir"), by_llm("slow", "deeper"), by_chance("filler")],
        {
            "heir": (Status.OK, best, 0, True),
            "slow": (Status.TIMEOUT, None, None, False),
            "filler": (Status.OK, best - 0.5, 1, True),
        },
        misses=[
            miss(0),  # then "slow" came of the repair
            miss(0, repeated=True),
            miss(1, last=True),
            miss(0),
            miss(1, last=True),
        ],
        silent=1,
    )
    course = story.end()
    found = Found(
        hash="heir",
        text="conv3 16",
        words="conv3 16",
        niche=None,
        operator=Operator.LLM_MUTATE,
        round=2,
        objectives={"accuracy": best},
        test_accuracy=best - 10,
        params=1,
        macs=1,
    )
    summary = Summary(
        run_id="made-up",
        status="finished",
        reason="",
        objectives=[get_objective("accuracy")],
        latencies=None,
        evaluations=4,
        failures=1,
        best=found,
        archive=ArchiveSummary(coverage=0.5, qd_score=0.0, niches={}),
        pareto=[],
        hypervolume=None,
        predictor=None,
        knowledge=KnowledgeSummary(active=0, total=0, retired=0),
        operators={},
        llm=LLMSummary(name="scripted", calls=9, failures=0, tokens=0, seconds=0.0),
        seconds=1.0,
    )
    return FinishedRun(TrainingJob("llmatic", config(seed=seed, llm="scripted:x")), course, summary, kept=False)


def test_questions_are_told_apart_by_what_their_answers_and_repairs_brought() -> None:
    answers = AnswerFigures.of([made_up().course])
    assert (answers.questions, answers.silent) == (5, 1)
    assert answers.calls == 8, "those of the planner are for something else"
    assert (answers.new_first, answers.new_repaired, answers.repeated, answers.unbuildable) == (0.25,) * 4
    assert answers.builds_first == 0.5, "a repetition was built before"
    assert (answers.evaluated, answers.trained) == (2, 0.5)


def test_shares_are_of_the_questions_that_got_an_answer() -> None:
    (outcome,) = training_outcomes([made_up(), made_up(seed=1)])
    answers = outcome.row().answers
    assert answers is not None
    assert answers.questions == 10
    assert answers.builds_first == pytest.approx(2 / 4)
    assert answers.builds == pytest.approx(3 / 4)
    assert (answers.new_first, answers.new_repaired, answers.repeated, answers.unbuildable) == (0.25,) * 4
    assert answers.trained == pytest.approx(1 / 2)


def test_courses_follow_the_order_of_the_archivist_and_count_failures() -> None:
    course = made_up().course
    assert course.validation.tolist() == [40.0, 60.0, 60.0, 60.0]
    assert course.coverage.tolist() == [0.25, 0.25, 0.25, 0.5]
    assert course.qd_score.tolist() == [40.0, 60.0, 60.0, 119.5]
    assert course.competitive == 2, "59.5 is within a point of 60, 40 is not"


def test_before_the_first_success_there_is_no_best_rather_than_a_number() -> None:
    story = Story(config(), "none")
    failed, fine, worse = (Status.FAILED, None, None, False), (Status.OK, 30.0, 2, True), (Status.OK, 20.0, 2, False)
    story.generation([by_chance("x"), by_chance("y"), by_chance("z")], {"x": failed, "y": fine, "z": worse})
    course = story.end()
    assert np.isnan(course.validation[0])
    assert course.validation[1:].tolist() == [30.0, 30.0]
    assert course.qd_score.tolist() == [0.0, 30.0, 30.0]
    run = made_up()._replace(course=course)
    assert training_outcomes([run])[0].row().validation_curve == (None, 30.0, 30.0, 30.0)


def test_a_run_without_an_evaluation_is_no_zero() -> None:
    with pytest.raises(IlluminasError, match="ended without an evaluation"):
        Story(config(), "none").end()


def test_figures_are_means_over_the_seeds_and_test_accuracy_is_the_summary_s() -> None:
    (outcome,) = training_outcomes([made_up(), made_up(seed=1, best=70.0)])
    row = outcome.row()
    assert row.method == "llmatic --llm scripted"
    assert (row.val_mean, row.test_mean) == (65.0, 55.0)
    assert row.val_std == pytest.approx(np.std([60, 70], ddof=1))
    assert row.seeds == 2
    assert row.evaluations == 4
    assert row.trained == pytest.approx(3 / 4)
    assert row.failures == {Status.FAILED: 0, Status.TIMEOUT: 2, Status.MEMORY: 0}
    assert row.inherited == 0.5
    assert row.known == 1
    assert row.training_seconds == 8.0
    assert row.evaluations_per_hour == pytest.approx(3600 * 6 / (2 * row.seconds))
    assert (row.llm_calls, row.llm_tokens, row.llm_seconds) == (9, 108, 4.5)
    assert row.coverage_curve[-1] == row.coverage == 0.5
    assert row.qd_curve[-1] == row.qd_score == pytest.approx((119.5 + 139.5) / 2)


def test_prompts_are_the_cells_of_the_archive_over_all_seeds() -> None:
    (outcome,) = training_outcomes([made_up(), made_up(seed=1)])
    found = {(each.instruction, each.temperature): each for each in outcome.row().prompts}
    wider, deeper = found["wider", 0.6], found["deeper", 0.6]
    assert (wider.tried, wider.entered, wider.fitness, wider.curiosity) == (2, 2, 2, 2.0)
    assert (deeper.tried, deeper.entered, deeper.failed) == (6, 0, 6)
    assert outcome.row().prompts[0] == wider, "the most curious comes first"


def test_methods_share_niches_budget_and_seeds_and_those_with_an_llm_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trainings, "open_llm", lambda spec: None)  # whose file may not be here
    jobs = plan_trainings(datasets=["digits"], llms=["none", "local"], seeds=2, budget=7, settings={"epochs": 3})
    assert [job.label for job in jobs[:4]] == [
        "llmatic --llm local, seed 0",
        "llmatic --llm none, seed 0",
        "random, seed 0",
        "engine --llm none, seed 0",
    ]
    assert len(jobs) == 8
    shared = {
        (j.config.space, j.config.device, j.config.partition, j.config.evaluations, j.config.epochs) for j in jobs
    }
    assert shared == {("code", "none", preset("llmatic")["partition"], 7, 3)}
    assert [job.config.inherit for job in jobs[:4]] == [True, True, False, False]


@pytest.mark.parametrize(
    ("dataset", "llm", "says"),
    [("table:nb201/c10", "none", "expected images"), ("digit", "none", "digits"), ("digits", "openia:x", "openai")],
)
def test_what_cannot_be_run_is_refused_before_hours_are_spent(dataset: str, llm: str, says: str) -> None:
    with pytest.raises(IlluminasError, match=says):
        plan_trainings(datasets=[dataset], llms=[llm], seeds=1, budget=2, settings={})


def test_a_key_is_that_of_all_that_a_search_follows_from(home: Path) -> None:
    def key(**settings: Any) -> str:
        return TrainingJob("llmatic", config(**settings)).key

    assert key() == key()
    others = ({"seed": 1}, {"epochs": 2}, {"evaluations": 5}, {"dataset": "cluttered-digits"}, {"timeout": 60})
    assert len({key(), *(key(**settings) for settings in others)}) == 1 + len(others)
    before = key()
    own = home / "prompts" / "code" / "mine.md"
    own.parent.mkdir(parents=True)
    own.write_text("Make it mine.")
    assert key() != before


@pytest.fixture
def answers(tmp_path: Path) -> str:
    lines = ("conv3 16 | conv3 24", "conv3 16", "conv3 8 | maxpool", "conv3 16 | maxpool | conv3 16", "conv5 16")
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(json.dumps({"agent": "coder-instructed", "answer": [line]}) for line in lines))
    return f"scripted:{path}"


@pytest.mark.slow
def test_an_interrupted_search_goes_on_and_a_finished_one_is_only_read(
    home: Path, answers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = TrainingJob("llmatic", config(llm=answers, epochs=1, workers=1, timeout=60))
    broken, folder = TrainingRuns(tmp_path / "kept"), tmp_path / "kept" / job.key

    def stop_at_the_second(event: Event) -> None:
        if isinstance(event.data, EvaluationMade) and event.round == 2:
            broken.stop()

    assert broken.run(job, listen=stop_at_the_second) is None
    assert broken.run(job) is None, "nothing new is started"
    (begun,) = list_runs(folder)
    paid = evaluated(begun)
    assert 1 < len(paid) < 4
    heard: list[Event] = []
    run = TrainingRuns(tmp_path / "kept").run(job, listen=heard.append)
    assert run is not None
    assert not run.kept
    assert list_runs(folder) == [begun]
    assert heard == logged(begun), "what came before first"
    assert evaluated(begun)[: len(paid)] == paid
    assert len(evaluated(begun)) == len(set(evaluated(begun))) == 4
    assert run.summary.best is not None
    assert run.summary.best.test_accuracy is not None
    figures = run.course.state.figures[-1]
    assert run.course.coverage[-1] == pytest.approx(figures.coverage)
    assert run.course.qd_score[-1] == pytest.approx(figures.qd_score)

    monkeypatch.setattr(trainings, "Search", None)  # it is not begun
    again = TrainingRuns(tmp_path / "kept").run(job)
    assert again is not None
    assert again.kept
    assert again.summary == run.summary
    assert AnswerFigures.of([again.course]) == AnswerFigures.of([run.course])
    assert not (home / "runs").exists(), "a bench leaves the user's runs alone"


@pytest.mark.slow
def test_random_layer_lists_are_drawn_and_nothing_else(home: Path, tmp_path: Path) -> None:
    job = TrainingJob("random", config("random", epochs=1, workers=1, timeout=60))
    first = TrainingRuns(tmp_path / "kept").run(job)
    fresh = TrainingRuns(tmp_path / "kept", fresh=True).run(job)
    assert first is not None
    assert fresh is not None
    assert not fresh.kept
    assert len(list_runs(tmp_path / "kept" / job.key)) == 2
    for run in (first, fresh):
        state = run.course.state
        assert {state.candidates[hash_].operator for hash_ in state.evaluations} == {Operator.RANDOM}
        assert {each.inherited for each in state.evaluations.values()} == {None}
    row = training_outcomes([fresh])[0].row()
    assert (row.method, row.llm, row.answers, row.prompts) == ("random", None, None, ())
    assert row.known == 4, "the same networks were paid for by the first"
    assert row.evaluations_per_hour is None


def logged(run: RunFolder) -> list[Event]:
    log = EventLog(run.log, read_only=True)
    events = list(log.read())
    log.close()
    return events


def evaluated(run: RunFolder) -> list[str | None]:
    return [event.key for event in logged(run) if isinstance(event.data, EvaluationMade)]
