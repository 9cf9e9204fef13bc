"""Instructions: short prompts that say how a network is to be changed, one Markdown file each.

Some ship with the package, for a search space or for any; people add their own, in a folder that a search names or in
``prompts/SPACE`` of the data folder. A file of a known name takes the place of the other.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from illuminas.tools.errors import IlluminasError
from illuminas.tools.paths import home

LONGEST = 600
"""Characters of an instruction: a small model reads some fifty tokens a second."""
SUFFIX = ".md"
ANY = "any"
"""Folder of the instructions for a space that has none of its own."""


def instructions(space: str, folder: str | None = None) -> dict[str, str]:
    """Name -> text of all instructions for a space, in the order of their names.

    Args:
        space: name of a search space.
        folder: one more folder of instructions.

    Raises:
        IlluminasError: the folder does not exist or holds none, or a file is empty or too long.
    """
    packaged = files("illuminas.agents").joinpath("prompts", "instructions")
    shipped = packaged.joinpath(space) if packaged.joinpath(space).is_dir() else packaged.joinpath(ANY)
    own = home() / "prompts" / space
    found: dict[str, str] = {}
    for place in (shipped, own):
        if place.is_dir():
            found |= _read(place)
    if folder is not None:
        path = Path(folder).expanduser()
        if not path.is_dir():
            raise IlluminasError(f"--prompts {folder}: expected a folder of instructions, one Markdown file each.")
        named = _read(path)
        if not named:
            raise IlluminasError(f"--prompts {folder}: expected files such as {path / f'wider{SUFFIX}'}, found none.")
        found |= named
    return dict(sorted(found.items()))


def _read(folder: Traversable) -> dict[str, str]:
    found = {}
    for entry in folder.iterdir():
        if not entry.name.endswith(SUFFIX):
            continue
        text = entry.read_text(encoding="utf-8").strip()
        if not 1 <= len(text) <= LONGEST:
            raise IlluminasError(
                f"the instruction {folder / entry.name}: expected 1 to {LONGEST} characters, got {len(text)}."
            )
        found[entry.name.removesuffix(SUFFIX)] = " ".join(text.split())
    return found
