"""GBNF of answers, checked by the model that must obey it."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from illuminas.agents.llm import grammar
from illuminas.agents.llm.base import Lines, LLMError


def test_options_share_their_beginnings() -> None:
    assert grammar.of_options(["edge 1", "edge 2", "none"]) == 'root ::= "edge " ("1" | "2") | "none"'
    assert grammar.of_options(["conv", "conv 3"]) == 'root ::= "conv" ("" | " 3")'
    assert grammar.of_options(['a"\\\n']) == r'root ::= "a\"\\\n"'


def test_lines_are_counted() -> None:
    form = Lines(grammar='"a" | "b"', pattern="a|b", count=3)
    assert grammar.of_lines(form) == 'root ::= line ("\\n" line){2}\nline ::= "a" | "b"'


def test_a_record_has_no_white_space_and_its_fields_in_order() -> None:
    class Point(BaseModel):
        x: int
        on: bool | None

    root = grammar.of_record(Point).splitlines()[0]
    assert root == (
        r'root ::= "{" "\"x\"" ":" "-"? ("0" | [1-9] [0-9]{0,8}) "," '
        r'"\"on\"" ":" (("true" | "false") | "null") "}"'
    )


def test_a_field_that_no_grammar_covers_is_named() -> None:
    class Free(BaseModel):
        anything: dict[str, int]

    with pytest.raises(LLMError, match=r"Free\.anything can't be written as a grammar"):
        grammar.of_record(Free)
