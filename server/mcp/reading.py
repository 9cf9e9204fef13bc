"""Tools that look at runs and their archives, and change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from illuminas.memory.candidate import Operator
from illuminas.memory.predicates import parse_predicate
from illuminas.memory.run import Run
from illuminas.server.services.answers import (
    ArchitectureCard,
    ArchitectureLine,
    ArchivePage,
    DatasetLine,
    DatasetList,
    Device,
    DeviceList,
    NicheCard,
    NicheList,
    RunList,
    RunReport,
)
from illuminas.server.services.niches import every_niche, explain
from illuminas.server.services.paging import read_cursor
from illuminas.server.services.reports import architecture_line, heuristic_line, report, run_summaries, unbegun_report
from illuminas.server.services.services import NotBegun, Services
from illuminas.server.viz.drawings.drawing import draw_text
from illuminas.tools.datasets import NAMED
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.evaluation import Status
from illuminas.tools.objectives import LOCAL_DEVICES, Constraint, Objective, find_kind, parse_constraint
from illuminas.tools.tables import list_tables

RunName = Annotated[str, Field(description="a run's id, its beginning, or 'last' for the newest; list_runs names them")]
CursorText = Annotated[str | None, Field(description="next_cursor of the page before; leave out for the first page")]
Niche = Annotated[int | str, Field(description="a niche's number, or its words as query_archive shows them")]


async def list_runs(
    services: Services, limit: Annotated[int, Field(ge=1, le=100)] = 20, cursor: CursorText = None
) -> RunList:
    """The runs that you may see, the newest first, with their state, best value and what they cost in time.

    Call it to find a run_id. Not needed for the newest: every tool takes 'last'. Cost: instant.
    Next: get_run_status, query_archive, compare_runs.
    """
    folders = list(services.folders())
    oldest_first = folders[::-1]
    place = read_cursor(cursor, len(folders), tool="list_runs")
    seen = oldest_first[: place.length][::-1]
    page, following = place.page(seen, limit, tool="list_runs")
    return RunList(runs=run_summaries(page), next_cursor=following)


async def get_run_status(services: Services, run_id: RunName = "last") -> RunReport:
    """Progress of a run, what it has spent of its budget, its best so far, the LLM's cost, and what it waits for.

    Works while another process drives the run. Call it after start_search and from time to time, not in a tight
    loop: a round takes seconds to minutes; a client that can listen subscribes to illuminas://runs/{run_id}/events
    instead. Cost: instant. Next: query_archive for architectures, answer_question where it waits for a person.
    """
    try:
        return report(services.run(run_id))
    except NotBegun as found:
        order = services.launcher.order(found.run_id)
        if order is None:
            raise
        return unbegun_report(order, found)


async def query_archive(
    services: Services,
    run_id: RunName = "last",
    only: Annotated[
        Literal["all", "elites", "front"],
        Field(description="'elites' are the best of each niche, 'front' the Pareto front of its objectives"),
    ] = "all",
    niche: Annotated[int | str | None, Field(description="only of this niche, by number or words")] = None,
    operator: Annotated[Operator | None, Field(description="only what came to be so")] = None,
    predicate: Annotated[
        str | None,
        Field(description="conditions on features, as in describe_search_space", max_length=200),
    ] = None,
    within: Annotated[
        list[str],
        Field(description="bounds on objectives, params or macs, as 'latency<=5' or 'accuracy>=90'", max_length=8),
    ] = [],  # noqa: B006 - the schema's default
    sort: Annotated[
        str, Field(description="an objective, params or macs, best first; 'newest'; empty is the first objective")
    ] = "",
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
    cursor: CursorText = None,
) -> ArchivePage:
    """Evaluated architectures of a run, filtered, sorted and in pages; failures only where no filter excludes them.

    Call it for questions as 'the best under 3 ms', 'all elites', 'the front', 'what did the LLM find'. The answer
    says unit and direction of the run's objectives; for another device use lookup_objective, with the values that
    it gives. What was never evaluated is not in it. Features for the
    predicate: describe_search_space. Cost: instant. Next: get_architecture with a hash, explain_niche.
    """
    run = services.run(run_id)
    question = {
        "run": run.id, "only": only, "niche": niche, "operator": operator, "predicate": predicate,
        "within": within, "sort": sort,
    }  # fmt: skip
    hashes = list(run.state.evaluations)
    place = read_cursor(cursor, len(hashes), **question)
    meant = None if predicate is None else parse_predicate(predicate, run.space)
    wanted = None if niche is None else run.niche(niche)
    bounds = [_bound(run, each) for each in within]

    def fits(line: ArchitectureLine) -> bool:
        return (
            (only == "all" or (line.elite if only == "elites" else line.on_front))
            and (wanted is None or line.niche == wanted)
            and (operator is None or line.operator == operator)
            and all(_within(run, line, constraint) for constraint in bounds)
            and (meant is None or run.obeys(line.hash, meant))
        )

    lines = [line for hash_ in hashes[: place.length] if fits(line := architecture_line(run, hash_))]
    page, following = place.page(_ordered(run, lines, sort), limit, **question)
    return ArchivePage(
        run_id=run.id,
        device=run.device or "none",
        objectives=list(run.state.objectives),
        matches=len(lines),
        results=list(page),
        next_cursor=following,
    )


async def get_architecture(
    services: Services,
    architecture: Annotated[
        str, Field(description="hash, its beginning, or the text; 'best' is the run's best", min_length=1)
    ],
    run_id: RunName = "last",
) -> ArchitectureCard:
    """All that a run knows of one architecture: drawing, features, scores, evaluation, lineage, cited heuristics.

    Call it to show or explain a single one. For one that the run never evaluated use validate_architecture and
    train_architecture. Cost: instant. Next: explain_niche, or lookup_objective on another device.
    """
    run = services.run(run_id)
    return card(run, find_architecture(run, architecture))


async def list_niches(services: Services, run_id: RunName = "last") -> NicheList:
    """Every niche that some architecture belongs to, with its number, words and elite; empty ones have none.

    Call it to see where a search has found something and where not, and for the numbers that a focus takes. Not for
    the elites alone: query_archive filters and sorts them. Cost: instant. Next: explain_niche, steer_search.
    """
    return every_niche(services.run(run_id))


async def explain_niche(services: Services, niche: Niche, run_id: RunName = "last") -> NicheCard:
    """What a niche holds and why: its elite, what was aimed at it and where that ended, failures, and its rules.

    Call it for questions as 'why is niche 4 empty'. Cost: instant. Next: steer_search with a focus on the niche,
    or submit_architecture.
    """
    run = services.run(run_id)
    return explain(run, run.niche(niche))


async def list_devices(_: Services) -> DeviceList:
    """What latencies and energies can be of: this machine, and the devices of imported tables.

    Call it before lookup_objective or start_search with a device. Cost: instant. Next: lookup_objective.
    """
    return devices()


async def list_datasets(_: Services) -> DatasetList:
    """What architectures can be evaluated on: embedded data sets, which are trained on, and imported tables.

    Call it before start_search or train_architecture. Cost: instant. Next: describe_task.
    """
    found = [DatasetLine(name=name, words="images, trained on") for name in NAMED]
    found += [
        DatasetLine(name=f"table:{info.name}/{prefix}", words=f"{info.rows} {info.space} architectures, looked up")
        for info in list_tables()
        for prefix in info.datasets
    ]
    return DatasetList(datasets=found)


READING: dict[str, Callable[..., Any]] = {
    "Runs": list_runs,
    "How a run stands": get_run_status,
    "Architectures of a run": query_archive,
    "One architecture": get_architecture,
    "Niches of a run": list_niches,
    "Why a niche is as it is": explain_niche,
    "Devices": list_devices,
    "Data sets": list_datasets,
}
"""Title -> tool."""


def _own(run: Run, name: str) -> Objective:
    """An objective of a run by its name or kind, or one of the structure.

    Raises:
        IlluminasError: the run knows none such.
    """
    kind = find_kind(name.partition(":")[0])
    for each in run.state.tracked:
        if name == each.name or (kind is not None and each.kind == kind.name and ":" not in name):
            return each
    if kind is not None and kind.source == "structure":
        return kind.of()
    known = [each.name for each in run.state.tracked]
    raise IlluminasError(
        f"run {run.id} does not measure {name!r}: expected one of {', '.join(known)}, params or macs. "
        "For another device: lookup_objective."
    )


def _bound(run: Run, text: str) -> Constraint:
    constraint = parse_constraint(text)
    return constraint.model_copy(update={"objective": _own(run, constraint.objective).name})


def _value(run: Run, line: ArchitectureLine, name: str) -> float | None:
    """An objective's value; of the structure, what its features say."""
    told = line.objectives.get(name)
    if told is None and line.status is Status.OK:
        feature = run.descriptors(run.architecture(line.hash)).get(name)
        told = None if feature is None else float(feature)
    return told


