"""Spaces of stages from the command line on: a search, its report and a chat about it speak of their own layers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import ProposalsMade
from illuminas.memory.runs import find_run
from illuminas.tools.spaces import NetworkShape, get_space
from illuminas.tools.tables import import_table

ROOT = Path(__file__).parents[2]


class Stages(NamedTuple):
    """A space of stages, and what the tests say of it.

    Attributes:
        good: the feature that raises the made-up accuracies.
        drawn: an operation and the layer beside it in a line of a drawing.
        niche: words of one of its niches.
        said: a sentence to the chat, with what comes of it.
        proposed: two networks in the short notation.
    """

    space: str
    good: str
    drawn: tuple[str, str]
    niche: str
    said: tuple[str, str]
    proposed: tuple[str, str]


SPACES = (
    Stages(
        space="nbmacro",
        good="depth",
        drawn=("mb", "layer 8"),
        niche="no mb6, ",
        said=("at most two layers that are id", "fewer than 3 layers that are id"),
        proposed=("mb3 mb6 mb3 id mb3 mb6 mb3 id", "id mb6 mb6 mb3 mb3 mb6 id mb3"),
    ),
    Stages(
        space="transnas_macro",
        good="halvings",
        drawn=("half", "module 4"),
        niche="widenings 1, ",
        said=("at most two modules that are plain", "fewer than 3 modules that are plain"),
        proposed=("5: both half half half wide", "4: wide half both half"),
    ),
)


@pytest.fixture(params=SPACES, ids=lambda stages: stages.space)
def stages(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Stages:
    """A space with a made-up table in the data folder: accuracy follows from one feature, latency from the size."""
    given: Stages = request.param
    space, noise = get_space(given.space), np.random.default_rng(0)
    lines = ["arch_str,toy_val,toy_test,chip_ms"]
    for each in space.reduced():
        accuracy = 60 + 4 * float(space.features(each)[given.good]) + noise.normal()
        latency = 0.1 + space.complexity(each, NetworkShape()).macs / 1e8
        lines.append(f"{each.text},{accuracy:.3f},{accuracy - 1:.3f},{latency:.4f}")
    source = tmp_path / "made.csv"
    source.write_text("\n".join(lines))
    assert import_table(source).space == given.space
    return given


def illuminas(*arguments: str, said: str = "") -> str:
    code = "from illuminas.server.cli.app import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "160"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, input=said
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def search(stages: Stages, budget: int, llm: str) -> dict[str, Any]:
    table = ("--dataset", "table:made/toy", "--device", "table:made/chip_ms")
    told = illuminas("search", "--space", stages.space, *table, "--budget", str(budget), "--llm", llm, "--json")
    found: dict[str, Any] = json.loads(told)
    return found


def test_a_search_its_report_and_its_chat_speak_of_the_layers_of_the_space(stages: Stages) -> None:
    found, space = search(stages, 16, "none"), get_space(stages.space)
    assert (found["status"], found["evaluations"]) == ("finished", 16)
    best = space.parse(found["best"]["text"])
    assert found["best"]["words"] == space.to_words(best)
    assert space.from_words(space.to_words(best)).canonical == best.canonical

    report = Path(illuminas("report", found["run_id"], "--format", "md").splitlines()[0].removeprefix("Written: "))
    page = report.read_text(encoding="utf-8")
    assert space.summary[:30] in page.replace("\\", "") and stages.niche in page
    drawn = [line for line in page.splitlines() if line.startswith("│")]
    assert any(stages.drawn[0] in line and stages.drawn[1] in line for line in drawn)
    assert not re.search(r"conv3|edge_|\bcells?\b", page), "words of another space"

    sentence, answer = stages.said
    told = illuminas("chat", found["run_id"], "--llm", "none", said=f"/niches\n/show best\n{sentence}\nn\n/learned\n")
    assert stages.niche in told and space.to_words(best)[:20] in told and best.text in told
    assert any(stages.drawn[0] in line and "│" in line for line in told.splitlines())
    assert f"only architectures with {answer}" in told


def test_an_llm_proposes_in_the_short_notation_of_the_space(stages: Stages, tmp_path: Path) -> None:
    answers: list[dict[str, Any]] = [
        {"agent": "planner", "answer": [0]},
        {"agent": "coder-edit", "answer": [0, 3, 5]},
        {"agent": "coder-list", "answer": list(stages.proposed)},
        {"agent": "critic", "answer": [0]},
    ]
    script = tmp_path / "answers.jsonl"
    script.write_text("\n".join(map(json.dumps, answers)))
    found, space = search(stages, 16, f"scripted:{script}"), get_space(stages.space)
    assert found["llm"]["calls"] > 0 and found["status"] == "finished"
    log = EventLog(find_run(found["run_id"]).log, read_only=True)
    made = [each for event in log.read() if isinstance(event.data, ProposalsMade) for each in event.data.candidates]
    log.close()
    fresh = {space.parse(each.text).hash for each in made if each.operator == "llm_fresh"}
    assert {space.from_words(each).hash for each in stages.proposed} <= fresh
    assert any(each.operator == "llm_mutate" for each in made)
