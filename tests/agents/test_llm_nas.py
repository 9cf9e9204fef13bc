"""The mode llm-nas: niches with fronts, rules that are rewritten, and a checker that lets nothing pass."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.presets import modes, preset
from illuminas.agents.search import Search
from illuminas.agents.summary import Summary
from illuminas.memory.candidate import Candidate
from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import HeuristicStatus
from illuminas.memory.kinds import LLMCalled, PoolScreened, ProposalsMade, RulesWritten, SessionBegan
from illuminas.memory.knowledge import as_of
from illuminas.memory.runs import find_run, open_state
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError

Scripted = Callable[[list[dict[str, Any]]], str]
TASK: dict[str, Any] = {
    "mode": "llm-nas",
    "dataset": "table:planted/toy",
    "device": "table:planted/chip_ms",
    "proxies": ("params", "flops"),
    "warm_start": 24,
    "evaluations": 60,
}
EDITS = {"agent": "coder-edit", "answer": [0, 1, 2, 3]}
CHILDREN = {"agent": "coder-child", "answer": [0, 1, 2]}
SMALL = [EDITS, CHILDREN, {"agent": "rules", "answer": [0, 1]}, {"agent": "planner", "answer": [0]}]


def search(**settings: Any) -> tuple[Summary, RunState, EventLog]:
    job = Search(SearchConfig(**{**TASK, "llm": "none", **settings}))
    return job.run(), open_state(job.run_folder), EventLog(job.run_folder.log, read_only=True)


def rounds_after_the_start(log: EventLog) -> list[list[Candidate]]:
    """What was chosen in the rounds that the predictor made by itself."""
    chosen = [list(event.data.chosen) for event in log.read() if isinstance(event.data, PoolScreened)]
    return [batch for batch in chosen if all(each.chosen_for in ("niche", "objective") for each in batch)]


def test_labels_are_spread_over_the_niches_before_anything_is_predicted(planted: Path) -> None:
    _, view, _ = search(evaluations=24)
    tries = Counter(view.niches.values())
    assert set(tries) == set(range(6))
    assert max(tries.values()) - min(tries.values()) <= 1
    assert {candidate.chosen_for for candidate in view.candidates.values()} == {"spread"}


def test_every_generation_gives_every_niche_one_evaluation_inside_it(planted: Path) -> None:
    _, view, log = search()
    batches = rounds_after_the_start(log)
    assert len(batches) == 6
    for batch in batches:
        assert sorted(view.niches[each.hash] for each in batch if each.target is not None) == sorted(
            each.target for each in batch if each.target is not None
        )
        assert len({view.niches[each.hash] for each in batch}) >= 5


def test_each_niche_keeps_its_front_and_the_merged_one_is_the_runs(planted: Path) -> None:
    summary, view, _ = search()
    assert max(len(kept) for kept in view.kept.values()) > 1
    for kept in view.kept.values():
        by_latency = sorted(kept, key=lambda hash_: view.values["latency:table:planted/chip_ms"][hash_])
        accuracies = [view.quality(hash_) for hash_ in by_latency]
        assert accuracies == sorted(set(accuracies))
    merged = {hash_ for kept in view.kept.values() for hash_ in kept}
    assert {found.hash for found in summary.pareto} <= merged


def test_what_a_small_llm_is_offered_is_new_and_lies_in_the_niche(planted: Path, scripted: Scripted) -> None:
    summary, view, log = search(llm=scripted(SMALL))
    assert {"llm_mutate", "llm_crossover"} <= {operator.value for operator in summary.operators}
    by_llm = [each for event in log.read() if isinstance(event.data, ProposalsMade) for each in event.data.candidates]
    assert len(by_llm) > 30
    for candidate in by_llm:
        if candidate.hash in view.niches:
            assert view.niches[candidate.hash] == candidate.target


def test_rules_are_rewritten_from_the_last_round_and_their_evidence_is_computed(
    planted: Path, scripted: Scripted
) -> None:
    _, view, log = search(llm=scripted(SMALL))
    sheets = [event.data.niches for event in log.read() if isinstance(event.data, RulesWritten)]
    assert len(sheets) > 5
    assert any(first != second for first, second in itertools.pairwise(sheets))
    heuristics = as_of(log)
    for niche, ids in view.rules.items():
        assert view.partition is not None
        for id_ in ids:
            assert heuristics[id_].scope.niche == view.partition.describe(niche)
            assert heuristics[id_].status is not HeuristicStatus.RETIRED
    directions = {heuristics[id_].direction for ids in view.rules.values() for id_ in ids}
    assert directions == {"raises", "lowers"}, "rules say what to do and what to avoid"


def test_a_rule_and_its_opposite_are_offered_as_one(planted: Path, scripted: Scripted) -> None:
    _, _, log = search(llm=scripted(SMALL), evaluations=36)
    asked = [
        event.data.prompt for event in log.read() if isinstance(event.data, LLMCalled) and event.data.agent == "rules"
    ]
    offered = [[line.split(": ")[0].split(" ", 1) for line in prompt.splitlines()[1:-1]] for prompt in asked]
    assert any(len(options) > 2 for options in offered)
    for options in offered:
        counted = [condition.split(" >= ") for _, condition in options if " >= " in condition]
        opposites = {f"{name} <= {int(least) - 1}" for name, least in counted}
        assert not opposites & {condition for _, condition in options}


def test_an_llm_is_asked_for_no_rules_while_chance_gathers_labels(planted: Path, scripted: Scripted) -> None:
    _, view, log = search(llm=scripted(SMALL), evaluations=36)
    asked = {event.round for event in log.read() if isinstance(event.data, LLMCalled) and event.data.agent == "rules"}
    first_read = next(f.round for f in view.figures if f.evaluations >= TASK["warm_start"])
    assert min(asked) == first_read
    assert any(
        event.data.niches and event.round < first_read for event in log.read() if isinstance(event.data, RulesWritten)
    )


def test_a_capable_llm_is_told_once_why_its_cells_were_refused(planted: Path, scripted: Scripted) -> None:
    outside = {"architecture": "none none none skip none none", "rationale": "no convolution at all"}
    wrong = {"architecture": "conv3 conv9 none none none none", "rationale": "not an operation"}
    rule = {"predicate": "skips >= 1", "why": "gradients pass"}
    script = [
        {"agent": "coder", "answer": {"proposals": [outside, wrong]}},
        {"agent": "rules", "answer": {"positive": [rule], "negative": [{"predicate": "pooling >= 1", "why": "?"}]}},
    ]
    _, view, log = search(llm=scripted(script), profile="capable", evaluations=36)
    asked = [
        event.data.prompt for event in log.read() if isinstance(event.data, LLMCalled) and event.data.agent == "coder"
    ]
    told = [prompt for prompt in asked if "Refused, and why" in prompt]
    assert told
    assert any("conv9" in prompt for prompt in told)
    assert any("lies in 'no convolution', not in" in prompt for prompt in told)
    assert len(told) <= len(asked) / 2, "once"
    assert any(ids for ids in view.rules.values())
    assert any(
        "pooling" in line for event in log.read() if isinstance(event.data, RulesWritten) for line in event.data.refused
    )


def test_without_a_predictor_chance_decides_within_the_niche(planted: Path) -> None:
    _, view, _ = search(predictor=(), evaluations=36)
    late = [each for each in view.candidates.values() if each.chosen_for == "niche"]
    assert late
    assert all(each.expected is None for each in late)


@pytest.mark.parametrize("partition", ["none", "random", "latency"])
def test_it_runs_on_other_partitions(planted: Path, partition: str) -> None:
    summary, _, _ = search(partition=partition, evaluations=36)
    assert summary.evaluations == 36
    assert summary.archive.coverage == 1.0


def test_a_run_cut_off_anywhere_goes_on_to_the_same_end(planted: Path, scripted: Scripted) -> None:
    llm = scripted(SMALL)
    whole, _, log = search(llm=llm, evaluations=36, partition="latency")
    expected = [(e.kind, e.key) for e in log.read() if not isinstance(e.data, SessionBegan)]

    job = Search(SearchConfig(**{**TASK, "llm": llm, "evaluations": 36, "partition": "latency"}))
    job._listen = lambda event: job.stop() if isinstance(event.data, ProposalsMade) and event.round == 5 else None
    job.run()
    again = Search(resume=find_run(job.id)).run()
    assert again.best == whole.best
    assert [f.hash for f in again.pareto] == [f.hash for f in whole.pareto]
    came = [
        (e.kind, e.key)
        for e in EventLog(find_run(job.id).log, read_only=True).read()
        if not isinstance(e.data, SessionBegan)
    ]
    assert came == expected


def test_presets_name_the_same_settings_and_a_misspelt_one_the_nearest() -> None:
    assert {"engine", "llm-nas"} <= set(modes())
    assert len({frozenset(preset(mode)) for mode in modes()}) == 1
    for mode in modes():
        SearchConfig(mode=mode)
    with pytest.raises(IlluminasError, match="Did you mean 'llm-nas'"):
        SearchConfig(mode="llm-nsa")


def test_what_is_given_counts_more_than_the_preset() -> None:
    config = SearchConfig(mode="llm-nas", partition="latency", evaluations=7)
    assert (config.partition, config.evaluations, config.archive) == ("latency", 7, "fronts")
    assert SearchConfig.model_validate(config.model_dump(mode="json")) == config
