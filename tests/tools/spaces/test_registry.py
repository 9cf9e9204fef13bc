"""Spaces of one's own: known by name, here and in other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from toy_space import ToySpace

from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import SPACES, get_space, register_space
from illuminas.tools.spaces.nb201.space import NB201Space

SCRIPT = """
import os, subprocess, sys
from illuminas.tools.spaces import Complexity, get_space, register_space
from illuminas.tools.spaces.genotype import Choice, Genotype
from illuminas.tools.spaces.genotype_space import GenotypeSpace

@register_space
class Own(GenotypeSpace):
    name, summary, noun, plural = "own", "Two layers.", "network", "networks"
    genotype = Genotype([Choice(name=f"layer_{n}", options=("a", "b"), kind="layer") for n in (1, 2)])

    def complexity(self, architecture, shape):
        return Complexity(1, 1)

if __name__ == "__main__":
    code = "from illuminas.tools.spaces import get_space; print(len(get_space('own').reduced()))"
    sys.exit(subprocess.run([sys.executable, "-c", code]).returncode)
"""


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_SPACES", "")


def test_a_registered_space_is_found_by_name_and_no_built_in_one_is_replaced() -> None:
    register_space(ToySpace)
    assert isinstance(get_space("toy"), ToySpace) and "toy" in SPACES
    with pytest.raises(IlluminasError, match="already"):
        register_space(NB201Space)


def test_a_space_of_a_script_is_found_by_the_processes_it_starts(tmp_path: Path) -> None:
    script = tmp_path / "own.py"
    script.write_text(SCRIPT)
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert (done.returncode, done.stdout) == (0, "4\n"), done.stderr


def test_a_space_whose_place_is_gone_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_SPACES", "gone=/nowhere/gone.py:Gone")
    with pytest.raises(IlluminasError, match="gone"):
        get_space("gone")
