"""Arguments of slash commands by the kind of their field: pattern, completion, grammar for small models, and value.

A grammar holds a model to what the message names (:class:`~illuminas.agents.chat.scene.Heard`): it cannot write a
number, a device or a rule that the person did not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from illuminas.agents.chat.lexicon import NUMBER, feature_of, none_of, number, predicate_of, things
from illuminas.agents.chat.quantities import find_quantity, units_of
from illuminas.agents.chat.scene import Scene
from illuminas.memory.predicates import feature_kinds
from illuminas.tools.objectives import Constraint
from illuminas.tools.spaces import InvalidArchitecture

Kind = Literal["numbers", "features", "devices", "niches", "heuristics", "quantities", "units"]
"""What a message can name."""
LISTED = 40
"""Names that a grammar lists."""
_TEXT = r"[^\n\x00-\x1F]{1,120}"


class Argument(NamedTuple):
    """One argument of a command.

    Attributes:
        name: as help shows it.
        pattern: a regular expression of what may be typed.
        grammar: GBNF of what a small model may write.
        offers: what to offer for completion.
        kinds: of what a message names that it takes; a model leaves an optional argument out where it names none.
        read: the value of what was typed, or the values of several fields by their names.
        missing: the value where nothing was typed; None leaves the field at its default.
        optional: may be left out.
    """

    name: str
    pattern: str
    grammar: Callable[[Scene], str]
    offers: Callable[[Scene], Sequence[str]] = lambda scene: ()
    kinds: tuple[Kind, ...] = ()
    read: Callable[[str, Scene], Any] = lambda text, scene: text
    missing: Callable[[Scene], Any] | None = None
    optional: bool = False

    def written(self, scene: Scene) -> str:
        """Its grammar within a command's, the space before it included."""
        part = f'" " {self.grammar(scene)}'
        if not self.optional:
            return part
        if not self.kinds or scene.heard is None:
            return f"({part})?"
        return part if any(map(scene.named, self.kinds)) else ""


def choice(name: str, words: Mapping[str, Any], *, kind: Kind | None = None) -> Argument:
    """One of a few words, each with its value; of those that a message names, where it names any of the kind."""

    def grammar(scene: Scene) -> str:
        return _one_of(next(filter(None, map(scene.named, kinds)), tuple(words)))

    pattern = rf"(?:{'|'.join(words)})(?!\w)"
    kinds = (kind,) if kind is not None else ()
    return Argument(name, pattern, grammar, lambda scene: tuple(words), kinds, lambda text, scene: words[text.lower()])


def _one_of(words: Sequence[str]) -> str:
    """GBNF of one of the texts; of none, of a text that nothing is called."""
    nothing = ['"-"']
    escaped = ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words]
    return f"({' | '.join(escaped or nothing)})"


def _number(scene: Scene) -> str:
    heard = scene.named("numbers")
    return _one_of(heard) if heard else '[1-9] [0-9]{0,8} ("." [0-9]{1,3})?'


def _weight(scene: Scene) -> str:
    heard = scene.named("numbers")
    return _one_of(["0", "1", *heard]) if heard else '[0-9] ("." [0-9])?'


def _niches(scene: Scene) -> list[str]:
    return [str(niche) for niche in scene.named("niches") or scene.niches]


def _devices(scene: Scene) -> list[str]:
    return sorted(scene.named("devices") or scene.devices)


def _heuristics(scene: Scene) -> list[str]:
    return list(scene.named("heuristics") or scene.heuristics)[:LISTED]


def _features(scene: Scene) -> list[str]:
    """Those that count or are true; of them what a message names."""
    return list(scene.named("features")) or [
        name for name, kind in feature_kinds(scene.space).items() if kind.kind != "word"
    ]


def _own(scene: Scene) -> list[str]:
    """Names of the run's objectives; of them what a message names."""
    own = [each.name for each in scene.quantities[: len(scene.objectives)]]
    return [name for name in own if name in scene.named("quantities")] or own


def _predicate(scene: Scene) -> str:
    kinds, named = feature_kinds(scene.space), _features(scene)
    counts = _one_of([name for name in named if kinds[name].kind == "number"])
    truths = _one_of([name for name in named if kinds[name].kind == "truth"])
    return f'({counts} (" == " | " >= " | " <= ") {_weight(scene)} | {truths} " == " ("true" | "false"))'


def _options(scene: Scene) -> list[str]:
    return list(scene.question.options) if scene.question else []


def _niche_list(scene: Scene) -> str:
    if scene.named("niches"):
        return f'"{" ".join(_niches(scene))}"'
    return f'({_one_of(_niches(scene))} | "empty" | "all")'


