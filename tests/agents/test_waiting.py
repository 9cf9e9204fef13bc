"""A search that a person holds up: paused, or waiting for an answer, also over a restart."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.agents.steering import steer
from illuminas.agents.summary import Summary
from illuminas.memory.directives import parse_directive
from illuminas.memory.events import Event, EventLog
from illuminas.memory.kinds import RoundEnded
from illuminas.memory.knowledge import as_of
from illuminas.memory.runs import RunFolder, open_state, run_status
from illuminas.memory.state import RunState
from illuminas.tools.errors import IlluminasError
from tests.agents.test_steering import TASK


def in_the_background(job: Search) -> tuple[threading.Thread, list[Summary]]:
    summaries: list[Summary] = []
    thread = threading.Thread(target=lambda: summaries.append(job.run()), daemon=True)  # a failed test must not hang
    thread.start()
    return thread, summaries


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def view_of(run: RunFolder) -> RunState:
    """The run as it stands; empty before its log is there."""
    try:
        return open_state(run)
    except IlluminasError:
        return RunState()


def asks(run: RunFolder, key: str) -> bool:
    """Whether the run waits for an answer to a question whose key begins so."""
    waiting = view_of(run).steering.waiting
    return waiting is not None and waiting.key.startswith(key)


def test_a_paused_search_starts_nothing_until_it_is_resumed_and_loses_no_time_of_its_budget(planted: Path) -> None:
    def listen(event: Event) -> None:
        if (type(event.data), event.round) == (RoundEnded, 2):
            steer(job.run_folder, parse_directive({"kind": "pause"}), author="ann", via="web")

    job = Search(SearchConfig(**TASK), listen=listen)
    thread, summaries = in_the_background(job)
    run = job.run_folder
    wait_for(lambda: view_of(run).steering.paused)
    made = len(open_state(run).evaluations)
    assert run_status(run, open_state(run)) == "paused"
    seconds = open_state(run).seconds_now
    time.sleep(1.0)  # long enough for several rounds
    view = open_state(run)
    assert len(view.evaluations) == made < 24
    assert view.seconds_now == pytest.approx(seconds, abs=0.2)
    steer(run, parse_directive({"kind": "resume"}), author="ann", via="web")
    thread.join(timeout=60)
    assert summaries[0].status == "finished"
    assert summaries[0].evaluations == 24


def answer(run: RunFolder, **data: Any) -> None:
    steer(run, parse_directive({"kind": "answer", **data}), author="ann", via="chat")


def test_plans_wait_for_a_person_and_a_rejected_one_is_made_anew(planted: Path) -> None:
    job = Search(SearchConfig(**TASK, approve=("plan",)))
    thread, summaries = in_the_background(job)
    run = job.run_folder

    wait_for(lambda: asks(run, "plan:1:0"))
    assert run_status(run, open_state(run)) == "waiting"
    assert not open_state(run).evaluations
    first = set(open_state(run).steering.questions["plan:1:0"].options)
    answer(run, approved=False, comment="elsewhere")
    wait_for(lambda: asks(run, "plan:1:1"))
    again = set(open_state(run).steering.questions["plan:1:1"].options)
    assert first and again and not first & again, "the niches of the rejected plan stand back"
    answer(run, approved=True)
    wait_for(lambda: asks(run, "plan:2:0"))
    assert open_state(run).evaluations
    steer(run, parse_directive({"kind": "stop"}), author="ann", via="chat")
    thread.join(timeout=60)
    assert summaries[0].status == "interrupted"


CHILD = """
import sys
from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.memory.runs import find_run
if sys.argv[1] == "new":
    Search(SearchConfig.model_validate_json(sys.argv[2])).run()
else:
    Search(resume=find_run("last")).run()
"""


def test_a_search_that_waits_for_a_person_survives_a_kill_and_a_restart(planted: Path) -> None:
    def start(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", CHILD, *arguments])

    def newest() -> RunFolder:
        return max(RunFolder(path) for path in (planted / "runs").iterdir())

    process = start("new", SearchConfig(**TASK, approve=("heuristics", "budget")).model_dump_json())
    wait_for(lambda: (planted / "runs").is_dir() and asks(newest(), "heuristics"))
    run = newest()
    process.kill()
    process.wait()
    assert run_status(run, open_state(run)) == "interrupted"
    process = start("resume")
    wait_for(lambda: run_status(run, open_state(run)) == "waiting")
    question = open_state(run).steering.waiting
    assert question is not None
    refused = next(iter(question.options))
    answer(run, approved=True, rejected=[refused])
    wait_for(lambda: not asks(run, question.key))
    log = EventLog(run.log, read_only=True)
    wait_for(lambda: as_of(log)[refused].status == "retired")
    assert as_of(log)[refused].reason.startswith("retired by ann")
    log.close()
    while not asks(run, "budget"):
        if asks(run, "heuristics"):
            answer(run, approved=True)
        time.sleep(0.05)
    assert len(open_state(run).evaluations) == 24
    steer(run, parse_directive({"kind": "budget", "evaluations": 26}), author="ann", via="chat")
    while process.poll() is None:
        if asks(run, "heuristics") or (asks(run, "budget") and len(open_state(run).evaluations) == 26):
            answer(run, approved=True)
        time.sleep(0.05)
    assert process.returncode == 0
    assert open_state(run).ended == "all 26 evaluations are made"
