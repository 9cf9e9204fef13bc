"""A run replayed to a round is what its log told at the end of that round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from illuminas.memory.metrics import Point, hypervolume, pareto_front

from illuminas.memory.archive import Placement, PlacementStatus
from illuminas.memory.run import Run
from illuminas.memory.runs import RunFolder
from illuminas.memory.state import RunState
from illuminas.server.web.archive.lens import Lens
from illuminas.server.web.filling import Filling
from illuminas.server.web.replay import Arrival, Replay
from illuminas.server.web.tradeoffs.costs import CostBook, costs_of
from illuminas.server.web.tradeoffs.trail import Trail


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
    replay = Replay()
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
        assert {a.hash: replay.latency(a.hash, round) for a in replay.until(round)} == {
            hash_: state.latencies.get(hash_) for hash_ in state.evaluations
        }
        cells = Lens(run, replay, run.partition).cells
        summary, figures = cells.summary(round), state.figures[-1] if state.figures else None
        assert summary.filled == (figures.filled if figures else 0)
        assert summary.coverage == pytest.approx(figures.coverage if figures else 0.0)
        assert summary.qd_score == pytest.approx(figures.qd_score if figures else 0.0)


def test_events_that_come_twice_or_in_parts_change_nothing(replayed: Replayed) -> None:
    run, whole = replayed
    events, parts = list(run.log.read()), Replay()
    for middle in range(0, len(events), 7):
        parts.extend(events[max(0, middle - 3) : middle + 7])
    assert parts.arrivals == whole.arrivals
    assert parts.archive.elites(whole.last) == whole.archive.elites(whole.last)
    assert [each.round for each in parts.figures] == [each.round for each in whole.figures]


def test_the_front_of_every_round_is_the_pareto_front_of_what_was_known_then(replayed: Replayed) -> None:
    run, replay = replayed
    for cost in costs_of(run):
        book = CostBook(run, replay, cost)
        book.learn(arrival.hash for arrival in replay.arrivals)
        trail, reference = Trail(replay, book.entry), book.reference()
        assert trail.fronts
        assert reference is not None
        volumes = dict(trail.hypervolumes(reference, replay.last))
        for round in range(replay.last + 1):
            state = replayed.cut(round)
            if cost.key == "own":
                expected = state.front
            else:
                entries = {evaluation.hash: book.entry(evaluation.hash) for evaluation in state.successes}
                known = {hash_: entry[1] for hash_, entry in entries.items() if entry is not None}
                expected = pareto_front([Point(hash_, state.quality(hash_), ms) for hash_, ms in known.items()])
            assert list(trail.front(round)) == expected
            assert {point.hash for point in trail.front(round)} <= {point.hash for point in trail.points(round)}
            if round in volumes:
                assert volumes[round] == pytest.approx(hypervolume(expected, reference))
        if cost.key == "own":
            assert volumes[replay.last] == pytest.approx(run.state.figures[-1].hypervolume)


def test_fronts_are_right_among_many_equal_points() -> None:
    rng, replay = np.random.default_rng(0), Replay()
    costs = {f"{index:03}": float(rng.integers(1, 6)) for index in range(200)}
    since = {hash_: int(rng.integers(1, 30)) for hash_ in costs}
    replay.arrivals = [Arrival(index // 10, hash_, float(rng.integers(1, 6))) for index, hash_ in enumerate(costs)]
    trail = Trail(replay, lambda hash_: (since[hash_], costs[hash_]))
    for round in range(31):
        known = [a for a in replay.arrivals if max(a.round, since[a.hash]) <= round]
        points = [Point(a.hash, a.accuracy, costs[a.hash]) for a in known if a.accuracy is not None]
        assert list(trail.front(round)) == pareto_front(points)
        assert sorted(trail.points(round)) == sorted(points)
    changed = [each.round for each in trail.fronts]
    assert changed == sorted(set(changed))
    assert trail.earlier(30, 3)[0] == trail.fronts[0]
    assert len(trail.earlier(30, 3)) == min(3, len(trail.fronts) - 1)


def test_an_own_front_keeps_several_and_tells_whose_place_was_taken() -> None:
    accuracies = {"a": 50.0, "b": 60.0, "c": 60.0}
    filling = Filling(accuracies)
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
