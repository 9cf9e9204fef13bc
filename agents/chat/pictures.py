"""Pictures of a run, as data that any screen can draw."""

from __future__ import annotations

from collections import Counter

from illuminas.agents.chat.answers import Showing, answer
from illuminas.agents.chat.archive_answers import MEASURED, PAGE, every_niche, every_page
from illuminas.agents.chat.looks import Plot
from illuminas.agents.chat.replies import Bar, Barred, Point, Scattered
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.tools import Result, ToolCaller
from illuminas.tools.objectives import Objective, get_objective


@answer.register
async def _(look: Plot, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    match look.plot:
        case "pareto":
            show(_front(await every_page(hands, **MEASURED), scene))
        case "progress":
            show(_progress(await every_page(hands, **MEASURED, sort="newest"), scene))
        case "niches":
            show(_map(await every_niche(hands), scene))
        case "knowledge":
            show(await _knowledge(hands))


def _front(lines: list[Result], scene: Scene) -> Scattered:
    """The first objective against the second, or against size in a run of one."""
    first = scene.primary
    second = get_objective(scene.objectives[1], scene.measures) if len(scene.objectives) > 1 else None
    points = []
    for line in lines:
        x = line["params"] if second is None else line["objectives"].get(second.name)
        if x is not None:
            y = line["objectives"][first.name] / first.scale
            marked = second is not None and line["on_front"]
            points.append(Point(x=x / (1.0 if second is None else second.scale), y=y, marked=marked))
    marked_words = "" if second is None else "Pareto front: nothing measured is at least as good in every objective"
    along = "size" if second is None else second.words
    axis = "parameters" if second is None else _axis(second)
    title = f"{first.words.capitalize()} against {along}"
    return Scattered(title=title, x=axis, y=_axis(first), marked=marked_words, points=tuple(points))


def _axis(objective: Objective) -> str:
    return f"{objective.words}, {objective.shown_unit}".rstrip(", ")


def _progress(lines: list[Result], scene: Scene) -> Scattered:
    points: list[Point] = []
    primary, best = scene.primary, None
    for place, line in enumerate(reversed(lines), start=1):
        value = line["objectives"][primary.name]
        better = best is None or primary.better(value, best)
        best = value if better else best
        points.append(Point(x=place, y=value / primary.scale, marked=better))
    along = "successful evaluations"
    return Scattered(title="Progress", x=along, y=_axis(primary), marked="best so far", points=tuple(points))


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
    return Barred(title=f"Elite of every niche: {_axis(primary)}", bars=bars)


async def _knowledge(hands: ToolCaller) -> Barred:
    found = await hands.of_run("search_heuristics", lambda r: f"{r['total']} rules", limit=PAGE)
    counts = Counter(line["status"] for line in found["results"])
    return Barred(
        title="Rules by status", bars=tuple(Bar(label=status, value=float(n)) for status, n in counts.most_common())
    )
