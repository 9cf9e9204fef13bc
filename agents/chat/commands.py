"""Slash commands: one table of them drives reading, help, completion, and the grammar under which small models write.

``/limit latency <=4 fpga`` is read into a step: a directive, or a look.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from illuminas.agents.chat.arguments import ARGUMENTS, FROM_SCENE, Argument
from illuminas.agents.chat.looks import LOOKS, Asking, Look
from illuminas.agents.chat.scene import Scene
from illuminas.memory.directives import DIRECTIVES, AnyDirective, Directive, Slash, inputs_of, paragraphs
from illuminas.tools.errors import IlluminasError, unknown_name

Step = AnyDirective | Look
"""What a person wants done or wants to see."""


class Command(NamedTuple):
    """One command.

    Attributes:
        slash: as it was declared.
        model: of what it makes.
        fields: that its arguments fill, in their order.
        arguments: of the fields.
    """

    slash: Slash
    model: type[Directive] | type[Asking]
    fields: tuple[str, ...]
    arguments: tuple[Argument, ...]

    @classmethod
    def of(cls, slash: Slash, model: type[Directive] | type[Asking]) -> Command:
        """The command that a class declares."""
        inputs = inputs_of(model)
        fields, arguments = [], []
        for declared in slash.arguments:
            field, _, kind = declared.removesuffix("?").partition(":")
            argument = ARGUMENTS[kind or inputs[field].kind]
            fields.append(field)
            arguments.append(argument._replace(optional=declared.endswith("?")))
        return cls(slash, model, tuple(fields), tuple(arguments))

    @property
    def name(self) -> str:
        return self.slash.name

    @property
    def example(self) -> str:
        return self.slash.example

    @property
    def looks(self) -> bool:
        """It changes nothing."""
        return issubclass(self.model, Asking)

    @property
    def help(self) -> str:
        """What it does, on one line."""
        summary = paragraphs(self.model)[0].removesuffix(".")
        return self.slash.help or summary[:1].lower() + summary[1:]

    @property
    def usage(self) -> str:
        """``/limit QUANTITY VALUE [DEVICE]``."""
        names = [f"[{each.name}]" if each.optional else each.name for each in self.arguments]
        return " ".join([f"/{self.name}", *names])

    def pattern(self) -> re.Pattern[str]:
        """What may follow its name."""
        parts = []
        for number, each in enumerate(self.arguments):
            gap = r"\s+" if number else ""
            part = rf"{gap}(?P<a{number}>{each.pattern})"
            parts.append(f"(?:{part})?" if each.optional else part)
        return re.compile("".join(parts) + r"\s*", re.IGNORECASE)

    def read(self, rest: str, scene: Scene) -> Step:
        """The step of what follows the name.

        Raises:
            IlluminasError: the arguments are not as expected; the message shows them.
        """
        match = self.pattern().fullmatch(rest.strip())
        if match is None:
            raise IlluminasError(f"expected {self.usage}, for example {self.example}; got {rest.strip() or 'nothing'}.")
        try:
            return cast(Step, self.model.model_validate(self._values(match, scene)))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise IlluminasError(f"/{self.name}: {first['msg'].removeprefix('Value error, ')}.") from error
        except ValueError as error:
            raise IlluminasError(f"/{self.name}: {error}. Expected {self.usage}, as {self.example}.") from error

    def _values(self, match: re.Match[str], scene: Scene) -> dict[str, Any]:
        untyped = {name: each.kind for name, each in inputs_of(self.model).items() if each.kind in FROM_SCENE}
        values = {**(self.slash.values or {}), **{name: FROM_SCENE[kind](scene) for name, kind in untyped.items()}}
        for number, (field, argument) in enumerate(zip(self.fields, self.arguments, strict=True)):
            if match[f"a{number}"] is not None:
                value = argument.read(match[f"a{number}"].strip(), scene)
                before = f"{values[field]}:" if field in values else ""  # an objective with its device
                values |= value if isinstance(value, dict) else {field: f"{before}{value}" if before else value}
            elif argument.missing is not None:
                values[field] = argument.missing(scene)
        return values

    def grammar(self, scene: Scene) -> str:
        """GBNF of the whole line without its slash, for a small model."""
        return " ".join([f'"{self.name}"', *(each.written(scene) for each in self.arguments)])


def split(line: str) -> tuple[str, str]:
    """Name and rest of ``/name rest``."""
    name, _, rest = line.strip().removeprefix("/").partition(" ")
    return name.lower(), rest.strip()


def find_command(name: str, commands: Mapping[str, Command]) -> Command:
    """The command of a name, or of its only beginning.

    Raises:
        IlluminasError: there is none; the nearest is named.
    """
    bare = name.removeprefix("/").lower()
    begins = [each for each in commands if each.startswith(bare)] if bare else []
    if bare in commands:
        return commands[bare]
    if len(begins) == 1:
        return commands[begins[0]]
    raise unknown_name("command", f"/{bare}", [f"/{each}" for each in commands])


_MODELS: tuple[type[Directive] | type[Asking], ...] = (*DIRECTIVES, *LOOKS)

COMMANDS: dict[str, Command] = {slash.name: Command.of(slash, model) for model in _MODELS for slash in model.slash}
"""Name -> command, in the order in which help shows them."""


def lines_of(declared: str) -> list[tuple[str, str]]:
    """The pairs of a declaration, a line each: ``said -> command``."""
    pairs = [line.split("->", 1) for line in declared.strip().splitlines()]
    return [(" ".join(said.split()), " ".join(command.split())) for said, command in pairs]


def read_command(line: str, scene: Scene) -> Step:
    """The step of a line that begins with a slash.

    Raises:
        IlluminasError: no such command, or its arguments are not as expected.
    """
    name, rest = split(line)
    return find_command(name, COMMANDS).read(rest, scene)
