"""What pages show of a run, without a browser: its row in the list, its budgets, the forms that steer it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from illuminas.agents.chat.replies import Bar, Barred, Point, Scattered
from illuminas.memory.directives import DIRECTIVES, Focus, Limit, SetBudget, parse_directive
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import DirectiveGiven, PlanMade, SessionBegan
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder, RunLock
from illuminas.server.services.principals import Principal, Sessions
from illuminas.server.web.chat.replies import bars_figure, scatter_figure
from illuminas.server.web.controls.forms import KINDS, directive_of, fields_of
from illuminas.server.web.run.status import gauges
from illuminas.server.web.runs.rows import ago, readable_summary, run_row
from illuminas.tools.errors import IlluminasError


@pytest.fixture
def copied(recorded_run: RunFolder, tmp_path: Path) -> RunFolder:
    """The recorded run, to be written to."""
    run = RunFolder(tmp_path / recorded_run.id)
    run.path.mkdir()
    run.log.write_bytes(recorded_run.log.read_bytes())
    return run


@pytest.fixture
def run(copied: RunFolder) -> Iterator[Run]:
    opened = Run(copied).refresh()
    yield opened
    opened.close()


def test_a_row_says_the_same_as_the_whole_run(copied: RunFolder, run: Run) -> None:
    row = run_row(readable_summary(copied))
    assert (row["state"], row["evaluations"], row["budget"]) == ("finished", len(run.state.evaluations), 101)
    assert run.state.best is not None and row["best"] == run.state.best.objectives["accuracy"]
    assert row["what"] == "code on fashion-mnist:4000" and row["mode"] == "llmatic"
    assert row["reason"] == "all 101 evaluations are made"


def test_a_row_shows_the_last_part_of_a_data_set_s_path(copied: RunFolder) -> None:
    summary = readable_summary(copied).model_copy(update={"dataset": "/home/ann/data/flowers.npz:500"})
    assert run_row(summary)["what"] == "code on flowers.npz:500"


def test_a_row_follows_a_run_that_goes_on_and_is_paused(copied: RunFolder, run: Run) -> None:
    log = EventLog(copied.log)
    log.append(SessionBegan(caps={"evaluations": 200, "seconds": None, "tokens": None}))
    plan = {
        "round": 16,
        "focus": [],
        "items": [],
        "heuristics": {},
        "batch": 1,
        "reason": "more",
        "author": "statistics",
    }
    log.append(PlanMade(plan=plan), round=16)
    assert readable_summary(copied).state == "interrupted" and readable_summary(copied).budget == 200
    lock = RunLock(copied)
    assert readable_summary(copied).state == "running"
    log.append(DirectiveGiven(directive={"kind": "pause"}, author="ann", via="web", words="pause"))
    assert readable_summary(copied).state == "paused"
    lock.release()
    log.close()


def test_a_run_that_cannot_be_read_has_a_row_that_says_why(copied: RunFolder, damage: Callable[[Path], int]) -> None:
    damage(copied.log)
    row = run_row(readable_summary(copied))
    assert row["run_id"] == copied.id and row["state"] == "failed"
    assert "cannot be read: " in row["reason"] and "is damaged" in row["reason"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "just now"), (65, "1 min ago"), (3700, "1 h 01 min ago"), (200_000, "2 days ago")]
)
def test_ages_are_said_in_words(seconds: float, words: str) -> None:
    assert ago(seconds) == words


def test_gauges_show_what_is_spent_of_each_cap_and_what_a_going_run_will_take(run: Run) -> None:
    still = {gauge.name: gauge for gauge in gauges(run, "finished")}
    assert still["evaluations"].spent == "101" and still["evaluations"].share == 1
    assert still["evaluations"].note == f"{len(run.state.failures)} failed"
    assert still["LLM tokens"].cap == "" and still["LLM tokens"].share is None
    log = EventLog(run.folder.log)
    log.append(SessionBegan(caps={"evaluations": 202, "seconds": None, "tokens": 200_000, "dollars": 2.0}))
    log.close()
    going = {gauge.name: gauge for gauge in gauges(run.refresh(), "running")}
    assert going["evaluations"].share == pytest.approx(0.5)
    assert going["time"].note.startswith("about ") and going["time"].note.endswith(" left")
    tokens = going["LLM tokens"]
    assert tokens.cap == "200 k" and tokens.note == f"about {tokens.spent} more", "as many again for as many again"


def test_a_form_asks_for_all_that_a_directive_needs() -> None:
    assert list(KINDS.values()) == list(DIRECTIVES)
    for model in DIRECTIVES:
        required = {name for name, field in model.model_fields.items() if field.is_required()}
        assert required <= {field.name for field in fields_of(model)}, f"{model.title} leaves something out"


def test_a_form_makes_its_directive_and_says_what_is_wrong_with_it() -> None:
    made = directive_of(KINDS["limit"], {"objective": "latency", "most": 6.0, "least": None})
    assert made == Limit(objective="latency", most=6.0)
    assert directive_of(KINDS["budget"], {"evaluations": 80.0}) == SetBudget(evaluations=80)
    assert directive_of(KINDS["focus"], {"niches": [1, 3]}) == Focus(niches=(1, 3))
    assert parse_directive({"kind": "pause"}) == directive_of(KINDS["pause"], {})
    with pytest.raises(IlluminasError, match="a bound needs 'most', 'least' or both"):
        directive_of(KINDS["limit"], {"objective": "params"})
    with pytest.raises(IlluminasError, match="Words: "):
        directive_of(KINDS["reword"], {"heuristic": "h-1", "text": None})


def test_offers_of_a_form_come_from_the_run(run: Run) -> None:
    offers = {
        (kind, field.name): field.options(run)
        for kind, model in KINDS.items()
        for field in fields_of(model)
        if field.widget in ("choice", "choices")
    }
    assert set(offers["focus", "niches"]) == set(run.partition.reachable)
    assert set(offers["pin", "heuristic"]) <= set(run.heuristics())
    assert {"latency", "energy"}.isdisjoint(offers["limit", "objective"]), "the run has no device"


def test_figures_of_the_chat_have_axes_and_marks_that_need_no_colour() -> None:
    points = (Point(x=1.0, y=50.0), Point(x=2.0, y=60.0, marked=True))
    plot = scatter_figure(Scattered(title="front", x="ms", y="val %", marked="the front", points=points))
    assert plot["layout"]["xaxis"]["title"]["text"] == "ms"
    assert [trace["marker"]["symbol"] for trace in plot["data"]] == ["circle", "diamond"]
    bars = bars_figure(Barred(title="t", bars=(Bar(label="a", value=2.0), Bar(label="b", value=None))))
    assert bars["data"][0]["y"] == ["b", "a"] and bars["data"][0]["text"][0] == "none"


def test_a_session_ends_by_logging_out_or_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions, ann = Sessions(), Principal(name="ann")
    key, other = sessions.begin(ann), sessions.begin(ann)
    assert key != other and sessions.principal(key) == ann and sessions.principal("guess") is None
    sessions.end(key)
    assert sessions.principal(key) is None and sessions.principal(other) == ann
    later = time.monotonic() + 13 * 3600
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert sessions.principal(other) is None
