"""What the heatmap shows: the states of cells, what colours them, where they lie, and what is told of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from illuminas.memory.events import Event
from illuminas.memory.filling import Filling
from illuminas.memory.kinds import PoolScreened
from illuminas.memory.partitions import Axis, Centroids, Grid
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.server.web.archive.card import cell_card
from illuminas.server.web.archive.cells import (
    AGE,
    VISITS,
    CellState,
    CellTable,
    elite_shade,
    shades_of,
    uncertainty_shade,
)
from illuminas.server.web.archive.lens import Lens, axis_choices, make_lens
from illuminas.server.web.archive.plan import Place, grid_plan, plan_of, scatter_plan, voronoi_plan
from illuminas.server.web.archive.surrogate_uncertainty import NoSurrogate, surrogate_uncertainty
from illuminas.server.web.scales import VIRIDIS, Scale, colour, ink
from illuminas.tools.evaluation import Status
from illuminas.tools.objectives import ACCURACY, LATENCY

PRIMARY = ACCURACY.of()
QUALITY = elite_shade(PRIMARY)
Opened = Callable[[str], Run]


@pytest.fixture
def opened(web_home: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Opens a run by its short name."""
    home, names = web_home
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    with ExitStack() as stack:

        def open_run(name: str) -> Run:
            run = Run(RunFolder(home / "runs" / names[name])).refresh()
            stack.callback(run.close)
            return run

        yield open_run


def _lens(run: Run) -> Lens:
    lens = Lens(run, run.partition)
    assert lens.sort(3) > 0
    assert lens.sort(1_000) == 0
    return lens


def _state(accuracies: dict[str, float]) -> RunState:
    """Of a run that knows these from its beginning."""
    state = RunState()
    state.objectives = (PRIMARY,)
    screened = PoolScreened(chosen=(), values={PRIMARY.name: accuracies})
    state.apply(Event(id=1, time=0.0, round=0, key=None, data=screened))
    return state


def test_a_cell_is_filled_empty_failed_or_out_of_reach() -> None:
    state = _state({"a": 50.0, "b": 70.0})
    filling = Filling(state.rank)
    filling.land(1, 0, "a")
    filling.land(3, 0, "b")
    cells = CellTable(state, filling, ("w", "x", "y", "z"), frozenset({0, 1, 2}))
    cells.fail(2, 1, "c")
    cells.fail(2, 0, "d")

    def states(round: int) -> list[CellState]:
        return [cell.state for cell in cells.cells(round, QUALITY)]

    empty = [CellState.EMPTY, CellState.EMPTY, CellState.EMPTY, CellState.UNREACHABLE]
    assert states(0) == empty
    assert states(1) == [CellState.FILLED, *empty[1:]]
    assert states(2) == [CellState.FILLED, CellState.FAILED, *empty[2:]]
    first = cells.cell(0, 2, AGE)
    assert (first.elite, first.since, first.visits, first.failures, first.value) == ("a", 1, 1, 1, 1.0)
    assert cells.cell(0, 3, AGE).value == 0.0
    assert cells.cell(0, 9, QUALITY).value == 70.0
    assert cells.cell(0, 9, VISITS).value == 2.0
    assert cells.cell(0, 9, elite_shade(LATENCY.of())).value is None
    assert cells.cell(2, 9, uncertainty_shade(PRIMARY), {2: 1.5}).value == 1.5
    assert cells.holding(frozenset("abc"), 2) == {0: 1}
    assert cells.holding(frozenset(), 9) == {}
    assert cells.span(VISITS) == (1.0, 1.0)


def test_every_objective_can_colour_the_cells_and_bright_is_better() -> None:
    shades = shades_of((PRIMARY, LATENCY.of("table:planted/chip_ms")))
    assert list(shades) == ["validation accuracy", "latency on chip_ms", "age", "visits", "uncertainty"]
    assert shades["validation accuracy"].palette == shades["latency on chip_ms"].palette[::-1]
    assert shades["latency on chip_ms"].words == "latency on chip_ms, ms (of the elite)"


def test_colours_span_all_accuracies_but_those_far_below_the_rest() -> None:
    def span(*accuracies: float) -> tuple[float, float]:
        state = _state({str(niche): accuracy for niche, accuracy in enumerate(accuracies)})
        filling = Filling(state.rank)
        for niche in range(len(accuracies)):
            filling.land(1, niche, str(niche))
        words = tuple(map(str, range(len(accuracies))))
        return CellTable(state, filling, words, frozenset(range(len(accuracies)))).span(QUALITY)

    assert span(84.3, 88.6, 90.7, 91.5, 91.6) == (84.3, 91.6)
    assert span(10.0, 88.6, 90.7, 91.5, 91.6) == (88.6, 91.6)
    assert span(70.0) == (70.0, 70.0)
    assert span() == (0.0, 0.0)


