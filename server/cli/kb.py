"""``illuminas kb``: the knowledge base of a run, and how it evolved."""

from __future__ import annotations

from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from illuminas.server.cli.output import Json, console, print_json, table

if TYPE_CHECKING:
    from illuminas.memory.events import EventLog
    from illuminas.memory.heuristics import Heuristic
    from illuminas.memory.knowledge_history import HeuristicChange

app = typer.Typer(help="The heuristics of a run, their evidence, and how they evolved.", no_args_is_help=True)

Run = Annotated[str, typer.Option("--run", help="A run's id, its beginning, or 'last'.")]
Round = Annotated[int | None, typer.Option("--round", min=0, help="As it stood after this round.")]


def _log(run: str) -> closing[EventLog]:
    from illuminas.memory.events import EventLog
    from illuminas.memory.runs import find_run

    return closing(EventLog(find_run(run).log, read_only=True))


@app.command("list")
def list_(
    run: Run = "last",
    round: Round = None,
    status: Annotated[str | None, typer.Option(help="Only those of this status.")] = None,
    json: Json = False,
) -> None:
    """List heuristics with their status and evidence."""
    from illuminas.memory.heuristics import HeuristicStatus
    from illuminas.memory.knowledge import as_of
    from illuminas.tools.errors import unknown_name

    if status is not None and status not in list(HeuristicStatus):
        raise unknown_name("status", status, list(HeuristicStatus))
    with _log(run) as log:
        heuristics = [h for h in as_of(log, round).values() if status in (None, h.status)]
    if json:
        print_json(heuristics)
        return
    if not heuristics:
        console().print("No heuristics yet: they appear once a few architectures are evaluated.")
        return
    shown = table("id", "status", "says", "evidence from evaluations after its birth", ">born")
    for heuristic in heuristics:
        shown.add_row(*_row(heuristic), f"round {heuristic.born_round}")
    console().print(shown)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="A heuristic's id, or its beginning.")],
    run: Run = "last",
    json: Json = False,
) -> None:
    """Show one heuristic: predicate, scope, evidence for and against, and its history."""
    from illuminas.memory.knowledge import as_of, find, history

    with _log(run) as log:
        heuristic = find(as_of(log), id)
        told = history(log, heuristic.id)
    if json:
        print_json({"heuristic": heuristic.model_dump(mode="json"), "history": [_brief(each) for each in told]})
        return
    out, evidence = console(), heuristic.evidence
    out.print(f"{heuristic.id}  {heuristic.text}", style="bold")
    out.print(f"  predicate  {heuristic.predicate.text}")
    out.print(f"  claims     {heuristic.direction} {heuristic.objective.words}, {heuristic.scope.text}")
    out.print(f"  status     {heuristic.status}, {heuristic.reason}")
    out.print(f"  evidence   {evidence.words(heuristic.objective)}")
    out.print(f"  for        {evidence.n_for}: {', '.join(evidence.supporting) or '–'}")
    out.print(f"  against    {evidence.n_against}: {', '.join(evidence.opposing) or '–'}")
    if heuristic.found_with is not None:
        out.print(f"  found with {heuristic.found_with.words(heuristic.objective)} (not counted as evidence)")
    out.print(f"  origin     {heuristic.origin}, after round {heuristic.born_round}")
    _print_changes(told)


@app.command("history")
def history_(
    id: Annotated[str | None, typer.Argument(help="A heuristic's id; without it, all of them.")] = None,
    run: Run = "last",
    json: Json = False,
) -> None:
    """Tell round by round what was born, confirmed, contradicted and retired."""
    from illuminas.memory.knowledge import changes, history

    with _log(run) as log:
        told = list(changes(log)) if id is None else history(log, id)
    if json:
        print_json({"changes": [_brief(each) for each in told]})
        return
    if not told:
        console().print("Nothing has happened yet.")
    _print_changes(told)


@app.command("diff")
def diff_(
    before: Annotated[int, typer.Argument(min=0, help="A round.")],
    after: Annotated[int | None, typer.Argument(min=0, help="A later round; without it, now.")] = None,
    run: Run = "last",
    json: Json = False,
) -> None:
    """What changed in the knowledge base between two rounds."""
    from illuminas.memory.knowledge import as_of, diff

    with _log(run) as log:
        changed = diff(as_of(log, before), as_of(log, after))
    if json:
        print_json(changed)
        return
    shown = table("change", "id", "now", "says", "evidence")
    for name in type(changed).model_fields:
        for heuristic in getattr(changed, name):
            shown.add_row(name, *_row(heuristic))
    console().print(shown if shown.row_count else "No difference.")


@app.command()
def export(
    run: Run = "last",
    round: Round = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write; without it, the terminal.")] = None,
) -> None:
    """Write the knowledge base as Markdown: every rule with its evidence, and how it came about."""
    from illuminas.memory.knowledge_history import KINDS, KnowledgeHistory
    from illuminas.memory.run import Run
    from illuminas.memory.runs import find_run
    from illuminas.server.report.knowledge import knowledge_markdown
    from illuminas.tools.paths import write_file

    opened, history = Run(find_run(run)).refresh(), KnowledgeHistory()
    try:
        history.extend(opened.log.read(*KINDS))
        text = knowledge_markdown(opened, history, round)
    finally:
        opened.close()
    if out is None:
        print(text, end="")
    else:
        write_file(out, text.encode())
        console().print(f"Written: {out}", soft_wrap=True)


def _row(heuristic: Heuristic) -> tuple[str, str, str, str]:
    return heuristic.id, heuristic.status, heuristic.text, heuristic.evidence.words(heuristic.objective)


def _brief(change: HeuristicChange) -> dict[str, object]:
    heuristic = change.heuristic
    return {
        "round": change.round,
        "change": change.change,
        "id": heuristic.id,
        "text": heuristic.text,
        "status": heuristic.status,
        "reason": heuristic.reason,
        "effect": heuristic.evidence.effect,
        "low": heuristic.evidence.low,
        "high": heuristic.evidence.high,
    }


def _print_changes(told: list[HeuristicChange]) -> None:
    out = console()
    for round_, group in groupby(told, key=lambda change: change.round):
        out.print(f"round {round_}", style="bold")
        for change in group:
            heuristic = change.heuristic
            out.print(f"  {change.change:<12} {heuristic.id}  {heuristic.text}", soft_wrap=True)
            out.print(f"  {'':<12} {heuristic.reason}", style="dim", soft_wrap=True)
