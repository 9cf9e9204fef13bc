"""The archive keeps one elite a niche."""

from __future__ import annotations

import subprocess
import sys

import pytest

from illuminas.memory.archive import Archive, Keep, PlacementStatus, qd_score
from illuminas.tools.objectives import get_objective

OBJECTIVES = (get_objective("accuracy"), get_objective("latency:local"))


def values(accuracy: float | None, latency: float | None = None) -> dict[str, float]:
    known = zip(("accuracy", "latency:local"), (accuracy, latency), strict=True)
    return {name: value for name, value in known if value is not None}


@pytest.fixture(params=["elites", "fronts"])
def keep(request: pytest.FixtureRequest) -> Keep:
    kept: Keep = request.param
    return kept


@pytest.fixture
def archive(keep: Keep) -> Archive:
    return Archive(OBJECTIVES, keep)


def test_an_empty_niche_takes_any_and_a_filled_one_only_the_better(archive: Archive) -> None:
    assert archive.add("a", values(50.0), 4).status is PlacementStatus.NEW
    assert archive.add("b", values(49.0), 4).status is PlacementStatus.REJECTED
    placement = archive.add("c", values(51.0), 4)
    assert (placement.status, placement.displaced) == (PlacementStatus.IMPROVED, ("a",))
    assert archive.kept(4) == ["c"]


def test_among_equals_the_elder_stays(archive: Archive) -> None:
    archive.add("a", values(50.0), 0)
    assert archive.add("b", values(50.0), 0).status is PlacementStatus.REJECTED
    assert archive.kept(0) == ["a"]


def test_niches_do_not_disturb_each_other(archive: Archive) -> None:
    for niche in range(6):
        archive.add(f"n{niche}", values(10.0 * niche), niche)
    assert [archive.kept(niche) for niche in range(6)] == [[f"n{niche}"] for niche in range(6)]


@pytest.mark.parametrize(("accuracy", "niche"), [(None, 1), (50.0, None)])
def test_a_failure_changes_nothing(archive: Archive, accuracy: float | None, niche: int | None) -> None:
    assert archive.add("x", values(accuracy), niche).status is PlacementStatus.FAILED
    assert not any(archive.kept(each) for each in range(6))


def test_replaying_the_placements_brings_the_archive_back(archive: Archive, keep: Keep) -> None:
    accuracies = {"a": 50.0, "b": 60.0, "c": 55.0, "d": 40.0}
    niches = {"a": 0, "b": 0, "c": 0, "d": 3}
    latencies = {"a": 1.0, "b": 3.0, "c": 2.0, "d": None}
    placements = [archive.add(each, values(accuracies[each], latencies[each]), niche) for each, niche in niches.items()]
    again = Archive(OBJECTIVES, keep)
    again.replay(placements)
    assert [again.kept(niche) for niche in range(6)] == [archive.kept(niche) for niche in range(6)]


def test_a_front_keeps_what_nothing_matches_in_both() -> None:
    front = Archive(OBJECTIVES, "fronts")
    assert front.add("fast", values(60.0, 1.0), 0).status is PlacementStatus.NEW
    assert front.add("good", values(80.0, 4.0), 0).status is PlacementStatus.IMPROVED
    assert front.add("worse", values(70.0, 4.0), 0).status is PlacementStatus.REJECTED
    assert front.kept(0) == ["good", "fast"]
    both = front.add("both", values(85.0, 1.0), 0)
    assert set(both.displaced) == {"good", "fast"}
    assert front.kept(0) == ["both"]


def test_an_unknown_latency_counts_as_the_worst() -> None:
    front = Archive(OBJECTIVES, "fronts")
    front.add("unknown", values(80.0), 0)
    assert front.add("slow", values(70.0, 100.0), 0).entered
    assert front.add("known", values(80.0, 200.0), 0).displaced == ("unknown",)
    assert front.kept(0)[0] == "known"


def test_of_a_minimised_objective_the_lower_is_the_elite(keep: Keep) -> None:
    made = Archive((get_objective("latency:local"),), keep)
    made.add("slow", {"latency:local": 8.0}, 0)
    assert made.add("fast", {"latency:local": 3.0}, 0).displaced == ("slow",)
    assert made.kept(0) == ["fast"]
    score = qd_score([3.0], get_objective("latency:local"), {"latency:local": 10.0})
    assert score == 7.0, "what the elites lie below the worst"


def test_the_parts_of_a_table_search_are_put_together_without_torch_and_what_brings_it() -> None:
    program = """
import sys
import illuminas.agents.graph, illuminas.agents.search
from illuminas.memory.archive import Archive
from illuminas.memory.partitions import Axis, Grid
from illuminas.tools.objectives import ACCURACY
Grid(name="two", axes=(Axis(key="convs", bounds=(2,), labels=("few", "many")),), capacities=(5, 5))
Archive([ACCURACY.of()], "elites").add("a", {"accuracy": 1.0}, 0)
print(*sorted({"torch", "ribs", "sklearn", "chromadb", "scipy.stats"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")
