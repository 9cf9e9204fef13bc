"""The house: imports run one way, nothing heavy loads at the door, every prompt can be filled."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("tools", "memory", "agents", "server")
"""From the ground floor up; a room may import itself and those before it."""
HEAVY = ("torch", "ribs", "chromadb", "sklearn", "langgraph", "ray", "matplotlib", "mcp", "scipy", "pandas", "nicegui")


def imports_of(path: Path) -> set[str]:
    """Rooms that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("illuminas.")}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_itself_and_the_floors_below(room: str) -> None:
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    for path in (ROOT / room).rglob("*.py"):
        assert imports_of(path) <= allowed, f"{path.relative_to(ROOT)} imports {imports_of(path) - allowed}"


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_outgrows_its_noun(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 600, path.relative_to(ROOT)


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_the_command_line_loads_nothing_heavy_before_it_must() -> None:
    loaded = run("import sys, illuminas.server.cli.app; print(*{name.split('.')[0] for name in sys.modules})").split()
    assert not set(HEAVY) & set(loaded)


def test_importing_the_package_loads_nothing_but_itself() -> None:
    loaded = run("import sys; before = set(sys.modules); import illuminas; print(*(set(sys.modules) - before))").split()
    assert not {"pydantic", "typer", "rich", *HEAVY} & set(loaded)


def test_help_answers_within_half_a_second_of_processor_time() -> None:
    spent = run(
        "import os, subprocess, sys\n"
        "code = 'from illuminas.server.cli.app import main; main()'\n"
        "spent = []\n"
        "for _ in range(5):\n"
        "    before = os.times()\n"
        "    subprocess.run([sys.executable, '-c', code, '--help'], check=True, stdout=subprocess.DEVNULL)\n"
        "    after = os.times()\n"
        "    spent.append(sum(after[2:4]) - sum(before[2:4]))\n"
        "print(min(spent))"  # what else runs makes it longer, never shorter
    )
    assert float(spent) < 0.5


def test_no_prompt_holds_a_known_best_architecture() -> None:
    best = ("nor_conv_3x3", "conv3 conv3 conv3 skip conv3", "resnet", "ResNet")
    for path in (ROOT / "agents" / "prompts").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in best if word in text], path.name
