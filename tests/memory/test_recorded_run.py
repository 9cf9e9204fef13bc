"""A real run of LLMatic on Fashion-MNIST, as its event log tells it; ``tests/data/README.md`` says how it was made.

illuminas 0.1.0 recorded it, and it was converted once to the log format of 0.2.0.
"""

from __future__ import annotations

from collections import Counter

from illuminas.memory.events import EventLog
from illuminas.memory.prompt_archive import PromptArchive
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState


def test_the_log_tells_the_whole_run(recorded_run: RunFolder) -> None:
    log = EventLog(recorded_run.log, read_only=True)
    state = RunState.of(log)
    log.close()
    assert state.ended is not None
    assert state.started.config["mode"] == "llmatic"
    assert state.started.config["dataset"].startswith("fashion-mnist")
    assert state.started.llm.name.startswith("local:")
    assert len(state.evaluations) >= 100
    assert len(state.elites) >= 10
    assert Counter(state.niches.values()).keys() >= state.elites.keys()
    for niche, hash_ in state.elites.items():
        inside = [state.quality(each) for each, where in state.niches.items() if where == niche]
        assert state.quality(hash_) == max(inside)


def test_children_name_their_parents_and_the_instructions_they_followed(recorded_run: RunFolder) -> None:
    log = EventLog(recorded_run.log, read_only=True)
    state = RunState.of(log)
    log.close()
    children = [state.candidates[hash_] for hash_ in state.evaluations if state.candidates[hash_].parents]
    assert all(parent in state.evaluations for child in children for parent in child.parents)
    told = [child for child in children if child.instruction]
    assert {child.instruction for child in told} <= set(state.started.instructions)
    assert any(0 < (state.evaluations[child.hash].inherited or 0) <= 1 for child in children)
    records = PromptArchive(list(state.started.instructions), state.trials).records()
    assert sum(record.tried for record in records) == len(state.trials) > len(told)


def test_no_event_of_it_holds_a_test_accuracy(recorded_run: RunFolder) -> None:
    log = EventLog(recorded_run.log, read_only=True)
    assert not any("test_accuracy" in event.data.model_dump_json() for event in log.read())
    log.close()