def test_a_failure_lies_where_its_architecture_belongs(opened: Opened) -> None:
    run = opened("code")
    lens, last = _lens(run), run.state.round
    failed = [each.hash for each in run.state.failures]
    assert failed
    found = {failure.hash: niche for niche in range(run.partition.size) for failure in lens.cells.failures(niche, last)}
    assert found == {
        hash_: run.partition.niche_of(run.descriptors(run.architecture(hash_)))
        for hash_ in failed
        if run.descriptors(run.architecture(hash_)) or run.state.candidates[hash_].target is not None
    }
    states = {cell.niche: cell.state for cell in lens.cells.cells(last, elite_shade(run.state.primary))}
    assert {niche for niche, state in states.items() if state is CellState.FILLED} == set(run.state.elites)
    assert CellState.FAILED in states.values()
    assert all(niche in found.values() for niche, state in states.items() if state is CellState.FAILED)


def test_any_two_axes_keep_the_best_of_every_bin(opened: Opened) -> None:
    run = opened("done")
    choices = {choice.name: choice for choice in axis_choices(run)}
    assert next(iter(choices)) == "complexity"
    assert choices["complexity"].own is not None
    (latency,) = (each.name for each in run.state.tracked if each.source == "device")
    assert {latency, "flops", "params", "depth"} <= choices.keys()
    partition = make_lens(run, choices[latency], choices["complexity"])
    assert [axis.key for axis in partition.axes] == ["complexity", latency]
    lens = Lens(run, partition)
    assert lens.behind
    lens.sort(1_000)
    state, best = run.state, dict[int, float]()
    for evaluation in state.successes:
        niche = partition.niche_of(run.descriptors(run.architecture(evaluation.hash)))
        assert niche is not None
        best[niche] = max(best.get(niche, 0.0), state.quality(evaluation.hash))
    elites = lens.cells.filling.elites
    assert {niche: state.quality(hash_) for niche, hash_ in elites.items()} == best


def test_reachable_bins_are_counted_where_the_space_can_be_listed(opened: Opened) -> None:
    run = opened("done")
    choices = {choice.name: choice for choice in axis_choices(run)}
    partition = make_lens(run, choices["depth"], choices["complexity"])
    reachable = set(partition.reachable)
    deep_without_convolutions = [
        niche
        for niche in range(partition.size)
        if partition.describe(niche).startswith("no convolution") and not partition.describe(niche).endswith("depth 0")
    ]
    assert deep_without_convolutions
    assert reachable.isdisjoint(deep_without_convolutions)


def test_the_surrogate_is_less_sure_of_what_it_has_not_seen(opened: Opened) -> None:
    run = opened("done")
    now, early = (surrogate_uncertainty(run, run.partition, round) for round in (run.state.round, 2))
    assert set(now) <= set(range(run.partition.size))
    assert set(run.state.elites) <= set(now)
    assert all(0.0 < width < 50.0 for width in now.values())
    assert np.mean(list(now.values())) < np.mean(list(early.values()))


def test_where_there_is_no_surrogate_it_says_so(opened: Opened) -> None:
    with pytest.raises(NoSurrogate, match="no surrogate"):
        surrogate_uncertainty(opened("code"), opened("code").partition, 3)
    with pytest.raises(NoSurrogate, match="needs 4 successful evaluations, and there were 0"):
        surrogate_uncertainty(opened("done"), opened("done").partition, 0)


def test_a_card_tells_the_elite_as_of_a_round_and_whose_place_it_took(opened: Opened) -> None:
    run = opened("code")
    lens, last = _lens(run), run.state.round
    niche = max(run.state.elites, key=lambda each: len(lens.cells.filling.steps(each, last)))
    steps = lens.cells.filling.steps(niche, last)
    assert len(steps) > 2
    card = cell_card(run, lens.cells, niche, last)
    assert card.elite is not None
    assert card.elite.hash == run.state.elites[niche]
    assert card.drawing.startswith("<svg")
    assert [former.line.hash for former in card.formers] == [step.elite for step in steps[:-1]][::-1]
    assert [former.by for former in card.formers] == [step.hash for step in steps[1:]][::-1]
    assert all(former.came <= former.left for former in card.formers)
    assert card.members == {hash_ for hash_, where in run.state.niches.items() if where == niche}
    early = cell_card(run, lens.cells, niche, steps[0].round)
    assert early.elite is not None
    assert (early.elite.hash, early.formers) == (steps[0].elite, ()) or steps[1].round == steps[0].round
    failing = next(n for n in range(run.partition.size) if lens.cells.failures(n, last))
    told = cell_card(run, lens.cells, failing, last).failures
    assert told
    assert all(any(status in words for status in Status) for words in told)


