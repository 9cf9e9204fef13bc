"""An architecture with its provenance."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Operator(StrEnum):
    """How a candidate came to be."""

    LLM_FRESH = "llm_fresh"
    LLM_MUTATE = "llm_mutate"
    LLM_CROSSOVER = "llm_crossover"
    MUTATE = "mutate"
    CROSSOVER = "crossover"
    RANDOM = "random"
    USER = "user"

    @property
    def uses_llm(self) -> bool:
        return self.value.startswith("llm_")


class Candidate(BaseModel):
    """One proposal.

    Attributes:
        hash, text: the architecture.
        operator: how it came to be.
        parents: hashes of the architectures it was made from.
        target: index of the niche it was made for.
        cited: ids of the heuristics it follows and its first parent does not.
        rationale: why, in the proposer's words.
        call: key of the LLM call that proposed it.
        expected: validation accuracy the surrogate foresaw, per cent; None before it knew anything.
        chosen_for: why the screen let it go on; empty where it did not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    text: str
    operator: Operator
    parents: tuple[str, ...] = ()
    target: int | None = None
    cited: tuple[str, ...] = ()
    rationale: str = ""
    call: str | None = None
    expected: float | None = None
    chosen_for: str = ""
