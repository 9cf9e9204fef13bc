"""How layer lists are drawn, changed, crossed, described, encoded and drawn."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from illuminas.memory.partitions import PartitionContext, make_partition
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import Architecture, NetworkShape
from illuminas.tools.spaces.code.layers import Layer, with_inserted, without
from illuminas.tools.spaces.code.space import CodeSpace, layers_of
from illuminas.tools.spaces.code.variation import crossed
from illuminas.tools.spaces.nb201.space import NB201Space

SPACE = CodeSpace()
SMALLEST = NetworkShape(in_channels=4, image_size=8)


def some(count: int = 60, seed: int = 7) -> list[Architecture]:
    return SPACE.sample(np.random.default_rng(seed), count)


def layers(text: str) -> tuple[Layer, ...]:
    return layers_of(SPACE.parse(text))


def text_of(found: tuple[Layer, ...]) -> str:
    return " | ".join(layer.text for layer in found)


# Random


def test_a_seed_repeats_its_draws() -> None:
    assert some(20) == some(20) != some(20, seed=8)


def test_a_sample_holds_different_functions_and_all_build_for_the_smallest_images() -> None:
    drawn = some(400)
    assert len({each.hash for each in drawn}) == 400
    assert all(SPACE.complexity(each, SMALLEST).params > 0 for each in drawn)


def test_draws_spread_over_depth_width_and_halvings_and_use_every_layer() -> None:
    drawn = some(400)
    known = [SPACE.features(each) for each in drawn]
    for name, least in (("layers", 14), ("width", 10), ("halvings", 4), ("params_class", 4)):
        counts = Counter(features[name] for features in known)
        assert len(counts) >= least, counts
        assert max(counts.values()) < 0.5 * len(drawn), counts
    words = {layer.kind for each in drawn for layer in layers_of(each)}
    assert words == {"conv", "sep", "res", "dw", "maxpool", "avgpool", "dropout", "skip", "cat", "linear"}


def test_a_small_space_says_how_many_it_had() -> None:
    cells = NB201Space()
    assert len(cells.sample(np.random.default_rng(0), 500)) == 500
    with pytest.raises(IlluminasError, match="expected 5000 different architectures, got 49"):
        cells.sample(np.random.default_rng(0), 5_000)


def test_an_open_space_has_no_list_and_says_what_to_take_instead() -> None:
    assert NB201Space().enumerable and not SPACE.enumerable
    with pytest.raises(IlluminasError, match="Take a sample"):
        SPACE.reduced()


# Insertion and deletion


@pytest.mark.parametrize(
    ("text", "index", "after"),
    [
        ("conv3 8 | conv3 8 | skip 1", 0, "conv3 8 | skip 1"),
        ("conv3 8 | conv3 8 | skip 1", 1, "conv3 8"),
        ("conv3 8 | conv3 8 | skip 1", 2, "conv3 8 | conv3 8"),
        ("conv3 8 | conv3 8 | conv3 8 | skip 2", 2, "conv3 8 | conv3 8 | skip 1"),
        ("conv3 8 | dw3 | skip 1 | dw5 | skip 3", 1, "conv3 8 | dw5 | skip 1"),
        ("conv3 8 | dw3 | skip 1 | skip 1", 1, "conv3 8"),
    ],
)
def test_a_skip_keeps_its_source_when_a_layer_goes_and_goes_with_all_that_it_skipped(
    text: str, index: int, after: str
) -> None:
    assert text_of(without(layers(text), index)) == after


@pytest.mark.parametrize(
    ("index", "after"),
    [
        (0, "maxpool | conv3 8 | dw3 | skip 1"),
        (1, "conv3 8 | maxpool | dw3 | skip 2"),
        (2, "conv3 8 | dw3 | maxpool | skip 2"),
        (3, "conv3 8 | dw3 | skip 1 | maxpool"),
    ],
)
def test_a_skip_keeps_its_source_when_a_layer_comes(index: int, after: str) -> None:
    (pool,) = layers("maxpool")
    assert text_of(with_inserted(layers("conv3 8 | dw3 | skip 1"), index, pool)) == after


def test_what_comes_and_goes_leaves_the_list_as_it_was() -> None:
    (pool,) = layers("maxpool")
    for architecture in some():
        found = layers_of(architecture)
        for index in range(len(found) + 1):
            assert without(with_inserted(found, index, pool), index) == found


# Edits, mutation, crossover


def test_edits_are_other_functions_of_their_own_label_that_all_build() -> None:
    for architecture in some():
        edits = SPACE.edits(architecture)
        results = [edit.result.canonical for edit in edits]
        labels = [edit.label for edit in edits]
        assert len(set(results)) == len(results) and len(set(labels)) == len(labels)
        assert architecture.canonical not in results
        assert all(SPACE.complexity(edit.result, SMALLEST).params > 0 for edit in edits)
        assert all(SPACE.parse(edit.result.text) == edit.result for edit in edits)


def test_edits_say_what_they_do() -> None:
    found = {edit.label: edit.result.text for edit in SPACE.edits(SPACE.parse("conv3 32 | maxpool | conv3 64"))}
    assert found["drop layer 2 (maxpool)"] == "conv3 32 | conv3 64"
    assert found["change layer 1 (conv3 32) to conv5 32"] == "conv5 32 | maxpool | conv3 64"
    assert found["change layer 3 (conv3 64) to conv3 64 /2"] == "conv3 32 | maxpool | conv3 64 /2"
    assert found["change layer 3 (conv3 64) to res3 64"] == "conv3 32 | maxpool | res3 64"
    assert found["change layer 2 (maxpool) to avgpool"] == "conv3 32 | avgpool | conv3 64"
    assert found["change layer 1 (conv3 32) to conv3 48"] == "conv3 48 | maxpool | conv3 64"
    assert found["widen all layers"] == "conv3 48 | maxpool | conv3 96"
    assert found["narrow all layers"] == "conv3 24 | maxpool | conv3 48"
    assert found["add skip 2 at the end"] == "conv3 32 | maxpool | conv3 64 | skip 2"
    assert found["add conv1 32 before layer 2 (maxpool)"] == "conv3 32 | conv1 32 | maxpool | conv3 64"
    assert found["add linear 64 after the pooling"] == "conv3 32 | maxpool | conv3 64 | linear 64"


def test_every_edit_is_drawn_by_mutation_as_often_as_any_other() -> None:
    architecture = SPACE.parse("conv3 8")
    edits = {edit.result.hash for edit in SPACE.edits(architecture)}
    rng = np.random.default_rng(0)
    drawn = Counter(SPACE.mutate(architecture, rng).hash for _ in range(100 * len(edits)))
    assert set(drawn) == edits
    assert min(drawn.values()) > 60 and max(drawn.values()) < 150


def test_offspring_of_a_list_that_halves_often_builds_where_its_parent_does() -> None:
    parent = SPACE.parse(" | ".join(["conv3 8 | maxpool"] * 5))
    for edit in SPACE.edits(parent):
        assert SPACE.complexity(edit.result, NetworkShape(image_size=32)).params > 0
    assert any(SPACE.features(edit.result)["halvings"] == 4 for edit in SPACE.edits(parent))


def test_a_child_of_two_is_a_beginning_of_one_and_an_end_of_the_other() -> None:
    left, right = layers("conv3 8 | maxpool | conv3 16"), layers("res3 32 | avgpool | sep3 64 | linear 32")
    expected = {
        text_of((*left[:cut], *right[other:])) for cut in range(1, len(left) + 1) for other in range(len(right))
    }
    rng = np.random.default_rng(0)
    children = {text_of(child) for _ in range(300) if (child := crossed(left, right, rng)) is not None}
    assert children == expected


def test_children_are_new_and_build() -> None:
    rng = np.random.default_rng(3)
    drawn = some(200)
    for left, right in zip(drawn[::2], drawn[1::2], strict=True):
        child = SPACE.crossover(left, right, rng)
        assert child.canonical not in (left.canonical, right.canonical)
        assert SPACE.complexity(child, SMALLEST).params > 0
        assert SPACE.parse(child.text) == child


def test_nothing_but_dropout_follows_the_linear_layers_of_a_child() -> None:
    left, right = layers("conv3 8 | linear 8 | dropout 0.2"), layers("maxpool | conv3 16 | linear 32")
    rng = np.random.default_rng(0)
    children = {text_of(child) for _ in range(200) if (child := crossed(left, right, rng)) is not None}
    assert "conv3 8 | linear 8 | dropout 0.2 | linear 32" in children
    assert all(SPACE.parse(child).text == child for child in children)


def test_twins_have_a_neighbour_for_a_child() -> None:
    only = SPACE.parse("conv3 8")
    child = SPACE.crossover(only, only, np.random.default_rng(0))
    assert child.canonical != only.canonical


# Features and encodings


def test_features_are_those_that_are_documented() -> None:
    for architecture in some():
        assert list(SPACE.features(architecture)) == list(SPACE.feature_docs)


def test_features_of_a_list_are_counted_by_hand() -> None:
    found = SPACE.features(
        SPACE.parse("conv5 32 | sep3 64 /2 | res3 64 | dw7 | skip 2 | cat 1 | maxpool | dropout 0.3 | linear 16")
    )
    assert found == {
        "layers": 9,
        "depth": 8,
        "width": 128,
        "width_depth": 16.0,
        "convs": 4,
        "plain_convs": 1,
        "separable": 2,
        "residuals": 1,
        "large_kernels": 2,
        "skips": 1,
        "concats": 1,
        "has_residual": True,
        "halvings": 2,
        "pools": 1,
        "strided": 1,
        "first_halving": 2,
        "dropouts": 1,
        "dropout": 0.3,
        "linears": 1,
        "first_channels": 32,
        "last_channels": 16,
        "grows": False,
        "params_class": "small",
    }


def test_equal_functions_are_described_and_encoded_alike() -> None:
    wasteful, plain = SPACE.parse("conv3 8 | dropout 0 | conv3 8 | skip 2"), SPACE.parse("conv3 8 | conv3 8 | skip 1")
    assert SPACE.features(wasteful) == SPACE.features(plain)
    for left, right in zip(SPACE.encode(wasteful).values(), SPACE.encode(plain).values(), strict=True):
        assert np.array_equal(left, right)


def test_encodings_have_one_length_and_tell_lists_apart() -> None:
    encoded = [SPACE.encode(architecture) for architecture in some(300)]
    assert {tuple((name, group.shape) for name, group in each.items()) for each in encoded} == {
        (("graph", (23,)), ("kinds", (18,)), ("profile", (16,)))
    }
    rows = np.array([np.concatenate(list(each.values())) for each in encoded])
    assert np.isfinite(rows).all()
    assert len(np.unique(rows, axis=0)) > 290


@pytest.mark.parametrize("name", ["width_depth", "flops"])
def test_niches_by_its_descriptors_share_a_fresh_sample_evenly(name: str) -> None:
    context = PartitionContext(space=SPACE, shape=NetworkShape(in_channels=1, image_size=12))
    partition = make_partition(name, context)
    tries = Counter(partition.niche_of(context.descriptors(each)) for each in some(800, seed=9))
    assert set(tries) == set(range(6))
    assert min(tries.values()) > 0.1 * 800 and max(tries.values()) < 0.24 * 800
    assert partition.capacities == (), "nobody can count an open space"
