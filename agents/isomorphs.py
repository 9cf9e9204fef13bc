"""Isomorphs: of all ways to write a function, the one that the run's devices run best."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from illuminas.agents.config import SearchConfig
from illuminas.memory.state import RunState
from illuminas.tools.messages import Reading
from illuminas.tools.objectives import Objective, is_local
from illuminas.tools.spaces import Architecture, SearchSpace
from illuminas.tools.toolset import Toolset


class Spelling(NamedTuple):
    """A way to write a function, and what tables say of it.

    Attributes:
        values: objective's name -> value.
    """

    text: str
    values: dict[str, float]


class Isomorphs:
    """Looks devices' values up by table, which costs nothing, and remembers them.

    Cells that compute the same differ on a device, while their accuracy is paid for once. The best spelling is the
    best by the first of the run's objectives that a table decides, then by the next.
    """

    def __init__(self, config: SearchConfig, space: SearchSpace, tools: Toolset, state: RunState) -> None:
        self._config = config
        self._space = space
        self._tools = tools
        self._state = state
        self._seen: set[str] = set()
        self._best: dict[str, Spelling] = {}
        self._values: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._infeasible: dict[str, str] = {}

    @property
    def objectives(self) -> list[Objective]:
        """Those of the run that a table decides."""
        return [each for each in self._state.tracked if each.source == "device" and not is_local(each.device)]

    @property
    def values(self) -> Mapping[str, Mapping[str, float]]:
        """Objective's name -> hash -> value of the best spelling, of all that was looked up so far."""
        return self._values

    @property
    def infeasible(self) -> Mapping[str, str]:
        """Hash -> why a device can run no spelling of it."""
        return self._infeasible

    async def best(self, architectures: Sequence[Architecture]) -> dict[str, Spelling]:
        """Hash -> the best spelling of each architecture that the tables have a value of."""
        new = {each.hash: each for each in architectures if each.hash not in self._seen}
        self._seen.update(new)
        asked = [equal for each in new.values() for equal in self._space.equals(each)]
        if asked and self.objectives:
            readings = [await self._read(objective.name, asked) for objective in self.objectives]
            for architecture, *told in zip(asked, *readings, strict=True):
                self._take(architecture, told)
            for hash_, spelling in ((hash_, self._best[hash_]) for hash_ in new if hash_ in self._best):
                self._infeasible.pop(hash_, None)
                for name, value in spelling.values.items():
                    self._values[name][hash_] = value
        return {each.hash: self._best[each.hash] for each in architectures if each.hash in self._best}

    async def _read(self, objective: str, architectures: Sequence[Architecture]) -> list[Reading]:
        config, texts = self._config, [each.text for each in architectures]
        return (await self._tools.lookup_objective(config.space, config.dataset, texts, objective)).results

    def _take(self, architecture: Architecture, readings: Sequence[Reading]) -> None:
        """Keep a spelling that is better than what is known of its function."""
        refusal = next((each.reason for each in readings if each.infeasible), None)
        if refusal is not None:
            self._infeasible.setdefault(architecture.hash, refusal)
            return
        values = {each.objective: each.value for each in readings if each.value is not None}
        known = self._best.get(architecture.hash)
        if values and (known is None or self._rank(values) > self._rank(known.values)):
            self._best[architecture.hash] = Spelling(architecture.text, values)

    def _rank(self, values: Mapping[str, float]) -> tuple[float, ...]:
        return tuple(each.gain(values[each.name]) if each.name in values else -math.inf for each in self.objectives)
