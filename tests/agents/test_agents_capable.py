"""The capable profile: plans, proposals with reasons, and rules of the LLM's own, which the data judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.memory.events import EventLog
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.kinds import PlanMade, ProposalsMade, RoundReviewed
from illuminas.memory.knowledge import as_of
from illuminas.memory.runs import open_state

ANSWERS: list[dict[str, Any]] = [
    {"agent": "planner", "answer": {"niches": [5, 99], "reason": "the largest cells are still untried"}},
    {"agent": "planner", "answer": {"niches": [2], "reason": "small cells are cheap"}},
    *(
        {
            "agent": "coder",
            "answer": {
                "proposals": [
                    {"architecture": "conv3 conv9 none none none none", "rationale": "not an operation"},
                    *(
                        {
                            "architecture": f"conv3 {first} {second} {third} conv3 {fourth}",
                            "rationale": "a residual helps",
                        }
                        for third in ("skip", "conv1")
                        for fourth in ("skip", "conv1", "conv3")
                    ),
                ]
            },
        }
        for first in ("conv1", "conv3", "pool")
        for second in ("none", "conv1", "skip", "pool")
    ),
    {
        "agent": "critic",
        "answer": {
            "story": "Convolutions did it [/bold] [skip].",
            "rules": [
                {"predicate": "conv3 >= 2", "direction": "raises", "why": "more capacity [/b]"},
                {"predicate": "pools >= 1", "direction": "raises", "why": "a wrong belief"},
                {"predicate": "convolution >= 2", "direction": "raises", "why": "no such feature"},
            ],
        },
    },
]


@pytest.fixture
def finished(planted: Path, tmp_path: Path) -> Search:
    script = tmp_path / "capable.jsonl"
    script.write_text("\n".join(json.dumps(answer) for answer in ANSWERS))
    config = SearchConfig(
        dataset="table:planted/toy",
        device="table:planted/chip_ms",
        llm=f"scripted:{script}",
        profile="capable",
        proxies=("params",),
        evaluations=120,
        pool=60,
    )
    search = Search(config)
    search.run()
    return search


def rules_of_the_llm(search: Search) -> dict[str, Heuristic]:
    log = EventLog(search.run_folder.log, read_only=True)
    try:
        return {h.predicate.text: h for h in as_of(log).values() if h.origin == "critic"}
    finally:
        log.close()


def test_its_plans_proposals_and_rules_are_used_and_what_is_wrong_is_refused(finished: Search) -> None:
    log = EventLog(finished.run_folder.log, read_only=True)
    events = list(log.read())
    log.close()
    plan = next(event.data.plan for event in events if isinstance(event.data, PlanMade))
    assert (plan.focus[0], plan.reason) == (5, "the largest cells are still untried")
    assert 99 not in plan.focus
    proposals = [event.data for event in events if isinstance(event.data, ProposalsMade)]
    reasons = {candidate.rationale for made in proposals for candidate in made.candidates}
    assert "a residual helps" in reasons
    assert any("conv9" in miss.reason for made in proposals for miss in made.misses)
    stories = [event.data for event in events if isinstance(event.data, RoundReviewed)]
    assert stories[0].text.startswith("Convolutions did it")
    assert any("Did you mean" in refused for refused in stories[0].refused)


def test_the_data_confirm_its_true_rule_and_never_its_false_one(finished: Search) -> None:
    rules = rules_of_the_llm(finished)
    assert rules["conv3 >= 2"].status == "active"
    assert rules["pools >= 1"].status in ("contradicted", "retired")


def test_brackets_in_its_words_do_not_disturb_what_people_see(
    finished: Search, capsys: pytest.CaptureFixture[str]
) -> None:
    from illuminas.server.cli.kb import list_
    from illuminas.server.cli.live import Live

    live = Live()
    log = EventLog(finished.run_folder.log, read_only=True)
    for event in log.read():
        live.event(event)
    log.close()
    list_(run="last")
    printed = capsys.readouterr().out
    assert "[/bold] [skip]" in printed
    assert "[/b]" in printed


def test_it_is_told_the_story_of_its_operators(finished: Search) -> None:
    view = open_state(finished.run_folder)
    assert {operator for operator in view.operators if operator.uses_llm} == {
        "llm_mutate",
        "llm_fresh",
        "llm_crossover",
    }
