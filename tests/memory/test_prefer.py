"""A weight on niches, declared in one class: words, command, sentence, form and what the planner reads of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from illuminas.agents.chat.commands import read_command
from illuminas.agents.chat.reader import read
from illuminas.agents.chat.scene import Scene
from illuminas.memory.directives import Terms, parse_directive
from illuminas.memory.events import EventLog
from illuminas.memory.kinds import DirectiveGiven
from illuminas.memory.steering import Steering
from illuminas.tools.objectives import ACCURACY
from illuminas.tools.spaces import get_space

SCENE = Scene(run="r", space_name="nb201", dataset="digits", objectives=(ACCURACY.of(),), niches={0: "none", 5: "five"})
MORE = parse_directive({"kind": "prefer", "niches": [5], "weight": 2})


def test_a_preferred_niche_counts_by_the_product_of_the_weights_in_force(tmp_path: Path) -> None:
    log, steering = EventLog(tmp_path / "log.sqlite"), Steering()
    for directive in (MORE, parse_directive({"kind": "prefer", "niches": [5, 0], "weight": 0.5})):
        log.append(DirectiveGiven(directive=directive, author="ann", via="python", words="x"))
    log.append(
        DirectiveGiven(directive=parse_directive({"kind": "undo", "directive": 2}), author="a", via="python", words="x")
    )
    weights = []
    for event in log.read():
        steering.apply(event)
        weights.append((steering.niche_weight(5), steering.niche_weight(0)))
    log.close()
    assert weights == [(2.0, 1.0), (1.0, 0.5), (2.0, 1.0)]


@pytest.mark.parametrize("said", ["/prefer 5", "more of niche 5", "please work more on niche 5"])
def test_a_preference_is_typed_or_said(said: str) -> None:
    command = said if said.startswith("/") else read(said, SCENE).commands[0]
    assert read_command(command, SCENE) == MORE


def test_a_preference_says_what_it_does() -> None:
    assert MORE.words(Terms(get_space("nb201"), None)) == "work more on niche 5 (weight 2)"
