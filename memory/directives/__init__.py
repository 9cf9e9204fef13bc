"""Directives: what a person may ask of a search, each a class that is declared once.

Its fields, docstring and metadata give the MCP schema and tool, the page's form, the slash command, the plain sentences
that stand for it, and the table of ``docs/steering.md``; it says itself what makes it impossible in a run. Directives
can be undone, and change what a search may do next, never what it measured. What follows from those in force is read
from :mod:`illuminas.memory.steering`.

- ``base``: what all have; ``bounds``, ``niches``, ``preferences``, ``course``, ``rules``, ``acts``: the directives
"""

from __future__ import annotations

from inspect import isabstract
from typing import TYPE_CHECKING, Annotated, TypeAlias, Union

from pydantic import Field, TypeAdapter

from illuminas.memory.directives import acts, bounds, course, niches, preferences, rules
from illuminas.memory.directives.acts import AnswerQuestion, Undo
from illuminas.memory.directives.base import Directive, Input, Slash, Subject, Terms, Tool, inputs_of, paragraphs
from illuminas.memory.directives.bounds import Limit, Require
from illuminas.memory.directives.course import CAPS, Pause, Resume, Seed, SetBudget, Stop
from illuminas.memory.directives.niches import Avoid, Focus
from illuminas.memory.directives.preferences import Explore, Weigh
from illuminas.memory.directives.rules import (
    AddHeuristic,
    PinHeuristic,
    RetireHeuristic,
    RewordHeuristic,
    RuleDirective,
)
from illuminas.tools.frozen import Frozen

__all__ = [
    "CAPS",
    "DIRECTIVES",
    "AddHeuristic",
    "AnswerQuestion",
    "AnyDirective",
    "Avoid",
    "Directive",
    "DirectiveRecord",
    "Explore",
    "Focus",
    "Input",
    "Limit",
    "Pause",
    "PinHeuristic",
    "Require",
    "Resume",
    "RetireHeuristic",
    "RewordHeuristic",
    "RuleDirective",
    "Seed",
    "SetBudget",
    "Slash",
    "Stop",
    "Subject",
    "Terms",
    "Tool",
    "Undo",
    "Weigh",
    "inputs_of",
    "paragraphs",
    "parse_directive",
]

DIRECTIVES: tuple[type[Directive], ...] = tuple(
    each
    for module in (bounds, niches, preferences, course, rules, acts)
    for each in vars(module).values()
    if isinstance(each, type)
    and issubclass(each, Directive)
    and each.__module__ == module.__name__
    and not isabstract(each)
    and "title" in vars(each)
)
"""Every class of these modules that has a title, in the order in which help and forms list them."""

if TYPE_CHECKING:
    AnyDirective: TypeAlias = Directive
else:
    AnyDirective = Annotated[Union[DIRECTIVES], Field(discriminator="kind")]  # noqa: UP007 - of a tuple
"""Any of them, told apart by ``kind``."""

_ANY: TypeAdapter[AnyDirective] = TypeAdapter(AnyDirective)


def parse_directive(data: object) -> AnyDirective:
    """The directive that JSON data holds.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _ANY.validate_python(data)


class DirectiveRecord(Frozen):
    """A directive with its author and its place in the log.

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

    number: int
    directive: AnyDirective
    author: str
    via: str
    words: str
    round: int
    time: float
    made: str = ""
    undone_by: int | None = None
