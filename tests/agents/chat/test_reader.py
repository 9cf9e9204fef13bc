"""Plain sentences are understood without an LLM, whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from illuminas.agents.chat.commands import Step, read_command
from illuminas.agents.chat.looks import (
    Best,
    Compare,
    Cost,
    Help,
    InForce,
    Learned,
    Niches,
    Plot,
    Runs,
    Show,
    Status,
    Why,
)
from illuminas.agents.chat.reader import MAX_MESSAGE, read
from illuminas.agents.chat.scene import OpenQuestion, Scene
from illuminas.memory.directives import (
    AddHeuristic,
    AnswerQuestion,
    Avoid,
    Directive,
    Explore,
    Focus,
    Limit,
    Pause,
    PinHeuristic,
    Require,
    Resume,
    RetireHeuristic,
    RewordHeuristic,
    Seed,
    SetBudget,
    Stop,
    Undo,
    Weigh,
)
from illuminas.tools.objectives import Constraint

CELL = "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|nor_conv_1x1~0|skip_connect~1|nor_conv_1x1~2|"
FPGA, RASPI = "table:latency/fpga", "table:latency/raspi4"


def weigh(accuracy: float, latency: float) -> Weigh:
    return Weigh(weights={"accuracy": accuracy, f"latency:{FPGA}": latency})


def best(objective: str, *, most: float | None = None, least: float | None = None, **others: Any) -> Best:
    return Best(within=(Constraint(objective=objective, most=most, least=least),), **others)


OF_CELLS: list[tuple[str, list[Step]]] = [
    (
        "only cells under 4 ms on fpga, no pooling",
        [Limit(objective=f"latency:{FPGA}", most=4), Require(predicate="pools == 0")],
    ),
    ("at most 300k parameters", [Limit(objective="params", most=300_000)]),
    ("keep params below 1.5M please", [Limit(objective="params", most=1_500_000)]),
    ("I want nothing slower than that", []),
    ("at least 2 ms and at most 5 ms", [Limit(objective="latency", least=2), Limit(objective="latency", most=5)]),
    ("latency within 3.5 ms on the raspi4", [Limit(objective=f"latency:{RASPI}", most=3.5)]),
    ("no more than 50M MACs", [Limit(objective="macs", most=50_000_000)]),
    ("depth at least 2", [Limit(objective="depth", least=2)]),
    ("less than 4 ms on the chip", [Limit(objective="latency:table:mine/chip_ms", most=4)]),
    ("at least two 3x3", [Require(predicate="conv3 >= 2")]),
    ("fewer than 3 pools and exactly one 1x1 convolution", [
        Require(predicate="pools <= 2"), Require(predicate="conv1 == 1")]),
    ("more than one skip connection", [Require(predicate="skips >= 2")]),
    ("2 or more convolutions", [Require(predicate="convs >= 2")]),
    ("require pools == 0 and conv3 >= 1", [Require(predicate="pools == 0 and conv3 >= 1")]),
    ("only architectures with a residual connection", [Require(predicate="has_residual == true")]),
    ("at least one residual", [Require(predicate="has_residual == true")]),
    ("without residuals", [Require(predicate="has_residual == false")]),
    ("don't use any pooling", [Require(predicate="pools == 0")]),
    ("avoid 1x1 convolutions", [Require(predicate="conv1 == 0")]),
    ("skip on edge 0-3", [Require(predicate="edge_0_3 == skip")]),
    ("no skip on the edge 0-3", [Require(predicate="edge_0_3 != skip")]),
    ("focus on niche 4", [Focus(niches=(4,))]),
    ("focus on niches 3, 4 and 5", [Focus(niches=(3, 4, 5))]),
    ("concentrate on 'three 3x3'", [Focus(niches=(4,))]),
    ("focus on the empty niches", [Focus(niches=(4, 5))]),
    ("focus everywhere again", [Focus(niches=())]),
    ("avoid the empty ones", [Avoid(niches=(4, 5))]),
    ("stay out of niche 0", [Avoid(niches=(0,))]),
    ("weigh accuracy three times as much as latency", [weigh(3, 1)]),
    ("latency matters twice as much as accuracy", [weigh(1, 2)]),
    ("weigh 3 to 1", [weigh(3, 1)]),
    ("ignore latency", [weigh(1, 0)]),
    ("spend 50 more evaluations", [SetBudget(evaluations=110)]),
    ("give it another hour", [SetBudget(seconds=3630)]),
    ("10 more minutes", [SetBudget(seconds=630)]),
    ("spend at most 200 evaluations in all", [SetBudget(evaluations=200)]),
    ("no more than 20k tokens", [SetBudget(tokens=20_000)]),
    ("spend up to $2", [SetBudget(dollars=2)]),
    ("explore more", [Explore(amount=0.75)]),
    ("exploit more", [Explore(amount=0.25)]),
    ("explore at 80%", [Explore(amount=0.8)]),
    ("pause", [Pause()]),
    ("go on", [Resume()]),
    ("please continue the search", [Resume()]),
    ("stop", [Stop()]),
    ("OK, stop the search now!", [Stop()]),
    ("let's concentrate on niches 2 and 3 for a while, please", [Focus(niches=(2, 3))]),
    ("it shouldn't take longer than 6 milliseconds", [Limit(objective="latency", most=6)]),
    ("nothing above half a million weights", [Limit(objective="params", most=500_000)]),
    ("pooling is forbidden from now on", [Require(predicate="pools == 0")]),
    ("a residual is needed", [Require(predicate="has_residual == true")]),
    ("retire h-12ab34, it is old", [RetireHeuristic(heuristic="h-12ab34", reason="it is old")]),
    ("latency must not exceed 5 ms on the raspi4", [Limit(objective=f"latency:{RASPI}", most=5)]),
    ("the cell has to be done in 4 ms on the fpga", [Limit(objective=f"latency:{FPGA}", most=4)]),
    ("do not use more than 50k tokens", [SetBudget(tokens=50_000)]),
    ("speed is all I care about", [weigh(0, 1)]),
    ("don't spend anything on niche 2", [Avoid(niches=(2,))]),
    ("you may continue now", [Resume()]),
    ("I think that pools make it worse", [
        AddHeuristic(predicate="pools >= 1", direction="lowers", objective="accuracy")]),
    (f"try {CELL}", [Seed(architecture=CELL)]),
    ("evaluate conv3 skip conv1 conv1 skip conv1", [Seed(architecture=CELL)]),
    ("add the rule that pools lower accuracy", [
        AddHeuristic(predicate="pools >= 1", direction="lowers", objective="accuracy")]),
    ("test that at least two 3x3 help", [
        AddHeuristic(predicate="conv3 >= 2", direction="raises", objective="accuracy")]),
    ("note that skips improve latency", [
        AddHeuristic(predicate="skips >= 1", direction="lowers", objective="latency")]),
    ("pin h-12ab", [PinHeuristic(heuristic="h-12ab")]),
    ("unpin h-12ab34", [PinHeuristic(heuristic="h-12ab34", pinned=False)]),
    ("retire h-12ab because it is old, and wrong", [
        RetireHeuristic(heuristic="h-12ab", reason="it is old, and wrong")]),
    ("reword h-12ab34 as more 3x3 help, mostly", [RewordHeuristic(heuristic="h-12ab34", text="more 3x3 help, mostly")]),
    ("undo that", [Undo(directive=2)]),
    ("undo 3", [Undo(directive=3)]),
    ("take that back", [Undo(directive=2)]),
    ("what is best under 3 ms on raspi4", [best(f"latency:{RASPI}", most=3)]),
    ("which is the best cell in niche 3 under 4 ms?", [best("latency", most=4, niche=3)]),
    ("what is the best without pooling", [Best(predicate="pools == 0")]),
    ("show the best with at most 300k parameters", [best("params", most=300_000)]),
    ("fastest above 90 %", [best("accuracy", least=90, sort="latency")]),
    ("what is the fastest thing you have found so far?", [Best(sort="latency")]),
    ("what is the best one we have seen", [Best()]),
    ("which cells are under 3 ms?", [best("latency", most=3)]),
    ("why is niche 4 empty", [Why(niche=4)]),
    ("explain 'no convolution'", [Why(niche=0)]),
    ("what did we learn about pooling", [Learned(about="pooling")]),
    ("what have you learned so far?", [Learned()]),
    ("show rule h-12ab34", [Learned(heuristic="h-12ab34")]),
    ("show the elite's cell", [Show()]),
    ("show the elite of niche 3", [Show(niche=3)]),
    ("draw me the best cell", [Show()]),
    ("show me the best architecture of niche 2", [Show(niche=2)]),
    ("show the best cells under 3 ms", [best("latency", most=3)]),
    ("show 35d1def6", [Show(architecture="35d1def6")]),
    ("which niches are empty?", [Niches()]),
    ("compare this with last", [Compare(run="20261125-090000-bbbb")]),
    ("what did the last hour cost", [Cost(minutes=60)]),
    ("what did the last 20 minutes cost?", [Cost(minutes=20)]),
    ("how much did it cost so far", [Cost()]),
    ("how is it going", [Status()]),
    ("what are you doing?", [Status()]),
    ("which directives are in force?", [InForce()]),
    ("plot the front", [Plot()]),
    ("plot the progress", [Plot(plot="progress")]),
    ("show the niches", [Niches()]),
    ("list the runs", [Runs()]),
    ("what can I say?", [Help()]),
    ("how is it going, and what did we learn?", [Status(), Learned()]),
    ("make it nice", []),
    ("no pooling and make it nice", []),
    ("", []),
]  # fmt: skip
"""Sentence -> steps; none where it is not understood."""

OF_NETWORKS: list[tuple[str, list[Step]]] = [
    ("at most two pools", [Require(predicate="pools <= 2")]),
    ("no dropouts, at least 3 residual blocks", [
        Require(predicate="dropouts == 0"), Require(predicate="residuals >= 3")]),
    ("forbid separable convolutions", [Require(predicate="separable == 0")]),
    ("without large kernels", [Require(predicate="large_kernels == 0")]),
    ("keep depth under 10", [Limit(objective="depth", most=10)]),
    ("try conv3 32 | maxpool | conv3 64 | linear 64", [Seed(architecture="conv3 32 | maxpool | conv3 64 | linear 64")]),
    ("add the rule that residual blocks help", [
        AddHeuristic(predicate="residuals >= 1", direction="raises", objective="accuracy")]),
    ("at least two 3x3", []),
]  # fmt: skip


def steps(message: str, scene: Scene) -> list[Step]:
    return [read_command(line, scene) for line in read(message, scene).commands]


@pytest.mark.parametrize(("message", "expected"), OF_CELLS)
def test_a_sentence_about_cells_is_understood(message: str, expected: list[Step], cells: Scene) -> None:
    assert steps(message, cells) == expected


@pytest.mark.parametrize(("message", "expected"), OF_NETWORKS)
def test_a_sentence_about_networks_is_understood(message: str, expected: list[Step], networks: Scene) -> None:
    assert steps(message, networks) == expected


def test_what_was_not_understood_is_named(cells: Scene) -> None:
    assert read("no pooling, then fly to the moon", cells).rest == "fly to the moon"


@pytest.mark.parametrize(
    "question",
    [
        "which cells are under 4 ms?",
        "is it at most 300k parameters",
        "do you avoid niche 0?",
        "what if no pooling",
        "stop?",
    ],
)
def test_a_question_changes_nothing(question: str, cells: Scene) -> None:
    assert not [step for step in steps(question, cells) if isinstance(step, Directive)]


def test_an_answer_is_understood_only_while_something_is_asked(cells: Scene) -> None:
    assert steps("yes", cells) == []
    asked = cells.model_copy(update={"question": OpenQuestion(key="heuristics:3", text="Take these in?")})
    assert steps("yes", asked) == [AnswerQuestion(question="heuristics:3", approved=True)]
    assert steps("go ahead", asked) == [AnswerQuestion(question="heuristics:3", approved=True)]
    assert steps("no", asked) == [AnswerQuestion(question="heuristics:3", approved=False)]
    assert steps("approve all but h-12ab34 and h-9f00c1", asked) == [
        AnswerQuestion(question="heuristics:3", approved=True, rejected=("h-12ab34", "h-9f00c1"))
    ]
    assert steps("reject h-12ab34", asked) == [
        AnswerQuestion(question="heuristics:3", approved=True, rejected=("h-12ab34",))
    ]


def test_a_long_message_is_answered_in_time(cells: Scene) -> None:
    assert read("the only cells that are " * MAX_MESSAGE, cells).commands == ()
