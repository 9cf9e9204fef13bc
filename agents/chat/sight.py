"""Sight: the scene of a run, as the tools tell it."""

from __future__ import annotations

from illuminas.agents.chat.scene import OpenQuestion, Scene
from illuminas.agents.chat.tools import ToolCaller
from illuminas.tools.errors import IlluminasError

MOST = 100
"""Runs and heuristics that words can refer to."""


async def see(hands: ToolCaller, *, last_act: int | None = None) -> Scene:
    """What words can refer to, as the run stands now.

    Args:
        last_act: number of this chat's last directive.

    Raises:
        IlluminasError: there is no such run.
    """
    run = await hands.quietly("get_run_status", run_id=hands.run)
    try:
        niches = (await hands.quietly("list_niches", run_id=hands.run))["niches"]
    except IlluminasError:
        niches = []  # the run has only begun
    devices = await hands.quietly("list_devices")
    rules = await hands.quietly("search_heuristics", run_id=hands.run, limit=MOST)
    runs = await hands.quietly("list_runs", limit=MOST)
    waits = run["waits_for"]
    spent = {"evaluations": run["evaluations"], "seconds": run["seconds"], "tokens": run["llm"]["tokens"]}
    return Scene(
        run=run["run_id"],
        space_name=run["space"],
        dataset=run["dataset"],
        device=run["device"],
        niches={each["niche"]: each["words"] for each in niches},
        empty=tuple(each["niche"] for each in niches if each["elite"] is None),
        device_names=tuple(each["name"] for each in devices["devices"]),
        heuristics=tuple(each["id"] for each in rules["results"]),
        runs=tuple(each["run_id"] for each in runs["runs"]),
        caps=run["caps"],
        spent={**spent, "dollars": run["llm"].get("dollars") or 0.0},
        question=waits and OpenQuestion(key=waits["question"], text=waits["text"], options=waits["options"]),
        last_act=last_act,
    )
