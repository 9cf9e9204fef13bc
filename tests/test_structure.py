"""The house: imports run one way and never in a circle, nothing heavy loads at the door, every prompt can be filled.

What breaks a rule today is listed beside the rule. The lists only shrink: a listed violation that is gone fails too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("tools", "memory", "agents", "server")
"""From the ground floor up; a room may import itself and those before it."""
SERVER: tuple[set[str], ...] = ({"services", "viz"}, {"report"}, {"mcp", "web"}, {"cli"})
"""Floors of the server, from the lowest up; a package may import those of its own floor and of those below."""
HEAVY = ("torch", "ribs", "chromadb", "sklearn", "langgraph", "ray", "matplotlib", "mcp", "scipy", "pandas", "nicegui")

MODULE_CIRCLES: dict[frozenset[str], str] = {}
"""Modules that import each other, and what will part them."""
PACKAGE_CIRCLES: dict[frozenset[str], str] = {}
"""Packages of one room that import each other, beside those that hold a circle of modules, and what will part them."""
LONG_FUNCTIONS: dict[str, str] = {}
"""Functions over 60 lines, and why."""
MOST_LINES = 60
"""A longer function is a missing noun."""


class Import(NamedTuple):
    """One module that imports another; both are named from the room on."""

    importer: str
    imported: str


Graph = Mapping[str, frozenset[str]]
"""Node -> the nodes that it points at."""


@cache
def modules() -> dict[str, Path]:
    """Module -> file, of all rooms; a package is named as its directory."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports() -> frozenset[Import]:
    """Every import of a module by another: at the top of a file, within functions, and for type checking alone."""
    known, found = modules(), set()
    for module, path in known.items():
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                source = ".".join([*(["illuminas", *above] if above else []), *filter(None, [node.module])])
                names = [
                    name if (name := f"{source}.{alias.name}").removeprefix("illuminas.") in known else source
                    for alias in node.names
                ]
            inside = {name.removeprefix("illuminas.") for name in names if name.startswith("illuminas.")}
            found |= {Import(module, name) for name in inside & set(known) if name != module}
    return frozenset(found)


@cache
def unit(module: str) -> str:
    """The package of a module that has no packages in it; a module beside packages stands for itself."""
    path = modules()[module]
    if any(path.parent.glob("*/*.py")) or path.parent.parent == ROOT:
        return module if path.name != "__init__.py" else f"{module}.__init__"
    return ".".join(path.parent.relative_to(ROOT).parts)


def graph_of(edges: set[tuple[str, str]]) -> Graph:
    """The edges as a graph, without those from a node to itself."""
    nodes = {node for edge in edges for node in edge}
    return {node: frozenset(to for at, to in edges if at == node != to) for node in nodes}


def circles(graph: Graph) -> set[frozenset[str]]:
    """Sets of nodes that all reach each other, of two nodes or more."""
    reached: dict[str, set[str]] = {}
    for node in graph:
        todo, seen = list(graph[node]), set[str]()
        while todo:
            if (at := todo.pop()) not in seen:
                seen.add(at)
                todo += graph[at]
        reached[node] = seen
    return {
        frozenset(other for other in reached[node] if node in reached[other]) for node in graph if node in reached[node]
    }


def check(edges: set[tuple[str, str]], known: Mapping[frozenset[str], str]) -> None:
    """No circle beyond the known ones, and no known one that is gone."""
    found = circles(graph_of(edges))
    new, gone = found - set(known), set(known) - found
    why = sorted(f"{a} -> {b}" for a, b in edges for each in new if a != b and {a, b} <= each)
    assert not new, f"import each other: {[sorted(each) for each in new]}, by {why}"
    assert not gone, f"mended, so strike it off the list of tests/test_structure.py: {[sorted(each) for each in gone]}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_itself_and_the_floors_below(room: str) -> None:
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    climbs = [f"{a} -> {b}" for a, b in imports() if a.split(".")[0] == room and b.split(".")[0] not in allowed]
    assert not climbs


def test_no_package_of_the_server_imports_a_higher_floor() -> None:
    floor = {package: number for number, packages in enumerate(SERVER) for package in packages}
    inside = [
        (a.split(".")[1:2], b.split(".")[1:2], f"{a} -> {b}") for a, b in imports() if a[:7] == b[:7] == "server."
    ]
    assert not [edge for (a,), (b,), edge in inside if floor[a] < floor[b]]


def test_no_modules_import_each_other() -> None:
    check({(a, b) for a, b in imports()}, MODULE_CIRCLES)