def _limit(scene: Scene) -> str:
    """A bound on a quantity; of those that a message names, where it names any."""
    named = scene.named("quantities")
    device = f'" " {_one_of(_devices(scene))}' if scene.named("devices") else ""
    forms = [
        f'"{each.name} {each.keeps}" {_number(scene)} {device if each.of_device else ""}'
        for each in scene.quantities
        if not named or each.name in named
    ]
    return f"({' | '.join(forms)})"


def _filters(scene: Scene) -> str:
    niche = f'"niche " {_one_of(_niches(scene))}'
    return niche if scene.named("niches") and not scene.named("numbers") else f"({_limit(scene)} | {niche})"


def _weights(scene: Scene) -> str:
    """A weight for each objective; those after the second may be left out."""
    parts = [f'"{scene.quantities[place].name} " {_weight(scene)}' for place in range(len(scene.objectives))]
    return ' " " '.join(parts[:2]) + "".join(f' (" " {part})?' for part in parts[2:])


def architecture_text(text: str, scene: Scene) -> str:
    """An architecture as its space publishes it, from that or from its short notation.

    Raises:
        IlluminasError: it is none.
    """
    try:
        return scene.space.parse(text).text
    except InvalidArchitecture as error:
        try:
            return scene.space.from_words(text).text
        except InvalidArchitecture:
            raise error from None


def _read_limit(text: str, scene: Scene) -> dict[str, Any]:
    """``latency <=4 fpga`` as an objective and its ``most`` or ``least``."""
    bound, rest = _split_limit(text, scene)
    if rest:
        raise ValueError(f"expected nothing after {text.removesuffix(rest).strip()!r}, got {rest!r}")
    return bound.model_dump(exclude_none=True)


def _split_limit(text: str, scene: Scene) -> tuple[Constraint, str]:
    """The bound that a text begins with, and what follows; a bare number is as good as the value must be.

    Raises:
        ValueError: it begins with none.
    """
    unit = units_of(scene.quantities)
    form = rf"(?P<name>[^\s<>]+)\s*(?P<side><=|>=|<|>)?\s*(?P<number>{NUMBER})(?:\s?{unit})?(?![^\s,])"
    match = re.match(form, text, re.IGNORECASE)
    if match is None:
        raise ValueError(f"expected {', '.join(_names(scene))} with a bound as <=4 or 300k, got {text[:60]!r}")
    quantity, rest = find_quantity(match["name"], scene.quantities), text[match.end() :].lstrip(" ,")
    objective = quantity.name
    word, _, after = rest.partition(" ")
    if word and quantity.of_device and word.lower() not in (*WORDS, *_names(scene)):
        objective, rest = scene.objective_on(quantity, word.rstrip(",")), after.lstrip(" ,")
    least = match["side"].startswith(">") if match["side"] else quantity.objective.maximised
    return Constraint(objective=objective, **{"least" if least else "most": number(match["number"])}), rest


def _names(scene: Scene) -> tuple[str, ...]:
    return tuple(each.name.lower() for each in scene.quantities)


def _read_thing(text: str, scene: Scene) -> str:
    if re.fullmatch(things(scene.space), text, re.IGNORECASE) is None:
        raise ValueError(f"the search space {scene.space_name} counts no {text!r}")
    return none_of(feature_of(text, scene.space), scene.space)


def _read_niches(text: str, scene: Scene) -> tuple[int, ...]:
    """Niches by numbers or by words; ``empty`` are those without an elite, ``all`` names none of them."""
    if re.fullmatch(r"[\d\s,]+", text):
        return tuple(scene.niche_of(each) for each in re.findall(r"\d+", text))
    if text.lower() in ("all", "none"):
        return ()
    if text.lower() == "empty":
        if not scene.empty:
            raise ValueError("no niche is empty")
        return scene.empty
    return (scene.niche_of(text),)


def _read_cap(text: str, scene: Scene) -> dict[str, float]:
    """``evaluations +50`` as the new cap: on top of the cap, or without one of what is spent."""
    unit, _, amount = text.partition(" ")
    unit, amount = unit.lower(), amount.strip()
    name, value = ("seconds" if unit in TIMES else unit), number(amount.lstrip("+ ")) * TIMES.get(unit, 1.0)
    if amount.startswith("+"):
        value += scene.caps.get(name) or scene.spent.get(name, 0.0)
    return {name: value}


def _read_share(text: str, scene: Scene) -> float:
    bare = text.lower()
    return SHARES[bare] if bare in SHARES else number(bare.rstrip("% ")) / (100 if bare.endswith("%") else 1)


