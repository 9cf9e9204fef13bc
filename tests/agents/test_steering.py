"""A person steers a search, from another process or this one, and it obeys."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.agents.steering import echo, steer
from illuminas.agents.summary import Summary
from illuminas.memory.candidate import Candidate
from illuminas.memory.directives import parse_directive
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import (
    DirectiveGiven,
    EvaluationMade,
    EvaluationSkipped,
    EventData,
    HeuristicChanged,
    PlanMade,
    PoolScreened,
    ProposalsMade,
    RoundArchived,
    RoundEnded,
    RoundReviewed,
)
from illuminas.memory.knowledge import as_of
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder, find_run, open_state
from illuminas.memory.state import RunState
from illuminas.tools.devices.latency.measure import Latency, MeasureLatency
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.executor import Job, JobResult
from illuminas.tools.evaluation.executors.workers import Meter
from illuminas.tools.objectives import get_objective
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import import_table, parse_reference, table_value

TASK: dict[str, Any] = {
    "dataset": "table:planted/toy",
    "device": "table:planted/chip_ms",
    "llm": "none",
    "proxies": ("params",),
    "evaluations": 24,
    "pool": 60,
}
Step = tuple[type[EventData], int, dict[str, Any]]
"""After the event of this kind in this round: a directive."""

CHIP = "latency:table:planted/chip_ms"
HERE = "latency:local"


def steered(*steps: Step, **settings: Any) -> tuple[Summary, RunState, list[Event]]:
    """A search that is steered as it goes, with its events."""
    waiting = list(steps)

    def listen(event: Event) -> None:
        if waiting and (type(event.data), event.round) == waiting[0][:2]:
            steer(job.run_folder, parse_directive(waiting.pop(0)[2]), author="ann", via="chat")

    job = Search(SearchConfig(**{**TASK, **settings}), listen=listen)
    summary = job.run()
    assert not waiting, "every directive was given"
    log = EventLog(job.run_folder.log, read_only=True)
    events = list(log.read())
    log.close()
    return summary, open_state(job.run_folder), events


def after(events: list[Event], kind: type[EventData]) -> list[Event]:
    """The events that follow the last one of a kind."""
    last = max(number for number, event in enumerate(events) if isinstance(event.data, kind))
    return events[last + 1 :]


def candidates(events: list[Event]) -> list[Candidate]:
    """What was proposed by an LLM, chosen or evaluated."""
    found = [each for e in events if isinstance(e.data, PoolScreened) for each in e.data.chosen]
    return found + [each for e in events if isinstance(e.data, ProposalsMade) for each in e.data.candidates]


@pytest.mark.parametrize("llm", ["none", "scripted"])
@pytest.mark.parametrize("kind", [RoundEnded, ProposalsMade, PoolScreened, EvaluationMade])
def test_no_candidate_after_a_limit_and_a_requirement_breaks_them(
    kind: type[EventData], llm: str, planted: Path, script: Path
) -> None:
    space, device = get_space("nb201"), parse_reference("table:planted/chip_ms")
    _, view, events = steered(
        (kind, 2, {"kind": "limit", "objective": "latency:chip_ms", "most": 4}),
        (DirectiveGiven, 2, {"kind": "require", "predicate": "pools == 0"}),
        llm="none" if llm == "none" else f"scripted:{script}",
    )
    later = after(events, DirectiveGiven)
    left_out = {event.data.hash for event in later if isinstance(event.data, EvaluationSkipped)}
    texts = [each.text for each in candidates(later) if each.hash not in left_out]
    texts += [event.data.evaluation.text for event in later if isinstance(event.data, EvaluationMade)]
    assert len(texts) > 10, "it found what keeps to them"
    assert not left_out or kind is not RoundEnded, "what breaks them is not even chosen"
    for text in texts:
        assert table_value(get_objective(f"latency:{device}"), text) <= 4
        assert space.features(space.parse(text))["pools"] == 0
    before = [table_value(get_objective(f"latency:{device}"), e.text) for e in view.evaluations.values()]
    assert max(before) > 4, "it was free to break them before"


def test_what_was_begun_before_a_limit_that_it_breaks_is_said_to_be(planted: Path) -> None:
    """A limit comes once something is evaluated: that is kept, and its round says when it was begun."""
    _, view, events = steered((EvaluationMade, 2, {"kind": "limit", "objective": "latency", "most": 1.2}))
    told = {event.round: event.data.text for event in events if isinstance(event.data, RoundReviewed)}
    early = [h for h, at in view.evaluated_in.items() if at == 2 and view.values[CHIP][h] > 1.2]
    assert early, "the first of the round was slow, and evaluated"
    assert f"{len(early)} begun before directive 1 came" in told[2]
    assert not any("begun before" in text for round, text in told.items() if round != 2)


def test_a_limit_on_another_device_is_kept_too(planted: Path, tmp_path: Path) -> None:
    space = get_space("nb201")
    texts = [each.text for function in space.reduced() for each in space.equals(function)]
    source = tmp_path / "other.csv"
    source.write_text("\n".join(["arch_str,slow_ms", *(f"{text},{10.0 * text.count('conv'):.1f}" for text in texts)]))
    import_table(source)
    _, _, events = steered((RoundEnded, 2, {"kind": "limit", "objective": "latency:slow_ms", "most": 20}))
    later = candidates(after(events, DirectiveGiven))
    assert later
    assert all(each.text.count("conv") <= 2 for each in later)


def test_where_latency_is_measured_it_is_estimated_before_and_checked_after(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is chosen is thought to be fast enough; what is measured to be slow is not trained."""

    async def measured(_: Meter, job: Job[Any]) -> JobResult[Any]:
        assert isinstance(job.payload, MeasureLatency)
        ms = 1.0 + job.payload.text.count("conv") + len(job.payload.text) % 3
        latency = Latency(median_ms=ms, spread=0.0, runs=1, threads=1, device="a chip")
        return JobResult(status=Status.OK, found=latency)

    monkeypatch.setattr(Meter, "_run", measured)
    begun, _, _ = steered(device="local", evaluations=12)
    run = find_run(begun.run_id)
    latencies = sorted(open_state(run).values[HERE].values())
    most = latencies[len(latencies) // 3]
    for act in ({"kind": "limit", "objective": "latency", "most": most}, {"kind": "budget", "evaluations": 20}):
        steer(run, parse_directive(act), author="ann", via="chat")
    Search(resume=run).run()
    log = EventLog(run.log, read_only=True)
    later = after(list(log.read()), DirectiveGiven)
    log.close()
    view = open_state(run)
    trained = [event.data.evaluation.hash for event in later if isinstance(event.data, EvaluationMade)]
    assert all(view.values[HERE].get(hash_, 0.0) <= most for hash_ in trained)
    skipped = [event.data for event in later if isinstance(event.data, EvaluationSkipped)]
    for each in skipped:
        assert view.values[HERE][each.hash] > most
        assert "breaks directive 1" in each.reason
    assert len(trained) == 8
    assert len(skipped) <= 1, "what is thought to be slow is not chosen"


def test_a_plan_says_what_it_keeps_to_and_works_where_it_is_told(planted: Path) -> None:
    _, _, events = steered(
        (RoundEnded, 2, {"kind": "focus", "niches": [2, 3]}), (RoundEnded, 3, {"kind": "avoid", "niches": [3]})
    )
    plans = {event.round: event.data.plan for event in events if isinstance(event.data, PlanMade)}
    assert set(plans[3].focus) == {2, 3}
    assert plans[3].directives == (1,)
    assert "work on" in plans[3].reason
    assert all(plan.focus == (2,) for round, plan in plans.items() if round > 3)
    placed = {
        p.niche for e in after(events, DirectiveGiven) if isinstance(e.data, RoundArchived) for p in e.data.placements
    }
    assert placed and 3 not in placed


def test_an_architecture_of_a_persons_is_evaluated_in_the_next_round(planted: Path) -> None:
    wish = "|none~0|+|avg_pool_3x3~0|none~1|+|none~0|none~1|avg_pool_3x3~2|"
    _, view, _ = steered((RoundEnded, 2, {"kind": "seed", "architecture": wish}))
    hash_ = get_space("nb201").parse(wish).hash
    assert view.evaluated_in[hash_] == 3
    assert view.candidates[hash_].operator == "user"
    assert view.candidates[hash_].chosen_for == "person"


def test_the_more_latency_weighs_the_faster_is_what_is_evaluated(planted: Path) -> None:
    means = []
    for accuracy, latency in ((0, 1), (1, 1), (1, 0)):
        _, view, _ = steered(
            (RoundEnded, 1, {"kind": "weigh", "weights": {"accuracy": accuracy, "latency": latency}}), evaluations=36
        )
        later = [view.values[CHIP][hash_] for hash_, at in view.evaluated_in.items() if at > 2]
        means.append(sum(later) / len(later))
    assert means[0] < means[1] < means[2]


def test_exploration_makes_the_surrogate_bolder(planted: Path) -> None:
    """The more it explores, the less sure it is of what it evaluates."""
    widths = []
    for amount in (0.0, 1.0):
        _, view, _ = steered((RoundEnded, 1, {"kind": "explore", "amount": amount}), evaluations=40)
        ranges = [each.expected_range for each in view.candidates.values() if each.expected_range is not None]
        widths.append(sum(high - low for low, high in ranges) / len(ranges))
    assert widths[0] < widths[1]


def test_a_larger_budget_lets_the_run_go_on_and_a_resumed_run_keeps_it(planted: Path) -> None:
    summary, _, _ = steered((RoundEnded, 2, {"kind": "budget", "evaluations": 30}))
    assert summary.evaluations == 30
    run = find_run(summary.run_id)
    steer(run, parse_directive({"kind": "budget", "evaluations": 33}), author="ann", via="chat")
    again = Search(resume=run).run()
    assert again.evaluations == 33
    assert open_state(run).caps["evaluations"] == 33


def test_a_stop_ends_the_process_and_the_run_goes_on_later(planted: Path) -> None:
    summary, view, _ = steered((RoundEnded, 2, {"kind": "stop"}))
    assert summary.status == "interrupted"
    assert len(view.evaluations) < 24
    assert Search(resume=find_run(summary.run_id)).run().status == "finished"


def test_an_undone_requirement_binds_no_more(planted: Path) -> None:
    _, _, events = steered(
        (RoundEnded, 1, {"kind": "require", "predicate": "conv3 <= 1"}),
        (RoundEnded, 2, {"kind": "undo", "directive": 1}),
    )
    space = get_space("nb201")
    counts = [space.features(space.parse(each.text))["conv3"] for each in candidates(after(events, DirectiveGiven))]
    assert max(counts) > 1


def test_a_persons_rule_is_judged_by_the_data_like_any_other(planted: Path) -> None:
    rule = {"kind": "add_heuristic", "predicate": "conv1 >= 3", "text": "I like them narrow"}
    summary, _, _ = steered((RoundEnded, 1, rule))
    log = EventLog(find_run(summary.run_id).log, read_only=True)
    (own,) = [each for each in as_of(log).values() if each.origin == "user"]
    log.close()
    assert own.author == "ann"
    assert own.text == "I like them narrow"
    assert own.evidence.n > 0, "evaluations after its birth count for or against it"


def test_a_pinned_rule_is_applied_in_every_niche_of_a_plan(planted: Path) -> None:
    pinned: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event.data, HeuristicChanged) and event.data.heuristic.objective.uncertain and not pinned:
            pinned.append(event.data.heuristic.id)
            act = {"kind": "pin", "heuristic": pinned[0]}
            steer(job.run_folder, parse_directive(act), author="ann", via="chat")

    job = Search(SearchConfig(**TASK), listen=listen)
    job.run()
    log = EventLog(job.run_folder.log, read_only=True)
    plans = [event for event in log.read(PlanMade) if event.id > next(log.read(DirectiveGiven)).id]
    log.close()
    assert plans
    for plan in plans:
        assert all(ids[0] == pinned[0] for ids in plan.data.plan.heuristics.values())