def test_no_packages_of_a_room_import_each_other() -> None:
    edges = {(unit(a), unit(b)) for a, b in imports() if a.split(".")[0] == b.split(".")[0]}
    known = {circle: why for circle, why in MODULE_CIRCLES.items() if len({unit(each) for each in circle}) > 1}
    check(edges, {frozenset(map(unit, circle)): why for circle, why in known.items()} | PACKAGE_CIRCLES)


@pytest.mark.parametrize("room", ROOMS)
def test_no_function_is_longer_than_a_screen_without_a_reason(room: str) -> None:
    found = {
        f"{module}.{node.name}"
        for module, path in modules().items()
        if module.split(".")[0] == room
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES
    }
    known = {name for name in LONG_FUNCTIONS if name.split(".")[0] == room}
    assert not found - known, f"over {MOST_LINES} lines: {sorted(found - known)}"
    assert not known - found, f"shortened, so strike it off the list: {sorted(known - found)}"


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


MODE_SETTINGS = {"archive", "rules", "parents", "instructed", "form", "shares", "inherit"}
"""Settings that choose a part of a search, rather than set one of its numbers."""


def test_only_the_composition_of_a_run_asks_for_its_mode() -> None:
    for path in (ROOT / "agents").rglob("*.py"):
        if path.name in ("composition.py", "config.py") or path.parent.name == "bench":  # the bench reports settings
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                asked = node.attr in MODE_SETTINGS and ast.unparse(node.value).endswith("config")
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                assert not asked and node.attr != "generated", f"{where} asks for {node.attr}, not an object"


SPACE_OWN = ("nb201", "NB201", "nbmacro", "NBMacro", "transnas", "TransNAS", "CodeSpace", "MobileSpace")
"""What names a search space."""
MAY_NAME_SPACES = ("tools/spaces/", "tools/tables/sources/")
"""The spaces themselves, and readers of benchmarks' own files."""


def test_nothing_outside_its_package_names_a_search_space() -> None:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            where = path.relative_to(ROOT).as_posix()
            if not where.startswith(MAY_NAME_SPACES):
                text = path.read_text(encoding="utf-8")
                assert not [name for name in SPACE_OWN if name in text], where


def test_no_prompt_names_the_features_of_a_space() -> None:
    from illuminas.tools.spaces import SPACES, get_space

    named = {feature for name in SPACES for feature in get_space(name).feature_docs if "_" in feature or "3" in feature}
    for path in (ROOT / "agents" / "prompts").glob("*.md"):
        words = set(path.read_text(encoding="utf-8").replace("'", " ").split())
        assert not named & words, path.name


MAY_NAME_OBJECTIVES = ("tools/objectives/", "tools/devices/", "tools/tables/")
"""The kinds themselves, and what reads their values from devices and tables."""
NO_OBJECTIVES: dict[str, str] = {
    "agents/bench/variants.py": "a bench's own names of settings",
    "agents/chat/answers.py": "the size that every line about an architecture shows",
    "agents/evaluator.py": "a key of the log, which says what was done",
    "memory/failures.py": "a stage of a run",
    "memory/kinds.py": "the kind of an event",
    "server/services/reports.py": "a stage of a run",
    "tools/evaluation/baselines.py": "a field of a baseline",
    "tools/evaluation/executor.py": "the kind of a job",
    "tools/evaluation/metrics.py": "what is measured of a classifier",
    "tools/tasks.py": "what chance alone gives of what a training measures",
    "tools/toolbox.py": "what a table's data set holds",
}
"""Files that say a kind's name of something else, or measure it, and what they mean."""


def test_nothing_knows_an_objective_by_name() -> None:
    """Kinds of the structure are features too, which may be named except where objectives are chosen."""
    from illuminas.tools.objectives import KINDS

    measured = {kind.name for kind in KINDS.values() if kind.source != "structure"}
    found = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if where.startswith(MAY_NAME_OBJECTIVES):
            continue
        chosen = where.startswith(("agents/chat/", "memory/directives/", "server/cli/chat/"))
        names = set(KINDS) if chosen else measured
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not where.startswith("agents/bench/"):
                found |= {where for each in node.names if each.name.lower() in KINDS and each.name.isupper()}
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                name, separator, _ = node.value.replace("<", ":").replace(">", ":").partition(":")
                if name in names and (separator or name == node.value):
                    found.add(where)
    assert not found - set(NO_OBJECTIVES), "ask the run's objectives, or declare the word with the kind"
    assert not set(NO_OBJECTIVES) - found, "mended, so strike it off the list"
