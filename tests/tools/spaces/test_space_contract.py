"""What every search space keeps to, whoever made it."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from toy_space import ToySpace

from illuminas.memory.predicates import parse_predicate
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import SPACES, Architecture, InvalidArchitecture, NetworkShape, SearchSpace, get_space

ALL: list[SearchSpace] = [*map(get_space, SPACES), ToySpace()]
SHAPE = NetworkShape()

every_space = pytest.mark.parametrize("space", ALL, ids=lambda space: space.name)


def some(space: SearchSpace, count: int = 40, seed: int = 5) -> list[Architecture]:
    rng = np.random.default_rng(seed)
    return [space.random(rng) for _ in range(count)]


@every_space
def test_what_is_drawn_is_read_back_from_its_text_and_from_its_words(space: SearchSpace) -> None:
    for architecture in some(space):
        assert architecture.space == space.name and space.computes(architecture)
        assert space.parse(architecture.text) == architecture
        assert space.from_words(space.to_words(architecture)).canonical == architecture.canonical


@every_space
def test_short_notations_match_the_pattern_of_the_space(space: SearchSpace) -> None:
    pattern = re.compile(space.words_pattern())
    # of an open space it matches those alone that surely build
    assert not space.enumerable or all(pattern.fullmatch(space.to_words(each)) for each in some(space))


@every_space
def test_nonsense_is_refused_in_words(space: SearchSpace) -> None:
    for read in (space.parse, space.from_words):
        with pytest.raises(InvalidArchitecture):
            read("nonsense of no space")


@every_space
def test_the_same_seed_draws_the_same(space: SearchSpace) -> None:
    assert some(space) == some(space) != some(space, seed=6)


@every_space
def test_edits_and_mutations_give_another_function_that_computes(space: SearchSpace) -> None:
    rng = np.random.default_rng(0)
    for architecture in some(space, 10):
        edits = space.edits(architecture)
        assert len({edit.label for edit in edits}) == len(edits) > 0
        for result in [*(edit.result for edit in edits[:20]), space.mutate(architecture, rng)]:
            assert result.canonical != architecture.canonical and space.computes(result)
            assert space.parse(result.text) == result


@every_space
def test_a_child_of_two_is_neither_of_them(space: SearchSpace) -> None:
    rng = np.random.default_rng(0)
    for left, right in pairwise(some(space, 20)):
        child = space.crossover(left, right, rng)
        assert space.computes(child) and child.canonical != left.canonical


@every_space
def test_features_are_those_that_are_documented(space: SearchSpace) -> None:
    assert all(set(space.features(each)) == set(space.feature_docs) for each in some(space))


@every_space
def test_the_example_of_a_predicate_is_one(space: SearchSpace) -> None:
    assert parse_predicate(space.example_predicate, space).text == space.example_predicate


@every_space
def test_features_that_are_named_elsewhere_exist(space: SearchSpace) -> None:
    named = [*space.cost_features, *space.synonyms, *(axis.feature for axis in space.axes.values())]
    assert set(named) <= set(space.feature_docs)
    assert all(len(axis.labels) == len(axis.bounds) + 1 for axis in space.axes.values())


@every_space
def test_encodings_have_one_form_and_a_graph(space: SearchSpace) -> None:
    encoded = [space.encode(each) for each in some(space)]
    assert len({tuple((name, group.shape) for name, group in each.items()) for each in encoded}) == 1
    assert "graph" in encoded[0] and all(np.isfinite(group).all() for group in encoded[0].values())


@every_space
def test_equal_functions_are_encoded_alike_and_stand_for_each_other(space: SearchSpace) -> None:
    for architecture in some(space):
        for equal in space.equals(architecture):
            assert equal.canonical == architecture.canonical
            assert space.representative(equal) == space.representative(architecture)
            pairs = zip(space.encode(equal).values(), space.encode(architecture).values(), strict=True)
            assert all((left == right).all() for left, right in pairs)


@every_space
def test_nothing_drawn_costs_more_than_the_heaviest(space: SearchSpace) -> None:
    heaviest = space.complexity(space.heaviest(), SHAPE)
    for found in (space.complexity(each, SHAPE) for each in some(space)):
        assert (found is None) == (heaviest is None)
        assert found is None or heaviest is None or 0 <= found.macs <= heaviest.macs


@every_space
def test_a_list_of_the_space_has_every_function_once(space: SearchSpace) -> None:
    if not space.enumerable:
        with pytest.raises(IlluminasError, match="no list"):
            space.reduced()
        return
    listed = space.reduced()
    assert len({each.canonical for each in listed}) == len(listed)
    assert {each.canonical for each in some(space)} <= {each.canonical for each in listed}


@every_space
def test_a_picture_is_a_graph_from_input_to_output(space: SearchSpace) -> None:
    for architecture in some(space):
        picture = space.picture(architecture, SHAPE)
        assert len(picture.nodes) >= 3 and picture.title
        assert all(0 <= link.source < link.target < len(picture.nodes) for link in picture.links)
        assert picture.column or len(picture.links) >= len(picture.nodes) - 1
