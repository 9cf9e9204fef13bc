"""What the state tells of a round is what the log told at the end of that round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.filling import Filling
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.server.web.archive.lens import Lens
from illuminas.server.web.tradeoffs.costs import ValueBook, choices_of
from illuminas.server.web.tradeoffs.trail import Point, Trail
from illuminas.tools.objectives import get_objective, pareto_front

PRIMARY = get_objective("accuracy")


@pytest.fixture(params=["done", "code"])
def run(
    request: pytest.FixtureRequest, web_home: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """A search on a table with latencies, and the recorded one of networks without."""
    home, names = web_home
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    run = Run(RunFolder(home / "runs" / names[request.param])).refresh()
    yield run
    run.close()


def test_what_is_told_of_every_round_is_the_state_of_the_log_cut_off_there(run: Run) -> None:
    now = run.state
    cells = Lens(run, run.partition).cells
    assert now.round > 5
    for round in range(now.round + 1):
        state = RunState.at(run.log, round)
        assert now.filling.elites_at(round) == state.elites
        kept = {niche: now.filling.step(niche, round) for niche in range(run.partition.size)}
        assert {niche: list(step.kept) for niche, step in kept.items() if step is not None} == state.kept
        visits = {niche: len(now.filling.visits(niche, round)) for niche in range(run.partition.size)}
        assert {niche: count for niche, count in visits.items() if count} == Counter(state.niches.values())
        assert now.evaluated_until(round) == list(state.evaluations)
        for objective in now.objectives:
            known = {hash_: now.value(hash_, objective.name, round) for hash_ in state.evaluations}
            assert known == {hash_: state.value(hash_, objective.name) for hash_ in state.evaluations}
        assert now.best_at(round) == (None if state.best is None else state.best.hash)
        assert now.front_at(round) == state.front
        summary, figures = cells.summary(round), state.figures[-1] if state.figures else None
        assert summary.filled == (figures.filled if figures else 0)
        assert summary.coverage == pytest.approx(figures.coverage if figures else 0.0)
        assert summary.qd_score == pytest.approx(figures.qd_score if figures else 0.0)


def test_two_pages_of_a_run_leave_its_state_as_it_is(run: Run) -> None:
    first, second = Lens(run, run.partition), Lens(run, run.partition)
    first.sort(10_000)
    second.sort(10_000)
    for niche in range(run.partition.size):
        assert first.cells.failures(niche, run.state.round) == second.cells.failures(niche, run.state.round)
        assert len(first.cells.filling.visits(niche, run.state.round)) == list(run.state.niches.values()).count(niche)


def test_the_fronts_of_two_objectives_are_those_of_the_log_cut_off_there(run: Run) -> None:
    choices = choices_of(run)
    primary = run.state.primary
    for objective in list(choices.values())[1:4]:
        across, up = ValueBook(run, objective), ValueBook(run, primary)
        successes = {each.hash: run.state.evaluated_in[each.hash] for each in run.state.successes}
        across.learn(successes)
        trail = Trail(successes, across.entry, up.entry, (primary, objective))
        assert trail.fronts
        for round in range(run.state.round + 1):
            state = RunState.at(run.log, round)
            entries = {evaluation.hash: across.entry(evaluation.hash) for evaluation in state.successes}
            known = {h: (state.quality(h), e[1]) for h, e in entries.items() if e is not None and e[0] <= round}
            assert [each.hash for each in trail.front(round)] == list(pareto_front(known, (primary, objective)))


def test_fronts_are_right_among_many_equal_points() -> None:
    rng = np.random.default_rng(0)
    costs = {f"{index:03}": float(rng.integers(1, 6)) for index in range(200)}
    since = {hash_: int(rng.integers(1, 30)) for hash_ in costs}
    came = {hash_: index // 10 for index, hash_ in enumerate(costs)}
    values = {hash_: float(rng.integers(1, 6)) for hash_ in costs}
    latency = get_objective("latency:local")
    trail = Trail(
        came, lambda hash_: (since[hash_], costs[hash_]), lambda hash_: (0, values[hash_]), (PRIMARY, latency)
    )
    for round in range(31):
        known = [hash_ for hash_ in costs if max(came[hash_], since[hash_]) <= round]
        points = [Point(hash_, costs[hash_], values[hash_]) for hash_ in known]
        front = pareto_front({each.hash: (each.y, each.x) for each in points}, (PRIMARY, latency))
        assert [each.hash for each in trail.front(round)] == list(front)
        assert sorted(trail.points(round)) == sorted(points)
    changed = [each.round for each in trail.fronts]
    assert changed == sorted(set(changed))
    assert trail.earlier(30, 3)[0] == trail.fronts[0]
    assert len(trail.earlier(30, 3)) == min(3, len(trail.fronts) - 1)


def test_an_own_front_keeps_several_and_tells_whose_place_was_taken() -> None:
    accuracies = {"a": 50.0, "b": 60.0, "c": 60.0}
    filling = Filling(accuracies.__getitem__)
    filling.place(1, Placement(hash="a", status=PlacementStatus.NEW, niche=2))
    filling.place(2, Placement(hash="b", status=PlacementStatus.IMPROVED, niche=2))
    filling.place(4, Placement(hash="c", status=PlacementStatus.IMPROVED, niche=2, displaced=("a", "b")))
    filling.place(4, Placement(hash="d", status=PlacementStatus.FAILED))
    assert filling.step(2, 0) is None
    assert [(step.kept, step.elite) for step in filling.steps(2, 3)] == [(("a",), "a"), (("a", "b"), "b")]
    last = filling.step(2, 9)
    assert last is not None
    assert (last.kept, last.elite, last.displaced) == (("c",), "c", ("a", "b"))
    assert filling.elites_at(3) == {2: "b"}
