"""Observations: what a run has measured, as evidence sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from illuminas.memory.evidence import Metric, Record
from illuminas.memory.state import RunState
from illuminas.tools.spaces import Feature

Features = Callable[[str], Mapping[str, Feature] | None]
"""Hash -> what predicates may ask of the architecture; None for free source, which no rule speaks of."""


def observe(state: RunState, metric: Metric, features: Features) -> list[Record]:
    """The measurements of a metric, in the order in which they were made, of the architectures that have features."""

    @cache
    def words(niche: int) -> str:
        assert state.partition is not None, "niches are logged before anything is placed in them"
        return state.partition.describe(niche)

    found = []
    for evaluation in state.successes:
        hash_ = evaluation.hash
        if metric == "latency_ms" and hash_ not in state.latencies:
            continue
        told = features(hash_)
        if told is None:
            continue
        niche = state.niches.get(hash_)
        found.append(
            Record(
                hash=hash_,
                features=dict(told),
                value=state.accuracy(hash_) if metric == "val_accuracy" else state.latencies[hash_],
                round=state.evaluated_in[hash_],
                niche=None if niche is None else words(niche),
            )
        )
    return found
