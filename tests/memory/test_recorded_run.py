"""A real run of LLMatic on Fashion-MNIST, as its event log tells it; ``tests/data/README.md`` says how it was made."""

from __future__ import annotations

import json
from collections import Counter

from illuminas.memory.events import EventLog
from illuminas.memory.prompt_archive import PromptArchive
from illuminas.memory.runs import RunFolder
from illuminas.memory.view import RunView


def test_the_log_tells_the_whole_run(recorded_run: RunFolder) -> None:
    log = EventLog(recorded_run.log, read_only=True)
    view = RunView.of(log)
    log.close()
    assert view.ended is not None
    assert view.started["config"]["mode"] == "llmatic"
    assert view.started["config"]["dataset"].startswith("fashion-mnist")
    assert view.started["llm"]["name"].startswith("local:")
    assert len(view.evaluations) >= 100
    assert len(view.elites) >= 10
    assert Counter(view.niches.values()).keys() >= view.elites.keys()
    for niche, hash_ in view.elites.items():
        inside = [view.accuracy(each) for each, where in view.niches.items() if where == niche]
        assert view.accuracy(hash_) == max(inside)


def test_children_name_their_parents_and_the_instructions_they_followed(recorded_run: RunFolder) -> None:
    log = EventLog(recorded_run.log, read_only=True)
    view = RunView.of(log)
    log.close()
    children = [view.candidates[hash_] for hash_ in view.evaluations if view.candidates[hash_].parents]
    assert all(parent in view.evaluations for child in children for parent in child.parents)
    told = [child for child in children if child.instruction]
    assert {child.instruction for child in told} <= set(view.started["instructions"])
    assert any(0 < (view.evaluations[child.hash].inherited or 0) <= 1 for child in children)
    records = PromptArchive(list(view.started["instructions"]), view.trials).records()
    assert sum(record.tried for record in records) == len(view.trials) > len(told)


def test_no_event_of_it_holds_a_test_accuracy(recorded_run: RunFolder) -> None:
    log = EventLog(recorded_run.log, read_only=True)
    assert not any("test_accuracy" in json.dumps(event.data) for event in log.read())
    log.close()
