"""Acquisitions: how each place of a batch is chosen, each a class of its own.

A config's ``warm_schedule`` and ``schedule`` name them. To add one, subclass :class:`Acquisition`, here or in a file of
its own, and list it in :data:`ACQUISITIONS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from illuminas.memory.candidate import Operator
from illuminas.memory.heuristics import HeuristicStatus

if TYPE_CHECKING:
    from illuminas.agents.pool import Pool

LEADERS = 30
"""Best by zero-cost scores, among which the one most unlike the rest is chosen."""


class Acquisition:
    """Chooses the candidate of one place of a batch.

    By itself it chooses among all that are left: at random while there is no surrogate, then by the expected gain of
    the run's objectives.
    """

    name: ClassVar[str]
    words: ClassVar[str]
    """How a candidate was chosen, after "chosen"."""
    scores: ClassVar[bool] = False
    """Whether it looks at the zero-cost scores of the whole pool."""

    def among(self, pool: Pool) -> list[int]:
        """Indices of the candidates that the place is open to; none where the acquisition has no candidate."""
        return pool.left

    def gain(self, pool: Pool) -> np.ndarray:
        """Expected gain of every candidate of the pool, ``(n,)``, higher is better."""
        return pool.gain()

    def draw(self, pool: Pool, turn: int) -> int:
        """Index of the candidate that is chosen without a surrogate.

        Args:
            turn: evaluations of the run before this one.
        """
        return int(pool.rng.choice(self.among(pool) or pool.left))


class Scores(Acquisition):
    """The best by its zero-cost scores.

    Where an objective is known without an evaluation, as a latency from a table, the pool is cut into bands of it, and
    each turn takes the best of the next band. Otherwise the choice is the one of the :data:`LEADERS` that is most
    unlike what was evaluated, since architectures that score alike are often alike.
    """

    name, words, scores = "scores", "by its zero-cost scores", True

    def draw(self, pool: Pool, turn: int) -> int:
        scores = pool.scores
        if pool.known:
            config = pool.context.config
            bands = self._turns(config.warm_schedule, max(2, config.warm_start))
            own = self._turns(config.warm_schedule, turn) % bands
            band = pool.known_ranks() * bands // len(pool.candidates)
            among = [index for index in pool.left if band[index] == own] or pool.left
            return max(among, key=lambda index: scores[index])
        leaders = sorted(pool.left, key=lambda index: -scores[index])[:LEADERS]
        return leaders[int(np.argmax(pool.distance_from_chosen(leaders)))]

    def _turns(self, schedule: Sequence[str], count: int) -> int:
        """How many of a run's first ``count`` evaluations scores choose."""
        return sum(schedule[turn % len(schedule)] == self.name for turn in range(count))


class Chance(Acquisition):
    """At random, since scores can mislead; in a run without a predictor, gains are random too."""

    name, words = "chance", "by chance"


class Spread(Acquisition):
    """From the niche with the fewest evaluations."""

    name, words = "spread", "for a niche that had been evaluated least"

    def among(self, pool: Pool) -> list[int]:
        """Those in the niche that has the fewest evaluations, this batch included, of the niches there are."""
        batch = [niche for index, niche in enumerate(pool.niches) if index not in pool.left]
        tries = Counter([*pool.context.state.niches.values(), *batch])
        least = min((pool.niches[index] for index in pool.left), key=lambda niche: (tries[niche], niche or 0))
        return [index for index in pool.left if pool.niches[index] == least]


class Person(Acquisition):
    """A person asked for it, or the mode starts from it; these places come before the schedule's."""

    name, words = "person", "as a person's wish, or the start"

    def among(self, pool: Pool) -> list[int]:
        return [index for index in pool.left if pool.candidates[index].operator is Operator.USER]


class ExpectedGain(Acquisition):
    """The greatest expected gain over the whole run."""

    name, words = "objective", "for the gain that it promises"


class Niche(Acquisition):
    """The greatest expected gain in the next niche of the planner's focus."""

    name, words = "niche", "for the gain that it promises in its niche"

    def among(self, pool: Pool) -> list[int]:
        if not pool.focus:
            return pool.left
        pool.focus.append(wanted := pool.focus.pop(0))
        return [index for index in pool.left if pool.niches[index] == wanted]

    def gain(self, pool: Pool) -> np.ndarray:
        return pool.elite_gain()


class FrontNiche(Niche):
    """The same where niches keep fronts: a niche gains what the hypervolume of its front is expected to grow by."""

    def gain(self, pool: Pool) -> np.ndarray:
        return pool.front_gain()


class OfOperator(Acquisition):
    """The best proposal of one operator, which is drawn by the operators' shares."""

    name, words = "operator", "as the best of its operator, whose turn it was"

    def among(self, pool: Pool) -> list[int]:
        operator = pool.shares.draw(pool.round, pool.rng)
        return [index for index in pool.left if pool.candidates[index].operator == operator]


class Experiment(Acquisition):
    """The best on that side of an open heuristic which has less evidence.

    A search that follows its rules would never see what happens without them.
    """

    name, words = "experiment", "as an experiment on an open heuristic"

    def among(self, pool: Pool) -> list[int]:
        everything, features = pool.context.knowledge.all(), pool.context.space.features
        waiting = [h for h in everything if h.status is HeuristicStatus.PROPOSED and h.objective.name == pool.lead]
        for heuristic in sorted(waiting, key=lambda h: (min(h.evidence.n_with, h.evidence.n_without), h.id)):
            wanted = heuristic.evidence.n_with <= heuristic.evidence.n_without
            holds = heuristic.predicate.holds
            if found := [index for index in pool.left if holds(features(pool.architectures[index])) == wanted]:
                return found
        return []


ACQUISITIONS: dict[str, type[Acquisition]] = {
    each.name: each for each in (Scores, Chance, Spread, ExpectedGain, Niche, OfOperator, Experiment, Person)
}
"""By the name that a schedule and the event log give them."""


def chosen(name: str) -> str:
    """Why a candidate was chosen, in words; empty for one that was not chosen."""
    return f"chosen {ACQUISITIONS[name].words}" if name in ACQUISITIONS else ""
