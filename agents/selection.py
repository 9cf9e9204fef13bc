"""The selection: which candidates of a pool to evaluate, by the schedule of acquisitions."""

from __future__ import annotations

from collections.abc import Mapping

from illuminas.agents.acquisition import Acquisition
from illuminas.agents.context import Context
from illuminas.agents.pool import Pool
from illuminas.agents.shares import OperatorShares
from illuminas.memory.candidate import Candidate
from illuminas.memory.plan import Plan
from illuminas.tools.surrogate import SCORES, Surrogate

ASKED, OTHERWISE = "person", "objective"
"""Acquisitions of what people ask for, and of a place whose own has no candidate."""


class Selection:
    """Chooses the batch of every round.

    Args:
        context: of the run.
        shares: of the operators.
        acquisitions: by the name that schedules give them.
    """

    def __init__(self, context: Context, shares: OperatorShares, acquisitions: Mapping[str, Acquisition]) -> None:
        self._context = context
        self._shares = shares
        self._acquisitions = acquisitions

    def choose(self, plan: Plan, candidates: list[Candidate]) -> list[Candidate]:
        """The batch, each candidate with what it was chosen for and what the surrogate expects of it.

        Args:
            candidates: of the pool, whose zero-cost scores and free values are among the context's findings.
        """
        if not candidates:
            return []
        pool, config = Pool(self._context, plan, candidates, self._shares), self._context.config
        chosen = [pool.take(index, ASKED) for index in self._acquisitions[ASKED].among(pool)[: plan.batch]]
        begun, warm = len(self._context.state.evaluations), self._warm_places(plan)
        while len(chosen) < warm and pool.left:
            turn = begun + len(chosen)
            name = config.warm_schedule[turn % len(config.warm_schedule)]
            chosen.append(pool.take(self._acquisitions[name].draw(pool, turn), name))
        if len(chosen) < plan.batch and pool.left:
            pool.predict()
        while len(chosen) < plan.batch and pool.left:
            name = config.schedule[(begun + len(chosen)) % len(config.schedule)]
            among = self._acquisitions[name].among(pool)
            if not among:
                name, among = OTHERWISE, pool.left
            chosen.append(pool.take_best(among, self._acquisitions[name].gain(pool), name))
        return chosen

    def needs_scores(self, plan: Plan) -> bool:
        """Whether the round's choice looks at zero-cost scores of the whole pool."""
        warm, config = self._warm_places(plan), self._context.config
        scheduled = any(self._acquisitions[name].scores for name in config.warm_schedule)
        return (warm > 0 and scheduled) or (warm < plan.batch and SCORES in config.predictor)

    def _warm_places(self, plan: Plan) -> int:
        """How many places of the round's batch come before the surrogate's."""
        state = self._context.state
        if len(state.successes) < Surrogate.MINIMUM:
            return plan.batch
        return min(plan.batch, max(0, self._context.config.warm_start - len(state.evaluations)))
