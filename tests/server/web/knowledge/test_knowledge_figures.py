"""Plots of the knowledge: what stands in them, with units, and nothing in them is HTML."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from illuminas.memory.evidence import Evidence
from illuminas.memory.heuristics import Change, Heuristic, HeuristicStatus
from illuminas.memory.knowledge_history import HeuristicChange, KnowledgeHistory, Moment
from illuminas.memory.predicates import Condition, Predicate
from illuminas.memory.run import Run
from illuminas.server.services.knowledge.dossier import Dossier, dossier
from illuminas.server.services.knowledge.listing import Place
from illuminas.server.viz.palette import CHANGE, STATUS
from illuminas.server.web.figure import MANY
from illuminas.server.web.knowledge.figures import (
    NAMED,
    evidence_figure,
    growth_figure,
    hover,
    map_figure,
    step_of,
    timeline_figure,
)
from illuminas.tools.objectives import ACCURACY

Read = tuple[Run, KnowledgeHistory]

HOSTILE = "<img src=x onerror=alert(1)>"


def confirmed(done: Read) -> Dossier:
    """The dossier of a rule that the data confirmed."""
    run, history = done
    id_ = next(id_ for id_, h in history.as_of().items() if h.status is HeuristicStatus.ACTIVE)
    return dossier(run, history, id_)


def traces(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {trace.get("name", ""): trace for trace in figure["data"]}


def test_the_interval_lies_on_an_axis_that_counts_from_the_mean_of_the_others(done: Read) -> None:
    found = confirmed(done)
    evidence = found.heuristic.evidence
    figure = evidence_figure(found, unit="%", title=str)
    mean = float(np.mean([each.value for each in found.side(holds=False)]))
    low, high = figure["layout"]["xaxis"]["range"]
    assert figure["layout"]["xaxis2"]["range"] == pytest.approx([low - mean, high - mean])
    interval = traces(figure)["effect, 95% interval"]
    assert interval["x"] == [evidence.low, evidence.effect, evidence.high]
    assert interval["xaxis"] == "x2"
    assert low < min(each.value for each in found.witnesses)
    for drawn in figure["data"]:
        begin, end = figure["layout"]["xaxis2" if drawn.get("xaxis") == "x2" else "xaxis"]["range"]
        assert begin < min(drawn["x"]) and max(drawn["x"]) < end
    assert "%" in figure["layout"]["xaxis"]["title"]["text"]
    assert "points" in figure["layout"]["xaxis2"]["title"]["text"]


def test_the_dots_are_for_against_and_without_and_a_selected_one_is_ringed(done: Read) -> None:
    found = confirmed(done)
    evidence = found.heuristic.evidence
    picked = found.witnesses[0].hash
    figure = evidence_figure(found, unit="%", title=str, selected=frozenset({picked, "elsewhere"}))
    sizes = {name.partition(" (")[0]: len(trace["x"]) for name, trace in traces(figure).items()}
    assert sizes.get("for it", 0) == evidence.n_for
    assert sizes.get("against it", 0) == evidence.n_against
    assert sizes["without"] == evidence.n_without
    assert traces(figure)["selected"]["customdata"] == [picked]


def test_too_few_for_an_interval_draw_none(done: Read) -> None:
    found = confirmed(done)
    few = Evidence(effect=1.0, n_with=1, n_without=2)
    bare = found._replace(heuristic=found.heuristic.model_copy(update={"evidence": few, "found_with": None}))
    figure = evidence_figure(bare, unit="%", title=str)
    assert traces(figure)["effect, too few for an interval"]["x"] == [1.0]
    nothing = found._replace(
        heuristic=found.heuristic.model_copy(update={"evidence": Evidence(), "found_with": None}), witnesses=[]
    )
    assert evidence_figure(nothing, unit="%", title=str)["data"] == []


def test_no_text_in_a_plot_is_markup(done: Read) -> None:
    found = confirmed(done)
    hostile = found.heuristic.model_copy(update={"text": HOSTILE, "reason": HOSTILE})
    change = HeuristicChange(event=1, time=0.0, round=1, change=Change.BORN, author="<i>", heuristic=hostile)
    moments = [Moment(change, 1)]
    for figure in (
        evidence_figure(found._replace(heuristic=hostile), unit="%", title=lambda hash_: HOSTILE),
        timeline_figure(moments, 3),
        map_figure([Place(hostile, 0.0, 0.0)]),
    ):
        assert "<img" not in str(figure["data"]) and "<i>" not in str(figure["data"])
    assert hover("a " * 400).count("<br>") <= 5


def test_the_course_of_an_effect_begins_with_its_second_measurement(done: Read) -> None:
    found = confirmed(done)
    last = done[0].state.round
    measured = [m for m in found.history if m.change.heuristic.evidence.effect is not None]
    assert growth_figure(measured[:1], last) is None
    figure = growth_figure(found.history, last)
    assert figure is not None
    line = traces(figure)["effect, by status"]
    assert line["y"][-1] == found.heuristic.evidence.effect
    assert line["marker"]["symbol"][-1] == STATUS[HeuristicStatus.ACTIVE].symbol
    assert figure["data"][0]["x"][-1] == last  # the interval holds until now
    assert figure["layout"]["yaxis"]["title"]["text"].endswith(("points", "ms"))


def moment(number: int, round: int, change: Change, status: HeuristicStatus, act: int | None = None) -> Moment:
    predicate = Predicate(conditions=(Condition(feature="conv3", op=">=", value=number),))
    heuristic = Heuristic(
        text=f"rule {number}",
        predicate=predicate,
        direction="raises",
        origin="mined",
        status=status,
        objective=ACCURACY.of(),
    )
    return Moment(HeuristicChange(event=1, time=0.0, round=round, change=change, heuristic=heuristic), act)


def test_a_timeline_ends_lives_where_rules_are_retired_and_rings_what_people_did() -> None:
    moments = [
        moment(1, 1, Change.BORN, HeuristicStatus.PROPOSED),
        moment(1, 2, Change.MEASURED, HeuristicStatus.PROPOSED),
        moment(1, 4, Change.RETIRED, HeuristicStatus.RETIRED, act=1),
    ]
    figure = timeline_figure(moments, 9)
    lines = [trace for trace in figure["data"] if trace["mode"] == "lines" and "stackgroup" not in trace]
    assert [x for line in lines for x in line["x"]] == [1, 4, None]
    named = traces(figure)
    assert named["by a person"]["x"] == [4]
    assert named[CHANGE[Change.RETIRED].words]["marker"]["symbol"] == CHANGE[Change.RETIRED].symbol
    assert figure["layout"]["yaxis"]["ticktext"] == [moments[0].change.heuristic.id]
    assert named["○ proposed"]["y"][:6] == [0, 1, 1, 1, 0, 0]


def test_a_long_timeline_is_drawn_by_the_graphics_card_and_names_nobody() -> None:
    moments = [moment(n, n % 50, Change.RETIRED, HeuristicStatus.RETIRED) for n in range(MANY + 1)]
    figure = timeline_figure(moments, 50)
    assert {trace["type"] for trace in figure["data"] if trace["mode"] == "markers"} == {"scattergl"}
    assert figure["layout"]["yaxis"]["ticktext"] == []
    few = timeline_figure(moments[:NAMED], 50)
    assert {trace["type"] for trace in few["data"]} == {"scatter"}


def test_a_map_tells_statuses_by_shape_too_and_rings_what_is_open_and_found() -> None:
    heuristics = [
        moment(n, 1, Change.BORN, status).change.heuristic for n, status in enumerate(HeuristicStatus, start=1)
    ]
    places = [Place(each, float(n), 0.0) for n, each in enumerate(heuristics)]
    figure = map_figure(places, chosen=heuristics[0].id, near=[heuristics[1].id])
    symbols = [trace["marker"]["symbol"] for trace in figure["data"][: len(STATUS)]]
    assert len(set(symbols)) == len(STATUS)
    assert traces(figure)["open"]["customdata"] == [heuristics[0].id]
    assert traces(figure)["found"]["customdata"] == [heuristics[1].id]


def test_an_empty_history_has_an_empty_timeline() -> None:
    assert all(not trace["x"] for trace in timeline_figure(KnowledgeHistory().moments, 0)["data"])


def test_ticks_stand_on_whole_rounds_and_there_are_not_too_many() -> None:
    assert [step_of(rounds) for rounds in (0, 3, 14, 15, 31, 150, 1000)] == [1, 1, 1, 2, 5, 20, 100]
