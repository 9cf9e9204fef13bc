"""Proposal writers: how an LLM is asked for architectures, and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from illuminas.agents.checker import Checker, Refusal
from illuminas.agents.context import Context
from illuminas.agents.llm_session import LLMSession
from illuminas.agents.quoting import fenced, line
from illuminas.memory.candidate import RejectedProposal
from illuminas.memory.heuristics import Heuristic
from illuminas.memory.plan import PlanItem
from illuminas.tools.spaces import Architecture, InvalidArchitecture, SearchSpace

COMPLAINT = 300
"""Most characters of one complaint in a prompt."""


@dataclass(frozen=True)
class Draft:
    """A proposal before it is known to be new.

    Attributes:
        parents: hashes.
        rationale: why, in the LLM's words.
        call: key of the LLM call.
    """

    architecture: Architecture
    parents: tuple[str, ...] = ()
    rationale: str = ""
    call: str | None = None


@dataclass
class Reply:
    """An answer of an LLM: its drafts, and why the rest of it could not be read."""

    drafts: list[Draft] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def read(self, space: SearchSpace, words: str, *, parents: tuple[str, ...] = (), rationale: str, call: str) -> None:
        """Add what was written as an architecture."""
        try:
            self.drafts.append(Draft(space.from_words(words), parents, rationale, call))
        except InvalidArchitecture as error:
            self.unreadable.append(str(error))


class Proposed(NamedTuple):
    """What came of a question and its repairs: proposals that nothing speaks against, and the others."""

    drafts: list[Draft]
    misses: list[RejectedProposal]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an LLM is asked for.

    Attributes:
        item: of the plan.
        rules: heuristics that guide the proposals.
        taken: hashes of what this round has already.
        complaints: why earlier answers to the same item were refused.
    """

    round: int
    item: PlanItem
    rules: list[Heuristic] = field(default_factory=list)
    taken: Collection[str] = ()
    complaints: Sequence[Refusal] = ()


class ProposalWriter(ABC):
    """Asks the LLM for architectures."""

    most: int | None = None
    """Proposals in one answer at most; None for any number."""

    def __init__(self, context: Context, llm: LLMSession, checker: Checker) -> None:
        self._context = context
        self._llm = llm
        self._checker = checker

    @abstractmethod
    async def write(self, question: Question) -> Reply | None:
        """The LLM's answer; None where it gave none."""

    def _aim(self, item: PlanItem) -> str:
        """The niche that an item is meant for, in words, and what people ask of every architecture."""
        niche = "any" if item.target is None else self._context.partition.describe(item.target)
        asked = self._context.compliance.words()
        return f"{niche}; {asked}" if asked else niche

    def _ranked(self, count: int) -> list[str]:
        """Hashes of the ``count`` best architectures by the primary objective, the best last."""
        state = self._context.state
        known = [evaluation.hash for evaluation in state.successes]
        return sorted(known, key=lambda hash_: (state.rank(hash_), hash_))[-count:]

    def _line(self, hash_: str) -> str:
        """A measured architecture as a prompt lists it."""
        words = self._context.space.to_words(self._context.architecture(hash_))
        return f"{words}: {self._context.line(hash_)}"


def complaint_lines(complaints: Sequence[Refusal]) -> str:
    """Why answers were refused, as a prompt ends with it; empty where none was."""
    if not complaints:
        return ""
    reasons = "\n".join(f"- {line(each.reason, limit=COMPLAINT)}" for each in complaints)
    return fenced(reasons, before="Refused, and why:\n")
