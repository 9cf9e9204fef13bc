"""The reader: plain sentences into commands without any LLM, by the phrases that commands declare.

In a phrase ``(a|b)`` are alternatives, ``[...]`` may be missing, and ``{name}`` or ``{name:slot}`` is filled by one of
:mod:`illuminas.agents.chat.slots`. Small words (``the``, ``cells``, ``please``) may stand anywhere between the others.
In a command ``[...]`` is left out where its first name is not filled. Of several phrases that fit, the longest counts.

A message is a sequence of clauses, each of which some phrase fits from its first word to its last. Where one clause is
not understood, nothing of the message is: half of what a person asked for may be worse than nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from illuminas.agents.chat.commands import COMMANDS, lines_of
from illuminas.agents.chat.lexicon import GAP
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.slots import SLOTS
from illuminas.tools.errors import IlluminasError

MAX_MESSAGE = 2_000
"""Characters of a message that is looked at."""
_HELLO = r"(?:ok|okay|well|alright|right|hi|hello|hey|so|yes|no)\s*,\s*(?=\w)"
_JOINT = re.compile(rf"(?:\s|[,;.!?]|(?<!\w)(?:{_HELLO}|(?:and|but|also|then|please|now)(?!\w)))*", re.IGNORECASE)
"""What joins clauses."""
_ASKING = "what|which|why|how|who|when|where|is|are|was|were|(?:do|does|did|has|have) (?:you|we|i|it|they|the|that)"
_QUESTION = re.compile(rf"\s*(?:{_ASKING})\b(?!\s+not\b|n't)", re.IGNORECASE)
"""How a message begins that asks, and therefore changes nothing."""
_TOKEN = re.compile(r"\[|\]|\{(?P<name>\w+)(?::(?P<slot>\w+))?\}|\((?P<words>[^)]*)\)|[^\s\[\]{}()]+")


Phrase = tuple[str, str]


def _phrases(*, looks: bool, asked: bool = False) -> tuple[Phrase, ...]:
    commands = [each for each in COMMANDS.values() if (each.looks, each.slash.asked) == (looks, asked)]
    return tuple(pair for each in commands for pair in lines_of(each.slash.phrases))


LOOKS, DIRECTIVES, ANSWERS = _phrases(looks=True), _phrases(looks=False), _phrases(looks=False, asked=True)
"""Phrases of what only looks, of what changes the search, and of what answers a question that it asks."""


class Reading(NamedTuple):
    """What the reader makes of a message.

    Attributes:
        commands: lines that say the same, in order; none where something was not understood.
        rest: what was not understood, from its first word on; empty where everything was.
    """

    commands: tuple[str, ...] = ()
    rest: str = ""


class _Fit(NamedTuple):
    """A phrase that fits from a place of the message on."""

    end: int
    command: str


def read(message: str, scene: Scene) -> Reading:
    """The commands that a message in plain words means."""
    text = message.strip()[:MAX_MESSAGE]
    phrases = LOOKS if asks(text) else (*DIRECTIVES, *LOOKS, *(ANSWERS if scene.question else ()))
    commands: list[str] = []
    place = _skip(text, 0)
    while place < len(text):
        fits = [fit for phrase in phrases if (fit := _fit(phrase, text, place, scene)) is not None]
        if not fits:
            return Reading(rest=text[place:].strip())
        best = max(fits, key=lambda fit: fit.end)
        commands.append(best.command)
        place = _skip(text, best.end)
    return Reading(tuple(dict.fromkeys(commands)))


def asks(message: str) -> bool:
    """Whether a message is a question, which changes nothing."""
    return bool(_QUESTION.match(message)) or message.rstrip().endswith("?")


def _skip(text: str, place: int) -> int:
    """The first place of a clause from here on."""
    match = _JOINT.match(text, place)
    return match.end() if match else place


def _fit(phrase: Phrase, text: str, place: int, scene: Scene) -> _Fit | None:
    """The phrase at this place of a message, up to the end of a clause; None where it does not fit."""
    match = _compiled(phrase[0], *_vocabulary(phrase[0], scene)).match(text, place)
    if match is None or match.end() == place or not _ends_clause(text, match.end()):
        return None
    filled: dict[str, str] = {}
    for name, slot in _slots(phrase[0]).items():
        if match[name] is not None:
            try:
                filled[name] = SLOTS[slot].read(match[name], scene)
            except (ValueError, IlluminasError):
                return None
    return _Fit(match.end(), _fill(phrase[1], filled))


def _ends_clause(text: str, place: int) -> bool:
    """Whether a clause may end here: at the end, or before what joins it to the next."""
    return place >= len(text) or _skip(text, place) > place or text[place - 1].isspace()


def _slots(template: str) -> dict[str, str]:
    """Name -> slot of a phrase."""
    return {token["name"]: token["slot"] or token["name"] for token in _TOKEN.finditer(template) if token["name"]}


def _vocabulary(template: str, scene: Scene) -> tuple[str, ...]:
    """The patterns of a phrase's slots in this scene, in their order."""
    return tuple(SLOTS[slot].pattern(scene) for slot in _slots(template).values())


@lru_cache(maxsize=4_096)
def _compiled(template: str, *patterns: str) -> re.Pattern[str]:
    """A phrase as a regular expression; ``patterns`` are those of its slots."""
    by_name = dict(zip(_slots(template), patterns, strict=True))
    made = []
    for token in _TOKEN.finditer(template):
        if token[0] == "[":
            made.append("(?:")
        elif token[0] == "]":
            made.append(")?")
        elif token["name"]:
            gap = r"\s*" if token["name"] == "text" else GAP  # what a person words is kept from its first word on
            made.append(rf"{gap}(?P<{token['name']}>{by_name[token['name']]})")
        else:
            made.append(GAP + _words(token["words"] or token[0]))
    return re.compile("".join(made) + GAP, re.IGNORECASE)


def _words(text: str) -> str:
    """Literal alternatives, the longest first, whose words small ones may part."""
    literals = sorted(text.split("|"), key=len, reverse=True)
    return "(?:" + "|".join(_literal(each) for each in literals) + ")"


def _literal(text: str) -> str:
    said = GAP.join(map(re.escape, text.split()))
    return rf"(?<!\w){said}(?:'s)?(?!\w)" if text[0].isalnum() else said


def _fill(template: str, filled: dict[str, str]) -> str:
    """A command with its names filled in."""

    def optional(match: re.Match[str]) -> str:
        first = re.search(r"\{(\w+)\}", match[1])
        return match[1] if first and first[1] in filled else ""

    line = re.sub(r"\[([^\]]*)\]", optional, template)
    line = re.sub(r"\{(\w+)\}", lambda match: filled.get(match[1], ""), line)
    return " ".join(line.split())
