from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from illuminas.memory.evidence import Direction, Evidence
from illuminas.memory.heuristics import Heuristic, HeuristicStatus, Scope
from illuminas.memory.predicates import Condition, Predicate
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.server.services.knowledge.differences import Agreement, findings
from illuminas.server.web.compare.archives import NicheLine, differing, lead_words, niche_lines, warnings
from illuminas.server.web.compare.figures import curves_figure, fronts_figure
from illuminas.server.web.compare.side import Moment, Side, progress, side
from illuminas.tools.objectives import ACCURACY, LATENCY

ACTIVE, CONTRADICTED, PROPOSED = HeuristicStatus.ACTIVE, HeuristicStatus.CONTRADICTED, HeuristicStatus.PROPOSED


@pytest.fixture
def opened(web_home: tuple[Path, dict[str, str]]) -> Iterator[Callable[[str], Run]]:
    home, names = web_home
    open_ = []

    def take(name: str) -> Run:
        open_.append(Run(RunFolder(home / "runs" / names[name])).refresh())
        return open_[-1]

    yield take
    for run in open_:
        run.close()


@pytest.fixture
def sides(opened: Callable[[str], Run]) -> tuple[Side, Side]:
    """Two searches of one table, of different seeds."""
    return side(opened("done"), 0), side(opened("other"), 1)


def rule(
    feature: str, status: HeuristicStatus, direction: Direction = "raises", *, dataset: str = "c10", niche: str = ""
) -> Heuristic:
    return Heuristic(
        text=f"{direction} with {feature}",
        predicate=Predicate(conditions=(Condition(feature=feature, op=">=", value=2),)),
        direction=direction,
        scope=Scope(dataset=dataset, niche=niche or None),
        origin="mined",
        status=status,
        evidence=Evidence(effect=1.0),
        objective=ACCURACY.of(),
    )


def test_curves_end_where_the_run_stands(opened: Callable[[str], Run]) -> None:
    run = opened("done")
    state, told = run.state, progress(run.state)
    assert state.best is not None
    assert told.best.values[-1] == state.best.objectives["accuracy"]
    assert told.best.moments[-1] == Moment(len(state.evaluations), pytest.approx(state.seconds))
    assert told.seconds == pytest.approx(state.seconds)
    for name, unit in (("coverage", 100), ("qd_score", 1), ("hypervolume", 1)):
        curve = getattr(told, name)
        assert list(curve.values) == [unit * getattr(figures, name) for figures in state.figures]
        assert [moment.evaluations for moment in curve.moments] == [figures.evaluations for figures in state.figures]


def test_the_best_so_far_rises_at_the_evaluation_that_raised_it(opened: Callable[[str], Run]) -> None:
    run = opened("done")
    told = progress(run.state).best
    came = [each.objectives["accuracy"] for each in run.state.evaluations.values()]
    for moment, value in zip(told.moments, told.values, strict=True):
        assert max(each for each in came[: moment.evaluations] if each is not None) == value
    assert list(told.values) == sorted(told.values)
    assert [moment.seconds for moment in told.moments] == sorted(moment.seconds for moment in told.moments)


def test_a_run_that_only_began_has_no_curves(opened: Callable[[str], Run]) -> None:
    run = opened("empty")
    told = progress(run.state)
    assert (told.best, told.coverage, told.hypervolume) == (((), ()), ((), ()), ((), ()))


def test_niches_face_each_other_where_they_are_the_same(sides: tuple[Side, Side]) -> None:
    lines = niche_lines(sides)
    assert lines is not None
    assert {line.words for line in lines} == {sides[0].niches[niche] for niche in {*sides[0].elites, *sides[1].elites}}
    for line in lines:
        niche = sides[0].niches.index(line.words)
        assert line.best == (sides[0].elites.get(niche), sides[1].elites.get(niche))
        left, right = (-1.0 if value is None else value for value in line.best)
        assert line.leader == (None if left == right else int(left < right))


def test_niches_of_different_partitions_do_not_face_each_other(
    sides: tuple[Side, Side], opened: Callable[[str], Run]
) -> None:
    code = side(opened("code"), 2)
    assert niche_lines([*sides, code]) is None
    assert len(warnings([*sides, code])) == 3
    assert warnings(sides) == []