def _read_options(text: str, scene: Scene) -> dict[str, Any]:
    """Those that the answer is no to; the others are agreed to."""
    rejected = tuple(each for each in re.findall(r"[\w:-]+", text) if each not in ("but", "and", "except"))
    return {"rejected": rejected, **({"approved": True} if rejected else {})}


def _read_weights(text: str, scene: Scene) -> dict[str, Any]:
    """A number for each objective of the run in their order, or ``NAME NUMBER``s; the others weigh 1, or as they do."""
    own = scene.quantities[: len(scene.objectives)]
    if re.fullmatch(rf"{NUMBER}(?:\s+{NUMBER})*", text, re.IGNORECASE):
        told = [number(match[0]) for match in re.finditer(NUMBER, text, re.IGNORECASE)]
        if len(told) != len(own):
            raise ValueError(f"expected a weight for each of {', '.join(each.name for each in own)}, got {len(told)}")
        return {"weights": dict(zip((each.objective.name for each in own), told, strict=True))}
    named: dict[str, float] = {}
    for pair in re.finditer(rf"(\S+)\s+({NUMBER})\s*", text, re.IGNORECASE):
        name = pair[1].lower()
        named[OTHERS if name == OTHERS else find_quantity(name, own).objective.name] = number(pair[2])
    others = named.pop(OTHERS, 1.0)
    return {"weights": {**{each.objective.name: others for each in own}, **named}}


def _last_act(scene: Scene) -> int:
    if scene.last_act is None:
        raise ValueError("nothing was asked in this chat that could be undone; see /directives")
    return scene.last_act


def _read_filters(text: str, scene: Scene) -> dict[str, Any]:
    """What :class:`~illuminas.agents.chat.looks.Best` keeps within; a device is of every bound that one decides."""
    found: dict[str, Any] = {}
    within: list[Constraint] = []
    device = ""
    while text:
        word, _, rest = text.partition(" ")
        match word.lower():
            case "with":
                found["predicate"], text = predicate_of(rest, scene.space), ""
                continue
            case "niche":
                value, _, text = rest.partition(" ")
                found["niche"] = scene.niche_of(value.rstrip(","))
            case "by":
                value, _, text = rest.partition(" ")
                found["sort"] = find_quantity(value.rstrip(","), scene.quantities).name
            case "on" | "device":
                device, _, text = rest.partition(" ")
            case other if "<" not in other and ">" not in other and " " not in text:
                raise ValueError(f"expected {', '.join((*_names(scene), *WORDS))}, got {text[:60]!r}")
            case _:
                bound, text = _split_limit(text, scene)
                within.append(bound)
        text = text.lstrip(" ,")
    if device:
        found |= _on_device(device.rstrip(","), within, found.get("sort", ""), scene)
    return {"within": tuple(within), **found}


def _on_device(device: str, within: list[Constraint], sort: str, scene: Scene) -> dict[str, Any]:
    """The bounds and the order by what a device decides, of one device; what else is known of it is shown."""
    known = {each.name: each for each in scene.quantities if each.of_device}
    named = {sort, *(bound.objective for bound in within)} & set(known)
    wanted = {name: scene.objective_on(known[name], device) for name in named}
    if not wanted:
        return {"shown": scene.shown_on(device)}
    moved = (b.model_copy(update={"objective": wanted.get(b.objective, b.objective)}) for b in within)
    return {"within": tuple(moved), "sort": wanted.get(sort, sort)}


def _read_shown(text: str, scene: Scene) -> dict[str, Any]:
    if match := re.fullmatch(r"niche\s+(.+)", text, re.IGNORECASE):
        return {"niche": scene.niche_of(match[1])}
    if text.lower() == "best" or re.fullmatch(r"[0-9a-f]{4,16}", text):
        return {"architecture": text.lower()}
    return {"architecture": architecture_text(text, scene)}


OTHERS = "others"
"""Stands for the objectives that a line of weights does not name."""
WORDS = ("niche", "with", "by", "on", "device")
"""What else than bounds ``/best`` takes."""
TIMES = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
UNITS = ("evaluations", *TIMES, "tokens", "dollars")
SHARES = {"more": 0.75, "less": 0.25, "balanced": 0.5}
"""Words for how much to explore; 0.5 is the default."""
_UNIT = choice("UNIT", dict.fromkeys(UNITS), kind="units")
_WORDING = Argument("TEXT", r".+", lambda scene: _TEXT, kinds=("features", "numbers"))

