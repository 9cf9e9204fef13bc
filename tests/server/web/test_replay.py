"""A run replayed to a round is what its log told at the end of that round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.server.web.archive.lens import Lens
from illuminas.server.web.filling import Filling
from illuminas.server.web.replay import Arrival, Replay
from illuminas.server.web.tradeoffs.costs import ValueBook, choices_of
from illuminas.server.web.tradeoffs.trail import Point, Trail
from illuminas.tools.objectives import get_objective, pareto_front

PRIMARY = get_objective("accuracy")


class Replayed(NamedTuple):
    """A run, and its log replayed."""

    run: Run
    replay: Replay

    def cut(self, round: int) -> RunState:
        """The view of the log up to the end of a round."""
        state = RunState()
        state.extend(event for event in self.run.log.read() if event.round <= round)
        return state


@pytest.fixture(params=["done", "code"])
def replayed(
    request: pytest.FixtureRequest, web_home: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Replayed]:
    """A search on a table with latencies, and the recorded one of networks without."""
    home, names = web_home
    monkeypatch.setenv("ILLUMINAS_HOME", str(home))
    run = Run(RunFolder(home / "runs" / names[request.param])).refresh()
    replay = Replay(run.state.primary)
    replay.extend(run.log.read())
    yield Replayed(run, replay)
    run.close()


def test_every_round_of_a_replay_is_the_view_of_the_log_cut_off_there(replayed: Replayed) -> None:
    run, replay = replayed
    assert replay.last == run.state.round > 5
    for round in range(replay.last + 1):
        state = replayed.cut(round)
        assert replay.archive.elites(round) == state.elites
        kept = {niche: replay.archive.step(niche, round) for niche in range(run.partition.size)}
        assert {niche: list(step.kept) for niche, step in kept.items() if step is not None} == state.kept
        visits = {niche: len(replay.archive.visits(niche, round)) for niche in range(run.partition.size)}
        assert {niche: count for niche, count in visits.items() if count} == Counter(state.niches.values())
        assert [arrival.hash for arrival in replay.until(round)] == list(state.evaluations)
        for objective in run.state.objectives:
            known = {a.hash: replay.value(objective.name, a.hash, round) for a in replay.until(round)}
            assert known == {hash_: state.value(hash_, objective.name) for hash_ in state.evaluations}
        cells = Lens(run, replay, run.partition).cells
        summary, figures = cells.summary(round), state.figures[-1] if state.figures else None
        assert summary.filled == (figures.filled if figures else 0)
        assert summary.coverage == pytest.approx(figures.coverage if figures else 0.0)
        assert summary.qd_score == pytest.approx(figures.qd_score if figures else 0.0)


def test_events_that_come_twice_or_in_parts_change_nothing(replayed: Replayed) -> None:
    run, whole = replayed
    events, parts = list(run.log.read()), Replay(run.state.primary)
    for middle in range(0, len(events), 7):
        parts.extend(events[max(0, middle - 3) : middle + 7])
    assert parts.arrivals == whole.arrivals
    assert parts.archive.elites(whole.last) == whole.archive.elites(whole.last)
    assert [each.round for each in parts.figures] == [each.round for each in whole.figures]


def test_the_fronts_of_two_objectives_are_those_of_the_log_cut_off_there(replayed: Replayed) -> None:
    run, replay = replayed
    choices = choices_of(run)
    primary = run.state.primary
    for objective in list(choices.values())[1:4]:
        across, up = ValueBook(run, replay, objective), ValueBook(run, replay, primary)
        across.learn([arrival.hash for arrival in replay.arrivals])
        trail = Trail(replay, across.entry, up.entry, (primary, objective))
        assert trail.fronts
        for round in range(replay.last + 1):
            state = replayed.cut(round)
            entries = {evaluation.hash: across.entry(evaluation.hash) for evaluation in state.successes}
            known = {h: (state.quality(h), e[1]) for h, e in entries.items() if e is not None and e[0] <= round}
            assert [each.hash for each in trail.front(round)] == list(pareto_front(known, (primary, objective)))


def test_fronts_are_right_among_many_equal_points() -> None:
    rng, replay = np.random.default_rng(0), Replay(PRIMARY)
    costs = {f"{index:03}": float(rng.integers(1, 6)) for index in range(200)}
    since = {hash_: int(rng.integers(1, 30)) for hash_ in costs}
    replay.arrivals = [Arrival(index // 10, hash_, float(rng.integers(1, 6))) for index, hash_ in enumerate(costs)]
    values = {arrival.hash: arrival.value or 0.0 for arrival in replay.arrivals}
    latency = get_objective("latency:local")
    trail = Trail(
        replay, lambda hash_: (since[hash_], costs[hash_]), lambda hash_: (0, values[hash_]), (PRIMARY, latency)
    )
    for round in range(31):
        known = [a for a in replay.arrivals if max(a.round, since[a.hash]) <= round]
        points = [Point(a.hash, costs[a.hash], values[a.hash]) for a in known]
        front = pareto_front({each.hash: (each.y, each.x) for each in points}, (PRIMARY, latency))
        assert [each.hash for each in trail.front(round)] == list(front)
        assert sorted(trail.points(round)) == sorted(points)
    changed = [each.round for each in trail.fronts]
    assert changed == sorted(set(changed))
    assert trail.earlier(30, 3)[0] == trail.fronts[0]
    assert len(trail.earlier(30, 3)) == min(3, len(trail.fronts) - 1)


def test_an_own_front_keeps_several_and_tells_whose_place_was_taken() -> None:
    accuracies = {"a": 50.0, "b": 60.0, "c": 60.0}
    filling = Filling(accuracies, PRIMARY)
    filling.place(1, Placement(hash="a", status=PlacementStatus.NEW, niche=2))
    filling.place(2, Placement(hash="b", status=PlacementStatus.IMPROVED, niche=2))
    filling.place(4, Placement(hash="c", status=PlacementStatus.IMPROVED, niche=2, displaced=("a", "b")))
    filling.place(4, Placement(hash="d", status=PlacementStatus.FAILED))
    assert filling.step(2, 0) is None
    assert [(step.kept, step.elite) for step in filling.steps(2, 3)] == [(("a",), "a"), (("a", "b"), "b")]
    last = filling.step(2, 9)
    assert last is not None
    assert (last.kept, last.elite, last.displaced) == (("c",), "c", ("a", "b"))
    assert filling.elites(3) == {2: "b"}