def test_a_sentence_tells_who_leads(sides: tuple[Side, Side]) -> None:
    lines = [
        NicheLine("a", (90.0, 91.0), 1),
        NicheLine("b", (90.0, None), 0),
        NicheLine("c", (92.0, 90.0), 0),
        NicheLine("d", (90.0, 90.0), None),
    ]
    left, right = (each.name for each in sides)
    assert lead_words(lines, sides) == (
        f"Of 4 niches that some run fills: {left} is ahead in 2, 1 of them its alone; {right} is ahead in 1; "
        "1 are level."
    )


def test_runs_are_named_by_a_letter_and_what_tells_their_ids_apart(sides: tuple[Side, Side]) -> None:
    assert (sides[0].id, sides[0].name) == ("20260102-000000-done", "A …done")
    assert sides[1].name == "B …other"


def test_only_settings_that_differ_are_listed(sides: tuple[Side, Side]) -> None:
    assert differing(sides) == {"seed": ("0", "1"), "evaluations": ("40", "20")}


def test_costs_are_those_of_the_run(sides: tuple[Side, Side], opened: Callable[[str], Run]) -> None:
    state = opened("code").state
    told = side(opened("code")).costs
    assert told["evaluations"] == 101 == len(state.evaluations)
    assert told["LLM tokens"] == state.llm.tokens > 0
    assert told["seconds of training"] == pytest.approx(sum(e.seconds for e in state.evaluations.values()), abs=0.1)
    assert set(told) == set(sides[0].costs)


def test_the_same_claim_of_other_data_sets_is_one_finding() -> None:
    (found,) = findings([[rule("conv3", ACTIVE)], [rule("conv3", ACTIVE, dataset="c100")]])
    assert found.agreement is Agreement.SHARED
    assert [each.scope.dataset for each in found.held if each is not None] == ["c10", "c100"]


def test_claims_of_other_niches_or_directions_are_others() -> None:
    found = findings([[rule("conv3", PROPOSED)], [rule("conv3", PROPOSED, niche="two 3x3")]])
    assert [each.agreement for each in found] == [Agreement.ONE, Agreement.ONE]


def test_runs_disagree_where_one_holds_what_another_contradicts_or_turns_round() -> None:
    contradicted = findings([[rule("conv3", ACTIVE)], [rule("conv3", CONTRADICTED)]])
    assert [each.agreement for each in contradicted] == [Agreement.DISAGREE]
    turned = findings([[rule("conv3", ACTIVE)], [rule("conv3", ACTIVE, "lowers")]])
    assert {each.agreement for each in turned} == {Agreement.DISAGREE}


def test_a_claim_that_another_run_has_not_tested_yet_is_no_disagreement() -> None:
    (found,) = findings([[rule("conv3", ACTIVE)], [rule("conv3", PROPOSED)]])
    assert found.agreement is Agreement.SHARED
    one = findings([[rule("conv3", ACTIVE)], [rule("conv3", CONTRADICTED, "lowers")]])
    assert {each.agreement for each in one} == {Agreement.ONE}


def test_disagreements_come_first_and_what_is_held_before_what_is_not() -> None:
    runs = [
        [rule("pools", PROPOSED), rule("skips", ACTIVE), rule("conv1", PROPOSED), rule("conv3", ACTIVE)],
        [rule("conv1", ACTIVE), rule("conv3", CONTRADICTED)],
        [rule("conv1", ACTIVE)],
    ]
    found = findings(runs)
    assert [(each.claim.predicate.split()[0], each.agreement) for each in found] == [
        ("conv3", Agreement.DISAGREE),
        ("conv1", Agreement.SHARED),
        ("skips", Agreement.ONE),
        ("pools", Agreement.ONE),
    ]
    assert [each.active for each in found] == [True, True, True, False]


def test_plots_have_titles_and_a_run_looks_the_same_in_all(sides: tuple[Side, Side]) -> None:
    best = curves_figure(sides, "seconds", lambda told: told.best, "validation accuracy, per cent")
    fronts = fronts_figure(sides)
    assert best is not None and fronts is not None
    for figure in (best, fronts):
        assert [trace["name"] for trace in figure["data"]] == [each.name for each in sides]
        assert figure["layout"]["xaxis"]["title"]["text"] and figure["layout"]["yaxis"]["title"]["text"]
    for curve, front in zip(best["data"], fronts["data"], strict=True):
        assert curve["line"]["color"] == front["marker"]["color"]


def test_fronts_of_different_devices_are_not_drawn_together(sides: tuple[Side, Side]) -> None:
    assert (
        fronts_figure([sides[0], sides[1]._replace(objectives=(sides[1].objectives[0], LATENCY.of("local")))]) is None
    )
    assert fronts_figure([sides[0]._replace(front=())]) is None
