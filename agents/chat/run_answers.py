"""Answers about a run as a whole: how it stands, what it cost and learned, how it compares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from illuminas.agents.chat.answers import Showing, answer, architectures_table, heuristics_table
from illuminas.agents.chat.catalogue import COMMANDS
from illuminas.agents.chat.commands import find_command
from illuminas.agents.chat.looks import Compare, Cost, Help, InForce, Learned, Runs, Status
from illuminas.agents.chat.replies import Said, Tabled
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.tools import Result, ToolCaller
from illuminas.tools.figures import big, duration, number


@answer.register
async def _(look: Status, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    run = await hands.of_run("get_run_status", lambda r: r["state"])
    cap = run["caps"].get("evaluations")
    of = f" of {cap:g}" if cap else ""
    doing = f", {run['doing']}" if run["state"] == "running" else ""
    show(
        Said(
            text=f"Run {run['run_id']} is {run['state']} ({run['reason']}); round {run['round']}{doing}.\n"
            f"{run['evaluations']}{of} evaluations, {run['failures']} failed, in {duration(run['seconds'])}; "
            f"{run['filled']} of {run['niches']} niches filled; {run['active_heuristics']} of {run['heuristics']} "
            "rules confirmed.\n"
        )
    )
    if run["best"] is not None:
        show(architectures_table("Best so far", [run["best"]], scene))
    if run["story"]:
        show(Said(text=f"The critic: {run['story']}\n"))
    for words in run["steering"]:
        show(Said(text=f"In force: {words}\n"))


@answer.register
async def _(look: Cost, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    spent = await hands.of_run("get_costs", lambda r: f"{r['evaluations']} evaluations", minutes=look.minutes)
    stretch = "In all" if look.minutes is None else f"In the last {duration(60 * look.minutes)}"
    show(
        Said(
            text=f"{stretch}: {spent['evaluations']} evaluations ({spent['failures']} failed, {spent['cached']} known "
            f"before), {duration(spent['training_seconds'])} of training.\n"
        )
    )
    rows = tuple((agent, *_llm_cells(cost)) for agent, cost in spent["by_agent"].items())
    if rows:
        total = ("together", *_llm_cells(spent["llm"]))
        columns = ("agent", ">calls", ">tokens", ">time", ">dollars")
        show(Tabled(title=f"LLM {spent['llm']['name']}", columns=columns, rows=(*rows, total)))
    else:
        show(Said(text=f"The LLM ({spent['llm']['name']}) was not asked.\n"))
    show(
        Said(
            text=f"Best validation accuracy before: {number(spent['best_before'])} %, after: "
            f"{number(spent['best_after'])} %.\n"
        )
    )


@answer.register
async def _(look: Compare, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    found = await hands.call(
        "compare_runs", lambda r: f"{len(r['differences'])} settings differ", run_ids=[hands.run, look.run]
    )
    runs = found["runs"]
    equal = found["equal_evaluations"]
    lines: tuple[tuple[str, Callable[[Any], str]], ...] = (
        ("state", lambda run: run["state"]),
        ("evaluations", lambda run: str(run["evaluations"])),
        (f"best {scene.primary.words}", lambda run: number(run["best"])),
        (f"the same after {equal}", lambda run: number(run["best_at_equal"])),
        ("hypervolume", lambda run: number(run["hypervolume"], ".4f")),
        ("niches filled", lambda run: f"{run['filled']} of {run['niches']}"),
        ("QD score", lambda run: number(run["qd_score"], ".1f")),
        ("failures", lambda run: str(run["failures"])),
        ("confirmed rules", lambda run: str(run["active_heuristics"])),
        ("LLM", lambda run: f"{run['llm']['name']}, {big(run['llm']['tokens'])} tokens"),
        ("time", lambda run: duration(run["seconds"])),
    )
    rows = [(name, *(say(run) for run in runs)) for name, say in lines]
    rows += [
        (each["setting"], *(each["values"].get(run["run_id"], "–") for run in runs)) for each in found["differences"]
    ]
    heads = tuple(f"={run['run_id']}" for run in runs)
    show(Tabled(title="Side by side, with the settings that differ", columns=("", *heads), rows=tuple(rows)))
    if not found["comparable"]:
        show(Said(text="Space, data set, fidelity or device differ, so the figures do not mean the same.\n"))


@answer.register
async def _(look: Runs, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    found = await hands.call("list_runs", lambda r: f"{len(r['runs'])} runs", limit=20)
    rows = tuple(
        (
            run["run_id"],
            run["state"],
            f"{run['space']} on {run['dataset']}",
            run["device"],
            f"{run['evaluations']}/{run['budget']}",
            number(run["best"]),
        )
        for run in found["runs"]
    )
    columns = ("=run", "state", "what", "device", ">evaluations", ">best")
    show(Tabled(title="Runs, the newest first", columns=columns, rows=rows))


@answer.register
async def _(look: Learned, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    if look.heuristic:
        await _one_heuristic(look.heuristic, hands, show)
        return
    found = await hands.of_run(
        "search_heuristics", lambda r: f"{len(r['results'])} of {r['total']}", query=look.about, limit=8
    )
    if not found["results"]:
        show(Said(text="No rule has been proposed yet.\n"))
        return
    about = f" about {look.about}" if look.about else ""
    show(heuristics_table(f"What was learned{about}, of {found['total']} rules", found["results"]))


async def _one_heuristic(name: str, hands: ToolCaller, show: Showing) -> None:
    """One rule with its history."""
    card = await hands.of_run("get_heuristic", lambda r: r["heuristic"]["status"], heuristic=name)
    rule = card["heuristic"]
    show(Said(text=f"{rule['id']}: {rule['text']}\n"))
    show(Said(text=f"  {rule['predicate']} {rule['direction']} {rule['objective']}, {rule['scope']}\n"))
    show(Said(text=f"  {rule['status']}: {rule['reason']}\n"))
    rows = tuple(
        (str(change["round"]), change["change"], number(change["effect"], "+.2f"), change["reason"])
        for change in card["history"]
    )
    show(Tabled(title="How it came about", columns=(">round", "change", ">effect", "why"), rows=rows))


@answer.register
async def _(look: InForce, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    run = await hands.of_run("get_run_status", lambda r: f"{len(r['steering'])} in force")
    if not run["steering"]:
        show(Said(text="No directive is in force.\n"))
    for words in run["steering"]:
        show(Said(text=f"{words}\n"))


@answer.register
async def _(look: Help, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    if look.command:
        command = find_command(look.command, COMMANDS)
        show(Said(text=f"{command.usage}: {command.help}.\nFor example {command.example}\n"))
        return
    rows = tuple((command.usage, command.help) for command in COMMANDS.values())
    show(Tabled(title="Commands; the same can be said in plain words", columns=("=command", "does"), rows=rows))


def _llm_cells(cost: Result) -> tuple[str, ...]:
    return (str(cost["calls"]), big(cost["tokens"]), duration(cost["seconds"]), number(cost.get("dollars"), ".4f"))
