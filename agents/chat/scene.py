"""The scene: what words of a message can refer to, as the run stands when it comes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from illuminas.agents.chat.tools import ToolCaller
from illuminas.memory.runs import RunFolder, find_run
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import Objective, get_objective
from illuminas.tools.spaces import SearchSpace, get_space

_MILLISECONDS = ("_ms", "_latency")
"""Ends of a table's column that people leave out when they name the device."""


class Heard(Frozen):
    """What one message names.

    Attributes:
        numbers: as commands write them; not those that name niches.
        features: of the search space.
        devices, niches, heuristics: as the scene has them.
        quantities, units: of limits and budgets.
    """

    numbers: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    niches: tuple[int, ...] = ()
    heuristics: tuple[str, ...] = ()
    quantities: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


class OpenQuestion(Frozen):
    """What the search waits to be told.

    Attributes:
        key: names it.
        text: in words.
        options: of several things asked about, their ids and words.
    """

    key: str
    text: str
    options: Mapping[str, str] = {}


class Scene(Frozen):
    """A run as far as understanding a message takes it.

    Attributes:
        run: its id.
        space_name: its search space.
        dataset: as the run names it.
        device: what its latencies are of; ``none`` without.
        objectives: names of what it optimises, the most important first.
        measures: the same, as the run declares them.
        niches: number -> words, of those that some architecture belongs to.
        empty: numbers of those without an elite.
        device_names: every device that there is, as tools take them.
        heuristics: ids.
        runs: ids of every run, the newest first.
        caps: name -> what may be spent in all; None is without a cap.
        spent: name -> what was spent.
        question: what it asks a person.
        last_act: number of the last directive of this chat.
        heard: what a message names, where a model may write that alone; None lets it write anything.
    """

    run: str
    space_name: str
    dataset: str
    device: str = "none"
    objectives: tuple[str, ...] = ("accuracy", "latency")
    measures: tuple[Objective, ...] = ()
    niches: Mapping[int, str] = {}
    empty: tuple[int, ...] = ()
    device_names: tuple[str, ...] = ()
    heuristics: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    caps: Mapping[str, float | None] = {}
    spent: Mapping[str, float] = {}
    question: OpenQuestion | None = None
    last_act: int | None = None
    heard: Heard | None = None

    @property
    def primary(self) -> Objective:
        """The first objective."""
        return get_objective(self.objectives[0], self.measures)

    @property
    def space(self) -> SearchSpace:
        return get_space(self.space_name)

    def named(self, kind: str) -> tuple[Any, ...]:
        """What the message names of a kind, a field of :class:`Heard`."""
        found: tuple[Any, ...] = () if self.heard is None else getattr(self.heard, kind)
        return found

    @property
    def devices(self) -> Mapping[str, str]:
        """Short name -> device; of equal ones the run's own, or none."""
        return _short_names(self.device_names, self.device)

    def device_of(self, name: str) -> str:
        """The device of a short name, or of its own.

        Raises:
            IlluminasError: there is none.
        """
        if name in self.device_names or name == self.device:
            return name
        if name.lower() not in self.devices:
            raise unknown_name("device", name, self.devices)
        return self.devices[name.lower()]

    def niche_of(self, name: str) -> int:
        """A niche's number, by its number or its words.

        Raises:
            IlluminasError: there is none.
        """
        bare = name.strip().strip("'\"").lower()
        by_words = {words.lower(): niche for niche, words in self.niches.items()}
        if bare.isdecimal() and int(bare) in self.niches:
            return int(bare)
        if bare in by_words:
            return by_words[bare]
        raise unknown_name("niche", name, [f"{niche} ({words})" for niche, words in self.niches.items()])

    def run_of(self, name: str) -> str:
        """A run other than this one, by the beginning of its id; ``last`` is the newest other one.

        Raises:
            IlluminasError: there is none, or several begin so.
        """
        others = [RunFolder(Path(run)) for run in reversed(self.runs) if run != self.run]
        return find_run(name, others).id


@lru_cache(maxsize=64)
def _short_names(device_names: tuple[str, ...], own: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for device in device_names:
        column = device.rpartition("/")[2]
        short = next((column.removesuffix(end) for end in _MILLISECONDS if column.endswith(end)), column)
        for name in {column, short}:
            found.setdefault(name, []).append(device)
    single = {name: devices[0] for name, devices in found.items() if len(devices) == 1}
    return {**single, **{name: own for name, devices in found.items() if own in devices}}


MOST = 100
"""Runs and heuristics that words can refer to."""


async def see(caller: ToolCaller, *, last_act: int | None = None) -> Scene:
    """What words can refer to, as the run stands now.

    Args:
        last_act: number of this chat's last directive.

    Raises:
        IlluminasError: there is no such run.
    """
    run = await caller.quietly("get_run_status", run_id=caller.run)
    try:
        niches = (await caller.quietly("list_niches", run_id=caller.run))["niches"]
    except IlluminasError:
        niches = []  # the run has only begun
    devices = await caller.quietly("list_devices")
    rules = await caller.quietly("search_heuristics", run_id=caller.run, limit=MOST)
    runs = await caller.quietly("list_runs", limit=MOST)
    waits = run["waits_for"]
    spent = {"evaluations": run["evaluations"], "seconds": run["seconds"], "tokens": run["llm"]["tokens"]}
    return Scene(
        run=run["run_id"],
        space_name=run["space"],
        dataset=run["dataset"],
        device=run["device"],
        objectives=tuple(each["name"] for each in run["objectives"]),
        measures=run["objectives"],
        niches={each["niche"]: each["words"] for each in niches},
        empty=tuple(each["niche"] for each in niches if each["elite"] is None),
        device_names=tuple(each["name"] for each in devices["devices"]),
        heuristics=tuple(each["id"] for each in rules["results"]),
        runs=tuple(each["run_id"] for each in runs["runs"]),
        caps=run["caps"],
        spent={**spent, "dollars": run["llm"].get("dollars") or 0.0},
        question=waits and OpenQuestion(key=waits["question"], text=waits["text"], options=waits["options"]),
        last_act=last_act,
    )
