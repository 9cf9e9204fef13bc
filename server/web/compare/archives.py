"""The archives of several runs, niche by niche, and the settings and costs in which they differ."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from illuminas.server.web.compare.side import Side


class NicheLine(NamedTuple):
    """One niche of a partition that all runs share.

    Attributes:
        best: value of the first objective of each run's elite there; None where it is empty.
        leader: place of the run whose is highest; None where all are empty, or the highest are equal.
    """

    words: str
    best: tuple[float | None, ...]
    leader: int | None


def niche_lines(sides: Sequence[Side]) -> list[NicheLine] | None:
    """Every niche that some run fills; None where niches or first objectives differ."""
    partition, primary = sides[0].partition, sides[0].objectives[0]
    if partition is None or any((side.partition, side.objectives[0]) != (partition, primary) for side in sides):
        return None
    filled = sorted({niche for side in sides for niche in side.elites})
    lines = []
    for niche in filled:
        best = tuple(side.elites.get(niche) for side in sides)
        highest = max((value for value in best if value is not None), key=primary.gain)
        leading = [place for place, value in enumerate(best) if value == highest]
        lines.append(NicheLine(sides[0].niches[niche], best, leading[0] if len(leading) == 1 else None))
    return lines


def lead_words(lines: Sequence[NicheLine], sides: Sequence[Side]) -> str:
    """How many niches each run leads, in a sentence."""
    told = []
    for place, side in enumerate(sides):
        led = sum(line.leader == place for line in lines)
        alone = sum(line.leader == place and line.best.count(None) == len(sides) - 1 for line in lines)
        told.append(f"{side.name} is ahead in {led}" + (f", {alone} of them its alone" if alone else ""))
    level = sum(line.leader is None for line in lines)
    return f"Of {len(lines)} niches that some run fills: {'; '.join(told)}; {level} are level."


def differing(sides: Sequence[Side]) -> dict[str, tuple[str, ...]]:
    """Setting -> its value in each run, of those in which the runs differ; one that a run does not have is a dash."""
    names = dict.fromkeys(name for side in sides for name in side.config)
    told = {name: tuple(_text(each.config[name]) if name in each.config else "–" for each in sides) for name in names}
    return {name: values for name, values in told.items() if len(set(values)) > 1}


def warnings(sides: Sequence[Side]) -> list[str]:
    """Why figures of the runs may not face each other, in sentences."""
    found = []
    if len({(side.config["space"], side.config["dataset"]) for side in sides}) > 1:
        found.append("These runs searched for different data sets or in different spaces: do not compare accuracies.")
    if any(side.partition != sides[0].partition for side in sides):
        found.append("They divide their space into different niches: do not compare coverage and QD scores.")
    if len({side.objectives for side in sides}) > 1:
        found.append("They have different objectives: do not compare fronts and hypervolumes.")
    return found


def _text(value: object) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
