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
            help="how much each objective counts, in the run's order",
            example="/weigh 3 1",
            phrases="""
                (weigh|weight|value|count) accuracy {times} [as] [(much|high|highly)] [as] latency -> /weigh {times} 1
                accuracy (counts|count|matters|matter|weighs|weigh|important) {times} [as] [(much|important)] [as] \
                latency -> /weigh {times} 1
                [make] accuracy {times} [as] (important|heavy|valuable) [as] latency -> /weigh {times} 1
                [make] latency {times} [as] (important|heavy|valuable) [as] accuracy -> /weigh 1 {times}
                (weigh|weight|value|count) latency {times} [as] [(much|high|highly)] [as] accuracy -> /weigh 1 {times}
                latency (counts|count|matters|matter|weighs|weigh|important) {times} [as] [(much|important)] [as] \
                accuracy -> /weigh 1 {times}
                (weigh|weight) [accuracy] [latency] {a:number} (to|:|against) {b:number} -> /weigh {a} {b}
                accuracy [(counts|matters)] more [(important)] than latency -> /weigh 2 1
                latency [(counts|matters)] more [(important)] than accuracy -> /weigh 1 2
                (ignore|forget|never mind|don't care) latency -> /weigh 1 0
                (ignore|forget|never mind|don't care) accuracy -> /weigh 0 1
                accuracy (all care|all matters|all counts|all want) -> /weigh 1 0
                (latency|speed) (all care|all matters|all counts|all want) -> /weigh 0 1
                latency (doesn't|does not) (matter|count) -> /weigh 1 0
                accuracy (doesn't|does not) (matter|count) -> /weigh 0 1
                [(weigh|weight)] [accuracy] [latency] [both] equally -> /weigh 1 1
                """,
            examples="""
                accuracy is five times as important as latency -> weigh 5 1
                I care about speed only -> weigh 0 1
                accuracy counts and nothing else does -> weigh 1 0
                speed counts twice as much for me as accuracy -> weigh 1 2
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
