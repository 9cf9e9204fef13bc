"""Slash commands: one table of them drives reading, help, completion, and the grammar under which small models write.

``/limit latency <=4 fpga`` is read into a step: a directive, or a look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

from pydantic import ValidationError

from illuminas.agents.chat.arguments import Argument
from illuminas.agents.chat.looks import Asking, Look
from illuminas.agents.chat.scene import Scene
from illuminas.memory.directives import AnyDirective, Directive
from illuminas.tools.errors import IlluminasError, unknown_name

Step = AnyDirective | Look
"""What a person wants done or wants to see."""
Given = Mapping[str, str]
"""Name of an argument -> what was typed for it; nothing for those that were left out."""


class Command(NamedTuple):
    """One command.

    Attributes:
        name: without its slash.
        arguments: in their order.
        help: what it does, on one line.
        example: a line that works.
        make: the step, of what was typed for the arguments.
        asked: makes sense only while the search asks something.
        looks: changes nothing.
    """

    name: str
    arguments: tuple[Argument, ...]
    help: str
    example: str
    make: Callable[[Given, Scene], Directive | Asking]
    asked: bool = False
    looks: bool = False

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
        given = {
            each.name: value.strip()
            for number, each in enumerate(self.arguments)
            if (value := match[f"a{number}"]) is not None
        }
        try:
            return cast(Step, self.make(given, scene))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise IlluminasError(f"/{self.name}: {first['msg'].removeprefix('Value error, ')}.") from error
        except ValueError as error:
            raise IlluminasError(f"/{self.name}: {error}. Expected {self.usage}, as {self.example}.") from error

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
