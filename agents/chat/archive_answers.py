"""Answers about architectures and niches."""

from __future__ import annotations

from typing import Any

from illuminas.agents.acquisition import chosen
from illuminas.agents.chat.answers import FIGURES, Showing, answer, architectures_table, figures, heuristics_table
from illuminas.agents.chat.looks import Best, Niches, Show, Why
from illuminas.agents.chat.replies import Drawn, Said, Tabled
from illuminas.agents.chat.scene import Scene
from illuminas.agents.chat.tools import Result, ToolCaller

PAGE = 100
"""Architectures of one call."""
MOST = 1_000
"""Architectures that a picture shows, or that are looked up on another device."""

MEASURED: dict[str, Any] = {"within": ["params>=0"]}
"""What leaves failures out of a page."""


@answer.register
async def _(look: Best, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    elsewhere = look.device is not None and look.device != scene.device
    filters: dict[str, Any] = {
        "niche": look.niche,
        "predicate": look.predicate,
        "within": [
            "params>=0",  # leaves failures out
            *([] if look.min_accuracy is None else [f"accuracy>={look.min_accuracy:g}"]),
            *([] if look.max_params is None else [f"params<={look.max_params}"]),
            *([] if look.max_macs is None else [f"macs<={look.max_macs}"]),
        ],
    }
    if elsewhere:
        assert look.device is not None
        lines = await _on_another_device(look, look.device, filters, hands, scene)
        where = f", latency on {look.device}"
    else:
        if look.max_latency_ms is not None:
            filters["within"].append(f"latency<={look.max_latency_ms:g}")
        sort = scene.objectives[0] if look.sort == "accuracy" else look.sort
        page = await hands.of_run("query_archive", _matches, **filters, sort=sort, limit=look.limit)
        lines, where = page["results"], "" if page["device"] == "none" else f", latency on {page['device']}"
    if not lines:
        show(Said(text="Nothing that was evaluated keeps within that.\n"))
        return
    first = {"accuracy": "The most accurate", "latency": "The fastest", "params": "The smallest"}
    show(architectures_table(f"{first.get(look.sort, 'The least costly')}{where}", lines, scene))


async def _on_another_device(
    look: Best, device: str, filters: dict[str, Any], hands: ToolCaller, scene: Scene
) -> list[Result]:
    """The best by latencies that are looked up for what the run evaluated; the run knows only its own device's."""
    sort = "" if look.sort in ("accuracy", "latency") else look.sort
    lines = await every_page(hands, **filters, sort=sort)
    known: list[Result] = []
    kept: list[Result] = []
    for start in range(0, len(lines), PAGE):
        page = lines[start : start + PAGE]
        readings = await hands.call(
            "lookup_objective",
            lambda r: f"{sum(each['value'] is not None for each in r['results'])} latencies",
            space=scene.space_name,
            dataset=scene.dataset,
            architectures=[line["text"] for line in page],
            objective=f"latency:{device}",
        )
        known += [
            {**line, "looked_up": each["value"], "figures": f"{line['figures']}, {each['value']:.4g} ms on {device}"}
            for line, each in zip(page, readings["results"], strict=True)
            if each["value"] is not None
        ]
        kept = [line for line in known if look.max_latency_ms is None or line["looked_up"] <= look.max_latency_ms]
        if len(kept) >= look.limit and look.sort != "latency":
            break
    if look.sort == "latency":
        kept.sort(key=lambda line: line["looked_up"])
    return kept[: look.limit]


@answer.register
async def _(look: Niches, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    niches = await every_niche(hands)
    noun = scene.space.noun
    rows = tuple(
        (str(each["niche"]), each["words"], str(each["evaluated"]))
        + ((each["elite"]["words"], *figures(each["elite"])) if each["elite"] else ("empty", "–", "–", "–"))
        for each in niches
    )
    columns = (">no", "niche", ">tries", f"best {noun}", *FIGURES)
    show(Tabled(title="Niches and their elites", columns=columns, rows=rows))


@answer.register
async def _(look: Why, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    card = await hands.of_run("explain_niche", lambda r: r["why"], niche=look.niche)
    show(Said(text=f"Niche {card['niche']}, {card['words']}: {card['why']}\n"))
    for failure in card["failures"][-3:]:
        show(Said(text=f"  failed: {failure}\n"))
    if card["kept"]:
        show(architectures_table(f"What niche {card['niche']} keeps", card["kept"], scene))
    if card["heuristics"]:
        show(heuristics_table("Rules for this niche", card["heuristics"]))


@answer.register
async def _(look: Show, hands: ToolCaller, scene: Scene, show: Showing) -> None:
    wanted = look.architecture
    if look.niche is not None:
        card = await hands.of_run(
            "explain_niche", lambda r: r["elite"]["words"] if r["elite"] else "no elite", niche=look.niche
        )
        if card["elite"] is None:
            show(Said(text=f"Niche {card['niche']}, {card['words']}, has no elite. {card['why']}\n"))
            return
        wanted = card["elite"]["hash"]
    found = await hands.of_run("get_architecture", lambda r: r["architecture"]["words"], architecture=wanted)
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
        show(heuristics_table("Rules that it follows and its parent does not", found["cited"]))


async def every_page(hands: ToolCaller, **filters: Any) -> list[Result]:
    """Every evaluated architecture that meets the filters, up to :data:`MOST`."""
    lines: list[Result] = []
    cursor: str | None = None
    while len(lines) < MOST:
        page = await hands.of_run("query_archive", _matches, **filters, limit=PAGE, cursor=cursor)
        lines += page["results"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return lines


async def every_niche(hands: ToolCaller) -> list[Result]:
    found = await hands.of_run("list_niches", lambda r: f"{len(r['niches'])} niches")
    niches: list[Result] = found["niches"]
    return niches


def _matches(page: Result) -> str:
    return f"{len(page['results'])} of {page['matches']} architectures"
