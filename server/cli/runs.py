"""``illuminas runs``: which runs there are, and how they went."""

from __future__ import annotations

from illuminas.server.cli.output import Json, console, duration, number, print_json, table
from illuminas.tools.errors import IlluminasError


def runs(json: Json = False) -> None:
    """List the runs, the newest last, with their status, their best and how to go on."""
    from illuminas.memory.run_summary import run_summary
    from illuminas.memory.runs import list_runs
    from illuminas.tools.evaluation.evaluators import short_dataset

    listed = []
    for run in list_runs():
        try:
            listed.append(run_summary(run))
        except IlluminasError as error:
            console(stderr=True).print(f"{run.id} is left out: {error}")
    if json:
        # ``status``, as of search --json
        print_json([{**run.model_dump(exclude={"state"}), "status": run.state} for run in listed])
        return
    out = console()
    if not listed:
        out.print("No runs yet. Start one: illuminas search")
        return
    shown = table("=run", "status", "dataset", "device", "=LLM", ">done", ">val %", ">HV", ">time")
    for each in listed:
        shown.add_row(
            each.run_id,
            each.state,
            short_dataset(each.dataset),
            each.device,
            each.llm,
            f"{each.evaluations}/{each.budget}",
            number(each.best),
            number(each.hypervolume, ".4f"),
            duration(each.seconds),
        )
    out.print(shown)
    waiting = [each.run_id for each in listed if each.state == "interrupted"]
    if waiting:
        out.print(f"To go on with an interrupted one: illuminas search --resume {waiting[-1]}")
