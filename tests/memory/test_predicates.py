"""Predicates: what they hold for, how they are written, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from illuminas.memory.predicates import Condition, Predicate, check_predicate, feature_kinds, parse_predicate
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import get_space

SPACE = get_space("nb201")


def test_all_conditions_must_hold() -> None:
    predicate = parse_predicate("conv3 >= 2 and edge_0_3 == skip", SPACE)
    assert predicate.holds(SPACE.features(SPACE.from_words("conv3 none conv3 skip none conv3")))
    assert not predicate.holds(SPACE.features(SPACE.from_words("conv3 none conv3 conv3 none conv3")))
    assert not predicate.holds(SPACE.features(SPACE.from_words("conv3 none none skip conv1 none")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pools == 0", True),
        ("pools != 0", False),
        ("paths >= 4", False),
        ("paths <= 4", True),
        ("has_residual == true", True),
        ("edge_0_1 != conv3", False),
    ],
)
def test_each_comparison_means_what_it_says(text: str, expected: bool) -> None:
    features = SPACE.features(SPACE.from_words("conv3 none conv3 skip none conv3"))
    assert parse_predicate(text, SPACE).holds(features) is expected


def test_of_many_architectures_a_rule_says_what_it_says_of_each() -> None:
    rng = np.random.default_rng(4)
    rows = [SPACE.features(SPACE.random(rng)) for _ in range(60)]
    for text in ("conv3 >= 2 and edge_0_3 != skip", "has_residual == true", "depth <= 1 and pools == 0 and paths >= 2"):
        predicate = parse_predicate(text, SPACE)
        assert predicate.extension(rows).tolist() == [predicate.holds(row) for row in rows]
    assert predicate.extension([]).tolist() == []
    with pytest.raises(IlluminasError, match="by size"):
        Condition(feature="edge_0_1", op=">=", value=2).extension(rows)


def test_one_rule_is_written_in_one_way() -> None:
    one = parse_predicate("edge_0_3 == 'skip' and conv3 >= 2.0 and has_residual != TRUE", SPACE)
    other = parse_predicate("has_residual == false  and conv3 >= 2 and edge_0_3 == skip", SPACE)
    assert one == other
    assert hash(one) == hash(other)
    assert one.text == "conv3 >= 2 and edge_0_3 == skip and has_residual == false"
    assert len(parse_predicate("conv3 >= 2 and conv3 >= 2", SPACE).conditions) == 1


def test_the_canonical_text_and_json_are_read_back() -> None:
    rng = np.random.default_rng(3)
    names = list(SPACE.feature_docs)
    for _ in range(50):
        features = SPACE.features(SPACE.random(rng))
        picked = rng.choice(names, size=3, replace=False)
        predicate = Predicate(
            conditions=tuple(Condition(feature=name, op="==", value=features[name]) for name in picked)
        )
        assert predicate.holds(features)
        assert parse_predicate(predicate.text, SPACE) == predicate
        assert Predicate.model_validate_json(predicate.model_dump_json()) == predicate


def test_fractions_are_kept() -> None:
    predicate = Predicate(conditions=(Condition(feature="macs", op="<=", value=1.5e-3),))
    assert predicate.text == "macs <= 0.0015"
    assert predicate.holds({"macs": 0.0015})
    assert not predicate.holds({"macs": 0.0016})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("conv3 >= 2 and edge_0_3 == skip", "at least 2 live 3x3 convolutions and skip on the edge 0-3"),
        ("conv3 >= 1", "1 or more live 3x3 convolutions"),
        ("conv3 <= 1", "fewer than 2 live 3x3 convolutions"),
        ("pools <= 0", "no live average poolings"),
        ("pools == 1", "the number of live average poolings is 1"),
        ("edge_1_2 == none", "nothing on the edge 1-2"),
        ("edge_1_2 != none", "something on the edge 1-2"),
        ("edge_1_2 != pool", "anything but pool on the edge 1-2"),
        ("has_residual == true", "a skip connection runs straight from input to output"),
        ("pool_first == false", "it does not hold that some path starts with an average pooling"),
        ("depth >= 2", "depth at least 2 (most convolutions on any input-output path)"),
    ],
)
def test_a_predicate_is_told_in_words(text: str, words: str) -> None:
    assert parse_predicate(text, SPACE).words(SPACE) == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv33 >= 2", "Did you mean 'conv3'?"),
        ("edge_0_3 == skipp", "Did you mean 'skip'?"),
        ("edge_0_3 == 2", "one of"),
        ("conv3 == skip", "is a number"),
        ("conv3 == true", "is a number"),
        ("has_residual == 1", "true or false"),
        ("edge_0_3 >= skip", "expected a number"),
        ("has_residual >= true", "expected a number"),
        ("conv3 > 2", "one of == != >= <="),
        ("conv3 >= nan", "expected a number"),
        ("", "not a condition"),
        ("conv3 >= 2 or pools <= 1", "join conditions by 'and'"),
        ("conv3 >= 1 and conv1 >= 1 and pools >= 1 and skips >= 1", "at most 3"),
        ("conv3 >= 1e999", "expected a finite number"),
    ],
)
def test_a_text_that_is_no_predicate_is_answered_with_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(IlluminasError, match=message.replace("?", r"\?").replace("'", ".")):
        parse_predicate(text, SPACE)


def test_a_predicate_of_an_llm_is_checked_against_the_space() -> None:
    data = {"conditions": [{"feature": "convolutions", "op": ">=", "value": 2}]}
    with pytest.raises(IlluminasError, match="unknown feature 'convolutions'"):
        check_predicate(Predicate.model_validate(data), SPACE)
    for value in ("two words", float("inf"), ""):
        with pytest.raises(ValidationError):
            Condition(feature="conv3", op="==", value=value)
    with pytest.raises(ValidationError):
        Predicate(conditions=())


def test_an_architecture_without_the_feature_is_an_error() -> None:
    with pytest.raises(IlluminasError, match="unknown feature 'convs'"):
        parse_predicate("convs >= 2", SPACE).holds({"conv": 2, "pools": 3})
    with pytest.raises(IlluminasError, match="by size"):
        parse_predicate("convs >= 2", SPACE).holds({"convs": "two"})


def test_every_feature_of_the_space_has_a_kind() -> None:
    kinds = feature_kinds(SPACE)
    assert set(kinds) == set(SPACE.feature_docs)
    assert kinds["conv3"].kind == "number"
    assert kinds["has_residual"].kind == "truth"
    assert kinds["edge_0_3"].words == {"none", "skip", "conv1", "conv3", "pool"}
