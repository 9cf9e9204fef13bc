from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from illuminas.memory.candidate import Candidate
from illuminas.memory.events import Event
from illuminas.memory.kinds import (
    EvaluationMade,
    EventData,
    LLMCalled,
    ProposalsMade,
    RunEnded,
    SessionBegan,
)
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.server.web.diagnostics.course import Course, by_agent
from illuminas.server.web.diagnostics.figures import (
    checks_figure,
    foresight_figure,
    latency_figure,
    occupancy_figure,
    proxies_figure,
    shares_figure,
)
from illuminas.server.web.diagnostics.foresight import CHECKS, Foreseen, checks, foreseen, proxies
from illuminas.server.web.diagnostics.tab import facts
from illuminas.tools.objectives import ACCURACY


class Log:
    """Events that are made up, one after the other, and the state that they tell."""

    def __init__(self) -> None:
        self.state = RunState()
        self.state.objectives = (ACCURACY.of(),)

    def tell(self, data: EventData, time: float) -> None:
        self.state.apply(Event(id=self.state.cursor + 1, time=1_000 + time, round=1, key=None, data=data))

    def evaluated(self, time: float, seconds: float, *, cached: bool = False) -> None:
        hash_ = f"h{len(self.state.evaluations)}"
        candidate = Candidate(hash=hash_, text="linear 2", operator="mutate")
        self.tell(ProposalsMade(counts={}, candidates=(candidate,)), time)
        what = {"space": "code", "hash": hash_, "text": "linear 2", "dataset": "digits", "fidelity": "train:1"}
        self.tell(EvaluationMade(evaluation={**what, "status": "timeout", "seconds": seconds, "cached": cached}), time)

    def asked(self, time: float, seconds: float | None, agent: str = "coder", **data: Any) -> None:
        told = {"role": agent, "llm": "made-up", "prompt": "", "prompt_tokens": 10, "completion_tokens": 3, **data}
        self.tell(LLMCalled(agent=agent, seconds=seconds, **told), time)


@pytest.fixture
def log() -> Log:
    log = Log()
    log.tell(SessionBegan(caps={}), 0)
    return log


@pytest.fixture
def recorded(recorded_run: RunFolder) -> Iterator[Run]:
    run = Run(recorded_run).refresh()
    yield run
    run.close()


@pytest.fixture
def searched(web_home: tuple[Path, dict[str, str]]) -> Iterator[Run]:
    home, names = web_home
    run = Run(RunFolder(home / "runs" / names["done"])).refresh()
    yield run
    run.close()


def test_what_a_chat_asks_an_llm_later_is_none_of_the_runs_time(log: Log) -> None:
    log.asked(10, 8)
    log.evaluated(20, 5)
    log.asked(500, 30, agent="chat")
    course = Course.of(log.state)
    assert course.seconds == 20
    assert course.shares() == pytest.approx((5, 8, 0, 7))
    assert len(log.state.calls) == 2, "what it cost is told all the same"


def test_time_is_shared_between_training_the_llm_both_and_the_rest(log: Log) -> None:
    log.asked(10, 8)  # 2 to 10
    log.evaluated(20, 12)  # 8 to 20
    log.evaluated(21, 5)  # 16 to 21
    log.tell(RunEnded(reason="all evaluations are made"), 25)
    shares = Course.of(log.state).shares()
    assert shares == pytest.approx((11, 6, 2, 6))


def test_shares_of_a_real_run_add_up_to_its_seconds(recorded: Run) -> None:
    assert sum(Course.of(recorded.state).shares()) == pytest.approx(recorded.state.seconds)


def test_what_was_paid_for_before_is_counted_and_took_no_worker(log: Log) -> None:
    log.evaluated(20, 12)
    log.evaluated(21, 300, cached=True)
    log.tell(ProposalsMade(counts={"mutate": 7}, turned_down=3), 22)
    assert facts(log.state, None) == [
        "1 of 2 evaluations were paid for before",
        "3 of 10 proposals were known already, and turned down",
    ]
    assert Course.of(log.state).trainings == [(8, 20)]


def test_occupancy_is_the_mean_number_of_trainings_over_each_piece_of_the_run(log: Log) -> None:
    log.evaluated(120, 60)  # 60 to 120
    log.evaluated(240, 150)  # 90 to 240
    occupancy = Course.of(log.state).occupancy()
    assert occupancy is not None
    expected = [float(60 < second < 120) + float(90 < second < 240) for second in occupancy.seconds]
    assert occupancy.busy == pytest.approx(np.array(expected))
    assert occupancy.most == 2
    assert occupancy.busy.mean() * 240 == pytest.approx(60 + 150)


def test_a_run_that_trained_nothing_has_no_occupancy(log: Log) -> None:
    log.evaluated(3, 0.0)
    assert Course.of(log.state).occupancy() is None


