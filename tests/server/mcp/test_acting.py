"""What clients can do: start searches as processes of their own, steer them, end them, and take it back."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import DirectiveGiven
from illuminas.memory.runs import find_run, open_state
from illuminas.server.services.audit import Audit
from tests.server.mcp.conftest import Opened

TOY = {"dataset": "table:planted/toy", "device": "table:planted/chip_ms", "llm": "none"}
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def this_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that tests start import this tree."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def wait_for(run_id: str) -> None:
    """Until the process of a run that was started here has ended."""
    for thread in threading.enumerate():
        if thread.name == f"wait-{run_id}":
            thread.join(120)
            assert not thread.is_alive()


def test_a_search_that_was_started_runs_to_its_end_in_a_process_of_its_own(scored: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface() as call:
            begun = await call("start_search", key="first", evaluations=12, seed=3, **TOY)
            assert begun["state"] == "starting"
            told = await call("get_run_status", run_id=begun["run_id"])
            assert told["state"] in ("starting", "running")
            await asyncio.to_thread(wait_for, begun["run_id"])
            told = await call("get_run_status", run_id=begun["run_id"])
            assert (told["state"], told["evaluations"]) == ("finished", 12)

    run(work())


def test_the_same_key_is_the_same_run_and_never_another_search(scored: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface() as call:
            first = await call("start_search", key="once", evaluations=8, **TOY)
            again = await call("start_search", key="once", evaluations=8, **TOY)
            assert again["run_id"] == first["run_id"]
            assert "other settings" in await call.refusal("start_search", key="once", evaluations=9, **TOY)
            await asyncio.to_thread(wait_for, first["run_id"])
            later = await call("start_search", key="once", evaluations=8, **TOY)
            assert (later["run_id"], later["state"]) == (first["run_id"], "finished")
        assert len(list((scored / "runs").iterdir())) == 1

    run(work())


def test_a_search_that_cannot_begin_says_why(scored: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface() as call:
            begun = await call("start_search", key="x", dataset="digits.npz", device="none", llm="none")
            await asyncio.to_thread(wait_for, begun["run_id"])
            told = await call("get_run_status", run_id=begun["run_id"])
            assert told["state"] == "failed"
            assert "digits.npz" in told["reason"]
            assert "digits.npz" in await call.refusal("query_archive", run_id=begun["run_id"])

    run(work())


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"space": "nb21"}, "nb201"),
        ({"partition": "convolution"}, "convolutions"),
        ({"device": "table:planted/chip"}, "chip_ms"),
        ({"mode": "engin"}, "engine"),
        ({"dataset": "table:planted/tou"}, "toy"),
    ],
)
def test_settings_that_are_none_are_refused_before_any_process_starts(
    scored: Path, surface: Opened, settings: dict[str, Any], hint: str
) -> None:
    async def work() -> None:
        async with surface() as call:
            assert hint in await call.refusal("start_search", key="k", **{**TOY, **settings})
        assert not (scored / "launched").exists()

    run(work())


def test_a_search_outlives_the_server_that_started_it(scored: Path, tmp_path: Path) -> None:
    code = (
        "import asyncio, os, signal\n"
        "from mcp import Client\n"
        "from illuminas.server.mcp.server import open_server\n"
        "from illuminas.tools.toolbox import Toolbox\n"
        "async def work():\n"
        "    async with open_server(Toolbox(workers=1)) as (_, server), Client(server) as client:\n"
        f"        asked = {TOY!r} | {{'key': 'k', 'evaluations': 12}}\n"
        "        begun = await client.call_tool('start_search', asked)\n"
        "        print(begun.structured_content['run_id'], flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(work())\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    run_id = killed.stdout.strip()
    import fcntl

    with (scored / "launched" / f"{run_id}.txt").open("rb") as output:
        fcntl.flock(output, fcntl.LOCK_SH)  # until the search has ended
    assert open_state(find_run(run_id)).ended is not None


def test_a_directive_is_previewed_written_attributed_and_undone(searched: Path, surface: Opened) -> None:
    limit = {"kind": "limit", "objective": "latency", "most": 4}

    async def work() -> None:
        async with surface() as call:
            said = await call("steer_search", directive=limit, preview=True)
            assert said["number"] is None
            assert not (await call("get_run_status"))["steering"]
            done = await call("steer_search", directive=limit)
            assert (done["number"], done["words"]) == (1, said["words"])
            assert "4 ms" in done["words"]
            assert (await call("get_run_status"))["steering"] == [f"1: {done['words']} (local, via mcp)"]
            await call("undo_directive", directive=1)
            assert [each[:2] for each in (await call("get_run_status"))["steering"]] == ["2:"]

    run(work())
    log = EventLog(find_run("last").log, read_only=True)
    written = [event.data for event in log.read(DirectiveGiven)]
    log.close()
    assert [(each.author, each.via) for each in written] == [("local", "mcp")] * 2


def test_rules_are_added_pinned_and_retired(searched: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface() as call:
            await call("add_heuristic", predicate="pools == 0 and conv1 >= 2", direction="raises", text="mine")
            found = (await call("search_heuristics", query="mine", limit=100))["results"]
            mine = next(line for line in found if line["text"] == "mine")
            assert (mine["origin"], mine["status"]) == ("user", "proposed")
            await call("pin_heuristic", heuristic=mine["id"])
            assert (await call("get_heuristic", heuristic=mine["id"]))["heuristic"]["pinned"]
            await call("retire_heuristic", heuristic=mine["id"], reason="no use")
            card = await call("get_heuristic", heuristic=mine["id"])
            assert card["heuristic"]["status"] == "retired"
            assert [event["change"] for event in card["history"]] == ["born", "pinned", "retired"]

    run(work())


@pytest.mark.parametrize(
    ("tool", "arguments", "hint"),
    [
        ("steer_search", {"directive": {"kind": "limit", "objective": "latency"}}, "most"),
        ("steer_search", {"directive": {"kind": "focus", "niches": [77]}}, "no niche 77"),
        ("steer_search", {"directive": {"kind": "pause"}}, "nothing runs"),
        ("steer_search", {"directive": {"kind": "halt"}}, "pause"),
        ("stop_search", {"run_id": "last"}, "nothing to stop"),
        ("undo_directive", {"directive": 4}, "number of a directive"),
        ("answer_question", {"approved": True}, "asked nothing"),
        ("submit_architecture", {"architecture": "conv9"}, "Expected"),
        ("add_heuristic", {"predicate": "pool == 0", "direction": "raises"}, "pools"),
        ("retire_heuristic", {"heuristic": "h-000000"}, "heuristic"),
        ("resume_search", {}, "more evaluations"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(
    searched: Path, surface: Opened, tool: str, arguments: dict[str, Any], hint: str
) -> None:
    async def work() -> None:
        async with surface() as call:
            assert hint in await call.refusal(tool, **arguments)

    run(work())


def test_a_run_that_has_ended_goes_on_with_a_larger_budget(searched: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface() as call:
            begun = await call("resume_search", evaluations=26)
            await asyncio.to_thread(wait_for, begun["run_id"])
            assert (await call("get_run_status"))["evaluations"] == 26

    run(work())


def test_read_only_leaves_out_whatever_changes_anything(searched: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface(read_only=True) as call:
            tools = (await call.client.list_tools()).tools
            assert {tool.name for tool in tools if not tool.annotations.read_only_hint} == set()
            assert "query_archive" in {tool.name for tool in tools}
            assert "unknown tool" in await call.refusal("stop_search", run_id="last")

    run(work())


def test_evaluations_are_capped_whichever_tool_spends_them(searched: Path, surface: Opened) -> None:
    cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|avg_pool_3x3~2|"
    asked = {"space": "nb201", "architecture": cell, "dataset": "table:planted/toy", "fidelity": "table"}

    async def work() -> None:
        async with surface(most_evaluations=10) as call:
            for _ in range(12):
                await call("train_architecture", **asked)  # a table is free
            more = {"kind": "budget", "evaluations": 28}
            assert "10 of 10 are left" in await call.refusal("start_search", key="a", evaluations=11, **TOY)
            await call("steer_search", directive=more)
            assert "2 of 10 are left" in await call.refusal("start_search", key="b", evaluations=3, **TOY)

    run(work())


def test_every_call_leaves_its_trace(searched: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface() as call:
            await call("get_run_status")
            await call.refusal("get_run_status", run_id="nowhere")
            await call.refusal("undo_it")
            await call("steer_search", directive={"kind": "explore", "amount": 0.9}, run_id="last")

    run(work())
    audit = Audit()
    calls = audit.calls()
    audit.close()
    assert [(each.who, each.what, each.outcome) for each in calls] == [
        ("local", "get_run_status", "ok"),
        ("local", "get_run_status", "error"),
        ("local", "undo_it", "refused"),
        ("local", "steer_search", "ok"),
    ]
    assert calls[1].run == "nowhere"
    assert all(each.seconds >= 0 and len(each.arguments) == 12 for each in calls)
    assert json.dumps("explore") not in (searched / "audit.sqlite").read_bytes().decode("latin-1")


def test_a_running_search_is_stopped_and_goes_on_later(scored: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface() as call:
            begun = await call("start_search", key="long", evaluations=3000, **TOY)
            name = begun["run_id"]
            states = [await call("get_run_status", run_id=name)]
            while states[-1]["state"] == "starting":
                states.append(await call("get_run_status", run_id=name))
            await call("stop_search", run_id=name)
            await asyncio.to_thread(wait_for, name)
            told = await call("get_run_status", run_id=name)
            assert told["state"] == "interrupted"
            done = told["evaluations"]
            assert done < 3000
            begun = await call("resume_search", run_id=name, evaluations=done + 1)
            await asyncio.to_thread(wait_for, name)
            told = await call("get_run_status", run_id=name)
            assert (told["state"], told["evaluations"]) == ("finished", done + 1)

    run(work())


def test_a_search_that_asks_a_person_waits_for_the_answer(scored: Path, surface: Opened) -> None:
    async def work() -> None:
        async with surface() as call:
            name = (await call("start_search", key="ask", evaluations=3, approve=["budget"], **TOY))["run_id"]
            told = await call("get_run_status", run_id=name)
            while told["state"] in ("starting", "running"):
                told = await call("get_run_status", run_id=name)
            assert told["state"] == "waiting"
            assert told["waits_for"]["topic"] == "budget"
            answered = await call("answer_question", run_id=name, approved=False, comment="enough")
            assert "enough" in answered["words"]
            await asyncio.to_thread(wait_for, name)
            told = await call("get_run_status", run_id=name)
            assert (told["state"], told["waits_for"]) == ("finished", None)

    run(work())
