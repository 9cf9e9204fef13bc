"""Layer lists as text: read, written, refused, folded, and what the grammar says."""

from __future__ import annotations

import re

import numpy as np
import pytest

from illuminas.tools.spaces import InvalidArchitecture, NetworkShape, get_space
from illuminas.tools.spaces.code.layers import MAX_LAYERS
from illuminas.tools.spaces.code.notation import EXAMPLE, GBNF, REGEX, lines_grammar
from illuminas.tools.spaces.code.space import CodeSpace

SPACE = CodeSpace()
SMALLEST = NetworkShape(in_channels=4, image_size=8)


def test_the_space_is_found_by_name() -> None:
    assert isinstance(get_space("code"), CodeSpace)


def test_what_is_drawn_is_written_and_read_back() -> None:
    for architecture in SPACE.sample(np.random.default_rng(0), 200):
        assert SPACE.parse(architecture.text) == architecture
        assert SPACE.from_words(SPACE.to_words(architecture)) == architecture


def test_white_space_and_the_long_form_of_a_kernel_do_not_matter() -> None:
    assert SPACE.parse("  conv3x3   32/2".replace("/", " /") + "|maxpool\n").text == "conv3 32 /2 | maxpool"
    assert SPACE.parse("sep5x5 8 | dw7x7").text == "sep5 8 | dw7"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", r"layer 1, '': no such layer"),
        ("conv3 32 | ", r"layer 2, ''"),
        ("conv3 32 | lstm 64", r"layer 2, 'lstm 64': no such layer"),
        ("conv3", r"layer 1, 'conv3'"),
        ("conv2 32", r"kernel should be 1, 3, 5 or 7"),
        ("conv3x5 32", r"no such layer"),
        ("sep1 32", r"kernel should be 3, 5 or 7"),
        ("res7 32", r"kernel should be 3 or 5"),
        ("conv3 32 /3", r"stride should be 1 or 2"),
        ("conv3 0", r"channels should be greater than or equal to 1"),
        ("conv3 257", r"channels should be less than or equal to 256"),
        ("conv3 8 | dropout 1", r"rate should be less than or equal to 0.9"),
        ("conv3 8 | dropout -0.1", r"no such layer"),
        ("skip 1", r"layer 1, 'skip 1': expected at most the 0 layers before it"),
        ("conv3 8 | skip 2", r"layer 2, 'skip 2': expected at most the 1 layers before it"),
        ("conv3 8 | skip 0", r"over should be greater than or equal to 1"),
        ("conv3 8 | linear 8 | conv3 8", r"layer 3, 'conv3 8': expected only linear and dropout after"),
        (" | ".join(["conv3 8"] * (MAX_LAYERS + 1)), rf"at most {MAX_LAYERS} items"),
        ("conv3 8 | " * 500, r"\d+ characters"),
        ("conv3 256 | conv3 256 | cat 1", r"layer 3, 'cat 1': expected at most 256 channels, got 512"),
    ],
)
def test_what_is_no_layer_list_is_answered_with_the_layer_the_reason_and_an_example(text: str, reason: str) -> None:
    with pytest.raises(InvalidArchitecture, match=reason) as caught:
        SPACE.parse(text)
    if "Concatenate" not in str(caught.value):
        assert EXAMPLE in str(caught.value)


def test_the_example_of_the_errors_is_valid() -> None:
    assert SPACE.parse(EXAMPLE).text == EXAMPLE


