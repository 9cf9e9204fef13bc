"""The command line as people and programs use it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = ("--dataset", "table:planted/toy", "--device", "table:planted/chip_ms")


def illuminas(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from illuminas.server.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=False,
    )


def answer(*arguments: str) -> Any:
    done = illuminas(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Finished(NamedTuple):
    """A finished search: its data folder, and what it printed."""

    home: Path
    printed: str
    errors: str


SECRET = "sk-planted-secret"


@pytest.fixture(scope="module")
def told(planted_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """A search in a pipe by its defaults, with a secret in the environment and no model file."""
    home = tmp_path_factory.mktemp("told") / "home"
    shutil.copytree(planted_home, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILLUMINAS_HOME", str(home))
        patch.setenv("ILLUMINAS_MODELS", "")
        patch.setenv("OPENAI_API_KEY", SECRET)
        done = illuminas("search", *PLANTED, "--budget", "30")
        assert done.returncode == 0, done.stderr
        yield Finished(home, done.stdout, done.stderr)


@pytest.fixture
def finished(told: Finished, monkeypatch: pytest.MonkeyPatch) -> Finished:
    monkeypatch.setenv("ILLUMINAS_HOME", str(told.home))
    return told


def test_a_search_in_a_pipe_tells_its_story_line_by_line_and_leaves_a_plot(told: Finished) -> None:
    for part in ("planner", "evaluate", "30/30", "Elites", "Pareto front", "Operators", "Best by validation"):
        assert part in told.printed
    plot = next((told.home / "runs").glob("*/result.png"))
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert str(plot) in told.printed


def test_a_search_says_how_well_its_predictor_foresaw(finished: Finished) -> None:
    found = re.search(r"agree with what came at Spearman (-?[01]\.\d\d) over (\d+) evaluations", finished.printed)
    assert found is not None
    (run,) = answer("runs")
    assert 5 <= int(found[2]) < run["evaluations"]


def test_without_a_model_file_the_default_search_says_so_and_goes_on(told: Finished) -> None:
    assert "illuminas models pull default" in told.errors
    assert "no LLM, statistical agents" in told.printed


def test_secrets_are_neither_shown_nor_kept(told: Finished) -> None:
    assert SECRET not in told.printed + told.errors + illuminas("doctor", OPENAI_API_KEY=SECRET).stdout
    for path in told.home.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_a_resumed_search_prints_one_json_object_with_the_stable_fields(finished: Finished) -> None:
    (run,) = answer("runs")
    before = time.time()
    summary = answer("search", "--resume", run["run_id"], "--budget", "36")
    assert summary["status"] == "finished"
    assert summary["evaluations"] == 36
    fields = {
        "run_id",
        "best",
        "archive",
        "pareto",
        "hypervolume",
        "knowledge",
        "operators",
        "llm",
        "seconds",
        "predictor",
    }
    assert fields <= set(summary)
    assert {"coverage", "qd_score", "niches"} <= set(summary["archive"])
    assert {"active", "total"} <= set(summary["knowledge"])
    assert summary["llm"]["name"] == "none"
    assert set(summary["predictor"]) == {"spearman", "predictions"}
    assert run["seconds"] < summary["seconds"] < run["seconds"] + (time.time() - before)


def test_runs_and_knowledge_can_be_looked_at_afterwards(finished: Finished) -> None:
    (run,) = answer("runs")
    assert run["status"] == "finished"
    heuristics = answer("kb", "list")
    assert heuristics
    shown = answer("kb", "show", heuristics[0]["id"])
    assert shown["heuristic"]["predicate"] == heuristics[0]["predicate"]
    history = answer("kb", "history")["changes"]
    assert [change["round"] for change in history] == sorted(change["round"] for change in history)
    born = answer("kb", "diff", "0")["born"]
    assert {heuristic["id"] for heuristic in born} == {heuristic["id"] for heuristic in heuristics}
    assert "predicate" in illuminas("kb", "show", heuristics[0]["id"]).stdout
    assert heuristics[0]["id"] in illuminas("kb", "history").stdout
    assert f"### {heuristics[0]['id']}: " in illuminas("kb", "export").stdout


def test_a_report_says_where_it_lies(finished: Finished, tmp_path: Path) -> None:
    (run,) = answer("runs")
    written = answer("report")
    assert written["run_id"] == run["run_id"] and written["paths"] == [written["path"]]
    assert Path(written["path"]).read_text(encoding="utf-8").startswith("<!doctype html>")
    text = answer("report", run["run_id"], "--format", "md", "--out", str(tmp_path / "run.md"))
    assert Path(text["path"]) == tmp_path / "run.md" and len(text["paths"]) > 5
    assert "run.md" in illuminas("kb", "export", "--round", "3", "--out", str(tmp_path / "kb" / "run.md")).stdout
    assert (tmp_path / "kb" / "run.md").is_file()


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("serch",), "search"),
        (("search", "--buget", "3"), "--budget"),
        (("search", "--budget", "many"), "--budget"),
        (("search", "--space", "nb21", "--llm", "none"), "nb201"),
        (("search", "--dataset", "digit", "--llm", "none"), "digits"),
        (("search", "--llm", "openia:gpt"), "openai"),
        (("search", "--resume", "nothing"), "no run"),
        (("models", "pull", "qwen"), "qwen2.5-coder"),
        (("kb", "list", "--status", "actve"), "active"),
        (("data", "import", "nowhere.csv"), "nowhere.csv"),
        (("report", "--format", "htm"), "html"),
        (("report", "nothing"), "no run"),
        (("models", "lst"), "list"),
        (("search", "--time", "inf"), "--time"),
        (("serve", "--host", "0.0.0.0"), "loopback"),
        (("serve", "--require-sandbox", "contaned"), "contained"),
        (("mcp", "--require-sandbox", "contaned"), "contained"),
    ],
)
def test_bad_use_exits_with_2_and_says_what_would_be_right(home: Path, arguments: tuple[str, ...], hint: str) -> None:
    done = illuminas(*arguments)
    assert done.returncode == 2, done.stdout
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_says_what_is_here_and_how_to_have_the_rest(home: Path) -> None:
    from illuminas.tools.sandbox import probe

    findings = {finding["name"]: finding for finding in answer("doctor")}
    assert findings["Python 3.11 or newer"]["ok"]
    assert not findings["benchmark tables"]["ok"]
    assert "illuminas data import" in findings["benchmark tables"]["hint"]
    reached = probe()
    sandbox = findings["sandbox for generated networks"]
    assert sandbox["found"] == f"level {reached.level}"
    assert all(gap.hint in sandbox["hint"] for gap in reached.gaps)


def test_ctrl_c_drains_and_says_how_to_go_on(planted: Path) -> None:
    code = "from illuminas.server.cli.app import main; main()"
    command = [sys.executable, "-c", code, "search", "--llm", "none", "--device", "none", "--dataset", "digits"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--epochs", "1", "--budget", "200"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.lstrip().startswith("evaluate"):
                break
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
        rest, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "stopping" in errors
    assert "Interrupted. To go on: illuminas search --resume" in rest
    assert "failed" not in [line for line in rest.splitlines() if line.lstrip().startswith("evaluate")]
    (run,) = answer("runs")
    assert run["status"] == "interrupted"
    more = answer("search", "--resume", run["run_id"], "--budget", str(run["evaluations"] + 1))
    assert more["status"] == "finished"
    assert more["evaluations"] == run["evaluations"] + 1
    assert more["failures"] == 0


def test_an_mcp_client_can_start_the_tools_over_stdio(planted: Path) -> None:
    import asyncio

    from mcp import Client, StdioServerParameters

    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from illuminas.server.cli.app import main; main()", "mcp"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    async def run() -> set[str]:
        async with Client(server) as client:
            listed = await client.list_tools()
            return {tool.name for tool in listed.tools}

    names = asyncio.run(run())
    assert {"train_architecture", "score_zero_cost", "lookup_objective", "validate_architecture"} <= names


def test_the_live_picture_of_a_terminal_holds_what_matters(finished: Finished) -> None:
    from rich.console import Console

    from illuminas.memory.events import EventLog
    from illuminas.memory.runs import find_run
    from illuminas.server.cli.live import Live

    live = Live()
    log = EventLog(find_run("last").log, read_only=True)
    for event in log.read():
        live.event(event)
    log.close()
    screen = Console(width=140, record=True, file=open(os.devnull, "w"))  # noqa: SIM115 - closed with the test
    screen.print(live._picture())
    text = screen.export_text()
    screen.file.close()
    for part in ("round", " evaluations, 0 failed", "best so far", "four or more 3x3", "planner", "critic", "mutate"):
        assert part in text