@pytest.fixture
def finished(planted: Path) -> RunFolder:
    job = Search(SearchConfig(**{**TASK, "evaluations": 8}))
    job.run()
    return job.run_folder


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"kind": "limit", "objective": "latency:fpgaa", "most": 4}, "fpgaa"),
        ({"kind": "limit", "objective": "latency:local", "most": 4}, "does not measure latency"),
        ({"kind": "limit", "objective": "params:table:planted/chip_ms", "most": 4}, "the same on every device"),
        ({"kind": "limit", "objective": "latency", "most": 0.1}, "none of the 4,929"),
        ({"kind": "require", "predicate": "pool == 0"}, "pool"),
        ({"kind": "require", "predicate": "conv3 >= 7"}, "none of the 4,929"),
        ({"kind": "focus", "niches": [77]}, "no niche 77"),
        ({"kind": "avoid", "niches": [0, 1, 2, 3, 4, 5]}, "no niche to search in"),
        ({"kind": "budget", "evaluations": 2}, "8 evaluations are made already"),
        ({"kind": "pause"}, "nothing runs"),
        ({"kind": "resume"}, "not paused"),
        ({"kind": "seed", "architecture": "conv9"}, "Expected the published form"),
        ({"kind": "add_heuristic", "predicate": "conv3"}, "not a condition"),
        ({"kind": "pin", "heuristic": "h-nope"}, "h-nope"),
        ({"kind": "undo", "directive": 4}, "got 4"),
        ({"kind": "answer", "approved": True}, "asked nothing"),
    ],
)
def test_a_directive_that_makes_no_sense_in_the_run_is_refused_and_leaves_no_trace(
    data: dict[str, Any], complaint: str, finished: RunFolder
) -> None:
    for door in (
        lambda: echo(finished, parse_directive(data)),
        lambda: steer(finished, parse_directive(data), author="ann", via="chat"),
    ):
        with pytest.raises(IlluminasError, match=complaint):
            door()
    assert open_state(finished).steering.acts == []


