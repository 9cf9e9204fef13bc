"""Directives about niches."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field

from illuminas.memory.directives.base import Directive, Input, Slash, Subject, Terms
from illuminas.tools.errors import IlluminasError

Niches = Annotated[tuple[int, ...], Input("niches", "Niches", start=())]


class Focus(Directive):
    """Work on these niches alone, until another focus, or an empty one.

    Plans for these niches alone.
    """

    title = "Focus"
    guides = "last"
    slash = (
        Slash(
            "focus",
            ("niches",),
            example="/focus 3 4",
            help="work on these niches alone; 'empty', or 'all' to end it",
            phrases="""
                (focus|concentrate|work|go|look|look into) [all] [niche] {niches} [alone] -> /focus {niches}
                (fill) {niches} -> /focus {niches}
                (forget|drop|lift|end) (focus) -> /focus all
                (focus|work|search|go back|return) (everything|everywhere|every niche|all niches) [again] -> \
                /focus all
                """,
            examples="""
                put all your effort into niche 2 -> focus 2
                niche 1 deserves more attention -> focus 1
                the empty niches should get something -> focus empty
                no longer restrict yourself to some niches -> focus all
                spend your energy on niches 1 and 5 -> focus 1 5
                look into those niches where there is nothing yet -> focus empty
                """,
        ),
    )

    kind: Literal["focus"] = "focus"
    niches: Niches

    def words(self, terms: Terms) -> str:
        return f"work on {terms.niches(self.niches)} alone" if self.niches else "work on every niche again"

    def checked(self, run: Subject) -> Self:
        run.check_niches(self.niches)
        if shut := [niche for niche in self.niches if niche in run.steering.avoided]:
            number = run.steering.avoided[shut[0]]
            raise IlluminasError(f"directive {number} keeps the search out of niche {shut[0]}: undo it first.")
        return self


class Avoid(Directive):
    """Evaluate nothing in these niches any more.

    Proposes for other niches, and evaluates nothing that falls into these.
    """

    title = "Avoid"
    guides = "all"
    slash = (
        Slash(
            "avoid",
            ("niches",),
            example="/avoid 0",
            phrases="""
                (avoid|leave|skip|ignore|keep out|keep away|stay out|stay away|forget|stop working|no more work) \
                {niches} [(alone|out)] -> /avoid {niches}
                (don't|do not|never) (spend|waste|use|work) [(anything|time|effort|evaluations)] {niches} -> \
                /avoid {niches}
                """,
            examples="""
                do not waste time in niches 0 and 1 -> avoid 0 1
                don't bother with niche 3 any more -> avoid 3
                niche 1 is a waste of evaluations -> avoid 1
                """,
        ),
    )

    kind: Literal["avoid"] = "avoid"
    niches: Annotated[Niches, Field(min_length=1)]

    def words(self, terms: Terms) -> str:
        return f"keep out of {terms.niches(self.niches)}"

    def checked(self, run: Subject) -> Self:
        run.check_niches(self.niches)
        shut = {*self.niches, *run.steering.avoided}
        if not set(run.steering.focus or run.reachable) - shut:
            raise IlluminasError("that would leave no niche to search in. Leave one open, or lift the focus first.")
        return self


class Prefer(Directive):
    """Work more on these niches, or less; the others stay open.

    Multiplies the niches' scores by the weight when the planner ranks them; several in force multiply.
    """

    title = "Prefer"
    guides = "all"
    slash = (
        Slash(
            "prefer",
            ("niches",),
            example="/prefer 5",
            help="work twice as much on these niches",
            phrases="""
                (prefer|favour|favor|more of|work more|more work|more effort) {niches} -> /prefer {niches}
                """,
            examples="""
                I would like more of niche 2 than of the others -> prefer 2
                """,
        ),
        Slash(
            "neglect",
            ("niches",),
            example="/neglect 0",
            help="work half as much on these niches",
            values={"weight": 0.5},
            phrases="""
                (neglect|less of|work less|less work|less effort) {niches} -> /neglect {niches}
                """,
            examples="""
                niche 1 needs less work than the rest -> neglect 1
                """,
        ),
    )

    kind: Literal["prefer"] = "prefer"
    niches: Annotated[Niches, Field(min_length=1)]
    weight: Annotated[
        float,
        Input("bound", "Weight", hint="above 1 works more on them, below 1 less", start=2),
        Field(gt=0, le=100, description="factor of the niches' scores; above 1 works more on them, below 1 less"),
    ] = 2.0

    def words(self, terms: Terms) -> str:
        more = "more" if self.weight >= 1 else "less"
        return f"work {more} on {terms.niches(self.niches)} (weight {self.weight:g})"

    def checked(self, run: Subject) -> Self:
        run.check_niches(self.niches)
        return self

    def niche_weight(self, niche: int) -> float:
        return self.weight if niche in self.niches else 1.0
