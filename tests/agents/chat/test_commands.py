"""Slash commands: one table, by which everything can be said."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from illuminas.agents.chat.commands import COMMANDS, read_command
from illuminas.agents.chat.looks import Look
from illuminas.agents.chat.scene import OpenQuestion, Scene
from illuminas.memory.directives import (
    AddHeuristic,
    AnswerQuestion,
    AnyDirective,
    Explore,
    Focus,
    Limit,
    SetBudget,
    Undo,
)
from illuminas.tools.errors import IlluminasError


def kinds(union: object) -> set[str]:
    """The kinds of a discriminated union."""
    members = get_args(get_args(union)[0])
    return {member.model_fields["kind"].default for member in members}


def test_every_directive_and_every_look_is_said_by_the_example_of_some_command(cells: Scene) -> None:
    said = {read_command(command.example, cells).kind for command in COMMANDS.values()}
    said.add(read_command("/learned h-12ab34", cells).kind)
    assert said == kinds(AnyDirective) | kinds(Look)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)
def test_a_command_that_looks_changes_nothing(command: object, cells: Scene) -> None:
    step = read_command(command.example, cells)  # type: ignore[attr-defined]  # a Command
    assert (step.kind in kinds(Look)) == command.looks  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("/limit latency 4", Limit(objective="latency", most=4)),
        ("/limit latency >=2.5 raspi4", Limit(objective="latency:table:latency/raspi4", least=2.5)),
        ("/LIMIT params 300K", Limit(objective="params", most=300_000)),
        ("/focus three 3x3", Focus(niches=(4,))),
        ("/focus 3,4", Focus(niches=(3, 4))),
        ("/budget hours 2", SetBudget(seconds=7_200)),
        ("/budget seconds +60", SetBudget(seconds=90)),
        ("/explore 30%", Explore(amount=0.3)),
        (
            "/rule conv3 >= 2 and pools == 0 lowers latency",
            AddHeuristic(predicate="conv3 >= 2 and pools == 0", direction="lowers", objective="latency"),
        ),
        ("/approve", AnswerQuestion(approved=True)),
        ("/und 2", Undo(directive=2)),
    ],
)
def test_a_command_is_read_with_its_arguments(line: str, step: object, cells: Scene) -> None:
    assert read_command(line, cells) == step


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/limt latency 4", "/limit"),
        ("/limit latency", "/limit QUANTITY VALUE [DEVICE]"),
        ("/limit latency 4 fgpa", "'fpga'"),
        ("/focus 9", "three 3x3"),
        ("/forbid banana", "no 'banana'"),
        ("/seed conv3 conv3", "not a NAS-Bench-201 cell"),
        ("/explore 3", "less than or equal to 1"),
        ("/compare 2019", "20261125-090000-bbbb"),
        ("/best fast", "expected accuracy, latency"),
        ("/", "unknown command"),
    ],
)
def test_a_wrong_command_says_what_was_expected(line: str, hint: str, cells: Scene) -> None:
    with pytest.raises(IlluminasError, match=re.escape(hint)):
        read_command(line, cells)


def test_undo_without_a_number_needs_something_that_this_chat_asked(cells: Scene) -> None:
    with pytest.raises(IlluminasError, match="/directives"):
        read_command("/undo", cells.model_copy(update={"last_act": None}))


def test_a_rejection_of_some_approves_the_rest(cells: Scene) -> None:
    asked = cells.model_copy(update={"question": OpenQuestion(key="heuristics:2", text="?", options={"h-12ab34": "x"})})
    expected = AnswerQuestion(question="heuristics:2", approved=True, rejected=("h-12ab34",))
    assert read_command("/reject h-12ab34", asked) == expected


def test_arguments_offer_what_the_run_has(cells: Scene) -> None:
    offered = {argument.name: list(argument.offers(cells)) for each in COMMANDS.values() for argument in each.arguments}
    assert {"fpga", "raspi4", "chip"} <= set(offered["QUANTITY VALUE [DEVICE]"])
    assert {"3", "three 3x3", "empty"} <= set(offered["NICHES"])
    assert offered["ID"] == ["h-12ab34", "h-9f00c1"]
    assert "conv3" in offered["PREDICATE"]
