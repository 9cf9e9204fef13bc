"""Directives that forbid architectures."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from illuminas.memory.directives.base import Directive, Input, Slash, Subject, Terms
from illuminas.memory.predicates import parse_predicate
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import Constraint, is_local


class Limit(Directive):
    """Only architectures whose objective lies within bounds, from now on.

    Proposes, screens and evaluates nothing outside; what another table measures is looked up too. A later limit on the
    same objective replaces an earlier one.
    """

    title = "Limit"
    guides = "all"
    slash = (
        Slash(
            "limit",
            ("objective:limit",),
            example="/limit params <=300k",
            phrases="""
                [(keep|limit|restrict|cap)] {limit} [{device}] -> /limit {limit} {device}
                (keep|limit|restrict|cap) [{quantity}] {device} {limit} -> /limit {limit} {device}
                (keep|limit|restrict|cap) {quantity} {value} [{device}] -> /limit {quantity} <={value} {device}
                (nothing|never|not|shouldn't|should not|must not|mustn't|don't|do not|may not|can't|cannot) \
                [(take|run|be|go|have)] {excess} [{device}] -> /limit {excess} {device}
                {quantity} (must not|mustn't|may not|should not|shouldn't|never) exceed {value} [{device}] -> \
                /limit {quantity} <={value} {device}
                {quantity} (budget|limit) {value} [{device}] -> /limit {quantity} <={value} {device}
                (time budget) {measured} [{device}] -> /limit {measured} {device}
                [(must|needs|need)] (run|runs|done|finish|ready|fit|answer) [{device}] [{bound}] {measured} \
                [{device2:device}] -> /limit {measured} {device}{device2}
                """,
        ),
    )

    kind: Literal["limit"] = "limit"
    objective: Annotated[
        str,
        Input("bounded", "Of what"),
        Field(min_length=1, description="its name; the run's own of a kind may be named by the kind alone"),
    ]
    most: Annotated[
        float | None,
        Input("bound", "At most"),
        Field(allow_inf_nan=False, description="upper bound, included, in the objective's unit"),
    ] = None
    least: Annotated[
        float | None,
        Input("bound", "At least"),
        Field(allow_inf_nan=False, description="lower bound, included, in the objective's unit"),
    ] = None

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        assert self.bound is not None  # raises what is wrong with the bounds
        return self

    @property
    def bound(self) -> Constraint:
        """The same as a constraint."""
        return Constraint(objective=self.objective, most=self.most, least=self.least)

    def words(self, terms: Terms) -> str:
        return f"only architectures with {self.bound.words(terms.objective(self.objective))}"

    def checked(self, run: Subject) -> Self:
        objective = run.any_objective(self.objective)
        if is_local(objective.device) and objective not in run.objectives:
            raise IlluminasError(
                f"this run does not measure {objective.words}: expected one of "
                f"{', '.join(each.name for each in run.objectives)}, or one of a table. See illuminas data list."
            )
        return self.model_copy(update={"objective": objective.name})


class Require(Directive):
    """Only architectures of which a condition holds, from now on.

    Proposes, screens and evaluates nothing else.
    """

    title = "Require"
    guides = "all"
    slash = (
        Slash(
            "require",
            ("predicate",),
            example="/require pools == 0",
            phrases="""
                {thing} (required|needed|a must|mandatory) -> /require {thing}
                [(require|need|needs|include|insist|always|must contain|contain|contains|must|make \
                sure|ensure|take care)] {condition} -> /require {condition}
                """,
        ),
        Slash(
            "forbid",
            ("predicate:thing",),
            example="/forbid pool",
            help="only architectures without something",
            phrases="""
                (avoid|forbid|ban|drop|exclude|remove|stop using|get rid|do not|don't|never|do without) {thing} -> \
                /forbid {thing}
                {thing} (forbidden|banned|not allowed|unwanted|out) -> /forbid {thing}
                (stop|no more|quit) (proposing|using|trying) {thing} -> /forbid {thing}
                """,
        ),
    )

    kind: Literal["require"] = "require"
    predicate: Annotated[
        str,
        Input("predicate", "Condition", hint="conditions on features, joined by 'and'"),
        Field(min_length=1, max_length=200, description="conditions on features, joined by 'and'"),
    ]

    def words(self, terms: Terms) -> str:
        return f"only architectures with {parse_predicate(self.predicate, terms.space).words(terms.space)}"

    def checked(self, run: Subject) -> Self:
        return self.model_copy(update={"predicate": parse_predicate(self.predicate, run.space).text})
