"""Arguments of slash commands: what each may look like, what to offer for it, and its grammar for small models.

A grammar holds a model to what the message names (:class:`~illuminas.agents.chat.scene.Heard`): it cannot write a
number, a device or a rule that the person did not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from illuminas.agents.chat.lexicon import NUMBER
from illuminas.agents.chat.scene import Scene
from illuminas.memory.predicates import feature_kinds

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
        optional: may be left out.
    """

    name: str
    pattern: str
    grammar: Callable[[Scene], str]
    offers: Callable[[Scene], Sequence[str]] = lambda scene: ()
    kinds: tuple[Kind, ...] = ()
    optional: bool = False

    def or_none(self) -> Argument:
        """The same, optional."""
        return self._replace(optional=True)

    def written(self, scene: Scene) -> str:
        """Its grammar within a command's, the space before it included."""
        part = f'" " {self.grammar(scene)}'
        if not self.optional:
            return part
        if not self.kinds or scene.heard is None:
            return f"({part})?"
        return part if any(getattr(scene.heard, kind) for kind in self.kinds) else ""


def choice(name: str, *words: str, kind: Kind | None = None) -> Argument:
    """One of a few words; of those that a message names, where it names any of the kind."""

    def grammar(scene: Scene) -> str:
        named = getattr(scene.heard, kind) if kind is not None and scene.heard is not None else ()
        return _one_of(named or words)

    pattern = rf"(?:{'|'.join(words)})(?!\w)"
    return Argument(name, pattern, grammar, lambda scene: words, (kind,) if kind is not None else ())


def _one_of(words: Sequence[str]) -> str:
    """GBNF of one of the texts; of none, of a text that nothing is called."""
    nothing = ['"-"']
    escaped = ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words]
    return f"({' | '.join(escaped or nothing)})"


def _number(scene: Scene) -> str:
    if scene.heard is not None and scene.heard.numbers:
        return _one_of(scene.heard.numbers)
    return '[1-9] [0-9]{0,8} ("." [0-9]{1,3})?'


def _weight(scene: Scene) -> str:
    heard = scene.heard.numbers if scene.heard is not None else ()
    return _one_of(["0", "1", *heard]) if heard else '[0-9] ("." [0-9])?'


def _niches(scene: Scene) -> list[str]:
    heard = scene.heard.niches if scene.heard is not None else ()
    return [str(niche) for niche in heard or scene.niches]


def _devices(scene: Scene) -> list[str]:
    heard = scene.heard.devices if scene.heard is not None else ()
    return sorted(heard or scene.devices)


def _heuristics(scene: Scene) -> list[str]:
    heard = scene.heard.heuristics if scene.heard is not None else ()
    return list(heard or scene.heuristics)[:LISTED]


def _features(scene: Scene) -> list[str]:
    """Those that count or are true; of them what a message names."""
    heard = scene.heard.features if scene.heard is not None else ()
    return list(heard) or [name for name, kind in feature_kinds(scene.space).items() if kind.kind != "word"]


def _predicate(scene: Scene) -> str:
    kinds, named = feature_kinds(scene.space), _features(scene)
    counts = _one_of([name for name in named if kinds[name].kind == "number"])
    truths = _one_of([name for name in named if kinds[name].kind == "truth"])
    return f'({counts} (" == " | " >= " | " <= ") {_weight(scene)} | {truths} " == " ("true" | "false"))'


def _options(scene: Scene) -> list[str]:
    return list(scene.question.options) if scene.question else []


def _niche_list(scene: Scene) -> str:
    if scene.heard is not None and scene.heard.niches:
        return f'"{" ".join(_niches(scene))}"'
    return f'({_one_of(_niches(scene))} | "empty" | "all")'


