"""LLMs on the command line: roles, prices, recordings, and an outage that people see."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from illuminas.memory.events import Event
from illuminas.memory.kinds import LLMStateChanged
from illuminas.server.cli.live import Live

ROOT = Path(__file__).parents[2]
TASK = ("--dataset", "table:planted/toy", "--device", "table:planted/chip_ms", "--budget", "18")


def illuminas(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from illuminas.server.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


def test_prices_say_what_is_known_and_where_it_comes_from(home: Path) -> None:
    home.mkdir()
    (home / "prices.toml").write_text('["openai:mine"]\ninput = 0.5\noutput = 1.5\n')
    lines = json.loads(illuminas("models", "prices", "--json").stdout)
    assert lines[0]["pattern"] == "openai:mine"
    assert lines[0]["table"] == str(home / "prices.toml")
    shown = illuminas("models", "prices").stdout
    assert "openai:mine" in shown and "local:*" in shown and "2025-04-14" in shown


def test_a_search_with_a_critic_of_its_own_is_recorded_and_replayed(
    scored_home: Path, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(scored_home, tmp_path / "home")
    monkeypatch.setenv("ILLUMINAS_HOME", str(tmp_path / "home"))
    kept = str(tmp_path / "kept.jsonl")
    made = ("--llm", "none", "--llm", f"critic=scripted:{script}", "--record", kept)
    done = illuminas("search", *TASK, *made, "--json")
    assert done.returncode == 0, done.stderr
    first: dict[str, Any] = json.loads(done.stdout)
    assert first["llm"]["name"] == "none + scripted:answers.jsonl"
    assert first["llm"]["roles"]["critic"]["calls"] == first["llm"]["calls"] > 0
    told = illuminas("search", *TASK, "--llm", f"replay:{kept}")
    assert told.returncode == 0, told.stderr
    assert "LLMs planner none, coder none, critic scripted:answers.jsonl, chat none" in told.stdout
    assert first["best"]["words"] in told.stdout


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (("--llm", "crtic=none"), "Did you mean 'critic'"),
        (("--llm", "none", "--llm-limit", "request=3"), "Did you mean 'requests'"),
        (("--llm", "openai:own@http://10.0.0.1:1", "--dollars", "1"), "the price of openai:own@10.0.0.1:1 is unknown"),
        (("--llm", "replay:/nowhere.jsonl"), "can't be read"),
    ],
)
def test_what_cannot_be_is_said_before_anything_starts(planted: Path, options: tuple[str, ...], hint: str) -> None:
    done = illuminas("search", *TASK, *options)
    assert done.returncode == 2
    assert hint in done.stderr


def test_people_see_that_an_llm_is_down_and_that_it_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    live = Live()
    data = {"llm": "ollama:qwen3", "state": "down", "reason": "no connection", "next_try": 9, "call": "llm:7:coder:0"}
    live.event(Event(id=1, time=0.0, round=7, key="a", data=LLMStateChanged(**data)))
    live.event(Event(id=2, time=0.0, round=9, key="b", data=LLMStateChanged(**{**data, "state": "up"})))
    down, up = capsys.readouterr().out.splitlines()
    assert down.endswith("ollama:qwen3 is down, statistics go on without it until round 9: no connection")
    assert up.endswith("ollama:qwen3 answers again")
