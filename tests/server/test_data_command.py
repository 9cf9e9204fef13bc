"""``illuminas data`` as people and programs use it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from illuminas.server.cli.app import app
from illuminas.server.cli.data import _progress
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces.nb201.cells import official_texts
from illuminas.tools.tables import list_tables, parse_reference

CELLS = official_texts()[:4]


def illuminas(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=True)


@pytest.fixture
def accuracies(tmp_path: Path) -> Path:
    source = tmp_path / "acc.csv"
    lines = [f"{cell},{80 + row},{70 + row}" for row, cell in enumerate(CELLS)]
    source.write_text("\n".join(["arch_str,c10_val,c10_test", *lines]))
    return source


@pytest.fixture
def latencies(tmp_path: Path) -> Path:
    source = tmp_path / "phone.csv"
    source.write_text("\n".join(["index,a_ms,b_ms", *(f"{row},{row + 1},{row + 2}" for row in range(4))]))
    return source


def test_an_import_ends_with_the_commands_that_use_it(home: Path, accuracies: Path) -> None:
    done = illuminas("data", "import", accuracies, "--name", "mine")
    assert done.exit_code == 0
    assert "parquet or CSV: reading it takes up to 100 MB of memory" in done.stderr
    assert "Imported mine: 4 architectures of nb201" in done.stdout
    assert "illuminas search --space nb201 --dataset table:mine/c10\n" in done.stdout
    assert "illuminas bench --dataset table:mine/c10\n" in done.stdout


def test_latencies_are_offered_with_a_table_to_search_on(home: Path, accuracies: Path, latencies: Path) -> None:
    assert "import a table with validation accuracies" in illuminas("data", "import", latencies).stdout
    illuminas("data", "import", accuracies)
    done = illuminas("data", "import", latencies)
    assert "devices, latency in ms: a_ms, b_ms" in done.stdout
    assert "illuminas search --space nb201 --dataset table:acc/c10 --device table:phone/a_ms\n" in done.stdout


def test_the_names_in_the_printed_commands_are_found(home: Path, accuracies: Path, latencies: Path) -> None:
    illuminas("data", "import", accuracies)
    lines = illuminas("data", "import", latencies).stdout.splitlines()
    for title, verb in (("Search:", "search"), ("Compare:", "bench")):
        _, program, *words = next(line for line in lines if line.startswith(title)).split()
        assert (program, words[0]) == ("illuminas", verb)
        assert [parse_reference(word).column for word in words if word.startswith("table:")] == ["c10", "a_ms"]
        told = ["--space"] if verb == "search" else []
        assert [word for word in words[1:] if word.startswith("--")] == [*told, "--dataset", "--device"]


def test_what_is_there_is_listed_with_source_rows_and_checksum(home: Path, accuracies: Path, latencies: Path) -> None:
    assert "No tables yet" in illuminas("data", "list").stdout
    imported = json.loads(illuminas("data", "import", accuracies, "--json").stdout)
    illuminas("data", "import", latencies)
    listed = json.loads(illuminas("data", "list", "--json").stdout)
    assert listed[0] == imported
    assert imported["sha256"] == list_tables()[0].sha256 and len(imported["sha256"]) == 64
    assert (imported["source"], imported["format"], imported["rows"]) == ("acc.csv", "parquet or CSV", 4)
    assert (imported["datasets"], listed[1]["latencies"]) == (["c10"], ["a_ms", "b_ms"])
    shown = illuminas("data", "list").stdout
    for part in ("acc.csv", "phone.csv", "c10", "a_ms", imported["sha256"][:12]):
        assert part in shown


def test_a_source_that_cannot_be_read_is_an_error_with_nothing_imported(home: Path, tmp_path: Path) -> None:
    done = illuminas("data", "import", tmp_path / "nowhere.pth")
    assert isinstance(done.exception, IlluminasError)
    assert "there is no file or folder" in str(done.exception)
    assert json.loads(illuminas("data", "list", "--json").stdout) == []


def test_a_long_source_shows_its_progress_on_a_terminal() -> None:
    screen = StringIO()
    with _progress(Console(file=screen, force_terminal=True, width=80)) as progress:
        progress(1, 4)
        progress(3, 4)
    assert "75%" in screen.getvalue()
    silent = StringIO()
    with _progress(Console(file=silent, force_terminal=False)) as progress:
        progress(1, 4)
    assert silent.getvalue().strip() == ""
