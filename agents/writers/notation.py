"""Records in the short notation, which a capable LLM writes with its reasons."""

from __future__ import annotations

from pydantic import BaseModel, Field

from illuminas.agents.llm_session import prompt
from illuminas.agents.writers.base import ProposalWriter, Question, Reply, complaint_lines
from illuminas.memory.candidate import Operator

SHOWN = 12
"""Evaluated architectures in a prompt."""
TASKS = {Operator.LLM_MUTATE: "Change the parent a little.", Operator.LLM_CROSSOVER: "Combine the parents."}
PARENTS = {Operator.LLM_FRESH: 0, Operator.LLM_MUTATE: 1}
"""Most parents in a prompt."""
MOST_PARENTS = 3
"""The same for the other operators."""


class Proposal(BaseModel):
    """One architecture of a capable LLM."""

    architecture: str = Field(max_length=400, description="in the short notation")
    rationale: str = Field(max_length=300, description="why it should do well, in one sentence")


class CoderAnswer(BaseModel):
    """What a capable LLM proposes."""

    proposals: list[Proposal] = Field(min_length=1, max_length=12)


class NotationWriter(ProposalWriter):
    """Asks for several architectures at once."""

    async def write(self, question: Question) -> Reply | None:
        space, item = self._context.space, question.item
        parents = item.parents[: PARENTS.get(item.operator, MOST_PARENTS)]
        answer = await self._llm.fill(
            "coder",
            CoderAnswer,
            round=question.round,
            prompt=prompt(
                "coder",
                objectives=", ".join(each.words for each in self._context.state.objectives),
                task=TASKS.get(item.operator, "Design new ones."),
                parents="\n".join(self._line(hash_) for hash_ in parents) or "none",
                measured="\n".join(self._line(hash_) for hash_ in self._ranked(SHOWN)) or "nothing yet",
                target=self._aim(item),
                rules=self._checker.rules.lines(question.rules),
                count=item.count,
                notation=space.notation,
                complaints=complaint_lines(question.complaints),
            ),
            max_tokens=(space.words_tokens + 130) * item.count + 100,
        )
        if answer is None:
            return None
        reply = Reply()
        for proposal in answer[1].proposals[: item.count]:
            reply.read(space, proposal.architecture, parents=parents, rationale=proposal.rationale, call=answer[0])
        return reply
