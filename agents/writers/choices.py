"""Questions for a small LLM: it chooses among edits or children, or continues a list."""

from __future__ import annotations

from dataclasses import replace

from illuminas.agents.llm.base import Lines
from illuminas.agents.llm_session import prompt
from illuminas.agents.writers.base import Draft, ProposalWriter, Question, Reply
from illuminas.memory.candidate import Operator

SHOWN = 3
"""Evaluated architectures in a prompt: on one thread a small LLM reads some thirty tokens a second."""
OFFERED = 8
"""Untried edits, or children of two parents, that a prompt offers."""
PICKED = 3
"""Of them, those that it picks: fewer than are offered, or its choice would decide nothing."""
DRAWS = 40
"""Children drawn of pairs of parents, from which those are taken that may be offered."""


class ChoiceWriter(ProposalWriter):
    """Offers what the space's operators make, so that a small LLM has only to choose."""

    most = PICKED

    async def write(self, question: Question) -> Reply | None:
        item = question.item
        if item.operator is Operator.LLM_FRESH or not item.parents:
            return await self._continue_list(question)
        alone = item.operator is Operator.LLM_MUTATE or len(item.parents) == 1
        return await (self._choose_edits if alone else self._choose_children)(question)

    async def _choose_edits(self, question: Question) -> Reply | None:
        """One-edit choices: the gains of tried edits are shown, untried ones offered."""
        context, item, rules = self._context, question.item, self._checker.rules
        parent = context.architecture(item.parents[0])
        state, primary = context.state, context.state.primary
        base = state.quality(parent.hash)
        tried, untried = [], {}
        for edit in context.space.edits(parent):
            value = state.value(edit.result.hash, primary.name) if edit.result.hash in state.evaluations else None
            if value is not None:
                tried.append((value - base, edit.label))
            elif not self._checker.refusal(edit.result, item, question.taken):
                untried[edit.label] = edit.result
        if len(untried) <= PICKED:
            return None
        shown = sorted(tried, key=lambda each: (primary.gain(each[0]), each[1]), reverse=True)[:SHOWN]
        labels = list(untried)
        offered = context.rng(question.round, f"edits:{item.target}:{parent.hash}").permutation(len(labels))
        options = {label: label for label in (labels[index] for index in offered[:OFFERED])}
        answer = await self._llm.choose(
            "coder-edit",
            options,
            count=min(item.count, PICKED),
            round=question.round,
            system=prompt("coder_edit_system", space=context.space.summary, plural=context.space.plural),
            prompt=prompt(
                rules.edit_prompt,
                rules=rules.lines(question.rules),
                noun=context.space.noun,
                parent=context.space.to_words(parent),
                value=primary.text(base),
                target=self._aim(item),
                tried="\n".join(f"{label}: {gain / primary.scale:+.3g}" for gain, label in shown) or "none",
                options="\n".join(options),
            ),
            max_tokens=10 * item.count + 8,
        )
        if answer is None:
            return None
        key, picks = answer
        return Reply([Draft(untried[label], (parent.hash,), f"change {label}", key) for label in picks])

    async def _choose_children(self, question: Question) -> Reply | None:
        """Choose among random children of pairs of parents."""
        context, space, item = self._context, self._context.space, question.item
        rng = context.rng(question.round, f"children:{item.target}")
        children: dict[str, Draft] = {}
        for _ in range(DRAWS):
            left, right = (item.parents[int(index)] for index in rng.choice(len(item.parents), size=2, replace=False))
            child = space.crossover(context.architecture(left), context.architecture(right), rng)
            if not self._checker.refusal(child, item, question.taken):
                children.setdefault(space.to_words(child), Draft(child, (left, right)))
            if len(children) == OFFERED:
                break
        if len(children) <= PICKED:
            return None
        answer = await self._llm.choose(
            "coder-child",
            children,
            count=min(item.count, PICKED),
            round=question.round,
            system=prompt("coder_child_system", space=space.summary, plural=space.plural),
            prompt=prompt(
                "coder_child_small",
                noun=space.noun,
                parents="\n".join(self._line(hash_) for hash_ in item.parents[:SHOWN]),
                rules=self._checker.rules.lines(question.rules),
                target=self._aim(item),
                options="\n".join(children),
            ),
            max_tokens=space.words_tokens * item.count + 8,
        )
        if answer is None:
            return None
        key, picks = answer
        return Reply([replace(draft, rationale="chosen among children", call=key) for draft in picks])

    async def _continue_list(self, question: Question) -> Reply | None:
        """Continue a list of measured architectures, the best last."""
        context, space, count = self._context, self._context.space, question.item.count
        primary = context.state.primary
        shown = "\n".join(
            f"{primary.number(context.state.quality(hash_))} {space.to_words(context.architecture(hash_))}"
            for hash_ in self._ranked(SHOWN)
        )
        answer = await self._llm.ask(
            "coder-list",
            Lines(grammar=space.words_grammar(), pattern=space.words_pattern(), count=count),
            round=question.round,
            system=prompt("coder_list_system", space=space.summary, plural=space.plural, objective=primary.words),
            prompt=prompt("coder_list_small", shown=shown or "none measured yet", count=count, plural=space.plural),
            max_tokens=space.words_tokens * count + 8,
            temperature=0.9,
        )
        if answer is None:
            return None
        key, lines = answer
        reply = Reply()
        for words in lines.values:
            reply.read(space, words, rationale="continues the list of the best", call=key)
        return reply
