"""Partitions: a contract that all keep, and what each promises."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from illuminas.memory.partitions import PARTITIONS, Partition, PartitionContext, make_partition
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import NetworkShape, get_space

SPACE = get_space("nb201")
CONTEXT = PartitionContext(
    space=SPACE, shape=NetworkShape(), latencies=tuple(np.random.default_rng(0).gamma(4, 2, size=400))
)


@pytest.fixture(params=sorted(PARTITIONS))
def partition(request: pytest.FixtureRequest) -> Partition:
    return make_partition(request.param, CONTEXT)


def test_every_architecture_has_exactly_one_niche(partition: Partition) -> None:
    for architecture in SPACE.reduced()[::50]:
        niche = partition.niche_of({**CONTEXT.structure(architecture), "latency_ms": 7.5})
        assert niche in range(partition.size)


def test_niches_describe_themselves_differently(partition: Partition) -> None:
    words = [partition.describe(niche) for niche in range(partition.size)]
    assert len(set(words)) == partition.size


def test_a_partition_survives_the_event_log(partition: Partition) -> None:
    assert Partition.model_validate_json(partition.model_dump_json()) == partition


def test_capacities_count_the_unique_cells_of_the_space(partition: Partition) -> None:
    if partition.capacities:
        assert sum(partition.capacities) == len(SPACE.reduced())
        assert len(partition.capacities) == partition.size


def test_an_unknown_descriptor_gives_no_niche() -> None:
    assert make_partition("latency", CONTEXT).niche_of({"convs": 3}) is None


def test_latency_niches_hold_equal_shares_of_the_sample() -> None:
    partition = make_partition("latency", CONTEXT)
    shares = Counter(partition.niche_of({"latency_ms": value}) for value in CONTEXT.latencies)
    assert max(shares.values()) - min(shares.values()) <= 2


@pytest.mark.parametrize(
    ("words", "niche"),
    [
        ("skip none none pool none none", "no convolution"),
        ("conv1 none none skip conv1 none", "only 1x1 convolutions"),
        ("conv3 none none conv1 skip none", "one 3x3"),
        ("conv3 conv3 conv3 conv3 conv3 conv3", "four or more 3x3"),
    ],
)
def test_the_convolution_partition_sorts_as_its_paper_does(words: str, niche: str) -> None:
    partition = make_partition("convolutions", CONTEXT)
    index = partition.niche_of(CONTEXT.structure(SPACE.from_words(words)))
    assert index is not None
    assert partition.describe(index) == niche


def test_niches_that_no_architecture_can_reach_are_known() -> None:
    partition = make_partition("macs-depth", CONTEXT)
    assert 0 < len(partition.reachable) < partition.size


def test_a_misspelt_partition_is_answered_with_the_nearest() -> None:
    with pytest.raises(IlluminasError, match="Did you mean 'convolutions'"):
        make_partition("convolution", CONTEXT)


def test_the_latency_partition_asks_for_a_device() -> None:
    with pytest.raises(IlluminasError, match="--device"):
        make_partition("latency", CONTEXT.model_copy(update={"latencies": ()}))
