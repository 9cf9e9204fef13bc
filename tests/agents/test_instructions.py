"""Instructions: files that ship with the package, and those that people add."""

from __future__ import annotations

from pathlib import Path

import pytest

from illuminas.agents.instructions import LONGEST, instructions
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import SPACES


@pytest.mark.parametrize("space", SPACES)
def test_every_space_has_instructions(space: str, home: Path) -> None:
    found = instructions(space)
    assert len(found) >= 10
    assert len(set(found.values())) == len(found)


def test_files_of_the_data_folder_and_of_a_named_one_are_added_and_take_the_place_of_others(
    home: Path, tmp_path: Path
) -> None:
    shipped = instructions("code")
    own, named = home / "prompts" / "code", tmp_path / "mine"
    own.mkdir(parents=True)
    named.mkdir()
    (own / "odd.md").write_text("Use an odd\nnumber of layers.\n")
    (named / "wider.md").write_text("Twice the channels.")
    (named / "notes.txt").write_text("no instruction")
    found = instructions("code", str(named))
    assert found["odd"] == "Use an odd number of layers."
    assert found["wider"] == "Twice the channels." != shipped["wider"]
    assert set(found) == {*shipped, "odd"}


def test_what_is_no_folder_of_instructions_is_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(IlluminasError, match="expected a folder of instructions"):
        instructions("code", str(tmp_path / "nowhere"))
    with pytest.raises(IlluminasError, match="found none"):
        instructions("code", str(tmp_path))


@pytest.mark.parametrize("text", ["  \n", "x" * (LONGEST + 1)])
def test_an_instruction_that_says_nothing_or_too_much_is_refused(text: str, home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text(text)
    with pytest.raises(IlluminasError, match=r"bad\.md: expected 1 to"):
        instructions("code", str(tmp_path))
