"""LLMs in whole runs: roles, caps, outages, recordings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from illuminas.agents.budget import Budget
from illuminas.agents.config import SearchConfig
from illuminas.agents.llm.base import (
    Choice,
    Conversation,
    Lines,
    LLMAnswer,
    LLMError,
    LLMProvider,
    LLMRequest,
    Record,
    Turn,
    Usage,
)
from illuminas.agents.llm.prices import worst_case
from illuminas.agents.llm.recording import RecordedLLM, Recorder, Recording
from illuminas.agents.llm.scripted import ScriptedLLM, ScriptEntry
from illuminas.agents.search import Search
from illuminas.agents.summary import Summary
from illuminas.memory.events import D, Event, EventLog
from illuminas.memory.kinds import LLMCalled, LLMStateChanged, PlanMade, RoundEnded
from illuminas.memory.runs import find_run, open_state
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError

TASK: dict[str, Any] = {
    "dataset": "table:planted/toy",
    "device": "table:planted/chip_ms",
    "proxies": ("params",),
    "evaluations": 24,
    "pool": 60,
}


def search(**settings: Any) -> tuple[Summary, RunState]:
    job = Search(SearchConfig(**{**TASK, **settings}))
    return job.run(), open_state(job.run_folder)


def events(run_id: str, *models: type[D]) -> list[Event[D]]:
    log = EventLog(find_run(run_id).log, read_only=True)
    try:
        return list(log.read(*models))
    finally:
        log.close()


def story(run_id: str) -> list[tuple[str, int, str | None, Any]]:
    """The event log without clocks, and without what a replay is told otherwise: where its answers come from."""
    return [(e.kind, e.round, e.key, _plain(e.data.model_dump(mode="json"))) for e in events(run_id)]


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        hidden = {"seconds"} | ({"llm", "record"} if "evaluations" in data and "mode" in data else set())
        return {key: _plain(value) for key, value in data.items() if key not in hidden}
    return [_plain(each) for each in data] if isinstance(data, list) else data


def test_each_role_has_its_own_llm_and_every_call_says_which(planted: Path, script: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(script.read_text())
    summary, view = search(llm="none", roles={"critic": f"scripted:{other}", "coder": f"scripted:{script}"})
    calls = [event.data for event in events(summary.run_id, LLMCalled)]
    assert {(call.role, call.llm) for call in calls} == {
        ("coder", "scripted:answers.jsonl"),
        ("critic", "scripted:other.jsonl"),
    }
    assert summary.llm.name == "none + scripted:answers.jsonl + scripted:other.jsonl"
    assert set(summary.llm.roles) == {"coder", "critic"}
    assert summary.llm.roles["critic"].calls == sum(call.role == "critic" for call in calls)
    assert summary.llm.dollars == 0
    assert view.started.llm.roles["planner"] == "none"
    plans = [event.data.plan.author for event in events(summary.run_id, PlanMade)]
    assert set(plans) == {"statistics"}


class CostlyLLM(LLMProvider):
    """Takes all that a call may cost."""

    name = "costly:1"
    profile = "small"
    attempts, overhead = 2, 10

    def __init__(self) -> None:
        self.worst: list[Usage] = []

    async def answer(self, request: LLMRequest) -> LLMAnswer:
        worst = worst_case(self, request)
        self.worst.append(worst)
        if isinstance(request.form, Lines):
            raise LLMError("no lines today", usage=worst)
        assert isinstance(request.form, Choice)
        return LLMAnswer(values=request.form.options[: request.form.count], **worst._asdict())

    async def say(
        self, conversation: Conversation, *, spent: Callable[[Usage], None] = lambda usage: None
    ) -> AsyncGenerator[str]:
        yield ""


@pytest.fixture
def costly(planted: Path, monkeypatch: pytest.MonkeyPatch) -> CostlyLLM:
    (planted / "prices.toml").write_text('["costly:1"]\ninput = 1000\noutput = 2000\n')
    llm = CostlyLLM()
    monkeypatch.setattr("illuminas.agents.llm.roles.open_llm", lambda spec, **settings: llm)
    return llm


@pytest.mark.parametrize(("cap", "most"), [("tokens", 20_000), ("dollars", 20.0)])
def test_a_cap_holds_even_where_every_call_costs_the_most_it_can(costly: CostlyLLM, cap: str, most: float) -> None:
    summary, view = search(llm="costly", **{cap: most})
    spent = view.llm.tokens if cap == "tokens" else view.llm.dollars
    assert 0 < spent <= most
    free, _ = search(llm="costly")
    assert free.llm.calls > summary.llm.calls, "the cap silenced it"
    assert summary.evaluations == 24, "statistics went on"
    assert summary.llm.dollars == pytest.approx(
        sum(1e-3 * each.prompt_tokens + 2e-3 * each.completion_tokens for each in costly.worst[: summary.llm.calls])
    )


def test_a_call_under_way_is_broken_off_at_the_end_of_the_seconds(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class HangingLLM(CostlyLLM):
        async def answer(self, request: LLMRequest) -> LLMAnswer:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr("illuminas.agents.llm.roles.open_llm", lambda spec, **settings: HangingLLM())
    monkeypatch.setattr(Budget, "seconds_left", property(lambda budget: 0.05))
    monkeypatch.setattr(Budget, "may_evaluate", lambda budget, seconds=None: True)
    summary, _ = search(llm="hanging", evaluations=6)
    assert summary.evaluations == 6
    errors = [event.data.error for event in events(summary.run_id, LLMCalled)]
    assert set(errors) == {"broken off: the seconds of the search are used up."}
    assert not events(summary.run_id, LLMStateChanged), "the LLM is not to blame"


def test_calls_in_flight_count_and_can_never_exceed_a_cap_together() -> None:
    view = RunState()
    budget = Budget(SearchConfig(tokens=1000, dollars=9.0), view)
    highest = 0

    async def call(cost: Usage, dollars: float) -> bool:
        nonlocal highest
        with budget.hold(Usage(150, 50), 2.0) as fits:
            if fits:
                await asyncio.sleep(0)  # the others ask meanwhile
                called = LLMCalled(agent="coder", role="coder", llm="costly", prompt="", dollars=dollars)
                view.llm.add(called.model_copy(update={"prompt_tokens": cost.prompt_tokens}))
                highest = max(highest, view.llm.tokens)
            return fits

    async def rounds() -> list[int]:
        made = []
        for _ in range(4):
            made.append(sum(await asyncio.gather(*(call(Usage(190), 1.5) for _ in range(20)))))
        return made

    made = asyncio.run(rounds())
    assert made == [4, 1, 0, 0], "four calls of two dollars at once, then what is left of nine"
    assert view.llm.dollars == 7.5 <= 9.0
    assert highest == 950 <= 1000


def test_a_dollar_cap_with_an_unknown_price_is_refused_and_leaves_no_run(costly: CostlyLLM, planted: Path) -> None:
    (planted / "prices.toml").unlink()
    with pytest.raises(IlluminasError, match="the price of costly:1 is unknown"):
        search(llm="costly", dollars=1.0)
    assert not list((planted / "runs").iterdir())
    summary, view = search(llm="costly", evaluations=12)
    assert summary.llm.dollars is None, "unknown, and said so"
    assert view.llm.unpriced == summary.llm.calls


OUTAGE = [
    *({"agent": "planner", "error": "no connection"} for _ in range(3)),
    *({"agent": "planner", "answer": [0]} for _ in range(4)),
    {"agent": "coder-edit", "error": "no connection"},
    *({"agent": "coder-edit", "answer": [0, 3, 5]} for _ in range(9)),
    {"agent": "coder-list", "error": "no connection"},
    {"agent": "coder-list", "answer": ["conv3 none conv1 skip conv3 conv1"]},
    {"agent": "critic", "error": "no connection"},
    {"agent": "critic", "answer": [1]},
]


def test_an_llm_that_dies_is_left_alone_for_rounds_and_comes_back(
    planted: Path, scripted: Callable[[list[dict[str, Any]]], str]
) -> None:
    llm = scripted(OUTAGE)
    summary, _ = search(llm=llm, evaluations=60, seed=2)
    states = events(summary.run_id, LLMStateChanged)
    assert [event.data.state for event in states[:2]] == ["down", "up"]
    down, up = states[:2]
    assert down.data.reason == "no connection"
    assert up.round >= down.data.next_try > down.round
    calls = [event for event in events(summary.run_id, LLMCalled) if down.round <= event.round < up.round]
    assert all(call.id < down.id for call in calls), "nothing is asked of it while it is down"
    between = [event for event in events(summary.run_id, RoundEnded) if down.round <= event.round < up.round - 1]
    assert between
    for figures in between:
        assert not any(operator.startswith("llm") for operator in figures.data.figures.shares), "as with --llm none"
    assert any(event.round >= up.round and event.data.error is None for event in events(summary.run_id, LLMCalled))
    assert summary.evaluations == 60
    again, _ = search(llm=llm, evaluations=60, seed=2)
    assert story(again.run_id) == story(summary.run_id)


def test_a_run_that_dies_while_its_llm_is_down_goes_on_to_the_same_end(
    planted: Path, scripted: Callable[[list[dict[str, Any]]], str]
) -> None:
    config = SearchConfig(**{**TASK, "llm": scripted(OUTAGE), "evaluations": 36, "seed": 2})
    whole = Search(config).run()
    told = [event.id for event in events(whole.run_id, LLMStateChanged)]
    assert len(told) >= 2

    class DeathError(BaseException):
        pass

    for number in (told[0] - 1, told[0], told[0] + 3, told[1] - 1, told[1]):

        def listen(event: Event, number: int = number) -> None:
            if event.id == number:
                raise DeathError

        job = Search(config, listen=listen)
        with pytest.raises(DeathError):
            job.run()
        summary = Search(resume=find_run(job.id)).run()
        assert (summary.archive, summary.pareto) == (whole.archive, whole.pareto), number
        mine, its = ([e.data for e in events(run, LLMStateChanged)] for run in (summary.run_id, whole.run_id))
        assert mine == its, number


def test_a_replayed_run_gives_the_same_event_log(planted: Path, script: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    first, _ = search(llm=f"scripted:{script}", record=str(kept))
    script.unlink()
    again, view = search(llm=f"replay:{kept}")
    assert again.llm.calls == first.llm.calls > 0
    assert story(again.run_id) == story(first.run_id)
    assert view.started.config["llm"] == f"replay:{kept}", "it does not pass for the first"


def test_a_replay_with_other_settings_says_which_call_differs(planted: Path, script: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    search(llm=f"scripted:{script}", record=str(kept), evaluations=12)
    summary, _ = search(llm=f"replay:{kept}", evaluations=12, seed=9)
    errors = [event.data.error for event in events(summary.run_id, LLMCalled) if event.data.error is not None]
    assert any("the call 'llm:1:planner:0' asked something else" in error and "seed" in error for error in errors)


def test_a_recording_goes_on_with_a_resumed_run_and_is_never_overwritten(
    planted: Path, script: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.jsonl"
    first, _ = search(llm=f"scripted:{script}", record=str(kept), evaluations=12)
    with pytest.raises(IlluminasError, match="the file is not empty"):
        search(llm=f"scripted:{script}", record=str(kept))
    with kept.open("a") as file:
        file.write('{"key": "llm:9:pla')  # as a kill leaves it
    whole = Search(resume=find_run(first.run_id), caps={"evaluations": 24}).run()
    keys = [json.loads(each)["key"] for each in kept.read_text().splitlines()[1:]]
    assert len(keys) == len(set(keys)) == whole.llm.calls > first.llm.calls


def test_a_conversation_is_recorded_and_replayed_word_by_word(tmp_path: Path) -> None:
    inner = ScriptedLLM(
        [ScriptEntry(agent="chat", answer="Two words."), ScriptEntry(agent="chat", error="no connection")]
    )
    recorder = Recorder(tmp_path / "kept.jsonl", {"chat": inner}, go_on=False)
    live = RecordedLLM(inner, recorder)
    talk = Conversation(system="", turns=(Turn(role="user", text="Go."),), key="say:0")

    async def hear(llm: LLMProvider, conversation: Conversation) -> list[str]:
        return [piece async for piece in llm.say(conversation)]

    said = asyncio.run(hear(live, talk))
    with pytest.raises(LLMError, match="no connection"):
        asyncio.run(hear(live, talk.model_copy(update={"key": "say:1"})))
    asyncio.run(live.close())
    again = Recording(tmp_path / "kept.jsonl").llm("chat")
    assert again is not None
    assert asyncio.run(hear(again, talk)) == said == ["Two ", "words."]
    with pytest.raises(LLMError, match="no connection"):
        asyncio.run(hear(again, talk.model_copy(update={"key": "say:1"})))
    other = talk.model_copy(update={"turns": (Turn(role="user", text="Stop."),)})
    with pytest.raises(LLMError, match=r"the call 'say:0' asked something else .*turns"):
        asyncio.run(hear(again, other))
    with pytest.raises(LLMError, match="holds no call 'say:7'"):
        asyncio.run(hear(again, talk.model_copy(update={"key": "say:7"})))


class Claim(BaseModel):
    text: str
    parent: str | None


def test_a_replayed_answer_lacks_nothing_not_even_what_is_empty(tmp_path: Path) -> None:
    inner = ScriptedLLM([ScriptEntry(agent="critic", answer={"text": "so", "parent": None})])
    live = RecordedLLM(inner, Recorder(tmp_path / "kept.jsonl", {"critic": inner}, go_on=False))
    request = LLMRequest(agent="critic", key="llm:1:critic:0", system="", prompt="", form=Record(model=Claim))
    first = asyncio.run(live.answer(request))
    asyncio.run(live.close())
    again = Recording(tmp_path / "kept.jsonl").llm("critic")
    assert again is not None
    assert asyncio.run(again.answer(request)) == first
    assert first.record == {"text": "so", "parent": None}


def test_a_file_that_is_no_recording_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"agent": "coder", "answer": [1]}\n')
    for name, hint in (("other.jsonl", "is no recording"), ("missing.jsonl", "can't be read")):
        with pytest.raises(IlluminasError, match=hint):
            Recording(tmp_path / name)
