"""The LLM's operators: ask for proposals, check them, and let the LLM repair what was refused."""

from __future__ import annotations

from collections.abc import Collection

from illuminas.agents.checker import Checker, Refusal
from illuminas.agents.context import Context
from illuminas.agents.draft import Draft, Proposed
from illuminas.agents.writers.base import ProposalWriter, Question
from illuminas.memory.candidate import RejectedProposal
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.plan import PlanItem


class LLMOperators:
    """What the LLM proposes for one item of a plan."""

    def __init__(self, context: Context, writer: ProposalWriter, checker: Checker) -> None:
        self._context = context
        self._writer = writer
        self._checker = checker

    async def propose(
        self, round: int, item: PlanItem, rules: list[Heuristic], taken: Collection[str]
    ) -> Proposed | None:
        """The LLM's proposals, None where it gave no answer.

        It is told why some were refused, and may answer again, as often as the mode repairs.

        Args:
            taken: hashes of what this round has already.
        """
        kept: dict[str, Draft] = {}
        misses: list[RejectedProposal] = []
        complaints: list[Refusal] = []
        for attempt in range(1 + self._context.config.repairs):
            question = Question(round=round, item=item, rules=rules, taken=taken, complaints=complaints)
            reply = await self._writer.write(question)
            if reply is None:
                break
            complaints = [Refusal(reason) for reason in reply.unreadable]
            complaints += await self._refusals(reply.drafts, item, taken, kept)
            misses += [self._miss(item, attempt, complaint) for complaint in complaints]
            if not complaints:
                break
        if not kept and not misses:
            return None
        if not kept:
            misses[-1] = misses[-1].model_copy(update={"last": True})
        return Proposed(list(kept.values()), misses)

    async def _refusals(
        self, drafts: list[Draft], item: PlanItem, taken: Collection[str], kept: dict[str, Draft]
    ) -> list[Refusal]:
        """Add to ``kept`` what nothing speaks against; of the others why not."""
        refused = []
        for draft in drafts:
            refusal = self._checker.refusal(draft.architecture, item, {*taken, *kept})
            if not refusal and self._context.config.repairs:
                refusal = await self._checker.unbuildable(draft.architecture)
            if refusal:
                refused.append(refusal)
            else:
                kept[draft.architecture.hash] = draft
        return refused

    def _miss(self, item: PlanItem, attempt: int, refusal: Refusal) -> RejectedProposal:
        return RejectedProposal(
            operator=item.operator,
            instruction=item.instruction,
            temperature=item.temperature,
            attempt=attempt,
            repeated=refusal.repeated,
            reason=refusal.reason,
        )
