"""The author: asks the LLM for architectures, in the form that its size allows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from pydantic import BaseModel, Field

from illuminas.agents.checker import Checker, Refusal
from illuminas.agents.context import Context
from illuminas.agents.draft import Draft, Proposed, Reply
from illuminas.agents.instructed_mutation import InstructedMutation, complaint_lines
from illuminas.agents.llm.base import Choice, Lines, Record
from illuminas.agents.llm_session import LLMSession, prompt
from illuminas.agents.plan import PlanItem
from illuminas.agents.quoting import line
from illuminas.memory.candidate import Operator, RejectedProposal
from illuminas.memory.heuristics import Heuristic

SHOWN = 12
"""Evaluated architectures that a capable LLM is shown."""
SHOWN_SMALL = 3
"""The same for a small one: on one thread it reads some thirty tokens a second."""
EDITS_OFFERED = 8
"""Untried edits, or children of two parents, that a prompt offers a small model."""
PICKED = 3
"""Of them, those that it picks: fewer than are offered, or its choice would decide nothing."""
DRAWS = 40
"""Children drawn of pairs of parents, from which those are taken that may be offered."""


class Proposal(BaseModel):
    """One architecture of a capable LLM."""

    architecture: str = Field(max_length=400, description="in the short notation")
    rationale: str = Field(max_length=300, description="why it should do well, in one sentence")


class CoderAnswer(BaseModel):
    """What a capable LLM proposes."""

    proposals: list[Proposal] = Field(min_length=1, max_length=12)


class LLMOperators:
    """What the LLM proposes for one item of a plan."""

    def __init__(self, context: Context, llm: LLMSession, checker: Checker) -> None:
        self._context = context
        self._llm = llm
        self._checker = checker
        self._instructed = InstructedMutation(context, llm)

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
            reply = await self._ask(round, item, rules, taken, complaints)
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

    async def _ask(
        self,
        round: int,
        item: PlanItem,
        rules: list[Heuristic],
        taken: Collection[str],
        complaints: list[Refusal],
    ) -> Reply | None:
        if self._context.config.instructed:
            return await self._instructed.ask(round, item, complaints)
        if self._context.profile(round) == "capable":
            return await self._ask_capable(round, item, rules, complaints)
        if item.operator is not Operator.LLM_FRESH and item.parents:
            alone = item.operator is Operator.LLM_MUTATE or len(item.parents) == 1
            return await (self._ask_edits if alone else self._ask_children)(round, item, rules, taken)
        return await self._ask_continuation(round, item)

    async def _ask_edits(
        self, round: int, item: PlanItem, rules: list[Heuristic], taken: Collection[str]
    ) -> Reply | None:
        """One-edit choices: the gains of tried edits are shown, untried ones offered."""
        context = self._context
        parent = context.architecture(item.parents[0])
        base = context.state.accuracy(parent.hash)
        tried, untried = [], {}
        for edit in context.space.edits(parent):
            evaluation = context.state.evaluations.get(edit.result.hash)
            if evaluation is not None and evaluation.val_accuracy is not None:
                tried.append((evaluation.val_accuracy - base, edit.label))
            elif not self._checker.refusal(edit.result, item, taken):
                untried[edit.label] = edit.result
        if len(untried) <= PICKED:
            return None
        labels = list(untried)
        offered = context.rng(round, f"edits:{item.target}:{parent.hash}").permutation(len(labels))
        options = tuple(labels[index] for index in offered[:EDITS_OFFERED])
        answer = await self._llm.ask(
            "coder-edit",
            Choice(options=options, count=min(item.count, PICKED)),
            round=round,
            system=prompt("coder_edit_system", space=context.space.summary, plural=context.space.plural),
            prompt=prompt(
                "coder_edit_rules" if self._checker.strict else "coder_edit_small",
                rules=self._rule_lines(rules),
                noun=context.space.noun,
                parent=context.space.to_words(parent),
                accuracy=f"{base:.1f}",
                target=self._aim(item),
                tried="\n".join(f"{label}: {gain:+.1f}" for gain, label in sorted(tried, reverse=True)[:SHOWN_SMALL])
                or "none",
                options="\n".join(options),
            ),
            max_tokens=10 * item.count + 8,
        )
        if answer is None:
            return None
        key, picks = answer
        return Reply([Draft(untried[label], (parent.hash,), f"change {label}", key) for label in picks.values])

    async def _ask_children(
        self, round: int, item: PlanItem, rules: list[Heuristic], taken: Collection[str]
    ) -> Reply | None:
        """Children of pairs of parents, drawn by chance, among which a small LLM chooses."""
        context, space = self._context, self._context.space
        rng = context.rng(round, f"children:{item.target}")
        children: dict[str, Draft] = {}
        for _ in range(DRAWS):
            left, right = (item.parents[int(index)] for index in rng.choice(len(item.parents), size=2, replace=False))
            child = space.crossover(context.architecture(left), context.architecture(right), rng)
            if not self._checker.refusal(child, item, taken):
                children.setdefault(space.to_words(child), Draft(child, (left, right)))
            if len(children) == EDITS_OFFERED:
                break
        if len(children) <= PICKED:
            return None
        answer = await self._llm.ask(
            "coder-child",
            Choice(options=tuple(children), count=min(item.count, PICKED)),
            round=round,
            system=prompt("coder_child_system", space=space.summary, plural=space.plural),
            prompt=prompt(
                "coder_child_small",
                noun=space.noun,
                parents="\n".join(self._line(hash_) for hash_ in item.parents[:SHOWN_SMALL]),
                rules=self._rule_lines(rules),
                target=self._aim(item),
                options="\n".join(children),
            ),
            max_tokens=space.words_tokens * item.count + 8,
        )
        if answer is None:
            return None
        key, picks = answer
        return Reply([replace(children[words], rationale="chosen among children", call=key) for words in picks.values])

    async def _ask_continuation(self, round: int, item: PlanItem) -> Reply | None:
        """Continue a list of measured architectures that rises in accuracy."""
        context, space = self._context, self._context.space
        ranked = sorted(context.state.successes, key=lambda e: (context.state.accuracy(e.hash), e.hash))[-SHOWN_SMALL:]
        shown = "\n".join(f"{e.val_accuracy:.1f} {space.to_words(context.architecture(e.hash))}" for e in ranked)
        answer = await self._llm.ask(
            "coder-list",
            Lines(grammar=space.words_grammar(), pattern=space.words_pattern(), count=item.count),
            round=round,
            system=prompt("coder_list_system", space=space.summary, plural=space.plural),
            prompt=prompt(
                "coder_list_small", shown=shown or "none measured yet", count=item.count, plural=space.plural
            ),
            max_tokens=space.words_tokens * item.count + 8,
            temperature=0.9,
        )
        if answer is None:
            return None
        key, lines = answer
        reply = Reply()
        for words in lines.values:
            reply.read(space, words, rationale="continues the list of the best", call=key)
        return reply

    async def _ask_capable(
        self, round: int, item: PlanItem, rules: list[Heuristic], complaints: list[Refusal]
    ) -> Reply | None:
        context, space = self._context, self._context.space
        parents = item.parents[: 1 if item.operator is Operator.LLM_MUTATE else 3]
        if item.operator is Operator.LLM_FRESH:
            parents = ()
        ranked = sorted(context.state.successes, key=lambda e: (context.state.accuracy(e.hash), e.hash))[-SHOWN:]
        answer = await self._llm.ask(
            "coder",
            Record(model=CoderAnswer),
            round=round,
            system=prompt("system", space=space.summary),
            prompt=prompt(
                "coder",
                task={
                    Operator.LLM_MUTATE: "Change the parent a little.",
                    Operator.LLM_CROSSOVER: "Combine the parents.",
                }.get(item.operator, "Design new ones."),
                parents="\n".join(self._line(hash_) for hash_ in parents) or "none",
                measured="\n".join(self._line(e.hash) for e in ranked) or "nothing yet",
                target=self._aim(item),
                rules=self._rule_lines(rules),
                count=item.count,
                notation=space.notation,
                complaints=complaint_lines(complaints),
            ),
            max_tokens=(space.words_tokens + 130) * item.count + 100,
        )
        if answer is None or answer[1].record is None:
            return None
        reply = Reply()
        for proposal in CoderAnswer.model_validate(answer[1].record).proposals[: item.count]:
            reply.read(space, proposal.architecture, parents=parents, rationale=proposal.rationale, call=answer[0])
        return reply

    def _aim(self, item: PlanItem) -> str:
        """The niche that an item is meant for, in words, and what people ask of every architecture."""
        niche = "any" if item.target is None else self._context.partition.describe(item.target)
        asked = self._context.compliance.words()
        return f"{niche}; {asked}" if asked else niche

    def _rule_lines(self, rules: list[Heuristic]) -> str:
        """The rules as a prompt lists them; where they are all of one niche, which it names, without their niche."""
        if not self._checker.strict:
            return "\n".join(f"- {line(rule.text)}" for rule in rules) or "none yet"
        space = self._context.space
        lines = [f"- {'use' if r.direction == 'raises' else 'avoid'} {r.predicate.words(space)}" for r in rules]
        return "\n".join(lines) or "none yet"

    def _line(self, hash_: str) -> str:
        state = self._context.state
        latency = f", {state.latencies[hash_]:.2f} ms" if hash_ in state.latencies else ""
        words = self._context.space.to_words(self._context.architecture(hash_))
        return f"{words}: {state.accuracy(hash_):.1f} per cent{latency}"
