"""The lexicon: numbers, bounds, things that architectures are made of, and conditions on them, as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from illuminas.memory.predicates import feature_kinds
from illuminas.tools.spaces import SearchSpace

COUNTS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"
)  # fmt: skip
OFTEN = {"once": 1.0, "twice": 2.0, "thrice": 3.0, "double": 2.0, "triple": 3.0}
MAGNITUDES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}
NUMBER = (
    r"(?:(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|\.\d+)(?:\s?(?:k|m|thousand|million)\b)?"
    rf"|\b(?:{'|'.join(COUNTS)}|half an?|an?(?=\s(?:thousand|million)\b))\b(?:\s(?:thousand|million)\b)?)"
)
"""``4``, ``0.5``, ``1,000``, ``300k``, ``two``, ``half a million``."""

_SMALL = (
    "for (?:a while|a moment|now|the moment)|from now on|as well|if possible|thank you|the (?:run|search)|"
    "a|an|the|of|on|in|at|with|are|is|was|were|be|been|it|its|it's|this|these|those|there|us|me|my|i|i'd|i'll|we|you|to|"
    "for|by|from|that|about|as|please|just|only|now|also|then|so|want|would|will|like|let|lets|let's|can|could|should|"
    "shall|may|do|does|did|use|using|have|has|stay|ones?|cells?|networks?|nets?|models?|architectures?|candidates?|all|any|"
    "some|every|each|device|niches?|again|instead|either|too|thanks|really|very|much|else|any more|a (?:bit|little)"
)
"""Words that may stand between the others of a phrase."""
GAP = rf"\s*(?:(?<!\w)(?:{_SMALL})(?!\w)\s*)*"

BOUNDS = {
    "<=": r"at most|(?:no|not) (?:more|longer|slower|larger|bigger|higher) than|up to|max(?:imum)?(?: of)?|within|<=|≤",
    ">=": r"at least|(?:no|not) (?:less|fewer) than|min(?:imum)?(?: of)?|>=|≥",
    "<": r"under|below|beneath|(?:less|fewer|lower|smaller|shorter|faster|quicker|cheaper) than|<",
    ">": r"over|above|beyond|(?:more|greater|larger|bigger|higher|longer|slower) than|>",
}
"""Comparison -> how people say it."""
EXACTLY = r"exactly|precisely|just|=="


def any_of(texts: Iterable[str]) -> str:
    """A pattern of literal texts, the longest first; one that never matches where there are none."""
    escaped = [re.escape(text).replace(r"\ ", r"\s+") for text in sorted(texts, key=len, reverse=True)]
    return rf"(?<!\w)(?:{'|'.join(escaped)})(?!\w)" if escaped else r"(?!)"


def number(text: str) -> float:
    """The number that a text of :data:`NUMBER`, or one of :data:`OFTEN`, says."""
    bare = text.strip().lower().replace(",", "")
    worded = re.fullmatch(rf"({'|'.join(COUNTS)}|half an?|an?)(?: (thousand|million))?", bare)
    if worded is not None:
        count = COUNTS.index(worded[1]) if worded[1] in COUNTS else 0.5 if worded[1].startswith("half") else 1
        return count * MAGNITUDES.get(worded[2] or "", 1.0)
    if bare in OFTEN:
        return OFTEN[bare]
    match = re.fullmatch(r"([\d.]+)\s?([a-z]*)", bare)
    if match is None:
        raise ValueError(f"no number: {text!r}")
    return float(match[1]) * MAGNITUDES.get(match[2], 1.0)


def written(value: float) -> str:
    """A number as commands take it: ``300000``, ``0.5``."""
    return f"{value:.12g}"


def comparison(text: str) -> str:
    """``<=``, ``>=``, ``<`` or ``>`` of a text of :data:`BOUNDS`."""
    return next(op for op, said in BOUNDS.items() if re.fullmatch(said, text.strip(), re.IGNORECASE))


def bound() -> str:
    """A pattern of every text of :data:`BOUNDS`."""
    return rf"(?:{'|'.join(BOUNDS.values())})"


def beyond(side: str) -> str:
    """A pattern of what lies outside a bound: ``over`` for the most of something, ``under`` for the least."""
    return rf"(?:{BOUNDS['>' if side == 'over' else '<']})"


def things(space: SearchSpace) -> str:
    """A pattern of everything that predicates can ask about in a space."""
    return rf"(?<!\w)(?:{'|'.join([*space.synonyms.values(), *map(re.escape, _plain(space))])})(?!\w)"


def feature_of(text: str, space: SearchSpace) -> str:
    """The feature that a text of :func:`things` names."""
    bare = " ".join(text.split()).lower()
    if bare in space.feature_docs:
        return bare
    return next(feature for feature, said in space.synonyms.items() if re.fullmatch(said, bare))


def _plain(space: SearchSpace) -> list[str]:
    """Features whose values are numbers or truths, by their own names."""
    return sorted((f for f, kind in feature_kinds(space).items() if kind.kind != "word"), key=len, reverse=True)


NONE_OF = r"no|without(?: any)?|zero|not any|never(?: any)?"
_PLAIN = r"\w+\s*(?:==|!=|>=|<=)\s*[\w.]+"
"""A condition as predicates are written."""
_EDGE = rf"(?P<none>(?:{NONE_OF}) )?(?P<operation>\w+) (?:on|at|along) (?:the )?edge (?P<edge>\d-\d)"


def unnamed(pattern: str) -> str:
    """A pattern without names of its groups."""
    return re.sub(r"\?P<\w+>", "?:", pattern)


def _said(space: SearchSpace) -> str:
    """A thing alone, none of it, or how many of it."""
    return (
        rf"(?:(?P<none>{NONE_OF})\s+|(?:(?P<bound>{bound()})|{EXACTLY})\s*(?P<count>{NUMBER})\s+"
        rf"|(?P<many>{NUMBER}) or (?P<side>more|fewer)\s+)?(?P<thing>{things(space)})"
    )


def conditions(space: SearchSpace) -> str:
    """A pattern of every condition that :func:`predicate_of` reads."""
    return unnamed(rf"(?:{_PLAIN}(?:\s+and\s+{_PLAIN})*|{_EDGE}|{_said(space)})")


def predicate_of(text: str, space: SearchSpace) -> str:
    """The predicate that a condition means; a thing alone means that there is one.

    Raises:
        ValueError: it is no condition of the space.
    """
    text = " ".join(text.split())
    if re.fullmatch(rf"{_PLAIN}(?: and {_PLAIN})*", text):
        return text
    if match := re.fullmatch(_EDGE, text, re.IGNORECASE):
        op = "!=" if match["none"] else "=="
        return f"edge_{match['edge'].replace('-', '_')} {op} {match['operation'].lower()}"
    match = re.fullmatch(_said(space), text, re.IGNORECASE)
    if match is None:
        raise ValueError(f"no condition: {text!r}")
    feature = feature_of(match["thing"], space)
    if match["none"]:
        return none_of(feature, space)
    if match["many"]:
        return _compared(feature, ">=" if match["side"].lower() == "more" else "<=", number(match["many"]), space)
    if match["count"]:
        op = comparison(match["bound"]) if match["bound"] else "=="
        return _compared(feature, op, number(match["count"]), space)
    return some_of(feature, space)


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
