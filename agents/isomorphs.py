"""Isomorphs: of all ways to write a function, the one that a device runs fastest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from illuminas.agents.config import SearchConfig
from illuminas.tools.client import ToolClient
from illuminas.tools.spaces import Architecture, SearchSpace


class Reading(NamedTuple):
    """The fastest spelling and its latency, milliseconds."""

    text: str
    latency: float


class Isomorphs:
    """Looks latencies up by table, which costs nothing, and remembers them.

    Cells that compute the same differ in latency on a device, while their accuracy is paid for once.
    """

    def __init__(self, config: SearchConfig, space: SearchSpace, tools: ToolClient) -> None:
        self._config = config
        self._space = space
        self._tools = tools
        self._seen: set[str] = set()
        self._fastest: dict[str, Reading] = {}
        self._latencies: dict[str, float] = {}

    @property
    def latencies(self) -> Mapping[str, float]:
        """Hash -> milliseconds, of all that was looked up so far."""
        return self._latencies

    async def fastest(self, architectures: Sequence[Architecture]) -> dict[str, Reading]:
        """Hash -> the fastest spelling of each architecture that the table has a latency of."""
        config = self._config
        new = {each.hash: each for each in architectures if each.hash not in self._seen}
        self._seen.update(new)
        asked = [equal for each in new.values() for equal in self._space.equals(each)]
        if asked:
            texts = [each.text for each in asked]
            answers = await self._tools.lookup_latency(config.space, config.dataset, config.device, texts)
            for architecture, answer in zip(asked, answers, strict=True):
                known = self._fastest.get(architecture.hash)
                if answer.latency_ms is not None and (known is None or answer.latency_ms < known.latency):
                    self._fastest[architecture.hash] = Reading(architecture.text, answer.latency_ms)
                    self._latencies[architecture.hash] = answer.latency_ms
        return {each.hash: self._fastest[each.hash] for each in architectures if each.hash in self._fastest}
