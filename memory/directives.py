"""Directives: what a person may ask of a search, each a schema that is said in words before it takes effect.

They can be undone, and change what a search may do next, never what it measured. :mod:`illuminas.memory.steering` holds
what follows from those in force.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from illuminas.memory.evidence import Direction
from illuminas.memory.partitions import AnyPartition
from illuminas.memory.predicates import parse_predicate
from illuminas.tools.objectives import Constraint, Objective, get_objective
from illuminas.tools.spaces import SearchSpace

CAPS = ("evaluations", "seconds", "tokens", "dollars")
"""What of a run may be capped."""


class Terms(NamedTuple):
    """What a directive's words are about.

    Attributes:
        space: of the run.
        partition: its niches; None before the run has made them.
        objectives: that it optimises or bounds.
    """

    space: SearchSpace
    partition: AnyPartition | None
    objectives: tuple[Objective, ...] = ()

    def objective(self, name: str) -> Objective:
        """One of the run's objectives, or another that there is, by its full name."""
        return get_objective(name, self.objectives)

    def niches(self, indices: tuple[int, ...]) -> str:
        """Niches in words, with the number that people name them by."""
        if self.partition is None:
            return ", ".join(f"niche {index}" for index in indices)
        return ", ".join(f"'{self.partition.describe(index)}' ({index})" for index in indices)


