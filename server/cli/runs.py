"""``illuminas runs``: which runs there are, and how they went."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from illuminas.server.cli.output import Json, console, duration, number, print_json, table
from illuminas.tools.errors import IlluminasError

if TYPE_CHECKING:
    from illuminas.memory.runs import RunFolder, RunStatus


class RunLine(NamedTuple):
    """One run in the list; accuracies are of validation, per cent."""

    run_id: str
    status: RunStatus
    space: str
    dataset: str
    device: str
    llm: str
    evaluations: int
    budget: int
    best: float | None
    hypervolume: float | None
    seconds: float


def runs(json: Json = False) -> None:
    """List the runs, the newest last, with their status, their best and how to go on."""
    from illuminas.memory.runs import list_runs

    listed = []
    for run in list_runs():
        try:
            listed.append(_line(run))
        except IlluminasError as error:
            console(stderr=True).print(f"{run.id} is left out: {error}")
    if json:
        print_json(listed)
        return
    out = console()
    if not listed:
        out.print("No runs yet. Start one: illuminas search")
        return
    shown = table("=run", "status", "dataset", "device", "=LLM", ">done", ">val %", ">HV", ">time")
    for line in listed:
        shown.add_row(
            line.run_id,
            line.status,
            line.dataset,
            line.device,
            line.llm,
            f"{line.evaluations}/{line.budget}",
            number(line.best),
            number(line.hypervolume, ".4f"),
            duration(line.seconds),
        )
    out.print(shown)
    waiting = [line.run_id for line in listed if line.status == "interrupted"]
    if waiting:
        out.print(f"To go on with an interrupted one: illuminas search --resume {waiting[-1]}")


def _line(run: RunFolder) -> RunLine:
    from illuminas.memory.run_summary import run_summary

    found = run_summary(run)
    return RunLine(
        run_id=found.id,
        status=found.status,
        space=found.config["space"],
        dataset=found.config["dataset"],
        device=found.config["device"],
        llm=found.llm,
        evaluations=found.evaluations,
        budget=found.budget,
        best=found.best,
        hypervolume=found.hypervolume,
        seconds=found.seconds,
    )
