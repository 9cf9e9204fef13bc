"""The planner's answer: which niches, which operators and parents, how many proposals, which heuristics."""

from __future__ import annotations

from illuminas.memory.candidate import Operator
from illuminas.tools.frozen import Frozen


class PlanItem(Frozen):
    """Proposals of one operator for one niche.

    Attributes:
        target: niche that they are meant for; None for any.
        parents: hashes, most important first; empty for an operator without parents.
        count: proposals wanted.
        instruction: name of what an LLM is to do with the parents; empty leaves that to it.
        temperature: to ask the LLM at; None is the agent's own.
        text: the architecture itself, where it is given.
    """

    target: int | None
    operator: Operator
    parents: tuple[str, ...] = ()
    count: int = 1
    instruction: str = ""
    temperature: float | None = None
    text: str = ""


class Plan(Frozen):
    """The plan of one round; the ``plan`` event's data.

    Attributes:
        focus: niches to work on, most wanted first.
        heuristics: ids to apply, by niche of the focus.
        batch: evaluations to make.
        reason: why, in words.
        author: ``statistics`` or the LLM's name.
        directives: numbers of those that it keeps to.
    """

    round: int
    focus: tuple[int, ...]
    items: tuple[PlanItem, ...]
    heuristics: dict[int, tuple[str, ...]]
    batch: int
    reason: str
    author: str
    directives: tuple[int, ...] = ()
