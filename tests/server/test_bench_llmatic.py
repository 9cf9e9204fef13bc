"""``illuminas bench llmatic`` as people and programs use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
QUICK = (
    "from illuminas.agents.bench.trainings import METHODS;"
    "METHODS['engine'] |= dict(pool=8, predictor=(), warm_schedule=('chance',), schedule=('chance',));"
)
"""The engine's own pool is scored before it is trained, which takes a minute."""
MAIN = "from illuminas.server.cli.app import main; main()"
METHODS = ["llmatic --llm scripted:answers.jsonl", "llmatic --llm none", "random", "engine --llm none"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", QUICK + MAIN, "bench", *arguments]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, env=environment(), check=False)


class Benches(NamedTuple):
    """A bench that was broken off, what the same command made of it, and a third call of that."""

    home: Path
    folder: Path
    broken: subprocess.CompletedProcess[str]
    finished: subprocess.CompletedProcess[str]
    again: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Benches]:
    folder = tmp_path_factory.mktemp("llmatic")
    script = folder / "answers.jsonl"
    lines = ("conv3 16 | conv3 24", "conv3 16", "conv3 8 | maxpool", "conv3 16 | maxpool | conv3 16", "conv5 16")
    script.write_text("\n".join(json.dumps({"agent": "coder-instructed", "answer": [line]}) for line in lines))
    options = ("--dataset", "digits", "--budget", "4", "--epochs", "1", "--workers", "1")
    arguments = ("llmatic", *options, "--llm", f"scripted:{script}")
    written = ("--report", str(folder / "out" / "report.html"), "--plots", str(folder / "plots"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ILLUMINAS_HOME", str(folder / "home"))
        broken = broken_off(arguments, at="1/4")
        finished = bench(*arguments)
        again = bench(*arguments, "--json", *written)
        yield Benches(folder / "home", folder, broken, finished, again)


def broken_off(arguments: tuple[str, ...], *, at: str) -> subprocess.CompletedProcess[str]:
    """Ctrl-C at the first line of progress that begins so."""
    with subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        before = ""
        for line in process.stderr:
            before += line
            if line.startswith(at):
                break
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
        printed, errors = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, printed, before + errors)


@pytest.mark.slow
def test_ctrl_c_finishes_what_is_in_flight_and_says_that_the_same_command_goes_on(benches: Benches) -> None:
    assert benches.broken.returncode == 130, benches.broken.stderr
    assert "0 of 4 searches are finished; the same command goes on" in benches.broken.stderr
    assert "Traceback" not in benches.broken.stderr
    assert "Nothing is finished yet" in benches.broken.stdout


@pytest.mark.slow
def test_the_same_command_goes_on_and_shows_every_method(benches: Benches) -> None:
    assert benches.finished.returncode == 0, benches.finished.stderr
    for part in (
        *METHODS,
        "digits: 4 evaluations, 1 epoch each",
        "What came of the LLM's answers",
        "Prompts of llmatic",
    ):
        assert part in benches.finished.stdout
    assert "4/4 engine --llm none, seed 0: finished" in benches.finished.stderr
    assert "1/4 llmatic --llm scripted" in benches.finished.stderr
    runs = list((benches.home / "bench-runs").glob("*/*/events.sqlite"))
    assert len(runs) == 4, "the interrupted run is the one that went on"


@pytest.mark.slow
def test_another_call_repeats_nothing_and_prints_one_object_a_method(benches: Benches) -> None:
    assert benches.again.returncode == 0, benches.again.stderr
    rows: list[dict[str, Any]] = json.loads(benches.again.stdout)
    assert [row["method"] for row in rows] == METHODS
    assert [row["llm"] for row in rows] == ["scripted:answers.jsonl", "none", None, "none"]
    for row in rows:
        assert (row["dataset"], row["budget"], row["seeds"], row["fidelity"]) == ("digits", 4, 1, "train:1")
        assert row["evaluations"] == len(row["validation_curve"]) == len(row["qd_curve"]) == 4
        assert row["validation_curve"][-1] == row["val_mean"]
        assert 0 < row["test_mean"] <= 100
        assert 0 < row["coverage"] == row["coverage_curve"][-1] <= 1
        assert f"{row['val_mean']:.2f}" in benches.finished.stdout
    with_llm, *others = rows
    assert with_llm["answers"]["questions"] >= with_llm["answers"]["evaluated"] > 0
    assert with_llm["prompts"]
    assert all(row["answers"] is None and not row["prompts"] for row in others)
    assert not (benches.home / "runs").exists()


@pytest.mark.slow
def test_the_report_needs_nothing_beside_it(benches: Benches) -> None:
    names = {path.name for path in (benches.folder / "plots").iterdir()}
    assert names == {"digits-curves.png", "digits-prompts-scripted-answers-jsonl.png"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (benches.folder / "plots").iterdir())
    page = (benches.folder / "out" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page
    for part in (*METHODS, "from its parent", "only repeats what is known", "curiosity"):
        assert part in page


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("llmatic", "random"), "leave out random"),
        (("llmatic", "--device", "pixel3"), "leave out --device"),
        (("llmatic", "--table", "x.csv", "--validation", "a", "--test", "b"), "--table, --validation, --test"),
        (("llmatic", "--latency", "a"), "--latency"),
        (("llmatic", "--budget", "4", "--budget", "8"), "one --budget"),
        (("llmatic", "--dataset", "table:nb201/c10"), "expected images"),
        (("llmatic", "--dataset", "digit"), "digits"),
        (("llmatic", "--llm", "openia:gpt"), "openai"),
        (("llmatic", "--timeout", "inf"), "--timeout"),
        (("random", "--epochs", "3"), "llmatic"),
        (("random", "--timeout", "30"), "llmatic"),
        (("llmatc",), "llmatic"),
    ],
)
def test_bad_use_exits_with_2_and_says_what_would_be_right(
    planted: Path, arguments: tuple[str, ...], hint: str
) -> None:
    done = bench(*arguments)
    assert done.returncode == 2, done.stdout
    assert hint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (planted / "bench-runs").exists()


def test_without_a_local_llm_the_bench_says_so_and_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from illuminas.server.cli.bench.llmatic import plan
    from illuminas.server.cli.bench.options import BenchOptions

    monkeypatch.setenv("ILLUMINAS_MODELS", "")
    jobs = plan(BenchOptions(dataset=["digits"], budget=[4], epochs=1))
    assert [job.label for job in jobs] == ["llmatic --llm none, seed 0", "random, seed 0", "engine --llm none, seed 0"]
    assert "illuminas models pull default" in capsys.readouterr().err
