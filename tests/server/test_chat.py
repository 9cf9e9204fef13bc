"""The chat in processes of its own, beside a search in another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import DirectiveGiven, PlanMade, PoolScreened
from illuminas.memory.runs import RunFolder, find_run, is_driven, list_runs
from illuminas.tools.spaces import get_space

# a data folder with scores of every cell, so that searches take seconds
from tests.server.mcp.conftest import scored  # noqa: F401

ROOT = Path(__file__).parents[2]
MAIN = "from illuminas.server.cli.app import main; main()"
TOY = "--dataset table:planted/toy --device table:planted/chip_ms --llm none"


class Process:
    """One ``illuminas`` with pipes to it."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAIN, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
        )

    def say(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def hear(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next JSON line that is wanted."""
        assert self.process.stdout is not None and self.process.stderr is not None
        for line in self.process.stdout:
            told: dict[str, Any] = json.loads(line)
            if wanted(told):
                return told
        raise AssertionError(f"it ended: {self.process.stderr.read()[-3000:]}")

    def end(self, *lines: str) -> tuple[str, str]:
        """Say the last lines, and hear the rest."""
        return self.process.communicate("".join(f"{line}\n" for line in lines), timeout=180)


@contextmanager
def illuminas(*arguments: str) -> Iterator[Process]:
    made = Process(*arguments)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


def kind(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda told: told["kind"] == name


def events(run: RunFolder) -> list[Event]:
    log = EventLog(run.log, read_only=True)
    read = list(log.read())
    log.close()
    return read


def wait_for_its_end(run: RunFolder) -> None:
    """Until no process drives the run."""
    import fcntl

    with run.lock.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)


def test_a_chat_starts_a_search_and_steers_it_and_no_later_candidate_breaks_what_was_asked(scored: Path) -> None:  # noqa: F811
    with illuminas("chat", "--start", f"{TOY} --budget 400", "--json", "--author", "ada") as chat:
        assert "about run" in chat.hear(lambda told: "about run" in told.get("what", ""))["what"]
        chat.say("only cells under 4 ms on chip, no pooling")
        for number in (1, 2):
            assert chat.hear(kind("proposed"))["words"].startswith("only architectures")
            chat.say("y")
            assert chat.hear(kind("taken"))["number"] == number
        (run,) = list_runs()
        seen = events(run)[-1].id
        # what is chosen after the directives is theirs; the round in which they came may have chosen before
        while not [e for e in events(run) if e.id > seen and isinstance(e.data, PoolScreened)]:
            chat.say("how is it going")
            chat.hear(lambda told: told.get("tool") == "get_run_status")
        chat.say("stop", "y")
        chat.hear(lambda told: told["kind"] == "taken" and told["number"] == 3)
        chat.end()
        assert chat.process.returncode == 0
    wait_for_its_end(run)
    log = events(run)
    acts = [event for event in log if isinstance(event.data, DirectiveGiven)]
    assert [(act.data.author, act.data.via) for act in acts] == [("ada", "chat")] * 3
    space = get_space("nb201")
    later = [
        each
        for event in log
        if event.id > acts[1].id and isinstance(event.data, PoolScreened)
        for each in event.data.chosen
    ]
    assert later
    for candidate in later:
        features = space.features(space.parse(candidate.text))
        assert features["pools"] == 0
        assert 1.0 + 2.0 * int(features["conv3"]) + 0.5 * int(features["conv1"]) <= 4


def test_a_search_that_asks_goes_on_once_the_chat_has_answered(scored: Path) -> None:  # noqa: F811
    with illuminas("chat", "--start", f"{TOY} --budget 40 --approve plan", "--json", "--author", "ada") as chat:
        for number in (1, 2):
            asked = chat.hear(lambda told: told["kind"] == "asks" and "The search asks" in told["text"])
            assert "/approve" in asked["text"]
            chat.say("yes", "y")
            assert chat.hear(kind("taken"))["number"] == number
        chat.say("/stop", "y")
        chat.hear(lambda told: told["kind"] == "taken" and told["number"] == 3)
        chat.end()
    (run,) = list_runs()
    wait_for_its_end(run)
    answers = [event.data for event in events(run) if isinstance(event.data, DirectiveGiven)][:2]
    assert {(each.directive.kind, each.directive.approved, each.author) for each in answers} == {
        ("answer", True, "ada")
    }
    plans = [event for event in events(run) if isinstance(event.data, PlanMade)]
    assert len(plans) >= 2


def test_interrupting_a_chat_leaves_the_search_alone(scored: Path) -> None:  # noqa: F811
    with illuminas("search", *TOY.split(), "--budget", "2000") as search:
        assert search.process.stdout is not None
        for line in search.process.stdout:
            if "evaluate" in line:
                break
        run = find_run("last")
        with illuminas("chat", "--json") as chat:
            told = chat.hear(lambda told: "about run" in told.get("what", ""))
            assert run.id in told["what"], "it finds the search that is going on"
            chat.say("how is it going")
            assert "is running" in chat.hear(kind("said"))["text"]
            chat.hear(kind("done"))
            chat.process.send_signal(signal.SIGINT)
            assert chat.process.wait(60) == 130
        assert is_driven(run)
        with illuminas("chat", "--yes", run.id[:15]) as chat:
            out, err = chat.end("/pause", "/directives", "/resume", "/stop")
            assert not err and chat.process.returncode == 0
            assert "1: pause" in out and "Directive 3 is in force" in out
        search.process.communicate(timeout=120)
    assert not is_driven(run)


def test_lines_through_a_pipe_are_answered_one_by_one_without_colours(scored: Path) -> None:  # noqa: F811
    with illuminas("search", *TOY.split(), "--budget", "8") as search:
        search.process.communicate(timeout=180)
    with illuminas("chat", "last") as chat:
        out, err = chat.end(
            "what is best under 90 ms on chip", "no pooling", "n", "no pooling", "how is it going", "/quit"
        )
    assert not err
    assert "\x1b" not in out
    said = [line for line in out.splitlines() if line.startswith("> ")]
    assert said == [
        "> what is best under 90 ms on chip",
        "> no pooling",
        "> n",
        "> no pooling",
        "> how is it going",
        "> /quit",
    ]
    assert out.count("Left as it was.") == 2, "a line that is no answer is a message"
    assert "is finished" in out
    assert not [event for event in events(find_run("last")) if isinstance(event.data, DirectiveGiven)]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ((), "illuminas chat --start"),
        (("20190101",), "no run"),
        (("last", "--start", ""), "got both"),
        (("--start", "--budgt 3"), "--budget"),
        (("--start", "--workers 3"), "a chat starts no search with --workers"),
        (("--author", "a b", "last"), "--author"),
    ],
)
def test_a_chat_about_nothing_says_what_to_do(home: Path, arguments: tuple[str, ...], hint: str) -> None:
    with illuminas("chat", *arguments) as chat:
        _, err = chat.end()
    assert chat.process.returncode == 2
    assert hint in err and "Traceback" not in err
