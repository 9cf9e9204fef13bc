"""What the README and the pages of the documentation tell people to type works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from illuminas.server.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks(page: str) -> list[tuple[str, str]]:
    """(language, text) of every block of code."""
    return re.findall(r"```(\w+)\n(.*?)```", page, flags=re.DOTALL)


def lines(page: str) -> list[str]:
    """What a page tells people to type, remarks left out."""
    shell = [text for language, text in blocks(page) if language == "sh"]
    return [line.partition(" #")[0].strip() for text in shell for line in text.splitlines()]


LINES = lines(README)
COMMANDS = [line for line in LINES if line.startswith("illuminas ")]
DOCUMENTED = [
    line
    for page in PAGES
    for line in lines(page.read_text(encoding="utf-8"))
    if line.startswith("illuminas ") and line not in COMMANDS
]
QUICK = [
    "illuminas search --dataset digits --device none --epochs 1 --budget 6 --llm none",
    "illuminas search --resume last --budget 12",
    "illuminas models list",
    "illuminas models prices",
    "illuminas runs",
    "illuminas kb list",
    "illuminas kb history",
    "illuminas kb diff 2",
    "illuminas kb export",
    "illuminas report",
    "illuminas report --format md",
    "illuminas doctor",
]
"""Commands that a test can run, in this order; the others take minutes, a network or a server."""


def run(*command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.parametrize("command", [*COMMANDS, *DOCUMENTED])
def test_every_command_is_one_that_the_command_line_takes(command: str) -> None:
    arguments = shlex.split(command)[1:]
    context = get_command(app).make_context("illuminas", list(arguments), resilient_parsing=False)
    node = context.command
    rest = [*context._protected_args, *context.args]
    while hasattr(node, "commands"):
        name = rest.pop(0)
        _, node, _ = node.resolve_command(context, [name])
    node.make_context(name, rest)


def test_every_make_target_is_there() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {line.split()[1] for line in LINES if line.startswith("make ")} <= targets


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).is_file(), target


def test_the_quick_commands_run_one_after_the_other(home: Path) -> None:
    assert set(QUICK) <= set(COMMANDS)
    for command in QUICK:
        code = "from illuminas.server.cli.app import main; main()"
        assert run(sys.executable, "-c", code, *shlex.split(command)[1:])


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_every_example_runs(example: Path, home: Path) -> None:
    assert run(sys.executable, str(example))


def test_the_python_example_of_steering_steers_a_run(planted: Path) -> None:
    from illuminas.agents.config import SearchConfig
    from illuminas.agents.search import Search
    from illuminas.memory.runs import open_state

    task = {"dataset": "table:planted/toy", "device": "table:planted/chip_ms", "proxies": ("params",), "pool": 20}
    job = Search(SearchConfig(**task, llm="none", evaluations=4))
    job.run()
    page = (ROOT / "docs" / "steering.md").read_text(encoding="utf-8")
    (example,) = [block for kind, block in blocks(page) if kind == "python"]
    assert "architectures remain" in run(sys.executable, "-c", example)
    (act,) = open_state(job.run_folder).steering.acts
    assert (act.author, act.directive.kind) == ("ann", "require")


def test_the_python_example_runs(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = [block for kind, block in blocks(README) if kind == "python" and "register_space" not in block]
    script = tmp_path / "example.py"
    script.write_text(example)
    monkeypatch.chdir(tmp_path)
    words = run(sys.executable, str(script))
    assert re.match(r"(\w+ ){6}\d+\.\d+", words)
    assert (tmp_path / "progress.pdf").read_bytes().startswith(b"%PDF")


def test_the_example_of_a_space_of_ones_own_runs(home: Path, tmp_path: Path) -> None:
    (own,) = [block for kind, block in blocks(README) if kind == "python" and "register_space" in block]
    script = tmp_path / "point.py"
    script.write_text(own)
    assert re.search(r"\{'height': \d\.0\}", run(sys.executable, str(script)))
