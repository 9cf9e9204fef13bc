"""Compliance: whether an architecture keeps to what people asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from illuminas.agents.config import SearchConfig
from illuminas.agents.isomorphs import Isomorphs
from illuminas.memory.bounds import Bounds
from illuminas.memory.directives import Terms
from illuminas.memory.run import Run
from illuminas.tools.objectives import is_local
from illuminas.tools.spaces import Architecture
from illuminas.tools.toolset import Toolset


class _InForce(NamedTuple):
    """What the first ``acts`` directives of a run ask for."""

    acts: int
    bounds: Bounds
    avoided: dict[int, int]


class Compliance:
    """Judges architectures by the directives in force; one a run.

    Call :meth:`prepare` before a round's proposals are made: it looks up what limits are about.

    Args:
        run: that the search drives.
        config: of the run.
        tools: look up what another device than the run's is limited to.
        isomorphs: of the run.
    """

    def __init__(self, run: Run, config: SearchConfig, tools: Toolset, isomorphs: Isomorphs) -> None:
        self._run = run
        self._config = config
        self._tools = tools
        self._isomorphs = isomorphs
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
        steering = self._run.state.steering
        if self._known is None or self._known.acts != len(steering.acts):
            self._known = _InForce(len(steering.acts), self._bounds(), steering.avoided)
        return self._known

    def _bounds(self) -> Bounds:
        state = self._run.state
        return Bounds.of(state.steering, self._run.space, state.constraints)

    async def prepare(self) -> None:
        """Look up, once, the values of the whole space on the tables' devices that are limited."""
        space, isomorphs = self._run.space, self._isomorphs
        if not space.enumerable:
            return
        own = {objective.name for objective in isomorphs.objectives}
        if own and (self.bounds.objectives & own or self._in_force.avoided):
            await isomorphs.best(space.reduced())
        limited = map(self.terms.objective, sorted(self.bounds.objectives - {*own, *self._on_device}))
        for name in [each.name for each in limited if each.source == "device" and not is_local(each.device)]:
            texts = [equal.text for each in space.reduced() for equal in space.equals(each)]
            readings = await self._tools.lookup_objective(self._config.space, self._config.dataset, texts, name)
            found = zip(texts, readings.results, strict=True)
            self._on_device[name] = {text: r.value for text, r in found if r.value is not None}

    def breach(self, architecture: Architecture, estimates: Mapping[str, float] | None = None) -> str:
        """What it breaks, in words; empty where nothing known says that it breaks anything.

        Args:
            estimates: objective's name -> value, where none is known.
        """
        hash_ = architecture.hash
        if reason := self._run.state.infeasible.get(hash_) or self._isomorphs.infeasible.get(hash_):
            return reason
        number = self.broken_by(architecture, estimates)
        if number is None:
            return ""
        if number <= 0:
            constraint = self._run.state.constraints[-number]
            return f"breaks a constraint of the run: {constraint.words(self.terms.objective(constraint.objective))}"
        act = self._run.state.steering.acts[number - 1]
        return f"breaks directive {number}: {act.directive.words(self.terms)}"

    def broken_by(self, architecture: Architecture, estimates: Mapping[str, float] | None = None) -> int | None:
        """Number of the directive that it breaks, 0 and less for a constraint of the run; None where it breaks none."""
        if not self.active:
            return None
        run, hash_ = self._run, architecture.hash
        values = dict(estimates or {})
        values |= {
            name: found[architecture.text] for name, found in self._on_device.items() if architecture.text in found
        }
        own = {each.name: run.value(hash_, each.name) for each in run.state.tracked}
        values |= {name: value for name, value in own.items() if value is not None}
        number = self.bounds.broken_by(run.descriptors(architecture), values)
        if number is None and self._in_force.avoided:
            niche = run.niche_of(architecture)
            number = None if niche is None else self._in_force.avoided.get(niche)
        return number

    def allowed(self) -> list[Architecture]:
        """Those of a space that can be listed which break nothing; empty for a space that cannot."""
        space, acts = self._run.space, len(self._run.state.steering.acts)
        if self._allowed is None or self._allowed[0] != acts:
            found = [each for each in space.reduced() if not self.breach(each)] if space.enumerable else []
            self._allowed = (acts, found)
        return self._allowed[1]

    def open_niches(self, niches: Sequence[int]) -> list[int]:
        """Those that the search may work in: of the focus, not kept out of, not emptied by limits."""
        avoided, focus = self._in_force.avoided, self._run.state.steering.focus
        kept = [niche for niche in niches if niche not in avoided and (not focus or niche in focus)]
        if kept and self.active and self._run.space.enumerable:
            reached = {self._run.niche_of(each) for each in self.allowed()}
            kept = [niche for niche in kept if niche in reached] or kept
        return kept

    def words(self) -> str:
        """What is asked of every architecture, for prompts; empty where nothing is."""
        steering = self._run.state.steering
        asked = {**steering.limits, **steering.requirements}
        own = [f"only {each.words(self.terms.objective(each.objective))}" for each in self._run.state.constraints]
        return "; ".join([*own, *(asked[number].words(self.terms) for number in sorted(asked))])

    @property
    def terms(self) -> Terms:
        state = self._run.state
        return Terms(self._run.space, state.partition, state.tracked)
