"""What the README tells people to type works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from illuminas.server.cli import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)
LINES = [line.partition(" #")[0].strip() for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
COMMANDS = [line for line in LINES if line.startswith("illuminas ")]
QUICK = [
    "illuminas search --dataset digits --device none --epochs 1 --budget 6 --llm none",
    "illuminas search --resume last --budget 12",
    "illuminas models list",
    "illuminas runs",
    "illuminas kb list",
    "illuminas kb history",
    "illuminas kb diff 2",
    "illuminas doctor",
]
"""Commands that a test can run, in this order; the others take minutes, a network or a server."""


def run(*command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one_that_the_command_line_takes(command: str) -> None:
    arguments = shlex.split(command)[1:]
    context = get_command(app).make_context("illuminas", list(arguments), resilient_parsing=False)
    node = context.command
    rest = [*context._protected_args, *context.args]
    while hasattr(node, "commands"):
        name = rest.pop(0)
        node = node.commands[name]
    node.make_context(name, rest)


def test_every_make_target_is_there() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {line.split()[1] for line in LINES if line.startswith("make ")} <= targets


def test_every_file_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([\w./]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_the_quick_commands_run_one_after_the_other(home: Path) -> None:
    assert set(QUICK) <= set(COMMANDS)
    for command in QUICK:
        code = "from illuminas.server.cli import main; main()"
        assert run(sys.executable, "-c", code, *shlex.split(command)[1:])


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_every_example_runs(example: Path, home: Path) -> None:
    assert run(sys.executable, str(example))


def test_the_python_example_runs(home: Path, tmp_path: Path) -> None:
    (example,) = [block for kind, block in BLOCKS if kind == "python"]
    script = tmp_path / "example.py"
    script.write_text(example)
    words = run(sys.executable, str(script))
    assert re.match(r"(\w+ ){6}\d+\.\d+", words)
