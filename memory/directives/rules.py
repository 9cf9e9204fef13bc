"""Directives that change the knowledge base."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field

from illuminas.memory.directives.base import Directive, Input, Slash, Subject, Terms, Tool
from illuminas.memory.evidence import Direction
from illuminas.memory.heuristics import Heuristic, HeuristicStatus, scope_of
from illuminas.memory.predicates import parse_predicate
from illuminas.tools.errors import IlluminasError

Rule = Annotated[str, Input("heuristic", "Rule"), Field(min_length=1, description="a heuristic's id, or its beginning")]


class RuleDirective(Directive):
    """Base of what changes the knowledge base."""

    reason: Annotated[
        str, Input("text", "Reason, for the log", start=""), Field(max_length=240, description="why, for the log")
    ] = ""

    @property
    def because(self) -> str:
        """The reason, as it is added to other words; empty without one."""
        return f", because {self.reason}" if self.reason else ""


class _OfAHeuristic(RuleDirective):
    """Base of what changes a heuristic that there is."""

    heuristic: Rule

    def checked(self, run: Subject) -> Self:
        heuristic = run.find_heuristic(self.heuristic)
        if heuristic.status is HeuristicStatus.RETIRED:
            raise IlluminasError(f"{heuristic.id} is retired already: {heuristic.reason}")
        return self.model_copy(update={"heuristic": heuristic.id})


class AddHeuristic(RuleDirective):
    """Have a belief tested; the data decide what becomes of it.

    The data judge a person's rule like any other.
    """

    title = "Add a rule"
    slash = (
        Slash(
            "rule",
            ("predicate", "direction", "objective?"),
            example="/rule pools >= 1 lowers",
            help="have a rule of yours tested",
            phrases="""
                (add|test|check|note|take|try|see whether|find out whether) [(rule|heuristic)] [that] {condition} \
                {effect} -> /rule {condition} {effect}
                (rule|heuristic) [:] {condition} {effect} -> /rule {condition} {effect}
                (think|guess|believe|bet|i'd bet|suspect|assume|claim|hypothesis) [that] {condition} {effect} -> \
                /rule {condition} {effect}
                """,
        ),
    )
    tool = Tool(
        "add_heuristic",
        "Add a heuristic",
        """Take a design rule of yours into a run's knowledge base; evaluations made from now on decide its status.

        Call it to have a belief tested. To forbid something use steer_search with a requirement: a heuristic guides,
        it does not bind. Cost: instant. Next: search_heuristics some rounds later; pin_heuristic to be guided by it
        at once.""",
        leaves_out=("reason",),
    )

    kind: Literal["add_heuristic"] = "add_heuristic"
    predicate: Annotated[
        str,
        Input("predicate", "Condition", hint="conditions on features, joined by 'and'"),
        Field(min_length=1, max_length=200, description="conditions on features, as in describe_search_space"),
    ]
    direction: Annotated[
        Direction,
        Input("direction", "Where it holds, its value is", start="raises"),
        Field(description="where the predicate holds the value is higher, or lower"),
    ] = "raises"
    objective: Annotated[
        str,
        Input("objective", "Objective"),
        Field(max_length=200, description="what it moves; empty is the run's first objective"),
    ] = ""
    text: Annotated[
        str,
        Input("text", "In your words", start=""),
        Field(max_length=240, description="the rule in words; empty is worded by the predicate"),
    ] = ""

    def words(self, terms: Terms) -> str:
        what = terms.objective(self.objective).words if self.objective else "the primary objective"
        rule = parse_predicate(self.predicate, terms.space).words(terms.space)
        return f"test the rule that {rule} {self.direction} {what}{self.because}"

    def checked(self, run: Subject) -> Self:
        predicate = parse_predicate(self.predicate, run.space)
        objective = run.own_objective(self.objective)
        checked = self.model_copy(update={"predicate": predicate.text, "objective": objective.name})
        same = run.heuristics().get(checked.made(run, "").id)
        if same is not None:
            raise IlluminasError(f"{same.id} says the same already, and is {same.status}: pin it to be guided by it.")
        return checked

    def made(self, run: Subject, author: str) -> Heuristic:
        """The heuristic that it adds."""
        predicate = parse_predicate(self.predicate, run.space)
        objective = run.objective(self.objective)
        change = "higher" if self.direction == "raises" else "lower"
        return Heuristic(
            text=self.text or f"{change} {objective.words}: {predicate.words(run.space)}",
            predicate=predicate,
            direction=self.direction,
            objective=objective,
            scope=scope_of(run.space.name, run.dataset, objective),
            origin="user",
            author=author,
            born_round=run.round,
            since=run.round,
        )


class PinHeuristic(_OfAHeuristic):
    """Have a rule guide the search whatever the data say, or no longer.

    A pinned rule guides every niche and is never retired by the data.
    """

    title = "Pin a rule"
    slash = (
        Slash(
            "pin",
            ("heuristic",),
            example="/pin h-12ab34",
            values={"pinned": True},
            help="have a rule guide the search whatever the data say",
            phrases="""
                [always] (pin|trust|keep|follow|obey|stick with|stick to) [(rule|heuristic)] {heuristic} [(no \
                matter what|whatever happens|always|in any case)] -> /pin {heuristic}
                """,
            examples="""
                always follow rule h-12ab34 -> pin h-12ab34
                obey h-0c9d11 whatever happens -> pin h-0c9d11
                """,
        ),
        Slash(
            "unpin",
            ("heuristic",),
            example="/unpin h-12ab34",
            values={"pinned": False},
            help="leave it to the data again",
            phrases="""
                (unpin) [(rule|heuristic)] {heuristic} -> /unpin {heuristic}
                """,
            examples="""
                no longer insist on h-12ab34 -> unpin h-12ab34
                """,
        ),
    )
    tool = Tool(
        "pin_heuristic",
        "Pin a heuristic",
        """Have a rule guide the search whatever the data say of it, or no longer.

        Its evidence is still measured and shown. Cost: instant. Next: get_heuristic.""",
        leaves_out=("reason",),
    )

    kind: Literal["pin"] = "pin"
    pinned: Annotated[bool, Input("yes", "Pinned", start=True), Field(description="false takes the pin off")] = True

    def words(self, terms: Terms) -> str:
        return f"{'pin' if self.pinned else 'unpin'} {self.heuristic}{self.because}"


class RetireHeuristic(_OfAHeuristic):
    """Take a rule out of use; it stays in the history.

    The rule guides nothing any more.
    """

    title = "Retire a rule"
    slash = (
        Slash(
            "retire",
            ("heuristic", "reason?"),
            example="/retire h-12ab34 too few examples",
            phrases="""
                (don't need|do not need|no longer need|don't want) [(rule|heuristic)] {heuristic} -> /retire \
                {heuristic}
                (retire|drop|remove|delete|forget) [(rule|heuristic)] {heuristic} [(because|since|as|:|,|-)] \
                [{text}] -> /retire {heuristic} {text}
                """,
            examples="""
                h-12ab34 is nonsense, get rid of it -> retire h-12ab34 nonsense
                throw h-0c9d11 out, it is wrong -> retire h-0c9d11 wrong
                nobody believes h-0c9d11 any longer -> retire h-0c9d11
                """,
        ),
    )
    tool = Tool(
        "retire_heuristic",
        "Retire a heuristic",
        """Take a rule out of use; it guides nothing any more, and stays in the history.

        Not needed for rules that the data contradict: they retire by themselves. undo_directive brings it back.
        Cost: instant. Next: search_heuristics.""",
        ends=True,
    )

    kind: Literal["retire"] = "retire"

    def words(self, terms: Terms) -> str:
        return f"retire {self.heuristic}{self.because}"


class RewordHeuristic(_OfAHeuristic):
    """Say a rule in other words; its condition and evidence stay.

    People and LLMs read the new words.
    """

    title = "Reword a rule"
    slash = (
        Slash(
            "reword",
            ("heuristic", "text"),
            example="/reword h-12ab34 pooling hurts",
            phrases="""
                (reword|rephrase|word|rename) [(rule|heuristic)] {heuristic} (as|to|:) {text} -> /reword \
                {heuristic} {text}
                """,
            examples="""
                put h-12ab34 differently: fewer pools are better -> reword h-12ab34 fewer pools are better
                """,
        ),
    )

    kind: Literal["reword"] = "reword"
    text: Annotated[str, Input("wording", "Words"), Field(min_length=1, max_length=240)]

    def words(self, terms: Terms) -> str:
        return f"word {self.heuristic} as '{self.text}'{self.because}"
