"""The archive keeps one elite a niche."""

from __future__ import annotations

import subprocess
import sys

import pytest

from illuminas.memory.archive import Archive, PlacementStatus, qd_score
from illuminas.memory.elites import Elites
from illuminas.memory.fronts import Fronts
from illuminas.memory.partitions import Axis, Grid
from illuminas.tools.objectives import get_objective

PARTITION = Grid(
    name="test",
    axes=(
        Axis(key="convs", bounds=(2,), labels=("few", "many")),
        Axis(key="depth", bounds=(1, 2), labels=("flat", "one", "deep")),
    ),
    capacities=(5, 5, 0, 5, 5, 5),
)


OBJECTIVES = (get_objective("accuracy"), get_objective("latency:local"))


def values(accuracy: float | None, latency: float | None = None) -> dict[str, float]:
    known = zip(("accuracy", "latency:local"), (accuracy, latency), strict=True)
    return {name: value for name, value in known if value is not None}


@pytest.fixture(params=[Elites, Fronts])
def archive(request: pytest.FixtureRequest) -> Archive:
    made = request.param(PARTITION, OBJECTIVES)
    assert isinstance(made, Archive)
    return made


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


def test_replaying_the_placements_brings_the_archive_back(archive: Archive) -> None:
    accuracies = {"a": 50.0, "b": 60.0, "c": 55.0, "d": 40.0}
    niches = {"a": 0, "b": 0, "c": 0, "d": 3}
    latencies = {"a": 1.0, "b": 3.0, "c": 2.0, "d": None}
    placements = [archive.add(each, values(accuracies[each], latencies[each]), niche) for each, niche in niches.items()]
    again = type(archive)(PARTITION, OBJECTIVES)
    again.replay(placements)
    assert [again.kept(niche) for niche in range(6)] == [archive.kept(niche) for niche in range(6)]


def test_a_front_keeps_what_nothing_matches_in_both() -> None:
    front = Fronts(PARTITION, OBJECTIVES)
    assert front.add("fast", values(60.0, 1.0), 0).status is PlacementStatus.NEW
    assert front.add("good", values(80.0, 4.0), 0).status is PlacementStatus.IMPROVED
    assert front.add("worse", values(70.0, 4.0), 0).status is PlacementStatus.REJECTED
    assert front.kept(0) == ["good", "fast"]
    both = front.add("both", values(85.0, 1.0), 0)
    assert set(both.displaced) == {"good", "fast"}
    assert front.kept(0) == ["both"]


def test_an_unknown_latency_counts_as_the_worst() -> None:
    front = Fronts(PARTITION, OBJECTIVES)
    front.add("unknown", values(80.0), 0)
    assert front.add("slow", values(70.0, 100.0), 0).entered
    assert front.add("known", values(80.0, 200.0), 0).displaced == ("unknown",)
    assert front.kept(0)[0] == "known"


@pytest.mark.parametrize("kind", [Elites, Fronts])
def test_of_a_minimised_objective_the_lower_is_the_elite(kind: type[Archive]) -> None:
    made = kind(PARTITION, (get_objective("latency:local"),), {"latency:local": 10.0})
    made.add("slow", {"latency:local": 8.0}, 0)
    assert made.add("fast", {"latency:local": 3.0}, 0).displaced == ("slow",)
    assert made.kept(0) == ["fast"]
    score = qd_score([3.0], get_objective("latency:local"), {"latency:local": 10.0})
    assert score == 7.0, "what the elites lie below the worst"


def test_the_parts_of_a_table_search_are_put_together_without_torch_and_what_brings_it() -> None:
    program = """
import sys
import illuminas.agents.graph, illuminas.agents.search
from illuminas.memory.elites import Elites
from illuminas.memory.partitions import Axis, Grid
from illuminas.tools.objectives import ACCURACY
axis = Axis(key="convs", bounds=(2,), labels=("few", "many"))
grid = Grid(name="two", axes=(axis,), capacities=(5, 5))
Elites(grid, [ACCURACY.of()]).add("a", {"accuracy": 1.0}, 0)
print(*sorted({"torch", "ribs", "sklearn", "chromadb", "scipy.stats"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")
