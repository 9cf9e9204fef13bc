"""The lexicon: numbers, bounds and the things that architectures are made of, as people write them."""

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

BOUNDS = {
    "<=": r"at most|(?:no|not) (?:more|longer|slower|larger|bigger|higher) than|up to|max(?:imum)?(?: of)?|within|<=|≤",
    ">=": r"at least|(?:no|not) (?:less|fewer) than|min(?:imum)?(?: of)?|>=|≥",
    "<": r"under|below|beneath|(?:less|fewer|lower|smaller|shorter|faster|quicker|cheaper) than|<",
    ">": r"over|above|beyond|(?:more|greater|larger|bigger|higher|longer|slower) than|>",
}
"""Comparison -> how people say it."""
EXACTLY = r"exactly|precisely|just|=="

THINGS = {
    "conv3": r"(?:(?:nor_)?conv_?3(?:x3)?|3x3|3 by 3|three by three)s?(?: conv(?:olution)?s?)?",
    "conv1": r"(?:(?:nor_)?conv_?1(?:x1)?|1x1|1 by 1|one by one)s?(?: conv(?:olution)?s?)?",
    "plain_convs": r"plain conv(?:olution)?s?",
    "separable": r"(?:depthwise(?: separable)?|separable)s?(?: conv(?:olution)?s?)?",
    "strided": r"strided (?:layers?|conv(?:olution)?s?)",
    "convs": r"conv(?:olution)?s?(?: layers?)?|convolutional layers?",
    "pools": r"(?:avg_pool_3x3|(?:average |max |avg)?pool(?:ing)?s?)(?: layers?)?",
    "concats": r"concat(?:enation)?s?|concatenating skips?",
    "skips": r"skip(?:_connect|[ -]?connection)?s?|identit(?:y|ies)",
    "residuals": r"residual(?: block| connection)?s?",
    "has_residual": r"residual(?: connection)?s?|shortcuts?",
    "large_kernels": r"large kernels?",
    "dropouts": r"drop-?outs?(?: layers?)?",
    "linears": r"linear layers?|linears?|dense layers?|fully[ -]connected layers?",
    "halvings": r"halvings?|down-?sampl\w+",
    "live_edges": r"(?:live )?edges?",
    "paths": r"paths?",
    "layers": r"layers?",
}
"""Feature -> how people name what it counts; a feature's own name is understood too. The first that fits is taken."""


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
    known = [said for feature, said in THINGS.items() if feature in space.feature_docs]
    return rf"(?<!\w)(?:{'|'.join([*known, *map(re.escape, _plain(space))])})(?!\w)"


def feature_of(text: str, space: SearchSpace) -> str:
    """The feature that a text of :func:`things` names."""
    bare = " ".join(text.split()).lower()
    if bare in space.feature_docs:
        return bare
    named = (f for f, said in THINGS.items() if f in space.feature_docs and re.fullmatch(said, bare))
    return next(named)


def _plain(space: SearchSpace) -> list[str]:
    """Features whose values are numbers or truths, by their own names."""
    return sorted((f for f, kind in feature_kinds(space).items() if kind.kind != "word"), key=len, reverse=True)
