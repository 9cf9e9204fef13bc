from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np
import pytest

from illuminas.memory.candidate import Candidate, Operator
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.server.web.family.lineage import Lineage, lay_out
from illuminas.server.web.family.tree_map import Member, legend_html, members, tree_svg
from illuminas.server.web.portrait import portrait
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.objectives import get_objective

SVG = "{http://www.w3.org/2000/svg}"


def born(
    state: RunState, hash_: str, *parents: str, round_: int, status: Status = Status.OK, accuracy: float = 50.0
) -> None:
    operator = Operator.MUTATE if parents else Operator.RANDOM
    state.candidates[hash_] = Candidate(hash=hash_, text=hash_, operator=operator, parents=parents)
    state.evaluations[hash_] = Evaluation(
        space="code",
        hash=hash_,
        text=hash_,
        dataset="made-up",
        fidelity="table",
        status=status,
        objectives={"accuracy": accuracy} if status is Status.OK else {},
    )
    state.evaluated_in[hash_] = round_
    if status is Status.OK:
        state.values["accuracy"][hash_] = accuracy


@pytest.fixture
def family() -> RunState:
    """a -> b -> d, a -> c, c and b -> e, and f that stands alone."""
    state = RunState()
    state.objectives = (get_objective("accuracy"),)
    born(state, "a", round_=1)
    born(state, "b", "a", round_=2)
    born(state, "c", "a", round_=2, status=Status.TIMEOUT)
    born(state, "d", "b", round_=3)
    born(state, "e", "c", "b", round_=5, accuracy=61.234)
    born(state, "f", round_=5)
    return state


@pytest.fixture
def recorded(recorded_run: RunFolder) -> Iterator[Run]:
    run = Run(recorded_run).refresh()
    yield run
    run.close()


@pytest.fixture
def home_run(web_home: tuple[Path, dict[str, str]]) -> Iterator[Run]:
    """A search on the planted table that has ended."""
    home, names = web_home
    run = Run(RunFolder(home / "runs" / names["done"])).refresh()
    yield run
    run.close()


def test_a_lineage_knows_ancestors_and_offspring(family: RunState) -> None:
    lineage = Lineage()
    assert lineage.grow(family) == 6
    assert lineage.parents["e"] == ("c", "b")
    assert lineage.children["b"] == ["d", "e"]
    assert lineage.ancestors("e") == {"a", "b", "c"}
    assert lineage.offspring("a") == {"b", "c", "d", "e"}
    assert lineage.offspring("f") == set()


def test_a_lineage_takes_in_only_what_is_new(family: RunState) -> None:
    lineage = Lineage()
    lineage.grow(family)
    born(family, "g", "f", round_=6)
    assert lineage.grow(family) == 1
    assert lineage.children["f"] == ["g"]
    assert lineage.grow(family) == 0


def test_a_parent_that_was_not_evaluated_before_is_none(family: RunState) -> None:
    family.candidates["a"] = family.candidates["a"].model_copy(update={"parents": ("e", "a", "unknown")})
    lineage = Lineage()
    lineage.grow(family)
    assert lineage.parents["a"] == ()


def test_a_small_run_is_shown_whole_and_a_large_one_around_what_is_selected(family: RunState) -> None:
    lineage = Lineage()
    lineage.grow(family)
    assert lineage.kin(["d"], most=6) == (("a", "b", "c", "d", "e", "f"), {}, True)
    kin = lineage.kin(["d"], most=5)
    assert kin.shown == ("a", "b", "d")
    assert kin.hidden == {"a": 1, "b": 1}
    assert not kin.whole


def test_ancestry_comes_before_offspring_where_not_all_has_room(family: RunState) -> None:
    lineage = Lineage()
    lineage.grow(family)
    assert lineage.kin(["b"], most=2).shown == ("a", "b")
    assert lineage.kin(["b"], most=3).shown == ("a", "b", "d")


