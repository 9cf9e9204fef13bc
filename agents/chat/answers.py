"""Answers: what each look shows, from what the tools say and nothing else; pictures are data for any screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import singledispatch
from typing import Any

from illuminas.agents.acquisition import chosen
from illuminas.agents.chat.commands import COMMANDS, find_command
from illuminas.agents.chat.looks import (
    Asking,
    Best,
    Compare,
    Cost,
    Help,
    InForce,
    Learned,
    Niches,
    Plot,
    Runs,
    Show,
    Status,
    Why,
)
from illuminas.agents.chat.quantities import find_quantity
from illuminas.agents.chat.replies import Bar, Barred, Drawn, Point, Reply, Said, Scattered, Tabled
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.tools import Result, ToolCaller
from illuminas.tools.figures import big, duration, number
from illuminas.tools.objectives import FRONT_WORDS, get_objective

Showing = Callable[[Reply], None]


@singledispatch
async def answer(look: Asking, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    """Show what was asked for.

    Raises:
        IlluminasError: a tool refused.
    """
    raise NotImplementedError(f"no answer to {look!r}")


def figures(line: Result) -> tuple[str, ...]:
    """Objectives and parameters of an architecture, as columns."""
    params = line["params"]
    return (line["figures"] or "–", "–" if params is None else big(params))


FIGURES = (">measured", ">params")
"""Heads of :func:`figures`."""


def architectures_table(title: str, lines: list[Result], scene: Scene) -> Tabled:
    rows = tuple(
        (line["words"], *figures(line), line["niche_words"] or "–", line["operator"], line["hash"][:8])
        for line in lines
    )
    return Tabled(title=title, columns=(scene.space.noun, *FIGURES, "niche", "by", "=hash"), rows=rows)


def heuristics_table(title: str, lines: list[Result]) -> Tabled:
    rows = tuple(
        (line["id"], f"{line['status']}{', pinned' if line.get('pinned') else ''}", line["text"], line["evidence"])
        for line in lines
    )
    return Tabled(title=title, columns=("=rule", "status", "says", "evidence"), rows=rows)


PAGE = 100
"""Architectures of one call."""
MOST = 1_000
"""Architectures that a picture shows, or that are looked up on another device."""


@answer.register
async def _(look: Best, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    filters: dict[str, Any] = {"niche": look.niche, "predicate": look.predicate}
    bounds = [bound for bound in look.within if not scene.elsewhere(bound.objective)]
    filters["within"] = [
        f"{bound.objective}{sign}{value:g}"
        for bound in bounds
        for sign, value in ((">=", bound.least), ("<=", bound.most))
        if value is not None
    ]
    asked = [look.sort, look.shown, *(bound.objective for bound in look.within)]
    if away := next(filter(scene.elsewhere, asked), ""):
        lines = await _looked_up(look, away, filters, caller, scene)
    else:
        lines = (await caller.of_run("query_archive", _matches, **filters, sort=look.sort, limit=look.limit))["results"]
        lines = measured(lines, scene)
    if not lines:
        show(Said(text="Nothing that was evaluated keeps within that.\n"))
        return
    sort = find_quantity(look.sort, scene.quantities) if look.sort else scene.quantities[0]
    where = f", with {get_objective(away).words}" if away else ""
    show(architectures_table(f"The {sort.superlative}{where}", lines, scene))


async def _looked_up(look: Best, away: str, filters: dict[str, Any], caller: ToolCaller, scene: Scene) -> list[Result]:
    """The best by what is looked up for what the run evaluated; the run knows only its own device's values."""
    objective = get_objective(away)
    bounds = [bound for bound in look.within if bound.objective == away]
    lines = await every_page(caller, scene, **filters, sort="" if look.sort == away else look.sort)
    known: list[tuple[float, Result]] = []
    for start in range(0, len(lines), PAGE):
        page = lines[start : start + PAGE]
        readings = await caller.call(
            "lookup_objective",
            lambda r: f"{sum(each['value'] is not None for each in r['results'])} values",
            space=scene.space_name,
            dataset=scene.dataset,
            architectures=[line["text"] for line in page],
            objective=away,
        )
        for line, each in zip(page, readings["results"], strict=True):
            value = each["value"]
            if value is not None and all(bound.holds(value) for bound in bounds):
                told = f"{line['figures']}, {objective.text(value, 4)} on {away.rpartition('/')[2]}"
                known.append((value, {**line, "figures": told}))
        if len(known) >= look.limit and look.sort != away:
            break
    if look.sort == away:
        known.sort(key=lambda each: -objective.gain(each[0]))
    return [line for _, line in known[: look.limit]]


