"""Trade-offs: what accuracy is set against, what a brush picks, and the table below."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from illuminas.memory.candidate import Operator
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.server.web.tradeoffs.costs import ValueBook, choices_of
from illuminas.server.web.tradeoffs.figures import MANY, TRAIL, Plane, hypervolume_figure, parallel, scatter
from illuminas.server.web.tradeoffs.table import as_csv, columns_of, ordered, page
from illuminas.server.web.tradeoffs.trail import Trail
from illuminas.tools.objectives import ACCURACY, LATENCY

PRIMARY = ACCURACY.of()
TIME = LATENCY.of("table:planted/chip_ms")
PLANE = Plane(TIME, PRIMARY)


@pytest.fixture
def run(web_home: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    home, names = web_home
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    opened = Run(RunFolder(home / "runs" / names["done"])).refresh()
    yield opened
    opened.close()


@pytest.fixture
def coded(web_home: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    home, names = web_home
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    opened = Run(RunFolder(home / "runs" / names["code"])).refresh()
    yield opened
    opened.close()


def test_a_run_can_be_seen_against_its_device_its_size_and_the_tables_of_its_space(run: Run, coded: Run) -> None:
    assert list(choices_of(run)) == ["accuracy", TIME.name, "params", "macs"]
    assert list(choices_of(coded)) == ["accuracy", "params", "macs"]


def test_another_device_counts_the_fastest_way_to_write_a_cell_as_a_search_does(run: Run) -> None:
    book = ValueBook(run, TIME)
    book._own = False
    hashes = list(run.state.evaluations)
    assert book.lacks(hashes) == hashes
    book.learn(hashes)
    assert not book.lacks(hashes)
    assert {hash_: (book.entry(hash_) or (0, None))[1] for hash_ in hashes} == pytest.approx(
        {hash_: run.state.value(hash_, TIME.name) for hash_ in hashes}
    )
    assert book.worst() == run.state.reference[TIME.name]


def _made(count: int, rounds: int) -> tuple[Trail, dict[str, Operator]]:
    """Ever better and slower ones."""
    came = {f"{index:04}": 1 + index * rounds // count for index in range(count)}
    operators = list(Operator)
    trail = Trail(came, lambda hash_: (0, 1.0 + int(hash_)), lambda hash_: (0, float(int(hash_) % 97)), (PRIMARY, TIME))
    return trail, {f"{index:04}": operators[index % len(operators)] for index in range(count)}


def test_a_brush_picks_points_and_not_those_of_the_fronts() -> None:
    trail, operators = _made(60, 20)
    drawn = scatter(trail, PLANE, 20, operators, frozenset())
    clouds = drawn.figure["data"][: len(drawn.hashes)]
    assert {trace["marker"]["symbol"] for trace in clouds} == {"circle", "square", "triangle-up"}
    assert sorted(hash_ for hashes in drawn.hashes for hash_ in hashes) == sorted(operators)
    fronts = drawn.figure["data"][len(drawn.hashes) :]
    assert len(fronts) == TRAIL + 1
    assert drawn.picked([(0, 0), (1, 1), (len(drawn.hashes), 0)]) == {drawn.hashes[0][0], drawn.hashes[1][1]}
    fading = [trace["opacity"] for trace in fronts[:-1]]
    assert fading == sorted(fading)
    assert sum(trace["showlegend"] for trace in fronts[:-1]) == 1


def test_what_is_selected_stands_out_whoever_selected_it() -> None:
    trail, operators = _made(30, 5)
    drawn = scatter(trail, PLANE, 5, operators, frozenset({"0000", "0004", "elsewhere"}))
    chosen = [
        hashes[index]
        for trace, hashes in zip(drawn.figure["data"], drawn.hashes, strict=False)
        for index in trace["selectedpoints"]
    ]
    assert sorted(chosen) == ["0000", "0004"]
    assert "selectedpoints" not in scatter(trail, PLANE, 5, operators, frozenset()).figure["data"][0]


def test_an_earlier_round_has_fewer_points_and_many_are_drawn_by_webgl() -> None:
    trail, operators = _made(MANY + 100, 100)
    first, last = (scatter(trail, PLANE, round, operators, frozenset()) for round in (10, 100))
    assert sum(map(len, first.hashes)) < sum(map(len, last.hashes)) == MANY + 100
    assert (first.figure["data"][0]["type"], last.figure["data"][0]["type"]) == ("scatter", "scattergl")
    assert last.figure["layout"]["xaxis"]["type"] == "log"


def test_all_objectives_stand_in_parallel_with_the_better_end_up() -> None:
    vectors = {"a": (90.0, 2.0), "b": (80.0, 1.0), "c": (70.0, 5.0)}
    drawn = parallel(vectors, (PRIMARY, TIME), frozenset("ab"), frozenset("c"))["data"][0]
    assert [each["label"] for each in drawn["dimensions"]] == ["validation accuracy<br>%", "latency on chip_ms<br>ms"]
    assert [each["range"] for each in drawn["dimensions"]] == [[70.0, 90.0], [5.0, 1.0]]
    assert sorted(zip(drawn["dimensions"][0]["values"], drawn["line"]["color"], strict=True)) == [
        (70.0, 2), (80.0, 1), (90.0, 1),
    ]  # fmt: skip


def test_axes_say_their_unit_and_direction_and_an_empty_plot_says_so() -> None:
    trail = Trail({}, lambda hash_: None, lambda hash_: None, (PRIMARY, TIME))
    empty = scatter(trail, PLANE, 0, {}, frozenset(), zoomed=True).figure
    assert empty["layout"]["xaxis"]["title"]["text"] == "latency on chip_ms, ms (lower is better)"
    assert "% (higher is better)" in empty["layout"]["yaxis"]["title"]["text"]
    assert "nothing" in empty["layout"]["annotations"][0]["text"]
    assert hypervolume_figure((), 0)["layout"]["annotations"]
    trail, operators = _made(60, 20)
    low, high = scatter(trail, PLANE, 20, operators, frozenset(), zoomed=True).figure["layout"]["yaxis"]["range"]
    accuracies = [point.y for point in trail.front(20)]
    assert low < min(accuracies) <= max(accuracies) < high


def test_the_table_sorts_both_ways_and_leaves_what_is_missing_to_the_end(coded: Run) -> None:
    state, hashes = coded.state, list(coded.state.evaluations)
    failed = {evaluation.hash for evaluation in state.failures}
    for descending in (True, False):
        found = ordered(coded, hashes, sort="accuracy", descending=descending)
        values = [state.quality(hash_) for hash_ in found if hash_ not in failed]
        assert values == sorted(values, reverse=descending)
        assert set(found[-len(failed) :]) == failed
    for sort in (column.name for column in columns_of(coded)):
        assert sorted(ordered(coded, hashes, sort=sort, descending=False)) == sorted(hashes)
    pages = [page(coded, hashes, sort="params", descending=True, offset=at, limit=40) for at in (0, 40, 80)]
    assert [len(each) for each in pages] == [40, 40, len(hashes) - 80]
    sizes = [line.params for lines in pages for line in lines if line.params is not None]
    assert sizes == sorted(sizes, reverse=True)


def test_a_csv_holds_every_column_and_no_formula(run: Run) -> None:
    lines = page(run, list(run.state.evaluations), sort="round", descending=False, offset=0, limit=100)
    lines[0] = lines[0].model_copy(update={"words": "=HYPERLINK('x')", "objectives": {}})
    rows = list(csv.DictReader(io.StringIO(as_csv(columns_of(run), lines))))
    assert list(rows[0]) == [column.label for column in columns_of(run)]
    assert len(rows) == len(lines)
    assert rows[0]["architecture"] == "'=HYPERLINK('x')"
    assert rows[0]["latency on chip_ms, ms"] == ""
    assert float(rows[1]["validation accuracy, %"]) == lines[1].objectives["accuracy"]
    assert not any("test" in column.lower() for column in rows[0])
