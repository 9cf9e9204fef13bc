"""Approval: the search asks a person, and waits for the answer, which may come from any door and after a restart."""

from __future__ import annotations

from langgraph.types import interrupt

from illuminas.agents.config import Topic
from illuminas.agents.context import Context
from illuminas.agents.planner import rejections
from illuminas.memory.directives import AnswerQuestion, Directive, RetireHeuristic
from illuminas.memory.kinds import DirectiveGiven, QuestionAsked
from illuminas.memory.plan import Plan


class Approval:
    """What the search asks about, as far as its config has it ask."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def plan(self, plan: Plan) -> bool:
        """Whether a round may go on with its plan; a rejected one is made anew, without its niches where others are."""
        context = self._context
        if not self._asks("plan"):
            return True
        key = f"plan:{plan.round}:{rejections(context.state, plan.round)}"
        counts = ", ".join(f"{item.count} {item.operator}" for item in plan.items[:6])
        niches = {str(niche): context.partition.describe(niche) for niche in plan.focus}
        text = f"Round {plan.round}: {plan.reason}. {plan.batch} evaluations out of {counts or 'no'} proposals. Go on?"
        return self._ask(QuestionAsked(key=key, topic="plan", text=text, options=niches), plan.round).approved

    def heuristics(self, round: int) -> None:
        """Retire those born in a round that a person rejects."""
        context = self._context
        if not self._asks("heuristics"):
            return
        key = f"heuristics:{round}"
        asked: QuestionAsked | None = context.state.steering.questions.get(key)
        if asked is None:
            born = {
                each.id: each.text
                for each in context.knowledge.all()
                if each.born_round == round and each.origin != "user"
            }
            if not born:
                return
            text = f"{len(born)} new rules to be tested. Keep them?"
            asked = QuestionAsked(key=key, topic="heuristics", text=text, options=born)
        answer = self._ask(asked, round)
        author = next(a.author for a in reversed(context.state.steering.acts) if a.directive == answer)
        for id_ in answer.rejected if answer.approved else asked.options:
            directive = RetireHeuristic(heuristic=id_, reason=answer.comment or "not approved")
            self._give(directive, author, round, key=f"{key}:{id_}")

    def end(self, reason: str, round: int) -> bool:
        """Whether the run ends with its budget; it goes on where a person gives it more."""
        context = self._context
        if not self._asks("budget"):
            return True
        key = f"budget:{round}"
        text = f"The budget is used up: {reason}. Give it a larger one to go on, or approve to end the run."
        if context.budget.exhausted() is not None:
            self._ask(QuestionAsked(key=key, topic="budget", text=text), round)
        if context.budget.exhausted() is not None:
            return True
        if key in context.state.steering.questions:
            self._close(key, round)
        return False

    def _asks(self, topic: Topic) -> bool:
        return topic in self._context.config.approve

    def _ask(self, question: QuestionAsked, round: int) -> AnswerQuestion:
        """The answer in the log; until there is one, the graph stops here and comes back to it."""
        context = self._context
        context.append(question, round=round, key=f"question:{question.key}")
        asked = context.state.steering.questions[question.key]
        if asked.answer is None:
            # LangGraph's own tools answer here; every other door writes the answer to the log
            told = interrupt({"question": question.key, "text": question.text, "options": question.options})
            context.sync()
            asked = context.state.steering.questions[question.key]
            if asked.answer is None and isinstance(told, dict):
                self._answer(AnswerQuestion.model_validate({"question": question.key, **told}), "studio", round)
                asked = context.state.steering.questions[question.key]
        return asked.answer or AnswerQuestion(question=question.key, approved=True)

    def _close(self, key: str, round: int) -> None:
        """Take a larger budget for the answer."""
        if self._context.state.steering.questions[key].answer is None:
            answer = AnswerQuestion(question=key, approved=False, comment="the budget was raised")
            self._answer(answer, self._context.state.steering.acts[-1].author, round)

    def _answer(self, answer: AnswerQuestion, author: str, round: int) -> None:
        self._give(answer, author, round, key=f"answer:{answer.question}")

    def _give(self, directive: Directive, author: str, round: int, *, key: str) -> None:
        """Log a directive that follows from what a person answered, once."""
        words = directive.words(self._context.compliance.terms)
        given = DirectiveGiven(directive=directive, author=author, via="approval", words=words)
        self._context.append(given, round=round, key=key)
