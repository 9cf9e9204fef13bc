"""Compliance: whether an architecture keeps to what people asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from illuminas.memory.bounds import Bounds
from illuminas.memory.directives import Terms
from illuminas.tools.objectives import LOCAL
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

    Call :meth:`prepare` before a round's proposals are made: it looks up what limits are about.
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
            self._known = _InForce(len(steering.acts), self._bounds(), steering.avoided)
        return self._known

    def _bounds(self) -> Bounds:
        state = self._context.state
        return Bounds.of(state.steering, self._context.space, state.constraints)

    async def prepare(self) -> None:
        """Look up, once, the values of the whole space on the tables' devices that are limited."""
        context = self._context
        if not context.space.enumerable:
            return
        own = {objective.name for objective in context.isomorphs.objectives}
        if own and (self.bounds.objectives & own or self._in_force.avoided):
            await context.isomorphs.best(context.space.reduced())
        limited = map(self.terms.objective, sorted(self.bounds.objectives - {*own, *self._on_device}))
        for name in [each.name for each in limited if each.source == "device" and each.device != LOCAL]:
            texts = [equal.text for each in context.space.reduced() for equal in context.space.equals(each)]
            config = context.config
            readings = await context.tools.lookup_objective(config.space, config.dataset, texts, name)
            found = zip(texts, readings.results, strict=True)
            self._on_device[name] = {text: r.value for text, r in found if r.value is not None}

    def breach(self, architecture: Architecture, estimates: Mapping[str, float] | None = None) -> str:
        """What it breaks, in words; empty where nothing known says that it breaks anything.

        Args:
            estimates: objective's name -> value, where none is known.
        """
        context = self._context
        hash_ = architecture.hash
        if reason := context.state.infeasible.get(hash_) or context.isomorphs.infeasible.get(hash_):
            return reason
        if not self.active:
            return ""
        known = context.descriptors(architecture)
        values = dict(estimates or {})
        values |= {
            name: found[architecture.text] for name, found in self._on_device.items() if architecture.text in found
        }
        own = {each.name: context.value(hash_, each.name) for each in context.state.tracked}
        values |= {name: value for name, value in own.items() if value is not None}
        number = self.bounds.broken_by(known, values)
        if number is None and self._in_force.avoided:
            niche = context.niche_of(architecture)
            number = None if niche is None else self._in_force.avoided.get(niche)
        if number is None:
            return ""
        if number <= 0:
            constraint = context.state.constraints[-number]
            return f"breaks a constraint of the run: {constraint.words(self.terms.objective(constraint.objective))}"
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
        own = [f"only {each.words(self.terms.objective(each.objective))}" for each in self._context.state.constraints]
        return "; ".join([*own, *(asked[number].words(self.terms) for number in sorted(asked))])

    @property
    def terms(self) -> Terms:
        state = self._context.state
        return Terms(self._context.space, state.partition, state.tracked)