def _filters(scene: Scene) -> str:
    number, device = _number(scene), _one_of(_devices(scene))
    device = f'" " {device}' if scene.heard is not None and scene.heard.devices else ""
    told = scene.heard
    forms = {
        "latency": f'"latency <=" {number} {device}',
        "params": f'"params <=" {number}',
        "macs": f'"macs <=" {number}',
    }
    wanted = [forms[name] for name in (told.quantities if told else ()) if name in forms] or list(forms.values())
    niche = f'"niche " {_one_of(_niches(scene))}'
    return niche if told is not None and told.niches and not told.numbers else f"({' | '.join([*wanted, niche])})"


QUANTITY = choice("QUANTITY", "latency", "energy", "params", "macs", "depth", kind="quantities")
BOUND = Argument(
    "VALUE",
    rf"(?:<=|>=|<|>)?\s*{NUMBER}(?:\s?ms)?",
    lambda scene: f'("<=" | ">=") {_number(scene)}',
    kinds=("numbers",),
)
DEVICE = Argument("DEVICE", r"\S+", lambda scene: _one_of(_devices(scene)), _devices, ("devices",))
PREDICATE = Argument("PREDICATE", r".+?", _predicate, _features, ("features", "numbers"))
THING = Argument("THING", r".+", lambda scene: _one_of(_features(scene)), _features, ("features",))
NICHES = Argument(
    "NICHES", r".+", _niche_list, lambda scene: [*_niches(scene), "empty", "all", *scene.niches.values()], ("niches",)
)
NICHE = Argument(
    "NICHE", r".+", lambda scene: _one_of(_niches(scene)), lambda s: [*_niches(s), *s.niches.values()], ("niches",)
)
WEIGHT = Argument("WEIGHT", NUMBER, _weight, kinds=("numbers",))
UNIT = choice("UNIT", "evaluations", "seconds", "minutes", "hours", "tokens", "dollars", kind="units")
AMOUNT = Argument("AMOUNT", rf"\+?\s?{NUMBER}", lambda scene: f'"+"? {_number(scene)}', kinds=("numbers",))
SHARES = ("more", "less", "balanced")
SHARE = Argument(
    "AMOUNT", rf"(?:{NUMBER}\s?%?|{'|'.join(SHARES)})", lambda scene: _one_of(SHARES), lambda scene: SHARES
)
ARCHITECTURE = Argument(
    "ARCHITECTURE", r".+", lambda scene: f"({scene.space.words_grammar()})", kinds=("features", "numbers")
)
SHOWN = Argument(
    "HASH|niche N|best",
    r".+",
    lambda scene: f'("best" | "niche " {_one_of(_niches(scene))})',
    lambda scene: ("best", "niche"),
    ("niches",),
)
DIRECTION = choice("raises|lowers", "raises", "lowers")
MOVED = choice("OBJECTIVE", "accuracy", "latency", "energy", "params", "macs")
WORDING = Argument("TEXT", r".+", lambda scene: _TEXT, kinds=("features", "numbers"))
REASON = WORDING._replace(kinds=(), optional=True)
HEURISTIC = Argument("ID", r"h-\w+", lambda s: _one_of(_heuristics(s)), lambda s: s.heuristics, ("heuristics",))
ACT = Argument("NUMBER", r"\d+", _number, kinds=("numbers",))
OPTIONS = Argument("IDS", r".+", lambda scene: _one_of(_options(scene)), _options, ("heuristics",))
ABOUT = Argument(
    "ABOUT", r".+", lambda scene: _TEXT, lambda scene: scene.heuristics, ("features", "heuristics", "numbers")
)
RUN = Argument("RUN", r"\S+", lambda scene: '"last"', lambda scene: ["last", *scene.runs])
MINUTES = Argument("MINUTES", NUMBER, _number, kinds=("numbers", "units"))
PLOT = choice("KIND", "pareto", "niches", "progress", "knowledge")
FILTERS = Argument(
    "FILTERS",
    r".+",
    _filters,
    lambda scene: ("latency", "params", "macs", "accuracy", "niche", "with", "by"),
    ("numbers", "devices", "niches", "features", "quantities"),
)
COMMAND = Argument("COMMAND", r"/?\w+", lambda scene: '"help"')
