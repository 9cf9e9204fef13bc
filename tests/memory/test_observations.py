"""Observations: what evidence may rest on."""

from __future__ import annotations

import pytest

from illuminas.memory.observations import observe
from illuminas.memory.partitions import PartitionContext, make_partition
from illuminas.memory.state import RunState
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.spaces import Feature, NetworkShape, get_space

FEATURES: dict[str, dict[str, Feature] | None] = {
    "good": {"conv3": 2},
    "bare": {"conv3": 0},
    "free": None,
    "dead": {"conv3": 1},
}


@pytest.fixture
def state() -> RunState:
    """Four evaluations: two that count, one of free source, and one that failed."""
    made = RunState()
    for round, hash_ in enumerate(FEATURES, start=1):
        failed = hash_ == "dead"
        made.evaluations[hash_] = Evaluation(
            space="nb201",
            hash=hash_,
            text=hash_,
            dataset="toy",
            fidelity="table",
            status=Status.FAILED if failed else Status.OK,
            objectives={} if failed else {"accuracy": 60.0 + round},
        )
        made.evaluated_in[hash_] = round
        if not failed:
            made.values["accuracy"][hash_] = 60.0 + round
    space = get_space("nb201")
    context = PartitionContext(space=space, shape=NetworkShape(image_size=32, in_channels=3))
    made.partition = make_partition("convolutions", context)
    made.niches["good"] = 3
    made.values["latency:local"]["bare"] = 1.5
    return made


def test_successes_that_have_features_count_with_their_niche_in_words(state: RunState) -> None:
    assert state.partition is not None
    first, second = observe(state, "accuracy", FEATURES.get)
    assert (first.hash, first.value, first.round, first.features) == ("good", 61.0, 1, {"conv3": 2})
    assert first.niche == state.partition.describe(3)
    assert (second.hash, second.niche) == ("bare", None)


def test_a_latency_counts_where_it_is_known(state: RunState) -> None:
    assert [(each.hash, each.value) for each in observe(state, "latency:local", FEATURES.get)] == [("bare", 1.5)]