def test_an_echo_says_what_would_happen_and_does_nothing(finished: RunFolder) -> None:
    directive = parse_directive({"kind": "require", "predicate": "pools == 0"})
    told = echo(finished, directive)
    assert "no live average poolings" in told.words
    assert "of 4,929 architectures remain" in told.words
    assert open_state(finished).steering.acts == []
    assert steer(finished, directive, author="ann", via="chat").words == told.words
    (act,) = open_state(finished).steering.acts
    assert (act.author, act.via, act.words) == ("ann", "chat", told.words)


def test_the_same_directives_at_the_same_places_give_the_same_run(planted: Path) -> None:
    stories = []
    for _ in range(2):
        _, _, events = steered((RoundEnded, 2, {"kind": "require", "predicate": "pools == 0"}))
        stories.append([(e.kind, e.round, e.key) for e in events])
    assert stories[0] == stories[1]


def test_steering_a_run_that_is_open_reads_what_came_since_alone(
    recorded_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path / recorded_run.id)
    shutil.copytree(recorded_run.path, folder.path)
    run = Run(folder).refresh()
    rule = next(iter(run.heuristics()))
    rows: list[int] = []
    parse = EventLog._event
    monkeypatch.setattr(EventLog, "_event", lambda log, row: rows.append(row[0]) or parse(log, row))
    for number, act in enumerate(({"kind": "explore", "amount": 0.7}, {"kind": "pin", "heuristic": rule}), start=1):
        echo(run, parse_directive(act))
        assert steer(run, parse_directive(act), author="ann", via="web").number == number
    run.close()
    assert len(rows) <= 6, "each act by the state and by the knowledge, of a log of hundreds"
