"""The scene: what words of a message can refer to, as the run stands when it comes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from illuminas.agents.chat.quantities import Quantity, quantities
from illuminas.agents.chat.tools import ToolCaller
from illuminas.memory.runs import RunFolder, find_run
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import Objective, device_of_column, kind_of_column
from illuminas.tools.spaces import SearchSpace, get_space


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
        device: that it is for; ``none`` without.
        objectives: what it optimises, the most important first.
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
    objectives: tuple[Objective, ...]
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
        return self.objectives[0]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What can be bounded, sorted by and compared, the primary objective first."""
        return quantities(self.objectives)

    @property
    def space(self) -> SearchSpace:
        return get_space(self.space_name)

    def named(self, kind: str) -> tuple[Any, ...]:
        """What the message names of a kind, a field of :class:`Heard`."""
        found: tuple[Any, ...] = () if self.heard is None else getattr(self.heard, kind)
        return found

    @property
    def devices(self) -> tuple[str, ...]:
        """Short names of all devices."""
        return tuple({short for device in self.device_names for short in _short_names(device)})

    def device_of(self, name: str, kind: str = "") -> str:
        """The device of a short name, or of its own; of equal short names the run's own.

        Args:
            kind: of objective that it must have, where its name says what it has.

        Raises:
            IlluminasError: there is none, or several.
        """
        found = self._devices_of(name, kind)
        if len(found) > 1 and self.device not in found:
            raise IlluminasError(f"{len(found)} tables have a device {name}. Name one: {', '.join(found)}.")
        if not found:
            raise unknown_name("device", name, self.devices)
        return self.device if self.device in found else found[0]

    def _devices_of(self, name: str, kind: str) -> list[str]:
        if name in self.device_names or name == self.device:
            return [name]
        found = {each: kind_of_column(each.rpartition("/")[2]) for each in self.device_names if _called(each, name)}
        told = [each for each, held in found.items() if held is not None and held.name == kind]
        return told or [each for each, held in found.items() if held is None or not kind]

    def objective_on(self, quantity: Quantity, device: str) -> str:
        """The name of what a device decides, on a device that a person names."""
        kind = quantity.objective.kind
        return f"{kind}:{self.device_of(device, kind)}"

    def shown_on(self, device: str) -> str:
        """The name of what is known of a device, of several such what comes first in the run."""
        known = [each for each in self.quantities if each.of_device]
        first = next((each for each in known if self._devices_of(device, each.objective.kind)), known[0])
        return self.objective_on(first, device)

    def elsewhere(self, name: str) -> bool:
        """Whether an objective is of a device that is not the run's."""
        own = (self.device, *(each.device for each in self.objectives))
        return ":" in name and name.partition(":")[2] not in own

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


def _short_names(device: str) -> set[str]:
    """A table's column, and the same without what says what it holds."""
    column = device.rpartition("/")[2].lower()
    return {column, device_of_column(column) or column}


def _called(device: str, name: str) -> bool:
    return name.lower() in _short_names(device)


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
        objectives=run["objectives"],
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
