"""Drafts: what an agent proposes before it is known to be new, and an LLM's answers made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from illuminas.memory.candidate import RejectedProposal
from illuminas.tools.spaces import Architecture, InvalidArchitecture, SearchSpace


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
