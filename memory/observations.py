"""Observations: what a run has measured, as evidence sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from illuminas.memory.evidence import Record
from illuminas.memory.state import RunState
from illuminas.tools.spaces import Feature

Features = Callable[[str], Mapping[str, Feature] | None]
"""Hash -> what predicates may ask of the architecture; None for free source, which no rule speaks of."""


def observe(state: RunState, objective: str, features: Features) -> list[Record]:
    """What was measured of an objective, in the order in which it was made, of the architectures that have features."""

    @cache
    def words(niche: int) -> str:
        assert state.partition is not None, "niches are logged before anything is placed in them"
        return state.partition.describe(niche)

    found = []
    for evaluation in state.successes:
        hash_ = evaluation.hash
        value = state.value(hash_, objective)
        if value is None:
            continue
        told = features(hash_)
        if told is None:
            continue
        niche = state.niches.get(hash_)
        found.append(
            Record(
                hash=hash_,
                features=told,
                value=value,
                round=state.evaluated_in[hash_],
                niche=None if niche is None else words(niche),
            )
        )
    return found
