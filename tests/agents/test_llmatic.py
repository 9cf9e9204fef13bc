"""The mode llmatic: random elites, instructions by curiosity, repairs, and nothing but training to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.agents.summary import Summary
from illuminas.memory.candidate import Operator
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import LLMCalled, PlanMade, PoolScreened, ProposalsMade
from illuminas.memory.plan import Plan
from illuminas.memory.prompt_archive import Outcome
from illuminas.memory.runs import find_run, open_state
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError

Scripted = Callable[[list[dict[str, Any]]], str]
TASK: dict[str, Any] = {
    "mode": "llmatic",
    "space": "nb201",
    "dataset": "table:planted/toy",
    "evaluations": 40,
}
CELLS = [
    "conv3 conv1 none conv1 skip conv3",
    "conv1 skip conv3 skip none pool",
    "conv3 none conv1 skip conv3 conv1",
    "conv3 conv3 conv3 pool conv1 conv1",
    "skip conv3 conv1 conv1 pool conv3",
]
WRITES = [{"agent": "coder-instructed", "answer": [cell]} for cell in CELLS]


def search(**settings: Any) -> tuple[Summary, RunState, EventLog]:
    job = Search(SearchConfig(**{**TASK, "llm": "none", **settings}))
    return job.run(), open_state(job.run_folder), EventLog(job.run_folder.log, read_only=True)


def plans(log: EventLog) -> list[Plan]:
    return [event.data.plan for event in log.read() if isinstance(event.data, PlanMade)]


def test_parents_are_elites_drawn_by_chance_and_a_crossover_has_two_or_three_neighbours(planted: Path) -> None:
    _, view, log = search(evaluations=80)
    assert view.partition is not None
    items = [item for plan in plans(log) for item in plan.items if item.parents]
    crossed = [item for item in items if item.operator is Operator.CROSSOVER]
    mutated = [item for item in items if item.operator is Operator.MUTATE]
    assert {len(item.parents) for item in mutated} == {1}
    assert {len(item.parents) for item in crossed} <= {2, 3, 4}
    assert 4 in {len(item.parents) for item in crossed}
    assert 0.5 < len(mutated) / len(items) < 0.9  # seven in ten
    assert len({item.parents for item in mutated}) > 5
    assert view.niches.keys() >= {parent for item in items for parent in item.parents}


def test_the_neighbours_of_a_crossover_are_the_nearest_filled_niches(planted: Path) -> None:
    _, view, log = search(evaluations=80, partition="depth")
    assert view.partition is not None
    for plan in plans(log):
        for item in plan.items:
            if item.operator is Operator.CROSSOVER:
                first, *others = (view.niches[parent] for parent in item.parents)
                apart = [view.partition.distance(first, other) for other in others]
                assert apart == sorted(apart)


def test_everything_new_is_evaluated_and_no_score_is_computed(planted: Path) -> None:
    summary, view, log = search()
    assert summary.evaluations == 40
    assert not view.proxies
    for event in log.read():
        if isinstance(event.data, ProposalsMade) and event.round < view.round:
            chosen = log.get(f"screened:{event.round}", PoolScreened)
            assert chosen is not None
            assert len(chosen.data.chosen) + len(chosen.data.refused) == sum(event.data.counts.values())


def test_a_run_starts_from_the_architectures_that_it_is_given(planted: Path) -> None:
    given = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|none~2|"
    _, view, log = search(start=(given,), evaluations=12)
    first = next(iter(view.evaluations.values()))
    assert view.candidates[first.hash].operator is Operator.USER
    assert first.text == given
    assert plans(log)[0].reason == "what the search starts from"


def test_what_a_run_starts_from_must_be_an_architecture_of_its_space(planted: Path) -> None:
    with pytest.raises(IlluminasError, match="not a NAS-Bench-201 cell"):
        search(start=("conv3 16",))


def test_in_another_space_than_its_own_a_mode_has_that_spaces_niches_and_no_start() -> None:
    own, other = SearchConfig(mode="llmatic"), SearchConfig(mode="llmatic", space="nb201")
    assert own.space == "code"
    assert own.partition.startswith("cvt:width_depth,macs")
    assert own.start == ("conv3 16",)
    assert (other.partition, other.start) == ("", ())
    assert SearchConfig(mode="llmatic", space="nb201", partition="depth").partition == "depth"


def test_instructions_are_asked_for_at_a_temperature_and_curiosity_follows_what_came_of_them(
    planted: Path, scripted: Scripted
) -> None:
    _, view, log = search(llm=scripted(WRITES), evaluations=20)
    asked = [item for plan in plans(log) for item in plan.items if item.operator is Operator.LLM_MUTATE]
    assert {item.instruction for item in asked} <= set(view.started.instructions)
    assert len({item.instruction for item in asked[:7]}) > 4, "one curious instruction is not all of a generation"
    assert all(item.temperature is not None and 0.1 <= item.temperature <= 1.2 for item in asked)
    followed = [candidate for candidate in view.candidates.values() if candidate.instruction]
    assert followed
    tried = Counter(trial.outcome for trial in view.trials)
    entered = sum(p.entered for p in view.placements if view.candidates[p.hash].instruction)
    assert tried[Outcome.ENTERED] == entered
    assert tried[Outcome.KEPT_OUT] >= sum(miss.last and miss.repeated for miss in view.misses if miss.instruction)


def test_the_llm_is_asked_once_more_when_it_repeats_what_is_known_and_more_warmly(
    planted: Path, scripted: Scripted
) -> None:
    _, view, log = search(llm=scripted(WRITES[:1]), evaluations=14)
    repeats = [miss for miss in view.misses if miss.repeated]
    assert {miss.attempt for miss in repeats} == {0, 1}
    assert all("was proposed before" in miss.reason or "was evaluated before" in miss.reason for miss in repeats)
    asked = [event.data.prompt for event in log.read() if isinstance(event.data, LLMCalled)]
    assert not any("Refused" in prompt for prompt in asked), "a small model repeats what it reads"


def test_a_capable_llm_is_told_why_its_answer_was_refused(planted: Path, scripted: Scripted) -> None:
    wrong = {"architecture": "conv9 skip none none none none", "rationale": "larger"}
    right = {"architecture": CELLS[0], "rationale": "smaller again"}
    script = scripted([{"agent": "coder-instructed", "answer": answer} for answer in (wrong, right)])
    _, view, log = search(llm=script, profile="capable", evaluations=12)
    asked = [event.data.prompt for event in log.read() if isinstance(event.data, LLMCalled)]
    assert any("Refused, and why:" in prompt and "conv9" in prompt for prompt in asked)
    repaired = next(candidate for candidate in view.candidates.values() if candidate.call)
    assert repaired.rationale == "smaller again"
    first = next(miss for miss in view.misses if "conv9" in miss.reason)
    assert (first.attempt, first.repeated, first.last) == (0, False, False)


def test_rules_are_observed_and_told_to_nobody(planted: Path, scripted: Scripted) -> None:
    summary, _, log = search(llm=scripted(WRITES), evaluations=40)
    assert summary.knowledge.total > 0
    assert not {event.data.agent for event in log.read() if isinstance(event.data, LLMCalled)} - {"coder-instructed"}
    assert all(not plan.heuristics for plan in plans(log))


def test_a_generation_that_was_cut_short_has_the_pool_that_it_had(
    planted: Path, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from illuminas.agents.screen import Screen

    script = scripted(WRITES)
    whole = search(llm=script, evaluations=20, seed=3)[0].run_id
    select = Screen.select

    async def dies(self: Screen, plan: Plan) -> None:
        if plan.round == 2:
            raise RuntimeError("planted death")
        await select(self, plan)

    with monkeypatch.context() as patch:
        patch.setattr(Screen, "select", dies)
        job = Search(SearchConfig(**{**TASK, "llm": script, "evaluations": 20, "seed": 3}))
        with pytest.raises(RuntimeError, match="planted death"):
            job.run()
    Search(resume=job.run_folder).run()
    logs = [EventLog(find_run(run_id).log, read_only=True) for run_id in (whole, job.id)]
    chosen = [[e.data.chosen for e in log.read() if isinstance(e.data, PoolScreened)] for log in logs]
    assert chosen[0] == chosen[1]


def test_free_source_goes_with_no_predictor() -> None:
    with pytest.raises(ValueError, match="a predictor knows nothing of free source"):
        SearchConfig(mode="llmatic", predictor=("graph",))