ARGUMENTS: dict[str, Argument] = {
    "limit": Argument(
        "QUANTITY VALUE [DEVICE]", r"\S+?\s*(?:[<>]|\s)=?\s*\S.*", _limit,
        lambda scene: (*_names(scene), *_devices(scene)), ("numbers", "quantities", "devices"), _read_limit,
    ),
    "predicate": Argument(
        "PREDICATE", r".+?", _predicate, _features, ("features", "numbers"),
        lambda text, scene: predicate_of(text, scene.space),
    ),
    "thing": Argument(
        "THING", r".+", lambda scene: _one_of(_features(scene)), _features, ("features",), _read_thing
    ),
    "niches": Argument(
        "NICHES", r".+", _niche_list, lambda scene: [*_niches(scene), "empty", "all", *scene.niches.values()],
        ("niches",), _read_niches,
    ),
    "niche": Argument(
        "NICHE", r".+", lambda scene: _one_of(_niches(scene)),
        lambda scene: [*map(str, scene.niches), *scene.niches.values()], ("niches",),
        lambda text, scene: scene.niche_of(text),
    ),
    "weights": Argument(
        "WEIGHTS", rf"(?:{NUMBER}|\S+\s+{NUMBER})(?:\s+(?:{NUMBER}|\S+\s+{NUMBER}))*", _weights,
        lambda scene: (*(each.name for each in scene.quantities[: len(scene.objectives)]), OTHERS),
        ("numbers", "quantities"), _read_weights,
    ),
    "cap": Argument(
        "UNIT AMOUNT", rf"{_UNIT.pattern}\s+(?:\+\s?)?{NUMBER}",
        lambda scene: f'{_UNIT.grammar(scene)} " " "+"? {_number(scene)}', lambda scene: UNITS, ("units", "numbers"),
        _read_cap,
    ),
    "share": Argument(
        "AMOUNT", rf"(?:{NUMBER}\s?%?|{'|'.join(SHARES)})", lambda scene: _one_of(tuple(SHARES)),
        lambda scene: tuple(SHARES), read=_read_share,
    ),
    "architecture": Argument(
        "ARCHITECTURE", r".+", lambda scene: f"({scene.space.words_grammar()})", kinds=("features", "numbers"),
        read=architecture_text,
    ),
    "shown": Argument(
        "HASH|niche N|best", r".+", lambda scene: f'("best" | "niche " {_one_of(_niches(scene))})',
        lambda scene: ("best", "niche"), ("niches",), _read_shown,
    ),
    "direction": choice("raises|lowers", {"raises": "raises", "lowers": "lowers"}),
    "objective": Argument(
        "OBJECTIVE", r"\S+", lambda scene: _one_of(_own(scene)), _own,
        read=lambda text, scene: find_quantity(text, scene.quantities).name,
    ),
    "wording": _WORDING,
    "text": _WORDING._replace(kinds=()),
    "heuristic": Argument(
        "ID", r"h-\w+", lambda scene: _one_of(_heuristics(scene)), lambda scene: scene.heuristics, ("heuristics",)
    ),
    "act": Argument(
        "NUMBER", r"\d+", _number, kinds=("numbers",), read=lambda text, scene: int(text), missing=_last_act
    ),
    "options": Argument(
        "IDS", r".+", lambda scene: _one_of(_options(scene)), _options, ("heuristics",), _read_options
    ),
    "about": Argument(
        "ABOUT", r".+", lambda scene: _TEXT, lambda scene: scene.heuristics, ("features", "heuristics", "numbers"),
        lambda text, scene: {"heuristic" if re.fullmatch(r"h-\w+", text) else "about": text},
    ),
    "run": Argument(
        "RUN", r"\S+", lambda scene: '"last"', lambda scene: ["last", *scene.runs],
        read=lambda text, scene: scene.run_of(text),
    ),
    "minutes": Argument(
        "MINUTES", NUMBER, _number, kinds=("numbers", "units"), read=lambda text, scene: number(text)
    ),
    "plot": choice("KIND", {kind: kind for kind in ("pareto", "niches", "progress", "knowledge")}),
    "filters": Argument(
        "FILTERS", r".+", _filters, lambda scene: (*_names(scene), *WORDS),
        ("numbers", "devices", "niches", "features", "quantities"), _read_filters,
    ),
    "command": Argument("COMMAND", r"/?\w+", lambda scene: '"help"'),
}  # fmt: skip
"""Kind of a field's :class:`~illuminas.memory.directives.Input` -> argument."""

FROM_SCENE: dict[str, Callable[[Scene], Any]] = {
    "question": lambda scene: scene.question.key if scene.question else "",
}
"""Kind of a field that nobody types -> its value."""
