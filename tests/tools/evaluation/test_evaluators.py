"""Evaluators of one's own: what they return counts, and what goes wrong in them is a failed evaluation."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import own_evaluators
import pytest

from illuminas import Search, SearchConfig, evaluator
from illuminas.agents.summary import Summary
from illuminas.memory.runs import find_run, open_state
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.evaluation.evaluators import Evaluator, load_evaluator
from illuminas.tools.toolbox import Toolbox

SPACES = os.environ.pop("ILLUMINAS_SPACES")
"""The space that the import registered: for the tests of this file alone, and the processes that they start."""


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_SPACES", SPACES)


@pytest.fixture
def toolbox(home: Path) -> Iterator[Toolbox]:
    box = Toolbox(workers=1)
    yield box
    box.close()


def evaluate(toolbox: Toolbox, known: Evaluator, text: str = "2.5 blue", **settings: Any) -> Evaluation:
    return asyncio.run(toolbox.train_architecture("knobs", text, known.dataset, "full", **settings))


def test_an_evaluator_is_given_the_choices_and_gives_objectives(toolbox: Toolbox) -> None:
    found = evaluate(toolbox, own_evaluators.here)
    assert (found.status, found.objectives, found.cached) == (Status.OK, {"score": 5.0, "load": 2.5}, False)
    assert evaluate(toolbox, own_evaluators.here).cached


def test_it_runs_in_a_worker_process_unless_it_asks_for_this_one(toolbox: Toolbox) -> None:
    assert evaluate(toolbox, own_evaluators.elsewhere).objectives["load"] != os.getpid()
    late = evaluate(toolbox, own_evaluators.endless, timeout=0.5)
    assert (late.status, late.objectives) == (Status.TIMEOUT, {})
    assert "killed after 0.5 s" in late.reason


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (own_evaluators.raises, "KeyError: 'no such layer'"),
        (own_evaluators.misnames, "expected the objectives score, got scores"),
        (own_evaluators.diverges, "expected a finite score, got nan"),
        (own_evaluators.chats, "expected a number for score, got 'good'"),
        (own_evaluators.forgets, "expected a dict of score, got None"),
    ],
)
def test_what_goes_wrong_in_it_is_a_failed_evaluation_with_a_reason(
    toolbox: Toolbox, known: Evaluator, reason: str
) -> None:
    found = evaluate(toolbox, known)
    assert (found.status, found.objectives) == (Status.FAILED, {})
    assert reason in found.reason


def search(known: Evaluator, **settings: Any) -> Summary:
    config = SearchConfig(space="knobs", llm="none", batch=3, workers=1, **{"evaluations": 5, **settings})
    return Search(config, evaluator=known).run()


def test_a_search_optimises_what_the_evaluator_measures(home: Path) -> None:
    summary = search(own_evaluators.here, evaluations=6)
    assert summary.best is not None and summary.best.objectives["score"] == 8.0
    assert sorted(found.objectives["load"] for found in summary.pareto) == [1.0, 2.5, 4.0]
    assert summary.hypervolume is None, "nobody knows the worst score"


def test_a_search_of_failures_ends_and_says_how_many(home: Path) -> None:
    summary = search(own_evaluators.raises)
    assert (summary.best, summary.failures) == (None, summary.evaluations)


def test_a_resumed_run_knows_its_evaluator(home: Path) -> None:
    begun = search(own_evaluators.here, evaluations=3)
    run = find_run(begun.run_id)
    assert open_state(run).started.config["dataset"] == "evaluator:own_evaluators:here"
    assert Search(resume=run, caps={"evaluations": 5}).run().evaluations == 5


def test_what_can_not_be_found_again_is_refused() -> None:
    with pytest.raises(IlluminasError, match="not at the top of a file"):
        evaluator(own_evaluators.SCORE)(lambda config, fidelity, seed: {"score": 1.0}).dataset  # noqa: B018
    with pytest.raises(IlluminasError, match=r"/nowhere\.py:evaluate could not be loaded.*Put the file back"):
        load_evaluator("evaluator:/nowhere.py:evaluate")
    with pytest.raises(IlluminasError, match="expected a function under @evaluator"):
        load_evaluator("evaluator:own_evaluators:score")
    with pytest.raises(IlluminasError, match="one objective or more"):
        evaluator()
