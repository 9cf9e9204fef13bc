"""Conditions on architectures, from how people say them to predicates."""

from __future__ import annotations

import re

from illuminas.agents.chat.lexicon import EXACTLY, NUMBER, bound, comparison, feature_of, number, things, written
from illuminas.memory.predicates import feature_kinds
from illuminas.tools.spaces import SearchSpace

NONE_OF = r"no|without(?: any)?|zero|not any|never(?: any)?"
_PLAIN = r"\w+\s*(?:==|!=|>=|<=)\s*[\w.]+"
"""A condition as predicates are written."""
_EDGE = rf"(?P<none>(?:{NONE_OF}) )?(?P<operation>\w+) (?:on|at|along) (?:the )?edge (?P<edge>\d-\d)"


def conditions(space: SearchSpace) -> str:
    """A pattern of every condition that :func:`predicate_of` reads."""
    thing = things(space)
    said = rf"(?:{NONE_OF})\s+{thing}|(?:{bound()}|{EXACTLY})\s*{NUMBER}\s+{thing}|{NUMBER} or (?:more|fewer)\s+{thing}"
    edge = re.sub(r"\?P<\w+>", "?:", _EDGE)
    return rf"(?:{_PLAIN}(?:\s+and\s+{_PLAIN})*|{edge}|{said}|{thing})"


def predicate_of(text: str, space: SearchSpace) -> str:
    """The predicate that a condition means; a thing alone means that there is one.

    Raises:
        ValueError: it is no condition of the space.
    """
    text = " ".join(text.split())
    thing = rf"(?P<thing>{things(space)})"
    if re.fullmatch(rf"{_PLAIN}(?: and {_PLAIN})*", text):
        return text
    if match := re.fullmatch(_EDGE, text, re.IGNORECASE):
        op = "!=" if match["none"] else "=="
        return f"edge_{match['edge'].replace('-', '_')} {op} {match['operation'].lower()}"
    if match := re.fullmatch(rf"(?:{NONE_OF}) {thing}", text, re.IGNORECASE):
        return none_of(feature_of(match["thing"], space), space)
    if match := re.fullmatch(rf"(?P<bound>{bound()})\s*(?P<count>{NUMBER}) {thing}", text, re.IGNORECASE):
        return _compared(feature_of(match["thing"], space), comparison(match["bound"]), number(match["count"]), space)
    if match := re.fullmatch(rf"(?P<count>{NUMBER}) or (?P<side>more|fewer) {thing}", text, re.IGNORECASE):
        op = ">=" if match["side"].lower() == "more" else "<="
        return _compared(feature_of(match["thing"], space), op, number(match["count"]), space)
    if match := re.fullmatch(rf"(?:{EXACTLY})\s*(?P<count>{NUMBER}) {thing}", text, re.IGNORECASE):
        return _compared(feature_of(match["thing"], space), "==", number(match["count"]), space)
    if match := re.fullmatch(thing, text, re.IGNORECASE):
        return some_of(feature_of(match["thing"], space), space)
    raise ValueError(f"no condition: {text!r}")


def none_of(feature: str, space: SearchSpace) -> str:
    """The predicate of architectures without what a feature counts, or says."""
    return f"{feature} == {'false' if feature_kinds(space)[feature].kind == 'truth' else '0'}"


def some_of(feature: str, space: SearchSpace) -> str:
    """The predicate of architectures with some of it."""
    return f"{feature} == true" if feature_kinds(space)[feature].kind == "truth" else f"{feature} >= 1"


def _compared(feature: str, op: str, count: float, space: SearchSpace) -> str:
    """Counts are whole, so 'fewer than 3' is 'at most 2'; what is there or not is there from 1 on."""
    if op in "<>":
        op, count = f"{op}=", count + (1 if op == ">" else -1)
    if feature_kinds(space)[feature].kind == "truth":
        return some_of(feature, space) if op != "<=" and count >= 1 else none_of(feature, space)
    return f"{feature} {op} {written(count)}"
