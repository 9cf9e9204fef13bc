"""An architecture with its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from illuminas.tools.frozen import Frozen


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


class Candidate(Frozen):
    """One proposal.

    Attributes:
        hash, text: the architecture.
        operator: how it came to be.
        parents: hashes of the architectures it was made from.
        target: index of the niche it was made for.
        cited: ids of the heuristics it follows and its first parent does not.
        rationale: why, in the proposer's words.
        call: key of the LLM call that proposed it.
        instruction: name of the instruction that an LLM followed; empty without one.
        temperature: that the LLM was asked at; None without an instruction.
        expected: value of the primary objective that the surrogate foresaw; None before it knew anything.
        expected_range: bounds between which nine of ten such values were foreseen; None where that is not
            known, as in logs of earlier versions.
        chosen_for: why the screen let it go on; empty where it did not.
    """

    hash: str
    text: str
    operator: Operator
    parents: tuple[str, ...] = ()
    target: int | None = None
    cited: tuple[str, ...] = ()
    rationale: str = ""
    call: str | None = None
    instruction: str = ""
    temperature: float | None = None
    expected: float | None = None
    expected_range: tuple[float, float] | None = None
    chosen_for: str = ""


class RejectedProposal(Frozen):
    """An LLM's proposal that is no candidate.

    Attributes:
        operator, instruction, temperature: as of a candidate.
        attempt: 0, or the number of the repair that it came of.
        repeated: it was evaluated or proposed before; else it can't be built, or is out of place.
        reason: why it was refused, in words.
        last: nothing came of the question after all its repairs.
    """

    operator: Operator
    instruction: str = ""
    temperature: float | None = None
    attempt: int = 0
    repeated: bool = False
    reason: str
    last: bool = False


class Measured(Frozen):
    """What only a build tells of an architecture.

    Attributes:
        params: trainable numbers.
        macs: multiply-accumulates of one forward pass on one image.
        depth: layers that have weights.
        width: most channels or features that one of them puts out.
    """

    params: int
    macs: int
    depth: int
    width: int


class Findings(NamedTuple):
    """What tools told of candidates that no event holds yet.

    Attributes:
        measured: hash -> what only a build tells.
        values: objective -> hash -> value, where a table knows it.
        proxies: hash -> zero-cost scores.
    """

    measured: Mapping[str, Measured] = {}
    values: Mapping[str, Mapping[str, float]] = {}
    proxies: Mapping[str, Mapping[str, float]] = {}