def test_a_grid_of_one_axis_is_a_column_and_of_several_a_table() -> None:
    labels = [tuple(f"{name} {number}" for number in range(count)) for name, count in (("a", 2), ("b", 3), ("c", 4))]
    axes = [Axis(key="macs", bounds=tuple(map(float, range(1, len(each)))), labels=each) for each in labels]
    column = grid_plan(Grid(name="one", axes=(axes[2],)))
    assert len({shape.centre[0] for shape in column.shapes}) == 1
    assert len({shape.centre[1] for shape in column.shapes}) == 4
    table = Grid(name="three", axes=tuple(axes))
    plan = grid_plan(table)
    assert [shape.niche for shape in plan.shapes] == list(range(24))
    assert len({shape.centre[0] for shape in plan.shapes}) == 4
    assert len({shape.centre[1] for shape in plan.shapes}) == 6
    by_row = {shape.centre[1]: table.describe(shape.niche).rsplit(", ", 1)[0] for shape in plan.shapes}
    beside = [" ".join(note.lines) for note in plan.notes if note.anchor == "end"]
    assert beside == [by_row[row] for row in sorted(by_row)]
    titles = [" ".join(note.lines) for note in plan.notes if note.title]
    assert all("multiply-accumulates, M" in title for title in titles)


@pytest.mark.parametrize("greatest", [1.0, 1e6])
def test_a_voronoi_cell_holds_what_belongs_to_its_niche(greatest: float) -> None:
    """On straight axes, and where one is logarithmic and the edges are bent."""
    rng = np.random.default_rng(1)
    shares = rng.random((20, 2)) ** (4 if greatest > 1.0 else 1) * 0.98 + 0.01
    low, high = (1.0, 2.0), (1.0 + greatest, 9.0)
    partition = Centroids(
        name="cvt", descriptors=("macs", "depth"), low=low, high=high, centroids=tuple(map(tuple, shares.tolist()))
    )
    plan = voronoi_plan(partition)
    assert plan == plan_of(partition)
    places = np.array([partition.position(niche) for niche in range(partition.size)])
    across, down = Scale.around(places[:, 0], start=75, end=586), Scale.around(places[:, 1], start=400, end=14)
    assert across.logarithmic == (greatest > 1.0)
    outlines = {shape.niche: shape.outline for shape in plan.shapes}
    agreed = 0
    for share in rng.random((300, 2)):
        x = across.low * (across.high / across.low) ** share[0]
        if not across.logarithmic:
            x = across.low + share[0] * (across.high - across.low)
        y = down.low + share[1] * (down.high - down.low)
        place = (across.along(x), down.along(y))
        holding = [niche for niche, outline in outlines.items() if _inside(place, outline)]
        agreed += partition.niche_of({"macs": x, "depth": y}) in holding
    assert agreed >= 295  # pieces of bent edges are straight
    for shape in plan.shapes:
        if shape.room > 20:
            assert _inside(shape.centre, shape.outline)


def test_centroids_can_be_seen_in_the_plane_of_any_two_descriptors() -> None:
    partition = Centroids(
        name="cvt",
        descriptors=("macs", "depth", "params"),
        low=(0.0, 0.0, 0.0),
        high=(1e6, 4.0, 1e3),
        centroids=((0.1, 0.2, 0.9), (0.8, 0.5, 0.1)),
    )
    left, right = (shape.centre for shape in scatter_plan(partition, 0, 2).shapes)
    assert left[0] < right[0]
    assert left[1] < right[1]  # more parameters lie higher
    assert plan_of(partition) == scatter_plan(partition, 0, 1)


def test_colours_run_along_the_palette_and_words_on_them_can_be_read() -> None:
    assert (colour(0.0, VIRIDIS), colour(1.0, VIRIDIS), colour(7.0, VIRIDIS)) == (VIRIDIS[0], VIRIDIS[-1], VIRIDIS[-1])
    assert colour(0.35, ("#000000", "#646464")) == "#232323"
    assert (ink(VIRIDIS[0]), ink(VIRIDIS[-1])) == ("#ffffff", "#000000")


@pytest.mark.parametrize("values", [(0.0, 0.003), (2.0, 90.0), (5.0, 5.0), (1.0, 1e9), (3.0, 400.0)])
def test_a_scale_has_a_few_round_ticks_within_it(values: tuple[float, float]) -> None:
    scale = Scale.around(np.array(values), start=0, end=100)
    assert scale.low <= values[0] <= values[1] <= scale.high
    assert 2 <= len(scale.ticks()) <= 12
    assert all(0 <= scale.along(tick) <= 100 for tick in scale.ticks())


def _inside(place: Place, outline: tuple[Place, ...]) -> bool:
    x, y = place
    crossings = 0
    for (a, b), (c, d) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (b > y) != (d > y) and x < a + (y - b) * (c - a) / (d - b):
            crossings += 1
    return crossings % 2 == 1
