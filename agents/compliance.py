"""Compliance: whether an architecture keeps to what people asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from illuminas.memory.bounds import Bounds
from illuminas.memory.directives import Terms
from illuminas.tools.spaces import Architecture

if TYPE_CHECKING:
    from illuminas.agents.context import Context


class _InForce(NamedTuple):
    """What the first ``acts`` directives of a run ask for."""

    acts: int
    bounds: Bounds
    avoided: dict[int, int]


class Compliance:
    """Judges architectures by the directives in force; one a run.

    Call :meth:`prepare` before a round's proposals are made: it looks up the latencies that limits are about.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._on_device: dict[str, dict[str, float]] = {}
        self._known: _InForce | None = None
        self._allowed: tuple[int, list[Architecture]] | None = None

    @property
    def bounds(self) -> Bounds:
        return self._in_force.bounds

    @property
    def active(self) -> bool:
        """Whether anything is refused at all."""
        return bool(self._in_force.bounds or self._in_force.avoided)

    @property
    def _in_force(self) -> _InForce:
        steering = self._context.state.steering
        if self._known is None or self._known.acts != len(steering.acts):
            self._known = _InForce(len(steering.acts), Bounds.of(steering, self._context.space), steering.avoided)
        return self._known

    async def prepare(self) -> None:
        """Look up, once, the latencies of the whole space on the tables' devices that are limited."""
        context = self._context
        if not context.space.enumerable:
            return
        devices = {device for device in self.bounds.devices if device.startswith("table:")}
        if context.device_is_table and (context.config.device in devices or self._in_force.avoided):
            await context.isomorphs.fastest(context.space.reduced())
        for device in devices - {context.config.device, *self._on_device}:
            texts = [equal.text for each in context.space.reduced() for equal in context.space.equals(each)]
            readings = await context.tools.lookup_latency(context.config.space, context.config.dataset, device, texts)
            found = zip(texts, readings, strict=True)
            self._on_device[device] = {text: r.latency_ms for text, r in found if r.latency_ms is not None}

    def breach(self, architecture: Architecture, estimate: float | None = None) -> str:
        """What it breaks, in words; empty where nothing known says that it breaks anything.

        Args:
            estimate: its latency on the run's device, ms, where none is known.
        """
        context = self._context
        if not self.active:
            return ""
        known = context.descriptors(architecture)
        latencies = {
            device: found[architecture.text] for device, found in self._on_device.items() if architecture.text in found
        }
        own = context.latency(architecture.hash)
        own = estimate if own is None else own
        if own is not None:
            latencies[context.config.device] = own
        number = self.bounds.broken_by(known, latencies)
        if number is None and self._in_force.avoided:
            niche = context.niche_of(architecture)
            number = None if niche is None else self._in_force.avoided.get(niche)
        if number is None:
            return ""
        act = context.state.steering.acts[number - 1]
        return f"breaks directive {number}: {act.directive.words(self.terms)}"

    def allowed(self) -> list[Architecture]:
        """Those of a space that can be listed which break nothing; empty for a space that cannot."""
        space, acts = self._context.space, len(self._context.state.steering.acts)
        if self._allowed is None or self._allowed[0] != acts:
            found = [each for each in space.reduced() if not self.breach(each)] if space.enumerable else []
            self._allowed = (acts, found)
        return self._allowed[1]

    def open_niches(self, niches: Sequence[int]) -> list[int]:
        """Those that the search may work in: of the focus, not kept out of, not emptied by limits."""
        avoided, focus = self._in_force.avoided, self._context.state.steering.focus
        kept = [niche for niche in niches if niche not in avoided and (not focus or niche in focus)]
        if kept and self.active and self._context.space.enumerable:
            reached = {self._context.niche_of(each) for each in self.allowed()}
            kept = [niche for niche in kept if niche in reached] or kept
        return kept

    def words(self) -> str:
        """What is asked of every architecture, for prompts; empty where nothing is."""
        steering = self._context.state.steering
        asked = {**steering.limits, **steering.requirements}
        return "; ".join(asked[number].words(self.terms) for number in sorted(asked))

    @property
    def terms(self) -> Terms:
        return Terms(self._context.space, self._context.state.partition)
