"""What every directive has: fields that say how people give them, its words, and what makes it impossible in a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from pydantic import BaseModel

from illuminas.memory.heuristics import Heuristic
from illuminas.memory.partitions import AnyPartition
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import Objective, find_kind, get_objective
from illuminas.tools.spaces import SearchSpace
from illuminas.tools.tables import resolve_objective


@dataclass(frozen=True)
class Input:
    """How a person gives one field.

    Attributes:
        kind: what is given, as ``niches`` or ``predicate``: the chat's arguments and the page's elements go by it.
        label: on the page, with its unit; without one the page leaves it out.
        hint: below it.
        start: what the page fills in.
    """

    kind: str
    label: str = ""
    hint: str = ""
    start: Any = None


@dataclass(frozen=True)
class Slash:
    """A slash command of the chat; help, completion, grammar and plain sentences follow from it.

    Attributes:
        name: without its slash.
        arguments: names of fields in the order in which they are typed; one that ends in ``?`` may be left out, and
            ``field:kind`` is given in another way than the field says.
        example: a line that works.
        help: what it does, on one line; empty is the first sentence of the class.
        values: of fields that the command sets by itself.
        asked: makes sense only while the search asks something.
        phrases: how people say it, a line each: ``phrase -> /command``; see :mod:`illuminas.agents.chat.reader`.
        examples: whole sentences, a line each: ``sentence -> command``; an LLM is shown those most like a message.
    """

    name: str
    arguments: tuple[str, ...] = ()
    example: str = ""
    help: str = ""
    values: Mapping[str, Any] | None = None
    asked: bool = False
    phrases: str = ""
    examples: str = ""


@dataclass(frozen=True)
class Tool:
    """An MCP tool of its own for a directive; the others are given by ``steer_search``.

    Attributes:
        description: what it does, when to call it and when not, what it costs and what comes next.
        ends: it ends something, or takes it out of use.
        leaves_out: fields that it does not take.
    """

    name: str
    title: str
    description: str
    ends: bool = False
    leaves_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
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

    def niches(self, indices: Sequence[int]) -> str:
        """Niches in words, with the number that people name them by."""
        if self.partition is None:
            return ", ".join(f"niche {index}" for index in indices)
        return ", ".join(f"'{self.partition.describe(index)}' ({index})" for index in indices)

    @property
    def reachable(self) -> list[int]:
        """Niches that some architecture belongs to."""
        return list(self.partition.reachable) if self.partition is not None else []

    def check_niches(self, niches: Sequence[int]) -> None:
        """Refuse numbers of niches that there are not."""
        for niche in niches:
            if niche not in self.reachable:
                raise IlluminasError(f"there is no niche {niche}: expected one of {self.niches(self.reachable[:12])}.")


class Act(Protocol):
    """A directive that was given."""

    @property
    def number(self) -> int: ...
    @property
    def directive(self) -> Directive: ...
    @property
    def words(self) -> str: ...
    @property
    def undone_by(self) -> int | None: ...


class OpenQuestion(Protocol):
    """What a search waits to be told."""

    @property
    def key(self) -> str: ...
    @property
    def options(self) -> Mapping[str, str]: ...


class InForce(Protocol):
    """What of :class:`~illuminas.memory.steering.Steering` a directive is checked against."""

    @property
    def acts(self) -> Sequence[Act]: ...
    @property
    def focus(self) -> Sequence[int]: ...
    @property
    def avoided(self) -> Mapping[int, int]: ...
    @property
    def paused(self) -> bool: ...
    @property
    def waiting(self) -> OpenQuestion | None: ...


@dataclass(frozen=True, kw_only=True)
class Subject(Terms):
    """The run that a directive is for, as it stands.

    Attributes:
        id: of the run.
        driven: some process drives it.
        dataset, device: of its config.
        optimised: of the objectives, the primary one first.
        measures: what its evaluator measures beside the registered objectives.
        round: that it is in.
        evaluations: hash -> evaluation.
        steering: directives so far.
        heuristics: id -> heuristic, as of now.
        find_heuristic: the heuristic of an id or its beginning.
    """

    id: str
    driven: bool
    dataset: str
    device: str
    optimised: tuple[Objective, ...]
    measures: Sequence[Objective]
    round: int
    evaluations: Mapping[str, Evaluation]
    steering: InForce
    heuristics: Callable[[], Mapping[str, Heuristic]]
    find_heuristic: Callable[[str], Heuristic]

    def any_objective(self, name: str) -> Objective:
        """The objective of a name: the run's own of that kind, or another of a table."""
        word, _, device = name.partition(":")
        kind, known = find_kind(word), self.objectives
        names = {name, kind.name} if kind is not None and not device else {name}
        own = [each for each in known if each.name in names or each.kind == name]
        if not own and kind is not None and not device:
            own = [each for each in known if each.kind == kind.name]
        return own[0] if own else resolve_objective(name, device=self.device, declared=self.measures)

    def own_objective(self, name: str) -> Objective:
        """The same, of those that the run optimises; the primary one for an empty name."""
        objective = self.any_objective(name) if name else self.optimised[0]
        if objective not in self.optimised:
            known = ", ".join(each.name for each in self.optimised)
            raise IlluminasError(f"expected an objective of this run, {known}, got {name!r}.")
        return objective


class Directive(Frozen, ABC):
    """Base of every directive. A subclass with a ``kind`` is offered everywhere.

    The first paragraph of its docstring says what it asks, the second what the search does with it.

    Attributes:
        title: as the page lists it.
        undoable: it can be taken back.
        guides: what it shapes the plan by: ``all`` those in force do, only the ``last`` one, or ``none``.
        slash: its commands in the chat.
        tool: its own MCP tool.
    """

    title: ClassVar[str]
    undoable: ClassVar[bool] = True
    guides: ClassVar[str] = "none"
    slash: ClassVar[tuple[Slash, ...]] = ()
    tool: ClassVar[Tool | None] = None

    kind: str

    @abstractmethod
    def words(self, terms: Terms) -> str:
        """What it asks, in one sentence without its full stop."""

    def checked(self, run: Subject) -> Self:
        """The directive with its names resolved.

        Raises:
            IlluminasError: it makes no sense in the run; the message says what would.
        """
        return self

    def niche_weight(self, niche: int) -> float:
        """What a niche's score is multiplied by while it is in force."""
        return 1.0

    @classmethod
    def summary(cls) -> str:
        """What it asks, in one sentence."""
        return paragraphs(cls)[0]


def paragraphs(model: type) -> list[str]:
    """Of a docstring, each on one line."""
    return [" ".join(each.split()) for each in (model.__doc__ or "").split("\n\n")]


def inputs_of(model: type[BaseModel]) -> dict[str, Input]:
    """Field -> how it is given, of those that say it."""
    found = {
        name: next((each for each in field.metadata if isinstance(each, Input)), None)
        for name, field in model.model_fields.items()
    }
    return {name: each for name, each in found.items() if each is not None}
