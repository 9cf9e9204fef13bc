"""Slots: the parts of a phrase that differ, each with what may fill it and how commands write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from illuminas.agents.chat.arguments import architecture_text
from illuminas.agents.chat.lexicon import (
    GAP,
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
    unnamed,
    written,
)
from illuminas.agents.chat.quantities import find_quantity, nouns_of, units_of
from illuminas.agents.chat.scene import Scene

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
GOOD = r"helps?|improves?"
BAD = r"hurts?|harms?|worsens?"
_MAKES = r"(?:makes?|is|are|get)"


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


def _plots(scene: Scene) -> dict[str, str]:
    """Kind of plot -> how people name it."""
    noun = nouns_of(scene.quantities)
    return {
        "pareto": r"(?:pareto[ -])?front|pareto|trade-?offs?",
        "niches": r"niches?|map|archive|elites?",
        "progress": rf"progress|{noun} over time|curve|history",
        "knowledge": r"knowledge|heuristics|rules",
    }


_BEYOND = rf"(?:{beyond('over')}|{beyond('under')})"
"""What lies outside a bound."""


def _pair(scene: Scene) -> str:
    noun = nouns_of(scene.quantities)
    return rf"{noun} (?:against|versus|vs) {noun}"


def _read_pair(text: str, scene: Scene) -> str:
    """Of two quantities set against each other the one that is not the primary objective."""
    named = [
        find_quantity(each[0], scene.quantities).name for each in re.finditer(nouns_of(scene.quantities), text, re.I)
    ]
    return next((name for name in named if name != scene.quantities[0].name), named[0])


def _bounded(scene: Scene, bounds: str) -> str:
    """A pattern of a number beyond a bound with what it is of, which :func:`_read_bounded` reads."""
    noun, unit = nouns_of(scene.quantities), units_of(scene.quantities)
    return (
        rf"(?:(?P<before>{noun}){GAP})?(?P<bound>{bounds}){GAP}(?P<number>{NUMBER})"
        rf"(?:\s*(?P<unit>{unit}))?(?:{GAP}(?P<after>{noun}))?"
    )


def _read_bounded(text: str, scene: Scene, bounds: str = bound()) -> tuple[str, str, str]:
    """Quantity, comparison and number of a text of :func:`_bounded`.

    Raises:
        ValueError: neither a noun nor a unit says what the number is of.
    """
    match = re.fullmatch(_bounded(scene, bounds), text, re.IGNORECASE)
    assert match is not None, "the slot's own pattern"
    named = match["before"] or match["after"]
    return (
        find_quantity(named, scene.quantities).name if named else _of_unit(match["unit"] or "", scene),
        comparison(match["bound"]),
        written(number(match["number"])),
    )


def _of_unit(text: str, scene: Scene) -> str:
    """The quantity that people write with a unit."""
    found = [q.name for q in scene.quantities if q.units and re.fullmatch(q.units, text.strip(), re.IGNORECASE)]
    if not found:
        raise ValueError(f"no unit: {text!r}")
    return found[0]


def _limit(text: str, scene: Scene) -> str:
    return "{} {}{}".format(*_read_bounded(text, scene))


def _excess(text: str, scene: Scene) -> str:
    """``over 4 ms`` as the limit that forbids it, ``latency <=4``."""
    name, beyond, value = _read_bounded(text, scene, _BEYOND)
    return f"{name} {'<=' if beyond == '>' else '>='}{value}"


def _goal(text: str, scene: Scene) -> str:
    """A bound without a unit is one of the primary objective, where only better values keep it."""
    match = re.fullmatch(rf"({bound()})\s*({NUMBER})", text, re.IGNORECASE)
    assert match is not None, "the slot's own pattern"
    primary, side = scene.quantities[0], comparison(match[1])
    if side.startswith(">") != primary.objective.maximised:
        raise ValueError(f"no bound of {primary.name}: {text!r}")
    return f"{primary.name} {side}{written(number(match[2]))}"


def _measured(text: str, scene: Scene) -> str:
    """``4 ms`` as the most of what the unit is of, ``latency <=4``."""
    match = re.fullmatch(rf"({NUMBER})\s*(\S+(?: \S+)*)", text.strip(), re.IGNORECASE)
    assert match is not None, "the slot's own pattern"
    return f"{_of_unit(match[2], scene)} <={written(number(match[1]))}"


def _best(text: str, scene: Scene) -> str:
    """``fastest`` as ``by latency``; the best of all are those by the primary objective, which goes without saying."""
    said = " ".join(text.lower().split())
    primary, *others = scene.quantities
    found = next((q for q in others if re.fullmatch(q.superlatives, said, re.IGNORECASE)), primary)
    return "" if found is primary else f"by {found.name}"


def _effect(scene: Scene) -> str:
    noun = nouns_of(scene.quantities)
    adjectives = [re.escape(each) for q in scene.quantities for each in (*q.better, *q.worse)]
    makes = rf"{_MAKES}(?: it| them| networks?| cells?| a cell| a network| {noun})?"
    moves = rf"(?:{RAISES}|{LOWERS}|{GOOD}|{BAD})(?!\w)(?:\s+(?:the\s+)?{noun})?"
    return rf"(?:{makes} (?:better|good|worse|bad|{'|'.join(adjectives)})(?!\w)|{moves})"


def _read_effect(text: str, scene: Scene) -> str:
    """``lower accuracy`` as ``lowers accuracy``; what improves latency lowers it."""
    said = " ".join(text.lower().replace(" the ", " ").split())
    noun = re.search(nouns_of(scene.quantities), said, re.IGNORECASE)
    named = find_quantity(noun[0], scene.quantities) if noun else scene.quantities[0]
    if re.match(rf"(?:{RAISES}|{LOWERS})(?!\w)", said):
        return f"{'raises' if re.match(RAISES, said) else 'lowers'} {named.name}"
    for each in scene.quantities:
        for better, adjectives in ((True, each.better), (False, each.worse)):
            if any(said.endswith(f" {adjective}") for adjective in adjectives):
                return f"{each.verb(better=better)} {each.name}"
    better = bool(re.match(GOOD, said)) or said.endswith((" better", " good"))
    return f"{named.verb(better=better)} {named.name}"


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


def _architecture(text: str, scene: Scene) -> str:
    return architecture_text(text.strip().strip("`'\""), scene)


_AMOUNT = rf"(?:\$\s?{NUMBER}|{NUMBER}\s*{_unit()})"
_EXTRA = (
    rf"(?:(?:{NUMBER}|\ban?)\s+{MORE}\s+{_unit()}|{NUMBER}\s*{_unit()}\s+{MORE}"
    rf"|\banother\s+(?:{NUMBER}\s*)?{_unit()})"
)

SLOTS: dict[str, Slot] = {
    "number": Slot(lambda scene: NUMBER, lambda text, scene: written(number(text))),
    "bound": Slot(lambda scene: bound(), lambda text, scene: comparison(text)),
    "over": Slot(lambda scene: beyond("over")),
    "quantity": Slot(
        lambda scene: nouns_of(scene.quantities), lambda text, scene: find_quantity(text, scene.quantities).name
    ),
    "limit": Slot(lambda scene: unnamed(_bounded(scene, bound())), _limit),
    "excess": Slot(lambda scene: unnamed(_bounded(scene, _BEYOND)), _excess),
    "goal": Slot(lambda scene: rf"{bound()}\s*{NUMBER}", _goal),
    "measured": Slot(lambda scene: rf"{NUMBER}\s*{units_of(scene.quantities)}", _measured),
    "value": Slot(
        lambda scene: rf"{NUMBER}(?:\s*{units_of(scene.quantities)})?",
        lambda text, scene: written(number(re.match(NUMBER, text, re.IGNORECASE)[0])),  # type: ignore[index]
    ),
    "best": Slot(lambda scene: rf"(?<!\w)(?:{'|'.join(q.superlatives for q in scene.quantities)}|best)(?!\w)", _best),
    "top": Slot(
        lambda scene: rf"(?<!\w)(?:{scene.quantities[0].superlatives}|best|winner|champion)(?!\w)", lambda *_: ""
    ),
    "share": Slot(lambda scene: rf"{NUMBER}\s?%?"),
    "times": Slot(lambda scene: rf"(?:{NUMBER}\s+times|\b(?:{'|'.join(OFTEN)})\b)", _times),
    "amount": Slot(lambda scene: _AMOUNT, _amount),
    "extra": Slot(lambda scene: _EXTRA, lambda text, scene: _extra(text, scene)),
    "minutes": Slot(lambda scene: rf"(?:last|past)\s+(?:{NUMBER}\s*)?{_unit()}", _minutes),
    "device": Slot(lambda scene: any_of({*scene.devices, *scene.device_names})),
    "thing": Slot(lambda scene: things(scene.space), lambda text, scene: feature_of(text, scene.space)),
    "condition": Slot(
        lambda scene: conditions(scene.space), lambda text, scene: predicate_of(text, scene.space)
    ),
    "niche": Slot(_niche, _niche_names),
    "niches": Slot(_niche_list, _niche_names),
    "effect": Slot(_effect, _read_effect),
    "heuristic": Slot(lambda scene: HEURISTIC),
    "ids": Slot(lambda scene: rf"{HEURISTIC}(?:\s*(?:,|and)\s*{HEURISTIC})*", lambda text, scene: _ids(text)),
    "act": Slot(lambda scene: r"\d+"),
    "architecture": Slot(lambda scene: r".+", _architecture),
    "hash": Slot(lambda scene: r"(?<!\w)(?=[0-9a-f]*\d)[0-9a-f]{6,16}(?!\w)"),
    "pair": Slot(_pair, _read_pair),
    "plot": Slot(
        lambda scene: rf"(?:{'|'.join(_plots(scene).values())})(?!\w)",
        lambda text, scene: next(k for k, said in _plots(scene).items() if re.fullmatch(said, text, re.IGNORECASE)),
    ),
    "run": Slot(lambda scene: r"(?:last|previous|one before|\d{8}[\w-]*)(?!\w)", lambda text, scene: _run(text)),
    "text": Slot(lambda scene: r"\S.*\S|\S"),
    "opening": Slot(lambda scene: r"(?:what(?:'s)?|which|show|list|give|find|see|tell|any)(?!\w)"),
}  # fmt: skip
"""Name -> slot."""


def _extra(text: str, scene: Scene) -> str:
    bare = re.sub(r"\banother\s+(?=[a-z])", "1 ", text, flags=re.IGNORECASE)
    unit, count = _amount(bare, scene).split()
    return f"{unit} +{count}"


def _ids(text: str) -> str:
    return " ".join(re.findall(HEURISTIC, text, re.IGNORECASE))


def _run(text: str) -> str:
    return text if text[:1].isdecimal() else "last"
