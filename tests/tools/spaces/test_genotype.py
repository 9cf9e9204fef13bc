"""Genotypes: what follows from declared choices, with stages and a repair."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from toy_space import CHOICES, LAYER, ToySpace

from illuminas.tools.spaces import InvalidArchitecture, NetworkShape
from illuminas.tools.spaces.genotype import Choice, Genotype, stage

SPACE = ToySpace()


def test_a_layer_is_live_while_the_depth_of_its_stage_reaches_it() -> None:
    deep, shallow = (SPACE.parse(f"{n} {'3 conv ' * n}0 relu") for n in (3, 1))
    assert SPACE.features(deep)["first_3_kernel"] == 3 and SPACE.features(deep)["conv_layers"] == 3
    assert SPACE.features(shallow)["first_3_kernel"] == 0 and SPACE.features(shallow)["first_3_op"] == "absent"
    assert SPACE.to_words(shallow) == "first:1 k3 conv second:0 relu"


def test_a_combination_that_is_not_legal_is_refused_as_text_and_mended_in_words() -> None:
    with pytest.raises(InvalidArchitecture, match="nearest is '2 7 conv 5 conv 0 relu'"):
        SPACE.parse("2 7 conv 7 conv 0 relu")
    assert SPACE.from_words("first:2 k7 conv k7 conv second:0 relu").text == "2 7 conv 5 conv 0 relu"


def test_the_space_has_every_legal_combination_once() -> None:
    layers = list(itertools.product(range(3), range(2)))
    first = [each for n in (1, 2, 3) for each in itertools.product(layers, repeat=n)]
    second = [each for n in (0, 2) for each in itertools.product(layers, repeat=n)]
    assert SPACE.genotype.size == 2 * len(first) * len(second)
    legal = 0
    for left, right in itertools.product(first, second):
        # a layer that is not live stands between the stages where the first has fewer than three
        between = [(0, 0)] * (3 - len(left))
        legal += all((a[0], b[0]) != (2, 2) for a, b in itertools.pairwise([*left, *between, *right]))
    assert len(SPACE.reduced()) == 2 * legal
    assert len({each.text for each in SPACE.reduced()}) == len(SPACE.reduced())


def test_an_ordered_choice_steps_to_its_neighbours_and_jumps_at_times() -> None:
    start = SPACE.parse("1 3 conv 0 relu")
    labels = [edit.label for edit in SPACE.edits(start)]
    assert "kernel of layer 1 of first k5" in labels and "kernel of layer 1 of first k7" not in labels
    rng = np.random.default_rng(0)
    reached = {SPACE.mutate(start, rng).text for _ in range(300)}
    assert "1 7 conv 0 relu" in reached


def test_a_stage_that_grows_copies_its_last_layer() -> None:
    start = SPACE.parse("1 5 sep 0 relu")
    grown = next(edit.result for edit in SPACE.edits(start) if edit.label == "layers of first first:2")
    assert grown.text == "2 5 sep 5 sep 0 relu"


def test_a_child_takes_live_layers_from_the_parent_that_has_them() -> None:
    left, right = SPACE.parse("3 5 sep 5 sep 5 sep 0 swish"), SPACE.parse("1 3 conv 0 relu")
    rng = np.random.default_rng(0)
    for _ in range(50):
        layers = SPACE.to_words(SPACE.crossover(left, right, rng)).split(" second:")[0].split()[1:]
        assert layers[2:] in ([], ["k5", "sep"], ["k5", "sep", "k5", "sep"])


def test_the_grammar_has_as_many_layers_as_each_depth_says() -> None:
    pattern = SPACE.words_pattern()
    assert re.fullmatch(pattern, "first:2 k3 conv k5 sep second:0 relu")
    assert not re.fullmatch(pattern, "first:2 k3 conv second:0 relu")
    assert '"first:1" " " ("k3" | "k5" | "k7")' in SPACE.words_grammar()


def test_ordered_choices_are_encoded_by_their_place_and_others_one_hot() -> None:
    vector = SPACE.encode(SPACE.parse("1 7 sep 0 swish"))["choices"]
    assert vector[:4].tolist() == [1 / 3, 1.0, 0.0, 1.0]
    assert vector[-2:].tolist() == [0.0, 1.0]


def test_a_picture_has_a_node_a_live_layer() -> None:
    picture = SPACE.picture(SPACE.parse("2 3 conv 5 sep 0 relu"), NetworkShape())
    assert [node.label for node in picture.nodes] == ["input", "k3 conv", "k5 sep", "relu", "output"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Choice(name="a b", options=("x",)), "letters, digits"),
        (lambda: Choice(name="a", options=("x", "x")), "different options"),
        (lambda: Choice(name="a", options=("x", "y"), words=("z",)), "a word for each"),
        (lambda: Genotype([]), "one choice or more"),
        (lambda: Genotype([CHOICES[1]]), "has to follow"),
        (lambda: Genotype([LAYER[1]], separator=""), "one character"),
        (lambda: Genotype([*stage("a", (1,), LAYER), *stage("a", (1,), LAYER)]), "name of its own"),
    ],
)
def test_a_declaration_that_does_not_fit_together_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]
