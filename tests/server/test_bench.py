"""``illuminas bench`` as people and programs use it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from illuminas.agents.bench.measures import Truth
from illuminas.agents.bench.outcome import Outcome, outcomes
from illuminas.agents.bench.points import points
from illuminas.agents.bench.problem import Task
from illuminas.agents.bench.trace import Foreseen, Job, Trace
from illuminas.agents.bench.variants import SUITES, VARIANTS
from illuminas.server.cli.bench.plot import looks
from illuminas.server.cli.bench.sections import print_sections, write_report
from illuminas.server.cli.bench.tables import sections
from illuminas.tools.objectives import get_objective

POINTS = points("nb201")
OBJECTIVES = [get_objective("accuracy"), get_objective("latency:local")]

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from illuminas.server.cli.app import main; main()", "bench"]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module")
def source(planted_home: Path, planted_accuracy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of one's own, its columns named as nothing expects."""
    lines = ["arch_str,good,truth,cost"]
    macs = POINTS.axes[0].values
    for code, text in enumerate(POINTS.texts):
        value = planted_accuracy(text)
        lines.append(f"{text},{value:.3f},{value - 1:.3f},{macs[code] / 4e7:.2f}")
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
        f"my-table-task-latency-my-table-latency-ms-{kind}.png" for kind in ("accuracy", "measures", "fronts")
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
    assert (row["method"], row["llm"], row["dataset"], tuple(row["objectives"])) == (
        "illuminas --llm none",
        "none",
        "table:planted/toy",
        ("accuracy",),
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


@pytest.fixture
def ablated() -> list[Outcome]:
    """Three seeds each of a mode in full, worse without its niches, better without its predictor, and a rival."""
    values = np.full(len(POINTS), np.nan)
    values[:100] = np.arange(100.0)
    task = Task("table:x/y")
    runs = {
        "llm-nas/full": (50, 60, 70),
        "llm-nas/no-partition": (40, 51, 60),
        "llm-nas/no-predictor": (60, 71, 80),
        "llm-nas/random-partition": (49, 62, 69),
        "random": (1, 2, 3),
    }
    done = []
    for method, accuracies in runs.items():
        llm = "" if method == "random" else "none"
        asked = None if llm == "" or "predictor" in method else Foreseen(labels=2, codes=(5, 6, 7), expected=(1, 2, 3))
        for seed, code in enumerate(accuracies):
            trace = Trace(budget=2, codes=(0, code), clock=(1.0, 2.0), llm=llm, foreseen=asked)
            done.append((Job(method, llm, task, seed, 2), trace))
    return outcomes(done, {task: Truth(OBJECTIVES[:1], np.array([values]), np.array([values]))})


def test_people_read_what_each_part_of_a_mode_is_worth(
    ablated: list[Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    print_sections(sections(ablated, [1, 2], {}))
    _, table = capsys.readouterr().out.split("Ablation of llm-nas/full --llm none at 2 evaluations")
    parts = re.split(r"\n +3 +", table.split("Under each mean")[0])[1:]  # each begins after its number of seeds
    verdicts = {
        part.split()[0]: set(re.findall(r"lower than full|not told apart.*?full|higher than full", part))
        for part in parts
    }
    assert verdicts == {
        "full": set(),
        "no-partition": {"lower than full"},
        "no-predictor": {"higher than full"},
        "random-partition": {"not told apart from full"},
    }
    # differences -10, -9, -10: their mean -9.67, and t(2) = 4.303 times their standard deviation 0.577 over sqrt(3)
    assert "-9.67 [-11.10, -8.23]" in table


def test_people_read_how_well_each_predictor_foresaw(
    ablated: list[Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    print_sections(sections(ablated, [1, 2], {}))
    table = capsys.readouterr().out.split("Predictors at the end of the search")[1].split("Spearman: ")[0]
    shown = [line.split() for line in table.splitlines() if "llm-nas" in line or "random" in line]
    assert [(row[1], *row[-3:]) for row in shown] == [
        (f"llm-nas/{part}", "1.00", "2", "3") for part in ("full", "no-partition", "random-partition")
    ]


def test_without_a_full_mode_there_is_no_ablation(ablated: list[Outcome], capsys: pytest.CaptureFixture) -> None:
    print_sections(sections(ablated[1:], [2], {}))
    print_sections(sections(ablated[-1:], [2], {}))
    printed = capsys.readouterr().out
    assert "Ablation" not in printed
    assert printed.count("Predictors") == 1, "a rival has none"


def test_the_report_holds_the_ablation_and_the_predictors(ablated: list[Outcome], tmp_path: Path) -> None:
    write_report(tmp_path / "r.html", "bench", "", sections(ablated, [2], {}))
    page = (tmp_path / "r.html").read_text()
    row = page.split("<td>no-partition</td>")[1].split("</tr>")[0]
    assert row.count("lower than full") == 2, "by validation and by test"
    assert "<td>1.00</td><td>2</td><td>3</td>" in page


def test_every_line_of_a_suite_with_and_without_an_llm_looks_different(ablated: list[Outcome]) -> None:
    task, truth = ablated[0].task, ablated[0].truth
    methods = SUITES["llm-nas"]
    jobs = [Job(m, llm, task, 0, 1) for m in methods for llm in (("none", "tiny") if m in VARIANTS else ("",))]
    found = outcomes([(job, Trace(budget=1, codes=(1,), clock=(1.0,), llm=job.llm)) for job in jobs], {task: truth})
    made = looks(found)
    assert len(set(made.values())) == len(found) == len(jobs)
    assert made["llm-nas/full --llm none"].colour == made["llm-nas/full --llm tiny"].colour
