"""The catalogue of slash commands: those that directives and looks declare."""

from __future__ import annotations

from illuminas.agents.chat.commands import Command, Step, find_command, split
from illuminas.agents.chat.looks import LOOKS, Asking
from illuminas.agents.chat.scene import Scene
from illuminas.memory.directives import DIRECTIVES, Directive

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
