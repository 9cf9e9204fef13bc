"""What the tab Now shows, without a browser: the feed, what stands behind its lines, failures and shares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from illuminas.memory.events import Event
from illuminas.memory.kinds import (
    EvaluationMade,
    HeuristicChanged,
    PlanMade,
    ProposalsMade,
    RoundArchived,
    RoundFigures,
)
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.server.web.now.feed import MOST, Feed, why
from illuminas.server.web.now.shares import shares_figure


@pytest.fixture
def run(recorded_run: RunFolder) -> Iterator[Run]:
    opened = Run(recorded_run).refresh()
    yield opened
    opened.close()


@pytest.fixture
def events(run: Run) -> list[Event]:
    return list(run.log.read())


def test_a_feed_keeps_the_latest_lines_the_newest_first(run: Run, events: list[Event]) -> None:
    feed = Feed(run, events)
    entries = list(feed)
    assert [entry.id for entry in entries] == sorted((entry.id for entry in entries), reverse=True)
    assert len(entries) <= MOST
    assert entries[0].what == "ends: all 101 evaluations are made"
    assert {"planner", "coder", "screen", "evaluate", "archivist", "critic"} <= set(feed.latest)
    assert any(entry.failed and "timeout" in entry.what for entry in feed)


def test_a_feed_in_pieces_says_what_a_feed_in_one_says(run: Run, events: list[Event]) -> None:
    whole, tail, pieces = Feed(run, events), Feed(run, events[-200:]), Feed(run, [])
    known = [entry.what for entry in tail]
    assert known == [entry.what for entry in whole][: len(known)]
    pieces.story.begin_before(events)
    for start in range(0, len(events), 37):
        pieces.take(events[start : start + 37])
    assert [entry.what for entry in pieces] == [entry.what for entry in whole]


def test_every_line_opens_on_what_stands_behind_it(run: Run, events: list[Event]) -> None:
    told = {type(event.data): why(run, event) for event in events}
    assert told[PlanMade][0].startswith("by statistics; ")
    assert any("by LLM (mutation)" in line for line in told[ProposalsMade])
    failed = next(
        event for event in events if isinstance(event.data, EvaluationMade) and event.data.evaluation.status != "ok"
    )
    assert failed.data.evaluation.reason in why(run, failed)
    assert any("95% interval" in line or "too few" in line for line in told[HeuristicChanged])
    assert any("fills" in line or "kept in" in line for line in told[RoundArchived])
    assert all(isinstance(line, str) and line for lines in told.values() for line in lines)


def test_failures_are_counted_by_stage_and_reason(run: Run) -> None:
    failures = run.state.failed
    assert sum(each.times for each in failures.of("evaluation")) == len(run.state.failures)
    assert sum(each.times for each in failures.of("coder")) == len(run.state.misses)
    worst = failures.of("evaluation")[0]
    assert worst.times >= failures.of("evaluation")[-1].times
    assert set(worst.examples) <= {evaluation.hash for evaluation in run.state.failures}


def test_shares_are_stacked_to_a_hundred_per_cent(run: Run) -> None:
    figure = shares_figure(run.state.figures)
    totals = [sum(values) for values in zip(*(bars["y"] for bars in figure["data"]), strict=True)]
    assert totals == pytest.approx([100.0] * len(run.state.figures))
    assert figure["layout"]["yaxis"]["title"]["text"].endswith("%")


def test_shares_of_very_many_rounds_are_thinned_out_and_end_with_the_latest() -> None:
    empty = {"evaluations": 1, "failures": 0, "filled": 1, "coverage": 1.0, "qd_score": 1.0}
    figures = [
        RoundFigures(round=at, **empty, hypervolume=None, best=None, best_value=None, shares={"random": 1.0})
        for at in range(1, 1501)
    ]
    (bars,) = shares_figure(figures)["data"]
    assert len(bars["x"]) <= 400 and bars["x"][-1] == 1501
