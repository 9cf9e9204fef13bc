"""Partitions: a contract that all keep, and what each promises."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from pydantic import TypeAdapter

from illuminas.memory.partitions import (
    AXES,
    DESCRIPTORS,
    AnyPartition,
    Axis,
    Centroids,
    PartitionContext,
    make_partition,
    quantile_axis,
)
from illuminas.tools.errors import IlluminasError
from illuminas.tools.objectives import get_objective
from illuminas.tools.spaces import Architecture, NetworkShape, get_space

SPACE = get_space("nb201")
RNG = np.random.default_rng(0)
LATENCIES = {architecture.hash: float(RNG.gamma(4, 2)) for architecture in SPACE.reduced()}


OBJECTIVES = (get_objective("accuracy"), get_objective("latency:local"), get_objective("energy:table:t/chip_mj"))


def measured(latencies: dict[str, float]) -> dict[str, dict[str, float]]:
    return {objective.name: dict(latencies) for objective in OBJECTIVES[1:]}


def context(latencies: dict[str, float], space: str = "nb201") -> PartitionContext:
    return PartitionContext(
        space=get_space(space),
        shape=NetworkShape(),
        objectives=OBJECTIVES if latencies else (),
        measured=measured(latencies),
    )


CONTEXT = context(LATENCIES)
CONTEXTS = {"nb201": CONTEXT, "code": context({}, "code")}
CASES = [
    *(("nb201", name) for name in AXES if name != "width_depth"),
    *(("nb201", name) for name in ("flops,depth", "latency,convolutions", "cvt:params", "cvt:macs,latency,depth:40")),
    *((space, "cvt") for space in CONTEXTS),
    *(("code", name) for name in ("flops", "params", "depth", "width_depth", "none", "width_depth,flops")),
]
Case = tuple[PartitionContext, AnyPartition]


@pytest.fixture(params=CASES, ids=" ".join)
def case(request: pytest.FixtureRequest) -> Case:
    space, name = request.param
    return CONTEXTS[space], make_partition(name, CONTEXTS[space])


def some(known: PartitionContext) -> list[Architecture]:
    """Architectures with all that is known of them: a sample of their own, as a search would meet them."""
    if known.space.enumerable:
        return known.space.reduced()[::50]
    return known.space.sample(np.random.default_rng(7), 100)


def test_every_architecture_has_exactly_one_niche(case: Case) -> None:
    known, partition = case
    niches = {partition.niche_of(known.descriptors(architecture)) for architecture in some(known)}
    assert niches <= set(range(partition.size))


def test_niches_describe_themselves_differently(case: Case) -> None:
    _, partition = case
    words = [partition.describe(niche) for niche in range(partition.size)]
    assert len(set(words)) == partition.size
    assert all(words)


def test_a_partition_survives_the_event_log(case: Case) -> None:
    _, partition = case
    reader: TypeAdapter[AnyPartition] = TypeAdapter(AnyPartition)
    assert reader.validate_json(partition.model_dump_json()) == partition


def test_capacities_count_the_unique_architectures_of_a_space_that_ends(case: Case) -> None:
    known, partition = case
    if not known.space.enumerable:
        assert partition.capacities == ()
        return
    members = Counter(partition.niche_of(known.descriptors(architecture)) for architecture in known.space.reduced())
    assert list(partition.capacities) == [members[niche] for niche in range(partition.size)]


def test_a_niche_is_never_guessed_where_a_descriptor_is_unknown(case: Case) -> None:
    _, partition = case
    assert partition.niche_of({"skips": 3}) is None


@pytest.mark.parametrize("name", ["latency", "flops", "params"])
def test_niches_by_quantile_hold_like_shares(name: str) -> None:
    capacities = make_partition(name, CONTEXT).capacities
    assert len(capacities) == 6
    assert max(capacities) < 2.5 * min(capacities)  # many cells share their FLOPs: a bound cannot part those


def test_latency_niches_hold_equal_shares() -> None:
    capacities = make_partition("latency", CONTEXT).capacities
    assert max(capacities) - min(capacities) <= 1


def test_latencies_of_a_few_are_enough_for_bounds_but_not_for_capacities() -> None:
    partition = make_partition("latency", context(dict(list(LATENCIES.items())[:24])))
    assert partition.size == 6
    assert partition.capacities == ()
    assert partition.reachable == list(range(6))


def test_bins_with_nothing_between_them_fall_into_one() -> None:
    assert len(quantile_axis("depth", [1.0] * 90 + [2.0] * 10, 6).labels) == 1
    assert quantile_axis("depth", [0.0] * 50 + [3.0] * 50, 4).bounds == (1.5, 3.0)


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
    index = partition.niche_of(CONTEXT.descriptors(SPACE.from_words(words)))
    assert index is not None
    assert partition.describe(index) == niche


def test_two_ways_to_write_a_function_lie_in_one_niche() -> None:
    partition = make_partition("flops,convolutions", CONTEXT)
    for architecture in SPACE.reduced()[::37]:
        assert len({partition.niche_of(CONTEXT.descriptors(equal)) for equal in SPACE.equals(architecture)}) == 1


def test_the_random_partition_is_as_large_as_the_convolutions_and_means_nothing() -> None:
    random, real = make_partition("random", CONTEXT), make_partition("convolutions", CONTEXT)
    for size, wanted in zip(random.capacities, real.capacities, strict=True):
        assert size == pytest.approx(wanted, rel=0.2, abs=25)
    group, convolutions = (
        np.array([each.niche_of(CONTEXT.descriptors(a)) for a in SPACE.reduced()]) for each in (random, real)
    )
    assert abs(np.corrcoef(group, convolutions)[0, 1]) < 0.05


def test_niches_that_no_architecture_can_reach_are_known() -> None:
    partition = make_partition("flops,depth", CONTEXT)
    assert 0 < len(partition.reachable) < partition.size


def test_every_centroid_is_reached_and_nearest_to_its_own() -> None:
    partition = make_partition("cvt:macs,depth:24", CONTEXT)
    assert isinstance(partition, Centroids)
    assert min(partition.capacities) > 0
    for niche in range(partition.size):
        macs, depth = partition.position(niche)
        assert partition.niche_of({"macs": macs, "depth": depth}) == niche


def test_there_are_no_more_centroids_than_values() -> None:
    assert make_partition("cvt:depth:24", CONTEXT).size == 4


def test_descriptors_of_different_size_weigh_alike_in_a_tessellation() -> None:
    partition = make_partition("cvt:macs,depth:12", CONTEXT)
    by_depth = {partition.niche_of({"macs": 6e7, "depth": depth}) for depth in range(4)}
    assert len(by_depth) > 1


def test_an_axis_of_ones_own_takes_a_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DESCRIPTORS, "half", lambda space, shape, architecture: int(architecture.hash, 16) % 2)
    monkeypatch.setitem(AXES, "mine", lambda context: Axis(key="half", bounds=(1,), labels=("even", "odd")))
    partition = make_partition("mine,depth", context({}))
    assert partition.size == 8
    assert partition.describe(4) == "odd, depth 0"
    assert sum(partition.capacities) == len(SPACE.reduced())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("convolution", "Did you mean 'convolutions'"),
        ("flops,dept", "Did you mean 'depth'"),
        ("depth,depth", "names an axis twice"),
        ("cvt:mac", "Did you mean 'macs'"),
        ("cvt:macs:1", "2 or more, got '1'"),
        ("cvt:macs,:4", "different descriptors"),
        ("cvt:edge_0_1", "edge_0_1.*not a number"),
        ("", "unknown partition ''"),
        ("width_depth", "unknown partition 'width_depth'"),
    ],
)
def test_a_name_that_stands_for_none_is_answered_with_what_would_be_right(name: str, message: str) -> None:
    with pytest.raises(IlluminasError, match=message):
        make_partition(name, CONTEXT)


@pytest.mark.parametrize("name", ["latency", "cvt:latency"])
def test_a_partition_by_latency_asks_for_a_device(name: str) -> None:
    with pytest.raises(IlluminasError, match="--device"):
        make_partition(name, context({}))