class Directive(BaseModel, ABC):
    """Base of every directive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    undoable: ClassVar[bool] = True

    @abstractmethod
    def words(self, terms: Terms) -> str:
        """What it asks, in one sentence without its full stop."""


class Limit(Directive):
    """Only architectures whose objective lies within bounds, from now on.

    A later limit on the same objective takes the place of an earlier one.

    Attributes:
        objective: its name; the run's own of a kind may be named by the kind alone.
        most, least: bounds in the objective's unit, themselves included; at least one of them.
    """

    kind: Literal["limit"] = "limit"
    objective: str = Field(min_length=1)
    most: float | None = Field(default=None, allow_inf_nan=False)
    least: float | None = Field(default=None, allow_inf_nan=False)

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


class Require(Directive):
    """Only architectures of which a predicate holds, from now on.

    Attributes:
        predicate: conditions on features, joined by ``and``.
    """

    kind: Literal["require"] = "require"
    predicate: str = Field(min_length=1, max_length=200)

    def words(self, terms: Terms) -> str:
        return f"only architectures with {parse_predicate(self.predicate, terms.space).words(terms.space)}"


class Focus(Directive):
    """Work on these niches alone, until another focus, or an empty one."""

    kind: Literal["focus"] = "focus"
    niches: tuple[int, ...]

    def words(self, terms: Terms) -> str:
        return f"work on {terms.niches(self.niches)} alone" if self.niches else "work on every niche again"


class Avoid(Directive):
    """Evaluate nothing in these niches any more."""

    kind: Literal["avoid"] = "avoid"
    niches: tuple[int, ...] = Field(min_length=1)

    def words(self, terms: Terms) -> str:
        return f"keep out of {terms.niches(self.niches)}"


class Weigh(Directive):
    """How much each objective counts when the next architectures are chosen; all alike by default.

    Attributes:
        weights: objective's name -> weight, 0 or more; one that is not named has none.
    """

    kind: Literal["weigh"] = "weigh"
    weights: dict[str, Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]] = Field(min_length=1)

    @model_validator(mode="after")
    def _weighs_something(self) -> Self:
        if not sum(self.weights.values()):
            raise ValueError("expected one weight above 0, got none")
        return self

    def words(self, terms: Terms) -> str:
        total = sum(self.weights.values())
        shares = [f"{terms.objective(name).words} {weight / total:.0%}" for name, weight in self.weights.items()]
        return f"weigh {' and '.join(shares)}"


class SetBudget(Directive):
    """New caps; those that are None stay.

    Attributes:
        evaluations, seconds, tokens, dollars: of the whole run, what is spent included.
    """

    kind: Literal["budget"] = "budget"
    evaluations: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    tokens: int | None = Field(default=None, ge=0)
    dollars: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _caps_something(self) -> Self:
        if not self.caps:
            raise ValueError("expected a cap: evaluations, seconds, tokens or dollars")
        return self

    @property
    def caps(self) -> dict[str, float]:
        """The caps that it sets, by name."""
        caps = {name: getattr(self, name) for name in CAPS}
        return {name: value for name, value in caps.items() if value is not None}

    def words(self, terms: Terms) -> str:
        caps = ", ".join(f"{value:,g} {name}".replace(",", " ") for name, value in self.caps.items())
        return f"spend up to {caps}"


class Explore(Directive):
    """How much the unknown draws the search.

    Attributes:
        amount: 0 goes for what is known to be good, 1 for what is not known; 0.5 is the default.
    """

    kind: Literal["explore"] = "explore"
    amount: float = Field(ge=0, le=1)

    def words(self, terms: Terms) -> str:
        if self.amount == 0.5:
            return "explore as much as exploit"
        return f"{'explore' if self.amount > 0.5 else 'exploit'} more ({self.amount:.0%} exploration)"


class Pause(Directive):
    """Start nothing new until a resume; what is in flight is finished."""

    kind: Literal["pause"] = "pause"

    def words(self, terms: Terms) -> str:
        return "pause"


class Resume(Directive):
    """Go on after a pause."""

    kind: Literal["resume"] = "resume"

    def words(self, terms: Terms) -> str:
        return "go on"


class Stop(Directive):
    """End the process that drives the run, once what is in flight is finished; the run can go on later."""

    kind: Literal["stop"] = "stop"
    undoable = False

    def words(self, terms: Terms) -> str:
        return "stop, so that the run can go on later"


class Seed(Directive):
    """Evaluate this architecture in the next round."""

    kind: Literal["seed"] = "seed"
    architecture: str = Field(min_length=1, max_length=20_000)

    def words(self, terms: Terms) -> str:
        space = terms.space
        return f"evaluate {space.title(space.parse(self.architecture))} next"


class RuleDirective(Directive):
    """Base of what changes the knowledge base.

    Attributes:
        reason: why, in the person's words.
    """

    reason: str = Field(default="", max_length=240)

    @property
    def because(self) -> str:
        """The reason, as it is added to other words; empty without one."""
        return f", because {self.reason}" if self.reason else ""


class AddHeuristic(RuleDirective):
    """Take a rule of a person's into the knowledge base; the data decide its status, as of any other.

    Attributes:
        objective: what it moves, by name; empty is the run's primary objective.
        text: the rule in the person's words; empty words it by its predicate.
    """

    kind: Literal["add_heuristic"] = "add_heuristic"
    predicate: str = Field(min_length=1, max_length=200)
    direction: Direction = "raises"
    objective: str = ""
    text: str = Field(default="", max_length=240)

    def words(self, terms: Terms) -> str:
        what = terms.objective(self.objective).words if self.objective else "the primary objective"
        rule = parse_predicate(self.predicate, terms.space).words(terms.space)
        return f"test the rule that {rule} {self.direction} {what}{self.because}"


class PinHeuristic(RuleDirective):
    """Have a rule guide the search whatever the data say, or no longer."""

    kind: Literal["pin"] = "pin"
    heuristic: str
    pinned: bool = True

    def words(self, terms: Terms) -> str:
        return f"{'pin' if self.pinned else 'unpin'} {self.heuristic}{self.because}"


class RetireHeuristic(RuleDirective):
    """Take a rule out of use."""

    kind: Literal["retire"] = "retire"
    heuristic: str

    def words(self, terms: Terms) -> str:
        return f"retire {self.heuristic}{self.because}"


class RewordHeuristic(RuleDirective):
    """Say a rule in other words; its predicate and evidence stay."""

    kind: Literal["reword"] = "reword"
    heuristic: str
    text: str = Field(min_length=1, max_length=240)

    def words(self, terms: Terms) -> str:
        return f"word {self.heuristic} as '{self.text}'{self.because}"


class Undo(Directive):
    """Take an earlier directive back, by its number; undoing an undo puts it in force again."""

    kind: Literal["undo"] = "undo"
    directive: int = Field(ge=1)

    def words(self, terms: Terms) -> str:
        return f"undo directive {self.directive}"


class AnswerQuestion(Directive):
    """Answer what the search has asked.

    Attributes:
        question: its key; empty is the one that is open.
        approved: yes or no.
        rejected: of several things asked about, those that the answer is no to: ids of heuristics.
    """

    kind: Literal["answer"] = "answer"
    question: str = ""
    approved: bool
    rejected: tuple[str, ...] = ()
    comment: str = Field(default="", max_length=400)
    undoable = False

    def words(self, terms: Terms) -> str:
        verdict = "approve" if self.approved else "reject"
        but = f" but {', '.join(self.rejected)}" if self.rejected and self.approved else ""
        return f"{verdict} {self.question or 'what was asked'}{but}" + (f" ({self.comment})" if self.comment else "")


AnyDirective = Annotated[
    Limit
    | Require
    | Focus
    | Avoid
    | Weigh
    | SetBudget
    | Explore
    | Pause
    | Resume
    | Stop
    | Seed
    | AddHeuristic
    | PinHeuristic
    | RetireHeuristic
    | RewordHeuristic
    | Undo
    | AnswerQuestion,
    Field(discriminator="kind"),
]
"""Any of them, told apart by ``kind``."""

_ANY: TypeAdapter[AnyDirective] = TypeAdapter(AnyDirective)


def parse_directive(data: object) -> AnyDirective:
    """The directive that JSON data holds.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _ANY.validate_python(data)


class DirectiveRecord(BaseModel):
    """A directive with its author; with its place in the log.

    Attributes:
        number: its place among the directives of the run, from 1.
        author: who asked.
        via: the door it came by: chat, web, mcp, cli or python.
        words: what it asks, as it was echoed.
        round: round of the search when it came.
        time: seconds since the epoch.
        made: id of the heuristic that it brought into the knowledge base; empty for others.
        undone_by: number of the directive that took it back; None while it is in force.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    directive: AnyDirective
    author: str
    via: str
    words: str
    round: int
    time: float
    made: str = ""
    undone_by: int | None = None
