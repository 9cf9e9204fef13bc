"""Pictures of a run, as data that any screen can draw."""

from __future__ import annotations

from collections import Counter

from illuminas.agents.chat.answers import Showing, answer
from illuminas.agents.chat.archive_answers import PAGE, every_niche, every_page
from illuminas.agents.chat.looks import Plot
from illuminas.agents.chat.replies import Bar, Barred, Point, Scattered
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.tools import Result, ToolCaller


@answer.register
async def _(look: Plot, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    match look.plot:
        case "pareto":
            show(_front(await every_page(hands, min_accuracy=0.0, sort="accuracy"), scene))
        case "progress":
            show(_progress(await every_page(hands, min_accuracy=0.0, sort="newest")))
        case "niches":
            show(_map(await every_niche(hands)))
        case "knowledge":
            show(await _knowledge(hands))


def _front(lines: list[Result], scene: Scene) -> Scattered:
    """Accuracy against latency, or against size where the run has no device."""
    timed = scene.device != "none"
    along = "latency_ms" if timed else "params"
    points = tuple(
        Point(x=line[along], y=line["val_accuracy"], marked=timed and line["on_front"])
        for line in lines
        if line[along] is not None
    )
    x = f"latency on {scene.device}, ms" if timed else "parameters"
    marked = "Pareto front: nothing measured is both faster and more accurate" if timed else ""
    title = f"Accuracy against {'latency' if timed else 'size'}"
    return Scattered(title=title, x=x, y="val %", marked=marked, points=points)


def _progress(lines: list[Result]) -> Scattered:
    points, best = [], 0.0
    for place, line in enumerate(reversed(lines), start=1):
        better = line["val_accuracy"] > best
        best = max(best, line["val_accuracy"])
        points.append(Point(x=place, y=line["val_accuracy"], marked=better))
    along = "successful evaluations"
    return Scattered(title="Progress", x=along, y="val %", marked="best so far", points=tuple(points))


def _map(niches: list[Result]) -> Barred:
    bars = tuple(
        Bar(
            label=f"{each['niche']} {each['words']}",
            value=each["elite"]["val_accuracy"] if each["elite"] else None,
            note=each["elite"]["words"] if each["elite"] else "empty",
        )
        for each in niches
    )
    return Barred(title="Validation accuracy of every niche's elite, %", bars=bars)


async def _knowledge(hands: ToolCaller) -> Barred:
    found = await hands.of_run("search_heuristics", lambda r: f"{r['total']} rules", limit=PAGE)
    counts = Counter(line["status"] for line in found["results"])
    return Barred(
        title="Rules by status", bars=tuple(Bar(label=status, value=float(n)) for status, n in counts.most_common())
    )
