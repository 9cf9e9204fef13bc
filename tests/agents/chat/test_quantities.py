"""Sentences name whatever objectives a run has: three at once, one to be minimised first, one of an evaluator's own."""

from __future__ import annotations

import pytest

from illuminas.agents.chat.commands import COMMANDS, Step, read_command
from illuminas.agents.chat.examples import UNCLEAR, examples_of
from illuminas.agents.chat.looks import Best, Plot
from illuminas.agents.chat.reader import read
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.translator import heard_in
from illuminas.memory.directives import AddHeuristic, Limit, Weigh
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import ACCURACY, KINDS, LATENCY, Constraint, Objective

LAT, MJ = "table:hw/edgegpu", "table:hw/edgegpu_mj"
ENERGY = KINDS["energy"]
F1 = Objective(name="val_loss", unit="nats", direction="min", source="evaluation", label="loss")


def scene(cells: Scene, *objectives: Objective) -> Scene:
    devices = ("local", LAT, MJ, "table:hw/pixel_ms", "table:hw/pixel_mj")
    return cells.model_copy(update={"objectives": objectives, "device": LAT, "device_names": devices})


@pytest.fixture
def three(cells: Scene) -> Scene:
    return scene(cells, ACCURACY.of(), LATENCY.of(LAT), ENERGY.of(MJ))


@pytest.fixture
def loss(cells: Scene) -> Scene:
    return scene(cells, F1, KINDS["params"].of())


def steps(message: str, scene: Scene) -> list[Step]:
    return [read_command(line, scene) for line in read(message, scene).commands]


def best(objective: str = "", *, most: float | None = None, sort: str = "", shown: str = "") -> Best:
    within = (Constraint(objective=objective, most=most),) if most else ()
    return Best(within=within, sort=sort, shown=shown)


def test_three_objectives_are_bounded_sorted_weighed_and_ruled_by(three: Scene) -> None:
    weights = {"accuracy": 1.0, f"latency:{LAT}": 1.0, f"energy:{MJ}": 1.0}
    for message, expected in {
        "nothing over 5 mJ": Limit(objective="energy", most=5),
        "energy below 5 mJ on the pixel": Limit(objective="energy:table:hw/pixel_mj", most=5),
        "keep latency under 4 ms on pixel": Limit(objective="latency:table:hw/pixel_ms", most=4),
        "accuracy should never exceed 99": Limit(objective="accuracy", most=99),
        "at least 90 %": Limit(objective="accuracy", least=90),
        "the most frugal": best(sort="energy"),
        "what is the lowest energy so far": best(sort="energy"),
        "the best with energy under 5 mJ on pixel": best("energy:table:hw/pixel_mj", most=5),
        "the best on pixel": best(shown="latency:table:hw/pixel_ms"),
        "which is the most accurate": best(),
        "ignore energy": Weigh(weights={**weights, f"energy:{MJ}": 0}),
        "energy is all that counts": Weigh(weights={"accuracy": 0, f"latency:{LAT}": 0, f"energy:{MJ}": 1}),
        "energy matters twice as much as accuracy": Weigh(weights={**weights, f"energy:{MJ}": 2}),
        "all objectives equally": None,
        "test that pools improve energy": AddHeuristic(predicate="pools >= 1", direction="lowers", objective="energy"),
        "I think pools make it more frugal": AddHeuristic(
            predicate="pools >= 1", direction="lowers", objective="energy"
        ),
        "plot energy against accuracy": Plot(against="energy"),
    }.items():
        assert steps(message, three) == [expected] * (expected is not None), message


def test_a_primary_objective_that_is_minimised_is_best_where_it_is_least(loss: Scene) -> None:
    for message, expected in {
        "val loss under 0.4": Limit(objective="val_loss", most=0.4),
        "at most 0.4 nats": Limit(objective="val_loss", most=0.4),
        "the lowest loss": best(),
        "the best under 0.4": best("val_loss", most=0.4),
        "the smallest": best(sort="params"),
        "I think that pools make it worse": AddHeuristic(
            predicate="pools >= 1", direction="raises", objective="val_loss"
        ),
        "test that pools help": AddHeuristic(predicate="pools >= 1", direction="lowers", objective="val_loss"),
        "loss counts three times as much as parameters": Weigh(weights={"val_loss": 3, "params": 1}),
    }.items():
        assert steps(message, loss) == [expected], message
    assert read_command("/best val_loss 0.4", loss) == best("val_loss", most=0.4)
    assert steps("the best above 0.4", loss) == [], "worse values than 0.4 are no goal"


def test_examples_and_every_command_speak_of_the_runs_own_objectives(three: Scene, loss: Scene) -> None:
    for each in (three, loss, scene(loss, F1)):
        shown = each.model_copy(update={"heuristics": ("h-12ab34", "h-0c9d11"), "device_names": ("table:x/phone",)})
        for example in examples_of(shown):
            if example.name != UNCLEAR:
                assert read_command(f"/{example.command}", shown).kind, example
    assert not [e for e in examples_of(scene(loss, F1)) if "{" in e.sentence or e.name == "weigh"]


def test_a_small_model_is_held_to_the_objectives_that_a_message_names(three: Scene) -> None:
    grammar = COMMANDS["limit"].grammar(heard_in("it has 5 millijoules", three))
    assert "energy <=" in grammar and "latency" not in grammar
    grammar = COMMANDS["weigh"].grammar(heard_in("energy is worth 3 times latency", three))
    assert [grammar.index(name) for name in ("accuracy", "latency", "energy")] == sorted(
        grammar.index(name) for name in ("accuracy", "latency", "energy")
    )


def test_completion_offers_the_objectives_of_the_run(three: Scene, loss: Scene) -> None:
    (limit,), (weigh,) = COMMANDS["limit"].arguments, COMMANDS["weigh"].arguments
    assert list(limit.offers(loss))[:2] == ["val_loss", "params"]
    assert list(weigh.offers(three)) == ["accuracy", "latency", "energy", "others"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/weigh params 3", "Known: accuracy, energy, latency"),
        ("/weigh 3 1", "a weight for each of accuracy, latency, energy, got 2"),
        ("/limit colour 3", "unknown quantity 'colour'"),
        ("/rule pools >= 1 raises colour", "unknown quantity 'colour'"),
    ],
)
def test_what_the_run_does_not_have_is_refused_with_what_it_has(line: str, hint: str, three: Scene) -> None:
    with pytest.raises(IlluminasError) as refused:
        read_command(line, three)
    assert hint in str(refused.value)