# Canonical form


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("conv3 8 | dropout 0", "conv3 8"),
        ("conv3 8 | dropout 0 | dropout 0 | maxpool", "conv3 8 | maxpool"),
        ("conv3 8 | dropout 0 | conv3 8 | skip 2", "conv3 8 | conv3 8 | skip 1"),
        ("conv3 8 | conv3 8 | dropout 0 | skip 2 | skip 3", "conv3 8 | conv3 8 | skip 1 | skip 2"),
        ("conv3 8 | dropout 0 | dropout 0 | skip 2", "conv3 8 | dropout 0 | skip 1"),
        ("conv3 8 | linear 8 | dropout 0", "conv3 8 | linear 8"),
    ],
)
def test_a_dropout_of_nothing_is_folded_away(text: str, same: str) -> None:
    assert SPACE.parse(text).hash == SPACE.parse(same).hash
    assert SPACE.representative(SPACE.parse(text)).text == same


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("conv3 8 | dropout 0.1", "conv3 8"),
        # adds its input to itself
        ("conv3 8 | dropout 0 | skip 1", "conv3 8"),
        ("conv3 8 | dropout 0 | cat 1", "conv3 8"),
        ("conv3 8 | conv3 8 | skip 1", "conv3 8 | conv3 8 | cat 1"),
        ("maxpool | conv3 8", "avgpool | conv3 8"),
    ],
)
def test_other_functions_have_other_hashes(text: str, other: str) -> None:
    assert SPACE.parse(text).hash != SPACE.parse(other).hash


# Grammar


def drawn_from_the_pattern(rng: np.random.Generator) -> str:
    """A text of the words' pattern, each choice drawn evenly."""
    return generated(re._parser.parse(SPACE.words_pattern()), rng)  # type: ignore[attr-defined]


def generated(parsed: object, rng: np.random.Generator) -> str:
    text = ""
    for op, value in parsed:  # type: ignore[attr-defined]
        match str(op):
            case "LITERAL":
                text += chr(value)
            case "IN":
                options = [
                    chr(code)
                    for kind, each in value
                    for code in (range(each[0], each[1] + 1) if str(kind) == "RANGE" else [each])
                ]
                text += options[int(rng.integers(len(options)))]
            case "BRANCH":
                text += generated(value[1][int(rng.integers(len(value[1])))], rng)
            case "SUBPATTERN":
                text += generated(value[-1], rng)
            case "MAX_REPEAT":
                low, high, inner = value
                text += "".join(generated(inner, rng) for _ in range(int(rng.integers(low, high + 1))))
            case other:
                raise AssertionError(other)
    return text


def test_every_line_of_the_grammar_builds_for_the_smallest_images() -> None:
    rng = np.random.default_rng(0)
    words = {drawn_from_the_pattern(rng) for _ in range(2_000)}
    assert len(words) > 1_500
    seen = set()
    for line in words:
        assert SPACE.complexity(SPACE.from_words(line), SMALLEST).params > 0
        seen |= set(re.findall(r"[a-z]+", line))
    assert seen == {"conv", "sep", "res", "dw", "maxpool", "avgpool", "dropout", "skip", "cat", "linear"}


def test_the_longest_and_widest_line_of_the_grammar_builds() -> None:
    stage = "conv3 128 | conv3 128 | conv3 128 | cat 1"
    deep = " | ".join([stage, *["maxpool | conv3 128 | conv3 128 | cat 1"] * 3, "linear 128"])
    long = " | ".join(
        ["conv3 128 | dw3 | dw3 | dw3 | skip 4", *["avgpool | dw3 | dw3 | dw3 | skip 4"] * 3, "linear 128"]
    )
    for line in (deep, long):
        assert re.fullmatch(SPACE.words_pattern(), line)
        assert SPACE.complexity(SPACE.from_words(line), SMALLEST).params > 0


def test_the_grammar_and_the_pattern_are_the_same_expression() -> None:
    without_quotes = re.sub(r'"([^"]*)"', lambda match: re.escape(match[1]).replace(r"\ ", "\0"), lines_grammar(GBNF))
    assert without_quotes.replace(" ", "").replace("\0", r"\ ") == lines_grammar(REGEX)


@pytest.mark.parametrize("line", ["maxpool", "conv3 8 | skip 2", "conv3 8 | cat 1", "conv3 8 | linear 8 | conv3 8"])
def test_the_grammar_has_no_line_that_may_not_build(line: str) -> None:
    assert not re.fullmatch(SPACE.words_pattern(), line)
