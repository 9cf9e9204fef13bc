"""``illuminas bench`` as people and programs use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.bench import cells

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from illuminas.server.cli import main; main()", "bench"]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module")
def source(planted_home: Path, planted_accuracy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of one's own, its columns named as nothing expects."""
    lines = ["arch_str,good,truth,cost"]
    for code, text in enumerate(cells.texts()):
        value = planted_accuracy(text)
        lines.append(f"{text},{value:.3f},{value - 1:.3f},{1 + cells.weight(code) / 10:.2f}")
    path = tmp_path_factory.mktemp("own") / "my table.csv"
    path.write_text("\n".join(lines))
    return path


def own(source: Path) -> tuple[str, ...]:
    return ("--table", str(source), "--validation", "good", "--test", "truth")


def test_from_nothing_but_a_file_to_figures_a_report_and_plots(home: Path, source: Path, tmp_path: Path) -> None:
    report, plots = tmp_path / "out" / "report.html", tmp_path / "plots"
    arguments = (*own(source), "--latency", "cost", "--seeds", "2", "--budget", "8", "--budget", "16", "--json")
    done = bench("random", "nsga2", *arguments, "--report", str(report), "--plots", str(plots))
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [(row["method"], row["budget"]) for row in rows] == [
        (method, budget) for method in ("random", "nsga2") for budget in (8, 16)
    ]
    for row in rows:
        assert row["seeds"] == 2
        assert row["test_mean"] == pytest.approx(row["val_mean"] - 1, abs=0.01)
        assert 0 < row["hv_zoomed"] < row["hv_ratio"] <= 1
        assert row["igd"] > 0
        assert row["llm"] is None
    assert {path.name for path in plots.iterdir()} == {
        f"my-table-task-my-table-latency-ms-{kind}.png" for kind in ("accuracy", "measures", "fronts")
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in plots.iterdir())
    page = report.read_text()
    assert page.count("data:image/png;base64,") == 3
    assert "http" not in page, "it must need nothing beside it"
    for part in ("zoomed HV ratio", "Reference point", "nsga2", "Ceiling"):
        assert part in page
    assert not (home / "tables").exists()
    assert not (home / "runs").exists()


def test_a_second_call_repeats_nothing_and_prints_the_same(home: Path, source: Path) -> None:
    arguments = ("random", "local-search", *own(source), "--seeds", "3", "--budget", "10")
    first, second = bench(*arguments), bench(*arguments)
    assert first.returncode == second.returncode == 0, first.stderr
    assert "6 from before" in second.stderr
    assert "from before" not in first.stderr
    assert first.stdout == second.stdout
    assert "from before" not in bench(*arguments, "--fresh").stderr


def test_the_engine_without_an_llm_is_among_the_methods(scored_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(scored_home))
    done = bench("illuminas", "--llm", "none", "--dataset", "toy", "--seeds", "1", "--budget", "6", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["method"], row["llm"], row["dataset"], row["device"]) == (
        "illuminas --llm none",
        "none",
        "table:planted/toy",
        "none",
    )
    assert sum(figures["evaluated"] for figures in row["operators"].values()) == 6


def test_the_llm_is_named_and_stands_beside_the_engine_without_one(
    scored_home: Path, monkeypatch: pytest.MonkeyPatch, script: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("ILLUMINAS_HOME", str(scored_home))
    report = tmp_path / "report.html"
    done = bench(
        "illuminas", "--llm", f"scripted:{script}", "--seeds", "1", "--budget", "12", "--json", "--report", str(report)
    )
    assert done.returncode == 0, done.stderr
    without, with_llm = json.loads(done.stdout)
    assert without["llm"] == "none"
    assert with_llm["llm"].startswith("scripted:")
    assert with_llm["method"] == f"illuminas --llm {with_llm['llm']}"
    assert any(operator.startswith("llm_") for operator in with_llm["operators"])
    page = report.read_text()
    assert "What does the LLM add?" in page
    assert "With the LLM minus without it" in page


def test_ctrl_c_prints_what_is_finished_and_the_same_command_goes_on(home: Path, source: Path) -> None:
    arguments = ("random", "gp-ucb", *own(source), "--seeds", "30", "--budget", "120", "--workers", "1")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("6 of 60"):
                break
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
        printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    assert "random" in printed
    kept = len(list((home / "bench").glob("*.json")))
    assert 6 <= kept < 60
    some = bench("random", *own(source), "--seeds", "3", "--budget", "120", "--workers", "1")
    assert "3 from before" in some.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("random",), "illuminas data import"),
        (("--validation", "good"), "--table FILE"),
        (("--table", "x.csv", "--validation", "good"), "--test COLUMN"),
        (("--table", "x.csv", "--validation", "a", "--test", "b"), "x.csv"),
        (("--table", "x.csv", "--validation", "a", "--test", "b", "--device", "pixel3"), "--device"),
        (("--seeds", "0"), "--seeds"),
    ],
)
def test_bad_use_exits_with_2_and_says_what_would_be_right(home: Path, arguments: tuple[str, ...], hint: str) -> None:
    done = bench(*arguments)
    assert done.returncode == 2, done.stdout
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_column_that_is_not_there_names_the_nearest(home: Path, source: Path) -> None:
    done = bench("random", "--table", str(source), "--validation", "godo", "--test", "truth")
    assert done.returncode == 2
    assert "'good'" in done.stderr
