"""Directives that forbid architectures."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from illuminas.memory.directives.base import Directive, Input, Slash, Subject, Terms
from illuminas.memory.predicates import parse_predicate
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import LOCAL, Constraint


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
            ("objective", "most", "objective:device?"),
            example="/limit latency 4 fpga",
            phrases="""
                [(keep|limit|restrict|cap)] [latency] {bound} {ms} [latency] [{device}] -> /limit latency \
                {bound}{ms} {device}
                (keep|limit|restrict|cap) latency {ms} [{device}] -> /limit latency <={ms} {device}
                (keep|limit|restrict|cap) [latency] [{device}] {bound} {ms} -> /limit latency {bound}{ms} {device}
                [(keep|limit|restrict|cap)] [{size}] {bound} {number} -> /limit {size} {bound}{number}
                [(keep|limit|restrict|cap)] {bound} {number} {size} -> /limit {size} {bound}{number}
                (limit|restrict|cap|keep) {size} {number} -> /limit {size} <={number}
                (nothing|never|not|shouldn't|should not|must not|mustn't|don't|do not|may not|can't|cannot) \
                [(take|run|be|go)] [latency] {over} {ms} [{device}] -> /limit latency <={ms} {device}
                (nothing|never|not|shouldn't|should not|must not|mustn't|don't|do not|may not|can't|cannot) \
                [(be|have)] {over} {number} {size} -> /limit {size} <={number}
                (nothing|never|not) {below} {number} {size} -> /limit {size} >={number}
                latency (must not|mustn't|may not|should not|shouldn't|never) exceed {ms} [{device}] -> /limit \
                latency <={ms} {device}
                {size} (must not|mustn't|may not|should not|shouldn't|never) exceed {number} -> /limit {size} \
                <={number}
                (latency budget|time budget|latency limit) {ms} [{device}] -> /limit latency <={ms} {device}
                [(must|needs|need)] (run|runs|done|finish|ready|fit|answer) [{device}] [{bound}] {ms} \
                [{device2:device}] -> /limit latency <={ms} {device}{device2}
                """,
            examples="""
                nothing slower than 5 ms -> limit latency <=5
                the device has 10 milliseconds for one image, that is all -> limit latency <=10
                it has room for 300k parameters -> limit params <=300k
                it has to run in less than 12 milliseconds on the phone -> limit latency <=12 phone
                the network must be tiny, 100k weights at the very most -> limit params <=100k
                nothing with more than 500 thousand parameters -> limit params <=500k
                no more than 20 million operations -> limit macs <=20m
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
        if objective.device == LOCAL and objective not in run.objectives:
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
