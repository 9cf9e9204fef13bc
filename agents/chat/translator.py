"""The translator: what a person says into commands, by an LLM, where the reader does not understand it.

Whatever it writes is a command of the catalogue, read and checked like one that was typed. All that it sees is the
person's message and the names of the run's niches, devices and features: nothing that tools said and nothing that
others wrote, so no directive can come from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from pydantic import Field

from illuminas.agents.chat.commands import COMMANDS, Command, read_command
from illuminas.agents.chat.examples import Example, Likeness, examples_of, nearest
from illuminas.agents.chat.lexicon import NUMBER, OFTEN, any_of, feature_of, number, things, written
from illuminas.agents.chat.reader import asks
from illuminas.agents.chat.scene import Heard, Scene
from illuminas.agents.chat.slots import HEURISTIC, UNITS
from illuminas.agents.llm.base import Lines, LLMProvider, LLMRequest, Record
from illuminas.agents.llm_session import prompt
from illuminas.agents.quoting import line
from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen

AGENT = "chat-read"
"""As the calls are counted, and as scripts name them."""
MOST = 6
"""Commands of one message."""
LISTED = 40
"""Ids of heuristics that a prompt names."""
LINE = 2_000
"""Characters of all niches, or devices, that it names."""


MISFIT = 0.15
"""Likeness that a command loses for everything that a message names and it does not take, or the other way round."""

T = TypeVar("T")


class Translation(NamedTuple):
    """What the LLM made of a message.

    Attributes:
        commands: lines that say the same; none where it could not tell.
        question: what it asks back.
    """

    commands: tuple[str, ...] = ()
    question: str = ""


class Commands(Frozen):
    """The answer of a capable model."""

    commands: list[str] = Field(max_length=MOST, description="each a line such as '/limit params <=300k'")
    question: str = Field(default="", max_length=300, description="asked back where it can mean several things")


async def translate(message: str, scene: Scene, llm: LLMProvider, call: int) -> Translation:
    """The commands that a message means.

    Args:
        call: its number within this chat, counted from 0.

    Raises:
        LLMError: the LLM gave no valid answer.
        IlluminasError: it wrote a command that cannot be read, twice.
    """
    if llm.profile == "small":
        return await _small(message, scene, llm, call)
    asked, wrong = _asked(message, scene), ""
    for attempt in range(2):
        request = LLMRequest(
            agent=AGENT,
            key=f"{AGENT}:{2 * call + attempt}",
            system=prompt("chat_system", commands=_table(scene)),
            prompt=f"{asked}\n{wrong}".strip(),
            form=Record(model=Commands),
            temperature=0.0,
        )
        answer = Commands.model_validate((await llm.answer(request)).record)
        try:
            for command in answer.commands:
                read_command(_slashed(command), scene)
        except IlluminasError as error:
            if attempt:
                raise
            wrong = f"You wrote {answer.commands}. That was refused: {error}"
            continue
        return Translation(tuple(map(_slashed, answer.commands)), answer.question)
    raise AssertionError("unreachable")


async def _small(message: str, scene: Scene, llm: LLMProvider, call: int) -> Translation:
    """The likeliest command, with arguments that the model writes under its grammar.

    Measured: a model of 0.5B parameters picks the command worse than likeness does, and fills it in better.
    """
    likeliest = _likeliest(message, scene)
    if likeliest is None:
        return Translation()
    command = COMMANDS[likeliest.name]
    if not command.arguments:
        return Translation((f"/{command.name}",))
    request = LLMRequest(
        agent=AGENT,
        key=f"{AGENT}:{call}",
        system=prompt("chat_small_system"),
        prompt=prompt(
            "chat_small",
            examples=_shown(command.name, scene),
            message=" ".join(message.split()),
        ),
        form=Lines(grammar=f"({command.grammar(heard_in(message, scene))})", pattern=rf"{command.name}(?: .+)?"),
        temperature=0.0,
        max_tokens=64,
    )
    (written_line,) = (await llm.answer(request)).values
    return Translation((_slashed(written_line),))


def _likeliest(message: str, scene: Scene) -> Example | None:
    """The example most like a message, whose command takes what the message names; one that looks, where it asks."""
    heard = heard_in(message, scene).heard
    assert heard is not None
    named = {kind for kind, names in heard if names}

    def likeness(found: Likeness) -> float:
        command = COMMANDS.get(found.example.name)
        if command is None:
            return found.value
        takes = {kind for argument in command.arguments for kind in argument.kinds}
        needs = [argument.kinds for argument in command.arguments if argument.kinds and not argument.optional]
        missing = sum(not named & set(kinds) for kinds in needs)
        return found.value - MISFIT * (len(named - takes) + missing)

    for found in sorted(nearest(message, len(examples_of(scene)), scene), key=likeness, reverse=True):
        command = COMMANDS.get(found.example.name)
        if command is None or (command.slash.asked and scene.question is None):
            return None
        if command.looks or not asks(message):
            return found.example
    return None


def heard_in(message: str, scene: Scene) -> Scene:
    """The scene with what a message names."""
    niches = [niche for niche, words in scene.niches.items() if words.lower() in message.lower()]
    for listed in re.finditer(r"\bniches?\s+\d+(?:\s*(?:,|and|or|to)\s*\d+)*", message, re.IGNORECASE):
        niches += [int(each) for each in re.findall(r"\d+", listed[0]) if int(each) in scene.niches]
        message = message.replace(listed[0], " niche ")
    plain = re.sub(
        rf"{things(scene.space)}|{HEURISTIC}|{any_of(scene.devices)}", " ", message, flags=re.IGNORECASE
    )  # names such as 3x3, h-12ab34 and raspi4 hold digits
    numbers = re.finditer(rf"{NUMBER}|{any_of(OFTEN)}", plain, re.IGNORECASE)
    features = re.finditer(things(scene.space), message, re.IGNORECASE)
    heard = Heard(
        numbers=_once(written(number(match[0])) for match in numbers),
        features=_once(feature_of(match[0], scene.space) for match in features),
        devices=_once(match[0].lower() for match in re.finditer(any_of(scene.devices), message, re.IGNORECASE)),
        niches=_once(niches),
        heuristics=tuple(each for each in scene.heuristics if each in message),
        quantities=_named(plain, {each.name: each.said for each in scene.quantities}),
        units=_named(plain, {name: said for name, (said, _) in UNITS.items()}),
    )
    return scene.model_copy(update={"heard": heard})


def _once(found: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(found))


def _named(message: str, words: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name, said in words.items() if re.search(rf"(?<![a-z])(?:{said})\b", message, re.IGNORECASE))


def _slashed(command: str) -> str:
    return f"/{command.strip().removeprefix('/')}"


def _asked(message: str, scene: Scene) -> str:
    """The question: the message, and what its words can refer to."""
    return prompt(
        "chat",
        message=" ".join(message.split()),
        niches=line("; ".join(f"{niche} {words}" for niche, words in scene.niches.items()), limit=LINE) or "none yet",
        devices=line(", ".join(sorted(scene.devices)), limit=LINE) or "none",
        features=", ".join(scene.space.feature_docs),
        heuristics=", ".join(scene.heuristics[:LISTED]) or "none yet",
        question=scene.question.text if scene.question and not scene.question.options else "",
    )


def _table(scene: Scene) -> str:
    return "\n".join(
        _line(command) for command in COMMANDS.values() if scene.question is not None or not command.slash.asked
    )


def _line(command: Command) -> str:
    return f"{command.usage}: {command.help}; as {command.example}"


def _shown(name: str, scene: Scene) -> str:
    return "\n\n".join(
        f'Sentence: "{each.sentence}"\nCommand: {each.command}' for each in examples_of(scene) if each.name == name
    )
