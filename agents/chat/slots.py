"""Slots: the parts of a phrase that differ, each with what may fill it and how commands write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from illuminas.agents.chat.arguments import architecture_text
from illuminas.agents.chat.lexicon import (
    NUMBER,
    OFTEN,
    any_of,
    beyond,
    bound,
    comparison,
    conditions,
    feature_of,
    number,
    predicate_of,
    things,
    written,
)
from illuminas.agents.chat.scene import Scene

SIZES = {
    "params": r"param(?:eter)?s?|weights",
    "macs": r"macs?|flops?|multiply-accumulates",
    "depth": r"depth|deep",
}
PLOTS = {
    "pareto": r"(?:pareto[ -])?front|pareto|trade-?offs?|accuracy (?:against|versus|vs) latency",
    "niches": r"niches?|map|archive|elites?",
    "progress": r"progress|accuracy over time|curve|history",
    "knowledge": r"knowledge|heuristics|rules",
}
UNITS = {
    "evaluations": (r"evaluations?|evals?|trainings?|tries", 1.0),
    "tokens": (r"tokens?", 1.0),
    "dollars": (r"dollars?|usd", 1.0),
    "seconds": (r"seconds?|secs?|s", 1.0),
    "minutes": (r"minutes?|mins?", 60.0),
    "hours": (r"hours?|h", 3600.0),
}
MORE = r"(?:more|extra|further|additional|longer)"
HEURISTIC = r"(?<![\w-])h-[0-9a-f]{1,6}(?!\w)"
RAISES = r"raises?|increases?"
LOWERS = r"lowers?|reduces?|decreases?|cuts?"
METRIC = r"(?:\s+(?:the\s+)?(?:validation\s+)?(?:accuracy|latency))?"
GOOD = r"helps?|improves?"
BAD = r"hurts?|harms?|worsens?"


_MAKES = r"(?:makes?|is|are|get)(?: it| them| networks?| cells?| accuracy| latency| a cell| a network)?"
TURNS = {
    rf"{_MAKES} (?:worse|less accurate|bad)": "lowers accuracy",
    rf"{_MAKES} (?:better|more accurate|good)": "raises accuracy",
    rf"{_MAKES} (?:slower|slow)": "raises latency",
    rf"{_MAKES} (?:faster|fast|quicker)": "lowers latency",
}
"""What things do, said by what comes of it."""


class Slot(NamedTuple):
    """A part of a phrase.

    Attributes:
        pattern: a regular expression of what may fill it.
        read: the same as commands write it; a ValueError, or one of our own, says that it does not fit after all.
    """

    pattern: Callable[[Scene], str]
    read: Callable[[str, Scene], str] = lambda text, scene: " ".join(text.split())


def _unit() -> str:
    return rf"(?:{'|'.join(said for said, _ in UNITS.values())})\b"


def _named(text: str, words: dict[str, str]) -> str:
    return next(name for name, said in words.items() if re.fullmatch(said, text.strip(), re.IGNORECASE))


def _amount(text: str, scene: Scene) -> str:
    """``50 evaluations`` as ``evaluations 50``, times in seconds."""
    if match := re.fullmatch(rf"\$\s?({NUMBER})", text.strip(), re.IGNORECASE):
        return f"dollars {written(number(match[1]))}"
    match = re.fullmatch(
        rf"(?:another\s+)?({NUMBER}|an?)\s*(?:{MORE}\s+)?({_unit()})(?:\s+{MORE})?", text, re.IGNORECASE
    )
    if match is None:
        raise ValueError(f"no amount: {text!r}")
    unit, factor = next(
        (name, factor) for name, (said, factor) in UNITS.items() if re.fullmatch(said, match[2], re.IGNORECASE)
    )
    count = 1.0 if match[1].lower() in ("a", "an") else number(match[1])
    return f"{'seconds' if unit in ('minutes', 'hours') else unit} {written(count * factor)}"


def _minutes(text: str, scene: Scene) -> str:
    match = re.fullmatch(rf"(?:last|past)\s+({NUMBER}\s*)?({_unit()})", text, re.IGNORECASE)
    if match is None:
        raise ValueError(f"no stretch of time: {text!r}")
    name, seconds = _amount(f"{match[1] or '1'} {match[2]}", scene).split()
    if name != "seconds":
        raise ValueError(f"no stretch of time: {text!r}")
    return written(float(seconds) / 60)


def _times(text: str, scene: Scene) -> str:
    return written(number(re.sub(r"\s*times$", "", text.strip(), flags=re.IGNORECASE)))


def _niche_list(scene: Scene) -> str:
    numbers = r"(?:niches?\s+)?\d+(?:\s*(?:,|and|or|&)\s*(?:niche\s+)?\d+)*(?![\w.])"
    worded = rf"(?:niches?\s+)?['\"]?{any_of(scene.niches.values())}['\"]?(?:\s+niche)?"
    return rf"(?:{numbers}|{worded}|(?:the\s+)?(?:empty|unfilled|blank)(?:\s+(?:ones?|niches?))?(?!\w))"


def _niche_names(text: str, scene: Scene) -> str:
    bare = re.sub(r"\bniches?\b|['\"]", "", text, flags=re.IGNORECASE).strip()
    if re.search(r"\b(?:empty|unfilled|blank)\b", bare, re.IGNORECASE):
        return "empty"
    return " ".join(re.findall(r"\d+", bare)) if bare[:1].isdecimal() else str(scene.niche_of(bare))


def _niche(scene: Scene) -> str:
    return rf"(?:niche\s+\d+(?![\w.])|(?:niche\s+)?['\"]?{any_of(scene.niches.values())}['\"]?(?:\s+niche)?)"


def _device(text: str, scene: Scene) -> str:
    return scene.device_of(" ".join(text.split()))


def _effect(text: str, scene: Scene) -> str:
    """``lower accuracy`` as ``lowers accuracy``; what improves latency lowers it."""
    said = " ".join(text.lower().replace(" the ", " ").split())
    if turned := next((effect for how, effect in TURNS.items() if re.fullmatch(how, said)), ""):
        return turned
    verb, _, rest = said.partition(" ")
    metric = "latency" if "latency" in rest else "accuracy"
    if re.fullmatch(RAISES, verb) or re.fullmatch(LOWERS, verb):
        direction = "raises" if re.fullmatch(RAISES, verb) else "lowers"
    else:
        direction = "raises" if bool(re.fullmatch(GOOD, verb)) == (metric == "accuracy") else "lowers"
    return f"{direction} {metric}"


def _architecture(text: str, scene: Scene) -> str:
    return architecture_text(text.strip().strip("`'\""), scene)


_AMOUNT = rf"(?:\$\s?{NUMBER}|{NUMBER}\s*{_unit()})"
_EXTRA = (
    rf"(?:(?:{NUMBER}|\ban?)\s+{MORE}\s+{_unit()}|{NUMBER}\s*{_unit()}\s+{MORE}"
    rf"|\banother\s+(?:{NUMBER}\s*)?{_unit()})"
)

SLOTS: dict[str, Slot] = {
    "number": Slot(lambda scene: NUMBER, lambda text, scene: written(number(text))),
    "over": Slot(lambda scene: beyond("over")),
    "below": Slot(lambda scene: beyond("under")),
    "bound": Slot(lambda scene: bound(), lambda text, scene: comparison(text)),
    "ms": Slot(
        lambda scene: rf"{NUMBER}\s*(?:ms|milliseconds?|millis)\b",
        lambda text, scene: written(number(re.sub(r"\s*m\w+$", "", text))),
    ),
    "percent": Slot(
        lambda scene: rf"{NUMBER}\s*(?:%|per ?cent|accuracy)?", lambda text, scene: written(number(_digits(text)))
    ),
    "share": Slot(lambda scene: rf"{NUMBER}\s?%?"),
    "times": Slot(lambda scene: rf"(?:{NUMBER}\s+times|\b(?:{'|'.join(OFTEN)})\b)", _times),
    "size": Slot(lambda scene: rf"(?:{'|'.join(SIZES.values())})(?!\w)", lambda text, scene: _named(text, SIZES)),
    "amount": Slot(lambda scene: _AMOUNT, _amount),
    "extra": Slot(lambda scene: _EXTRA, lambda text, scene: _extra(text, scene)),
    "minutes": Slot(lambda scene: rf"(?:last|past)\s+(?:{NUMBER}\s*)?{_unit()}", _minutes),
    "device": Slot(lambda scene: any_of({*scene.devices, *scene.device_names}), _device),
    "thing": Slot(lambda scene: things(scene.space), lambda text, scene: feature_of(text, scene.space)),
    "condition": Slot(
        lambda scene: conditions(scene.space), lambda text, scene: predicate_of(text, scene.space)
    ),
    "niche": Slot(_niche, _niche_names),
    "niches": Slot(_niche_list, _niche_names),
    "effect": Slot(
        lambda scene: rf"(?:{'|'.join(TURNS)}|(?:{RAISES}|{LOWERS}|{GOOD}|{BAD})(?!\w){METRIC})", _effect
    ),
    "heuristic": Slot(lambda scene: HEURISTIC),
    "ids": Slot(lambda scene: rf"{HEURISTIC}(?:\s*(?:,|and)\s*{HEURISTIC})*", lambda text, scene: _ids(text)),
    "act": Slot(lambda scene: r"\d+"),
    "architecture": Slot(lambda scene: r".+", _architecture),
    "hash": Slot(lambda scene: r"(?<!\w)(?=[0-9a-f]*\d)[0-9a-f]{6,16}(?!\w)"),
    "plot": Slot(lambda scene: rf"(?:{'|'.join(PLOTS.values())})(?!\w)", lambda text, scene: _named(text, PLOTS)),
    "run": Slot(lambda scene: r"(?:last|previous|one before|\d{8}[\w-]*)(?!\w)", lambda text, scene: _run(text)),
    "text": Slot(lambda scene: r"\S.*\S|\S"),
    "opening": Slot(lambda scene: r"(?:what(?:'s)?|which|show|list|give|find|see|tell|any)(?!\w)"),
}  # fmt: skip
"""Name -> slot."""


def _digits(text: str) -> str:
    return re.sub(r"\s*(?:%|per ?cent|accuracy)$", "", text.strip(), flags=re.IGNORECASE)


def _extra(text: str, scene: Scene) -> str:
    bare = re.sub(r"\banother\s+(?=[a-z])", "1 ", text, flags=re.IGNORECASE)
    unit, count = _amount(bare, scene).split()
    return f"{unit} +{count}"


def _ids(text: str) -> str:
    return " ".join(re.findall(HEURISTIC, text, re.IGNORECASE))


def _run(text: str) -> str:
    return text if text[:1].isdecimal() else "last"
