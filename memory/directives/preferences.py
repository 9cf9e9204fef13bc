"""Directives that shift what the search prefers, and forbid nothing."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from illuminas.memory.directives.base import Directive, Input, Slash, Subject, Terms
from illuminas.tools.errors import IlluminasError

Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class Weigh(Directive):
    """How much each objective counts when the next architectures are chosen; all alike by default.

    Multiplies the expected gain by a power of the rank by what weighs more; with all weight on one objective it is that
    of this objective alone.
    """

    title = "Weigh"
    guides = "last"
    slash = (
        Slash(
            "weigh",
            ("weights",),
            help="how much each objective counts, in the run's order or by name; those not named count 1, as 'others'",
            example="/weigh others 1",
            phrases="""
                (weigh|weight|value|count) {a:quantity} {times} [as] [(much|high|highly)] [as] {b:quantity} -> \
                /weigh {a} {times} {b} 1
                {a:quantity} (counts|count|matters|matter|weighs|weigh|important) {times} [as] [(much|important)] [as] \
                {b:quantity} -> /weigh {a} {times} {b} 1
                [make] {a:quantity} {times} [as] (important|heavy|valuable) [as] {b:quantity} -> \
                /weigh {a} {times} {b} 1
                (weigh|weight) {a:quantity} {x:number} (to|:|against) {y:number} -> /weigh {a} {x} others {y}
                (weigh|weight) {a:quantity} {b:quantity} {x:number} (to|:|against) {y:number} -> /weigh {a} {x} {b} {y}
                (weigh|weight) {x:number} (to|:|against) {y:number} -> /weigh {x} {y}
                {a:quantity} [(counts|matters)] more [(important)] than {b:quantity} -> /weigh {a} 2 {b} 1
                (ignore|forget|never mind|don't care) {quantity} -> /weigh {quantity} 0
                {quantity} (all care|all matters|all counts|all want) -> /weigh {quantity} 1 others 0
                {quantity} (doesn't|does not) (matter|count) -> /weigh {quantity} 0
                [(weigh|weight)] [{a:quantity}] [{b:quantity}] [both] equally -> /weigh others 1
                """,
            examples="""
                {primary} is five times as important as {second} -> weigh {primary} 5 {second} 1
                I care about {second} only -> weigh {primary} 0 {second} 1
                {primary} counts and nothing else does -> weigh {primary} 1 {second} 0
                {second} counts twice as much for me as {primary} -> weigh {primary} 1 {second} 2
                """,
        ),
    )

    kind: Literal["weigh"] = "weigh"
    weights: Annotated[
        dict[str, Weight],
        Input("weights", "Weight of each", start=1),
        Field(min_length=1, description="objective's name -> weight, 0 or more; one that is not named has none"),
    ]

    @model_validator(mode="after")
    def _weighs_something(self) -> Self:
        if not sum(self.weights.values()):
            raise ValueError("expected one weight above 0, got none")
        return self

    def words(self, terms: Terms) -> str:
        total = sum(self.weights.values())
        shares = [f"{terms.objective(name).words} {weight / total:.0%}" for name, weight in self.weights.items()]
        return f"weigh {' and '.join(shares)}"

    def checked(self, run: Subject) -> Self:
        if len(run.optimised) < 2:
            raise IlluminasError(f"this run has one objective, {run.optimised[0].words}, which is all that counts.")
        weights = {run.own_objective(name).name: weight for name, weight in self.weights.items()}
        return self.model_copy(update={"weights": weights})


class Explore(Directive):
    """How much the unknown draws the search.

    Multiplies the uncertainty of the surrogate and of niches by a quarter to four.
    """

    title = "Explore"
    guides = "last"
    slash = (
        Slash(
            "explore",
            ("amount",),
            example="/explore 0.8",
            help="how much the unknown draws the search, 0 to 1; 'more', 'less', 'balanced'",
            phrases="""
                (explore more|explore some more|explore much more|be bolder|be adventurous|take more risks|more \
                exploration) -> /explore more
                (try|do) (something|things) (wilder|bolder|new|different) -> /explore more
                (exploit more|explore less|take fewer risks|less exploration|more exploitation) -> /explore less
                (rely on|build on|stick to|stick with) what (know|known|works|worked) [already] -> /explore less
                be more (careful|conservative|cautious) -> /explore less
                (explore|exploration) [at] {share} -> /explore {share}
                (explore as much as exploit|balance exploration|explore normally) -> /explore balanced
                """,
            examples="""
                be adventurous, take risks -> explore more
                surprise me with something unusual -> explore more
                trust what you have learned -> explore less
                stick to what works, no experiments -> explore less
                """,
        ),
    )

    kind: Literal["explore"] = "explore"
    amount: Annotated[
        float,
        Input("share", "Exploration", start=0.5),
        Field(ge=0, le=1, description="0 exploits what is known to be good, 1 explores; 0.5 is the default"),
    ]

    def words(self, terms: Terms) -> str:
        if self.amount == 0.5:
            return "explore as much as exploit"
        return f"{'explore' if self.amount > 0.5 else 'exploit'} more ({self.amount:.0%} exploration)"
