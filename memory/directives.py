"""Directives: what a person may ask of a search, each a schema that is said in words before it takes effect.

They can be undone, and change what a search may do next, never what it measured. :mod:`illuminas.memory.steering` holds
what follows from those in force.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from illuminas.memory.evidence import Direction, Metric
from illuminas.memory.partitions import LATENCY, AnyPartition
from illuminas.memory.partitions.descriptors import unit_of
from illuminas.memory.predicates import parse_predicate
from illuminas.tools.spaces import SearchSpace

Quantity = Literal["latency_ms", "params", "macs", "depth"]
"""What a limit may be set on; latency in ms, the others as counts."""


CAPS = ("evaluations", "seconds", "tokens", "dollars")
"""What of a run may be capped."""


class Terms(NamedTuple):
    """What a directive's words are about.

    Attributes:
        space: of the run.
        partition: its niches; None before the run has made them.
    """

    space: SearchSpace
    partition: AnyPartition | None

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
    """Only architectures whose quantity lies within bounds, from now on.

    A later limit on the same quantity and device takes the place of an earlier one.

    Attributes:
        most, least: bounds, themselves included; at least one of them. Latency in ms, the others as counts.
        device: of a latency; None is the run's own.
    """

    kind: Literal["limit"] = "limit"
    quantity: Quantity
    most: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    least: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    device: str | None = None

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if self.most is None and self.least is None:
            raise ValueError("a limit needs 'most', 'least' or both")
        if self.most is not None and self.least is not None and self.least > self.most:
            raise ValueError(f"expected least <= most, got {self.least:g} and {self.most:g}")
        if self.device is not None and self.quantity != LATENCY:
            raise ValueError(f"{self.quantity} is the same on every device: leave the device out")
        return self

    def holds(self, value: float) -> bool:
        """Whether a value lies within the bounds."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def words(self, terms: Terms) -> str:
        unit = unit_of(self.quantity)
        bounds = [
            f"at {name} {unit.number(value, 4)} {unit.name}"
            for name, value in (("least", self.least), ("most", self.most))
            if value is not None
        ]
        where = f" on {self.device.rpartition('/')[2]}" if self.device else ""
        return f"only architectures of {' and '.join(bounds)}{where}"


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
    """How much accuracy counts against latency when the next architectures are chosen; equal by default."""

    kind: Literal["weigh"] = "weigh"
    accuracy: float = Field(ge=0, le=100, allow_inf_nan=False)
    latency: float = Field(ge=0, le=100, allow_inf_nan=False)

    @model_validator(mode="after")
    def _weighs_something(self) -> Self:
        if not self.accuracy + self.latency:
            raise ValueError("expected one weight above 0, got 0 and 0")
        return self

    def words(self, terms: Terms) -> str:
        share = self.accuracy / (self.accuracy + self.latency)
        return f"weigh accuracy {share:.0%} and latency {1 - share:.0%}"


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
        text: the rule in the person's words; empty words it by its predicate.
    """

    kind: Literal["add_heuristic"] = "add_heuristic"
    predicate: str = Field(min_length=1, max_length=200)
    direction: Direction = "raises"
    metric: Metric = "val_accuracy"
    text: str = Field(default="", max_length=240)

    def words(self, terms: Terms) -> str:
        what = "accuracy" if self.metric == "val_accuracy" else "latency"
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