def test_calls_are_told_by_agent_those_that_took_most_time_first(log: Log) -> None:
    for seconds in (1.0, 2.0, 9.0):
        log.asked(10, seconds, dollars=0.5)
    log.asked(11, 4.0, agent="planner")
    log.asked(12, None, agent="planner", error="no answer")
    coder, planner = by_agent(log.state.calls)
    assert (coder.agent, coder.calls, coder.failures, coder.median, coder.dollars) == ("coder", 3, 0, 2.0, 1.5)
    assert coder.slow == pytest.approx(np.percentile([1, 2, 9], 95))
    assert (planner.calls, planner.failures, planner.seconds, planner.dollars) == (2, 1, 4.0, None)
    assert (planner.prompt_tokens, planner.completion_tokens) == (20, 6)


def test_every_evaluation_that_was_foreseen_is_told_with_its_range(searched: Run) -> None:
    state = searched.state
    told = foreseen(state)
    assert len(told) > 10
    for each in told:
        candidate = state.candidates[each.hash]
        assert (each.expected, each.came) == (candidate.expected, state.quality(each.hash))
        assert (each.low, each.high) == candidate.expected_range
    shares = [check.held for check in checks(told)]
    assert shares[-1] == pytest.approx(np.mean([each.held for each in told]))


def made_up(count: int) -> list[Foreseen]:
    rng = np.random.default_rng(0)
    return [
        Foreseen(str(number), number // 5, came + float(rng.normal(0, 9)), came, None, None)
        for number, came in enumerate(rng.uniform(0, 100, count).tolist())
    ]


def test_agreement_after_a_round_is_that_of_all_until_then() -> None:
    told = made_up(60)
    found = checks(told)
    assert [check.predictions for check in found] == list(range(5, 61, 5))
    for check in found[1:]:
        until = told[: check.predictions]
        expected = spearmanr([each.expected for each in until], [each.came for each in until]).statistic
        assert check.agreement == pytest.approx(expected)
        assert check.held is None
    last = told[-40:]
    recent = spearmanr([each.expected for each in last], [each.came for each in last]).statistic
    assert found[-1].recent == pytest.approx(recent)


def test_a_long_run_is_checked_at_some_of_its_rounds_the_last_one_too() -> None:
    found = checks(made_up(2_000))
    assert len(found) == CHECKS
    assert found[-1].predictions == 2_000


def test_a_range_holds_what_lies_between_its_ends() -> None:
    assert Foreseen("a", 1, 50, 54, 45, 55).held is True
    assert Foreseen("a", 1, 50, 56, 45, 55).held is False
    assert Foreseen("a", 1, 50, 56, None, None).held is None


def test_proxies_are_ranked_in_the_direction_in_which_they_promise(searched: Run) -> None:
    state = searched.state
    state.proxies = {
        each.hash: {"nwot": -came, "params": came, "plain": -came, "flat": 1.0}
        for each in state.successes[:30]
        if (came := state.quality(each.hash))
    }
    found = proxies(state)
    assert [(line.name, line.scored) for line in found] == [("params", 30), ("plain", 30), ("nwot", 30)]
    assert [line.agreement for line in found] == pytest.approx([1, 1, -1])


def test_every_axis_of_every_plot_has_a_title_and_no_figure_is_infinite(searched: Run, recorded: Run) -> None:
    course = Course.of(recorded.state)
    occupancy = course.occupancy()
    assert occupancy is not None
    told, scored, primary = foreseen(searched.state), proxies(searched.state), searched.state.primary
    for figure in (
        foresight_figure(told, frozenset({told[0].hash}), primary),
        foresight_figure([], frozenset(), primary),
        checks_figure(checks(told)),
        proxies_figure(scored, primary),
        occupancy_figure(occupancy),
        latency_figure(recorded.state.calls),
    ):
        assert figure["layout"]["xaxis"]["title"]["text"] and figure["layout"]["yaxis"]["title"]["text"]
        for trace in figure["data"]:
            assert len(trace["x"]) == len(trace["y"])
            assert all(np.isfinite(value) for value in trace["x"] if isinstance(value, float))
    assert shares_figure(course.shares())["layout"]["xaxis"]["title"]["text"] == "seconds of the run"


def test_selected_points_are_ringed(searched: Run) -> None:
    told = foreseen(searched.state)
    ring = foresight_figure(told, frozenset({told[3].hash, "unknown"}), searched.state.primary)["data"][-1]
    assert (ring["x"], ring["y"]) == ([told[3].expected], [told[3].came])


def test_failed_calls_are_marked_apart(log: Log) -> None:
    log.asked(5, 2.0)
    log.asked(6, None, error="down")
    named = [trace["name"] for trace in latency_figure(log.state.calls)["data"]]
    assert named == ["coder", "failed"]