def _within(run: Run, line: ArchitectureLine, constraint: Constraint) -> bool:
    value = _value(run, line, constraint.objective)
    return value is not None and constraint.holds(value)


def _ordered(run: Run, lines: list[ArchitectureLine], sort: str) -> list[ArchitectureLine]:
    """The newest or the best first, and what has no value last."""
    if sort == "newest":
        return lines[::-1]
    objective = _own(run, sort) if sort else run.state.primary

    def key(line: ArchitectureLine) -> tuple[bool, float]:
        value = _value(run, line, objective.name)
        return value is None, 0.0 if value is None else -objective.gain(value)

    return sorted(lines, key=key)


def devices() -> DeviceList:
    """This machine, and the devices of imported tables."""
    found = [
        Device(name=name, source="measured", words=f"the machine that runs this server, networks run by {runtime}")
        for name, runtime in LOCAL_DEVICES.items()
    ]
    found += [
        Device(name=f"table:{info.name}/{column}", source="table", words=f"{info.rows} {info.space} architectures")
        for info in list_tables()
        for column in (*info.latencies, *info.energies)
    ]
    return DeviceList(devices=found)


def find_architecture(run: Run, name: str) -> str:
    """Hash of an evaluated architecture, by hash, its beginning, its text, or ``best``.

    Raises:
        IlluminasError: the run evaluated none such, or several begin so.
    """
    state, name = run.state, name.strip()
    if name == "best":
        if state.best is None:
            raise IlluminasError(f"run {run.id} has no successful evaluation yet.")
        return state.best.hash
    found = [name] if name in state.evaluations else [each for each in state.evaluations if each.startswith(name)]
    if len(found) > 1:
        raise IlluminasError(
            f"{len(found)} architectures begin with {name!r}: {', '.join(found[:8])}. Give more digits."
        )
    if found:
        return found[0]
    if set(name) <= set("0123456789abcdef"):
        raise unknown_name("architecture", name, state.evaluations)
    hash_ = run.space.parse(name).hash
    if hash_ not in state.evaluations:
        raise IlluminasError(
            f"run {run.id} has not evaluated {name[:120]!r} (hash {hash_}). Use validate_architecture and "
            "train_architecture, or submit_architecture to have the run evaluate it."
        )
    return hash_


def card(run: Run, hash_: str) -> ArchitectureCard:
    """An architecture with its lineage."""
    state, candidate = run.state, run.state.candidates[hash_]
    architecture = run.architecture(hash_)
    known = run.heuristics()
    children = [each for each, born in state.candidates.items() if hash_ in born.parents and each in state.evaluations]
    return ArchitectureCard(
        run_id=run.id,
        architecture=architecture_line(run, hash_),
        drawing=draw_text(run.space, architecture, run.shape),
        features=dict(run.descriptors(architecture)),
        evaluation=state.evaluations[hash_],
        scores=state.proxies.get(hash_, {}),
        expected=candidate.expected,
        parents=[architecture_line(run, each) for each in candidate.parents if each in state.evaluations],
        children=[architecture_line(run, each) for each in children],
        cited=[heuristic_line(known[each]) for each in candidate.cited if each in known],
        rationale=candidate.rationale,
        chosen_for=candidate.chosen_for,
    )