def test_what_is_shown_of_a_long_lineage_is_never_more_than_asked_for() -> None:
    state, rng = RunState(), np.random.default_rng(0)
    for number in range(2_000):
        parents = [f"n{each}" for each in rng.integers(0, number, size=min(number, 2))]
        born(state, f"n{number}", *parents, round_=number // 10)
    lineage = Lineage()
    lineage.grow(state)
    for focus in (["n1999"], ["n0"], [f"n{each}" for each in range(500)]):
        kin = lineage.kin(focus, most=100)
        assert len(kin.shown) <= 100
        assert len(set(kin.shown)) == len(kin.shown)
        places = [lineage.places[each] for each in kin.shown]
        assert places == sorted(places)


def test_a_column_stands_for_a_round_and_no_two_share_a_place(recorded: Run) -> None:
    lineage, state = Lineage(), recorded.state
    lineage.grow(state)
    shown = lineage.kin([]).shown
    layout = lay_out(shown, lineage.parents, state.evaluated_in)
    assert len(set(layout.places.values())) == len(shown) == 101
    assert all(layout.columns[column] == state.evaluated_in[each] for each, (column, _) in layout.places.items())
    assert {row for _, row in layout.places.values()} <= set(range(layout.rows))


def test_no_line_runs_through_another_architecture(recorded: Run) -> None:
    lineage, state = Lineage(), recorded.state
    lineage.grow(state)
    layout = lay_out(tuple(lineage.parents), lineage.parents, state.evaluated_in)
    standing = {place: each for each, place in layout.places.items()}
    for child, parents in lineage.parents.items():
        for parent in parents:
            (start, row), (end, _) = layout.places[parent], layout.places[child]
            assert start < end
            assert not any((column, row) in standing for column in range(start + 1, end))


def test_an_only_child_stands_beside_its_parent(family: RunState) -> None:
    lineage = Lineage()
    lineage.grow(family)
    layout = lay_out(("a", "b", "d"), lineage.parents, family.evaluated_in)
    assert layout == ((1, 2, 3), {"a": (0, 0), "b": (1, 0), "d": (2, 0)}, 1)


def test_members_say_what_they_are(family: RunState) -> None:
    family.elites = {0: "e"}
    family.best = family.evaluations["e"]
    told = members(family, frozenset({"e"}), ["c", "e"], {"c": 2})
    assert told[0] == Member("c", Operator.MUTATE, 2, "time", True, False, False, False, 2)
    assert told[0].words == "round 2: mutation, time, failed, 2 children not shown"
    assert told[1].words == "round 5: mutation, 61.23, elite, on the front, the best"


def test_a_tree_has_a_box_for_each_and_a_line_from_each_parent_that_is_shown(family: RunState) -> None:
    lineage = Lineage()
    lineage.grow(family)
    shown = ("b", "c", "e")
    layout = lay_out(shown, lineage.parents, family.evaluated_in)
    told = members(family, frozenset(), shown, {"b": 1})
    drawing = tree_svg(told, layout, lineage.parents, picked=frozenset("e"), related=["c"])
    root = ET.fromstring(drawing.svg)
    boxes = {group.get("data-hash"): group for group in root.iter(f"{SVG}g") if group.get("role") == "button"}
    assert list(boxes) == ["b", "c", "e"]
    assert [boxes[each].get("aria-pressed") for each in shown] == ["false", "false", "true"]
    assert boxes["b"].get("opacity") is not None and boxes["c"].get("opacity") is None
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert {"round 2", "round 5", "✕ time", "61.23", "+1", "●"} <= set(texts)
    lines = list(root.iter(f"{SVG}path"))
    assert [line.get("stroke-dasharray") is not None for line in lines] == [False, True]


def test_a_drawing_is_as_large_as_what_is_on_it(recorded: Run) -> None:
    lineage, state = Lineage(), recorded.state
    lineage.grow(state)
    shown = tuple(lineage.parents)
    layout = lay_out(shown, lineage.parents, state.evaluated_in)
    drawing = tree_svg(members(state, frozenset(), shown, {}), layout, lineage.parents, picked=frozenset(), related=())
    for box in ET.fromstring(drawing.svg).iter(f"{SVG}rect"):
        x, y, width, height = (float(box.get(name, -1)) for name in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + width <= drawing.width and y + height <= drawing.height


def test_the_key_lists_the_operators_of_the_run() -> None:
    assert escape("LLM (mutation)") in legend_html([Operator.LLM_MUTATE])
    assert "crossover" not in legend_html([Operator.LLM_MUTATE])


def test_a_portrait_has_the_words_of_the_proposal_and_of_the_llm(recorded: Run) -> None:
    best = recorded.state.best
    assert best is not None
    told = portrait(recorded, best.hash)
    assert told.standing == "the best of the run, elite of its niche"
    assert told.rationale and told.instruction in recorded.state.candidates[best.hash].instruction
    assert told.rationale in told.prompt and told.answer in told.title
    assert recorded.state.primary.text(best.objectives["accuracy"], 4) == dict(told.figures)["measured"]
    assert told.origin.startswith("LLM (mutation), evaluated in round 15")


def test_a_portrait_as_of_an_earlier_round_stands_as_it_did_then(recorded: Run) -> None:
    state = recorded.state
    early = state.best_at(5)
    assert early is not None and state.best is not None and early != state.best.hash
    assert portrait(recorded, early, 5).standing == "the best of the run up to round 5, elite of its niche"
    assert "best of the run" not in portrait(recorded, early).standing


def test_a_portrait_of_a_failure_has_its_reason_and_no_accuracy(recorded: Run) -> None:
    failed = next(each for each in recorded.state.failures if each.reason)
    told = portrait(recorded, failed.hash)
    assert told.standing == f"failed ({failed.status.value}): {failed.reason}"
    assert "measured" not in dict(told.figures)


def test_a_portrait_cites_heuristics_with_their_status_and_evidence(home_run: Run) -> None:
    known = home_run.heuristics()
    cited = [each for each in home_run.state.evaluations if home_run.state.candidates[each].cited]
    assert cited
    for hash_ in cited:
        told = portrait(home_run, hash_).cited
        assert told and told == {id_: known[id_] for id_ in home_run.state.candidates[hash_].cited}