@answer.register
async def _(look: Niches, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    niches = await every_niche(caller)
    noun = scene.space.noun
    rows = tuple(
        (str(each["niche"]), each["words"], str(each["evaluated"]))
        + ((each["elite"]["words"], *figures(each["elite"])) if each["elite"] else ("empty", "–", "–", "–"))
        for each in niches
    )
    columns = (">no", "niche", ">tries", f"best {noun}", *FIGURES)
    show(Tabled(title="Niches and their elites", columns=columns, rows=rows))


@answer.register
async def _(look: Why, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    card = await caller.of_run("explain_niche", lambda r: r["why"], niche=look.niche)
    show(Said(text=f"Niche {card['niche']}, {card['words']}: {card['why']}\n"))
    for failure in card["failures"][-3:]:
        show(Said(text=f"  failed: {failure}\n"))
    if card["kept"]:
        show(architectures_table(f"What niche {card['niche']} keeps", card["kept"], scene))
    if card["heuristics"]:
        show(heuristics_table("Rules for this niche", card["heuristics"]))


@answer.register
async def _(look: Show, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    wanted = look.architecture
    if look.niche is not None:
        card = await caller.of_run(
            "explain_niche", lambda r: r["elite"]["words"] if r["elite"] else "no elite", niche=look.niche
        )
        if card["elite"] is None:
            show(Said(text=f"Niche {card['niche']}, {card['words']}, has no elite. {card['why']}\n"))
            return
        wanted = card["elite"]["hash"]
    found = await caller.of_run("get_architecture", lambda r: r["architecture"]["words"], architecture=wanted)
    line = found["architecture"]
    show(architectures_table(f"{scene.space.noun} {line['hash']}", [line], scene))
    if line["text"] not in (line["words"], found["drawing"]):
        show(Drawn(text=line["text"]))
    show(Drawn(text=found["drawing"]))
    came = f"By {line['operator']} in round {line['round']}"
    if found["parents"]:
        came += f", from {' and '.join(parent['words'] for parent in found['parents'])}"
    show(Said(text="; ".join(filter(None, (came, chosen(found["chosen_for"])))) + ".\n"))
    if found["rationale"]:
        show(Said(text=f"Its proposer wrote: {found['rationale']}\n"))
    if found["cited"]:
        compared = " and its parent does not" if found["parents"] else ""
        show(heuristics_table(f"Rules that it follows{compared}", found["cited"]))


def measured(lines: list[Result], scene: Scene) -> list[Result]:
    """The lines of what was evaluated without a failure."""
    return [line for line in lines if scene.primary.name in line["objectives"]]


async def every_page(caller: ToolCaller, scene: Scene, **filters: Any) -> list[Result]:
    """Every architecture that was evaluated without a failure and meets the filters, up to :data:`MOST`."""
    lines: list[Result] = []
    cursor: str | None = None
    while len(lines) < MOST:
        page = await caller.of_run("query_archive", _matches, **filters, limit=PAGE, cursor=cursor)
        lines += page["results"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return measured(lines, scene)


async def every_niche(caller: ToolCaller) -> list[Result]:
    found = await caller.of_run("list_niches", lambda r: f"{len(r['niches'])} niches")
    niches: list[Result] = found["niches"]
    return niches


def _matches(page: Result) -> str:
    return f"{len(page['results'])} of {page['matches']} architectures"


@answer.register
async def _(look: Status, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    run = await caller.of_run("get_run_status", lambda r: r["state"])
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
async def _(look: Cost, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    spent = await caller.of_run("get_costs", lambda r: f"{r['evaluations']} evaluations", minutes=look.minutes)
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
    primary = scene.primary
    before, after = (
        "–" if value is None else primary.text(value, 4) for value in (spent["best_before"], spent["best_after"])
    )
    show(Said(text=f"Best {primary.words} before: {before}, after: {after}.\n"))


@answer.register
async def _(look: Compare, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    found = await caller.call(
        "compare_runs", lambda r: f"{len(r['differences'])} settings differ", run_ids=[caller.run, look.run]
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
async def _(look: Runs, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    found = await caller.call("list_runs", lambda r: f"{len(r['runs'])} runs", limit=20)
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
async def _(look: Learned, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    if look.heuristic:
        await _one_heuristic(look.heuristic, caller, show)
        return
    found = await caller.of_run(
        "search_heuristics", lambda r: f"{len(r['results'])} of {r['total']}", query=look.about, limit=8
    )
    if not found["results"]:
        show(Said(text="No rule has been proposed yet.\n"))
        return
    about = f" about {look.about}" if look.about else ""
    show(heuristics_table(f"What was learned{about}, of {found['total']} rules", found["results"]))


async def _one_heuristic(name: str, caller: ToolCaller, show: Showing) -> None:
    """One rule with its history."""
    card = await caller.of_run("get_heuristic", lambda r: r["heuristic"]["status"], heuristic=name)
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
async def _(look: InForce, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    run = await caller.of_run("get_run_status", lambda r: f"{len(r['steering'])} in force")
    if not run["steering"]:
        show(Said(text="No directive is in force.\n"))
    for words in run["steering"]:
        show(Said(text=f"{words}\n"))


@answer.register
async def _(look: Help, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    if look.command:
        command = find_command(look.command, COMMANDS)
        show(Said(text=f"{command.usage}: {command.help}.\nFor example {command.example}\n"))
        return
    rows = tuple((command.usage, command.help) for command in COMMANDS.values())
    show(Tabled(title="Commands; the same can be said in plain words", columns=("=command", "does"), rows=rows))


def _llm_cells(cost: Result) -> tuple[str, ...]:
    return (str(cost["calls"]), big(cost["tokens"]), duration(cost["seconds"]), number(cost.get("dollars"), ".4f"))


@answer.register
async def _(look: Plot, caller: ToolCaller, scene: Scene, show: Showing) -> None:
    match look.plot:
        case "pareto":
            show(_front(await every_page(caller, scene), scene, look.against))
        case "progress":
            show(_progress(await every_page(caller, scene, sort="newest"), scene))
        case "niches":
            show(_map(await every_niche(caller), scene))
        case "knowledge":
            show(await _knowledge(caller))


def _front(lines: list[Result], scene: Scene, against: str) -> Scattered:
    """The first objective against another, the second where none is named, or against size in a run of one."""
    first = scene.primary
    second = scene.objectives[1] if len(scene.objectives) > 1 else None
    if against:
        second = find_quantity(against, scene.quantities[: len(scene.objectives)]).objective
    points = []
    for line in lines:
        x = line["params"] if second is None else line["objectives"].get(second.name)
        if x is not None:
            y = line["objectives"][first.name] / first.scale
            marked = second is not None and line["on_front"]
            points.append(Point(x=x / (1.0 if second is None else second.scale), y=y, marked=marked))
    marked_words = "" if second is None else f"Pareto front ({FRONT_WORDS})"
    along = "size" if second is None else second.words
    axis = "parameters" if second is None else second.heading
    title = f"{first.words.capitalize()} against {along}"
    return Scattered(title=title, x=axis, y=first.heading, marked=marked_words, points=tuple(points))


def _progress(lines: list[Result], scene: Scene) -> Scattered:
    points: list[Point] = []
    primary, best = scene.primary, None
    for place, line in enumerate(reversed(lines), start=1):
        value = line["objectives"][primary.name]
        better = best is None or primary.better(value, best)
        best = value if better else best
        points.append(Point(x=place, y=value / primary.scale, marked=better))
    along = "successful evaluations"
    return Scattered(title="Progress", x=along, y=primary.heading, marked="best so far", points=tuple(points))


def _map(niches: list[Result], scene: Scene) -> Barred:
    primary = scene.primary
    bars = tuple(
        Bar(
            label=f"{each['niche']} {each['words']}",
            value=each["elite"]["objectives"][primary.name] / primary.scale if each["elite"] else None,
            note=each["elite"]["words"] if each["elite"] else "empty",
        )
        for each in niches
    )
    return Barred(title=f"Elite of every niche: {primary.heading}", bars=bars)


async def _knowledge(caller: ToolCaller) -> Barred:
    found = await caller.of_run("search_heuristics", lambda r: f"{r['total']} rules", limit=PAGE)
    counts = Counter(line["status"] for line in found["results"])
    return Barred(
        title="Rules by status", bars=tuple(Bar(label=status, value=float(n)) for status, n in counts.most_common())
    )
