"""Initial weights: what a candidate's training starts from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from illuminas.agents.context import Context
from illuminas.memory.candidate import Candidate


class InitialWeights(ABC):
    """Chooses what a candidate's training starts from."""

    kept: ClassVar[bool]
    """Whether trained weights are kept for offspring."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @abstractmethod
    def of(self, candidate: Candidate) -> str | None:
        """Key of the weights that a candidate starts from; None for random ones."""


class RandomWeights(InitialWeights):
    """Every training starts from scratch."""

    kept = False

    def of(self, candidate: Candidate) -> str | None:
        return None


class ParentWeights(InitialWeights):
    """The first parent's trained weights, where layers are unchanged, as in LLMatic (arXiv 2306.01102)."""

    kept = True

    def of(self, candidate: Candidate) -> str | None:
        parent = self._context.state.evaluations.get(candidate.parents[0]) if candidate.parents else None
        return None if parent is None else parent.weights
