"""A search for three objectives at once: an evaluator's own, to be minimised first, and two of a table's device."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import own_losses
import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.agents.summary import Summary
from illuminas.memory.archive import PlacementStatus
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import HeuristicChanged, PoolScreened
from illuminas.memory.runs import open_state
from illuminas.memory.state import RunState
from illuminas.tools.objectives import gains_of
from illuminas.tools.spaces import get_space
from illuminas.tools.tables import import_table

SPACE = get_space("nb201")
LATENCY, ENERGY = "latency:table:costs/chip_ms", "energy:table:costs/chip_mj"
UNABLE = SPACE.parse("|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|nor_conv_1x1~0|nor_conv_1x1~1|nor_conv_1x1~2|")
"""The device cannot run it, however it is written."""
MOST = 800_000
"""Parameters that the run's constraint leaves."""


class Ended(NamedTuple):
    """A search that has ended."""

    summary: Summary
    state: RunState
    events: list[Event]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    folder = tmp_path_factory.mktemp("three")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILLUMINAS_HOME", str(folder / "home"))
        import_table(written(folder))
        config = SearchConfig(
            objectives=("loss", LATENCY, ENERGY),
            constraints=(f"params<={MOST}",),
            start=(UNABLE.text, SPACE.heaviest().text),
            llm="none",
            proxies=("params",),
            evaluations=40,
            pool=40,
        )
        job = Search(config, evaluator=own_losses.loss)
        summary = job.run()
        log = EventLog(job.run_folder.log, read_only=True)
        events = list(log.read())
        yield Ended(summary, open_state(job.run_folder), events)
        log.close()


def written(folder: Path) -> Path:
    """The costs of every cell, to which 1x1 convolutions add more energy than latency; the device cannot run one."""
    lines = ["arch_str,chip_ms,chip_mj"]
    unable = {each.text for each in SPACE.equals(UNABLE)}
    names = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
    for a, b, c, d, e, f in itertools.product(names, repeat=6):
        cell = (a, b, c, d, e, f)
        text = f"|{a}~0|+|{b}~0|{c}~1|+|{d}~0|{e}~1|{f}~2|"
        conv3, conv1 = cell.count("nor_conv_3x3"), cell.count("nor_conv_1x1")
        energy = "" if text in unable else f"{1 + conv3 + 0.9 * conv1:.1f}"
        lines.append(f"{text},{1 + 2 * conv3 + 0.5 * conv1:.1f},{energy}")
    path = folder / "costs.csv"
    path.write_text("\n".join(lines))
    return path


def values(state: RunState, hash_: str) -> list[float]:
    return gains_of([state.value(hash_, each.name) or 0.0 for each in state.objectives], state.objectives)


def test_the_front_is_what_brute_force_finds(ended: Ended) -> None:
    state = ended.state
    assert len(state.successes) == 40, "it went on though none of what it was to start from is allowed"
    assert all(
        state.value(each.hash, objective.name) is not None for each in state.successes for objective in state.objectives
    )
    points = {each.hash: values(state, each.hash) for each in state.successes}

    def beaten(hash_: str) -> bool:
        return any(
            all(a >= b for a, b in zip(other, points[hash_], strict=True)) and other != points[hash_]
            for other in points.values()
        )

    expected = {tuple(points[hash_]) for hash_ in points if not beaten(hash_)}
    assert {tuple(points[hash_]) for hash_ in state.front} == expected
    assert [each.hash for each in ended.summary.pareto] == list(state.front)
    assert len(expected) >= 3, "the three objectives are at odds"


def test_the_best_and_the_elites_are_those_of_the_least_loss(ended: Ended) -> None:
    state = ended.state
    losses = {each.hash: each.objectives["loss"] for each in state.successes}
    assert ended.summary.best is not None
    assert ended.summary.best.objectives["loss"] == min(losses.values())
    for niche, elite in state.elites.items():
        inside = [losses[hash_] for hash_, at in state.niches.items() if at == niche and hash_ in losses]
        assert losses[elite] == min(inside)


def test_what_the_device_cannot_run_is_marked_and_kept_nowhere(ended: Ended) -> None:
    state, hash_ = ended.state, UNABLE.hash
    assert list(state.infeasible) == [hash_]
    assert hash_ not in state.evaluations
    assert hash_ not in {*state.elites.values(), *state.front}
    (placement,) = [each for each in state.placements if each.hash == hash_]
    assert placement.status is PlacementStatus.INFEASIBLE
    refused = [event.data.refused for event in ended.events if isinstance(event.data, PoolScreened)]
    assert "cannot run" in refused[0][hash_]


def test_a_constraint_on_what_is_not_optimised_binds(ended: Ended) -> None:
    state, shape = ended.state, ended.state.started.task.shape
    sizes = {}
    for each in state.successes:
        counted = SPACE.complexity(SPACE.parse(each.text), shape)
        assert counted is not None
        sizes[each.hash] = counted.params
    assert max(sizes.values()) <= MOST
    heaviest = SPACE.complexity(SPACE.heaviest(), shape)
    assert heaviest is not None and heaviest.params > MOST
    assert SPACE.heaviest().hash not in state.candidates, "it was to be the first, and breaks the constraint"


def test_knowledge_and_summary_speak_of_all_three(ended: Ended) -> None:
    names = {"loss", LATENCY, ENERGY}
    assert {each.name for each in ended.summary.objectives} == names
    assert ended.summary.hypervolume is not None and 0 < ended.summary.hypervolume < 1
    for found in ended.summary.pareto:
        assert names < set(found.objectives) == {*names, "params"}
    learned = [event.data.heuristic for event in ended.events if isinstance(event.data, HeuristicChanged)]
    assert {each.objective.name for each in learned} == names
