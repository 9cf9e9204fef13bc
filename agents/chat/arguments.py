"""Arguments of slash commands: what each may look like, what to offer for it, and its grammar for small models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from illuminas.agents.chat.lexicon import NUMBER
from illuminas.agents.chat.scene import Scene
from illuminas.memory.predicates import feature_kinds

_DIGITS = '[1-9] [0-9]{0,8} ("." [0-9]{1,3})?'
_TEXT = r"[^\n\x00-\x1F]{1,120}"


class Argument(NamedTuple):
    """One argument of a command.

    Attributes:
        name: as help shows it.
        pattern: a regular expression of what may be typed.
        grammar: GBNF of what a small model may write.
        offers: what to offer for completion.
        optional: may be left out.
    """

    name: str
    pattern: str
    grammar: Callable[[Scene], str]
    offers: Callable[[Scene], Sequence[str]] = lambda scene: ()
    optional: bool = False

    def or_none(self) -> Argument:
        """The same, optional."""
        return self._replace(optional=True)


def choice(name: str, *words: str) -> Argument:
    """One of a few words."""
    return Argument(name, rf"(?:{'|'.join(words)})(?!\w)", lambda scene: _literals(words), lambda scene: words)


def _literals(words: Sequence[str]) -> str:
    """GBNF of one of the texts; of none, of a text that nothing is."""
    escaped = ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words]
    return f"({' | '.join(escaped) or _literals(['-'])})"


def _niche_numbers(scene: Scene) -> list[str]:
    return [str(niche) for niche in scene.niches]


def _niche_grammar(scene: Scene) -> str:
    number = _literals(_niche_numbers(scene))
    return f'({number} (" " {number}){{0,3}} | "empty")'


def _predicate_grammar(scene: Scene) -> str:
    kinds = feature_kinds(scene.space)
    counts = _literals([name for name, kind in kinds.items() if kind.kind == "number"])
    truths = _literals([name for name, kind in kinds.items() if kind.kind == "truth"])
    return f'({counts} (" == " | " >= " | " <= ") [0-9]{{1,2}} | {truths} " == " ("true" | "false"))'


def _countable(scene: Scene) -> list[str]:
    return [name for name, kind in feature_kinds(scene.space).items() if kind.kind != "word"]


def _devices(scene: Scene) -> list[str]:
    return sorted(scene.devices)


QUANTITY = choice("QUANTITY", "latency", "params", "macs", "depth")
BOUND = Argument("VALUE", rf"(?:<=|>=|<|>)?\s*{NUMBER}(?:\s?ms)?", lambda scene: f'("<=" | ">=") {_DIGITS} "k"?')
DEVICE = Argument("DEVICE", r"\S+", lambda scene: _literals(_devices(scene)), _devices)
PREDICATE = Argument("PREDICATE", r".+?", _predicate_grammar, _countable)
THING = Argument("THING", r".+", lambda scene: _literals(_countable(scene)), _countable)
NICHES = Argument(
    "NICHES", r".+", _niche_grammar, lambda scene: [*_niche_numbers(scene), "empty", *scene.niches.values()]
)
NICHE = Argument(
    "NICHE",
    r".+",
    lambda scene: _literals(_niche_numbers(scene)),
    lambda scene: [*_niche_numbers(scene), *scene.niches.values()],
)
WEIGHT = Argument("WEIGHT", NUMBER, lambda scene: '[0-9] ("." [0-9])?')
UNIT = choice("UNIT", "evaluations", "seconds", "minutes", "hours", "tokens", "dollars")
AMOUNT = Argument("AMOUNT", rf"\+?\s?{NUMBER}", lambda scene: f'"+"? {_DIGITS}')
SHARE = Argument(
    "AMOUNT", rf"(?:{NUMBER}\s?%?|more|less|balanced)", lambda scene: '("more" | "less" | "0." [0-9])',
    lambda scene: ("more", "less", "balanced"),
)  # fmt: skip
ARCHITECTURE = Argument("ARCHITECTURE", r".+", lambda scene: f"({scene.space.words_grammar()})")
SHOWN = Argument(
    "HASH|niche N|best",
    r".+",
    lambda scene: f'("best" | "niche " {_literals(_niche_numbers(scene))})',
    lambda scene: ("best", "niche"),
)
DIRECTION = choice("raises|lowers", "raises", "lowers")
METRIC = choice("accuracy|latency", "accuracy", "latency")
WORDING = Argument("TEXT", r".+", lambda scene: _TEXT)
HEURISTIC = Argument(
    "ID", r"h-\w+", lambda scene: _literals(scene.heuristics[:40]), lambda scene: scene.heuristics
)  # fmt: skip
NUMBER_OF_ACT = Argument("NUMBER", r"\d+", lambda scene: "[1-9] [0-9]?")
OPTIONS = Argument(
    "IDS",
    r".+",
    lambda scene: _literals(list(scene.question.options) if scene.question else []),
    lambda scene: list(scene.question.options) if scene.question else [],
)
ABOUT = Argument("ABOUT", r".+", lambda scene: _TEXT, lambda scene: scene.heuristics)
RUN = Argument("RUN", r"\S+", lambda scene: '"last"', lambda scene: ["last", *scene.runs])
MINUTES = Argument("MINUTES", NUMBER, lambda scene: "[1-9] [0-9]{0,3}")
KIND = choice("KIND", "pareto", "niches", "progress", "knowledge")
FILTERS = Argument(
    "FILTERS",
    r".+",
    lambda scene: (
        f'("latency <=" {_DIGITS} (" " {_literals(_devices(scene))})? | "params <=" {_DIGITS} "k"? '
        f'| "niche " {_literals(_niche_numbers(scene))})'
    ),
    lambda scene: ("latency", "params", "macs", "accuracy", "niche", "with", "by"),
)
COMMAND = Argument("COMMAND", r"/?\w+", lambda scene: '"help"')
