"""The niches of a run, and why one is as it is."""

from __future__ import annotations

from collections import Counter

from illuminas.memory.knowledge import OPEN
from illuminas.memory.run import Run
from illuminas.server.services.answers import NicheCard, NicheLine, NicheList
from illuminas.server.services.reports import architecture_line, heuristic_line
from illuminas.tools.evaluation import Status
from illuminas.tools.figures import several

LATEST = 10
"""Failures that are told."""


def every_niche(run: Run) -> NicheList:
    """The niches that some architecture belongs to, empty ones too."""
    state, partition = run.state, run.partition
    landed = Counter(state.niches.values())
    return NicheList(
        run_id=run.id,
        niches=[
            NicheLine(
                niche=niche,
                words=partition.describe(niche),
                evaluated=landed[niche],
                elite=None if niche not in state.elites else architecture_line(run, state.elites[niche]),
            )
            for niche in partition.reachable
        ],
    )


def explain(run: Run, niche: int) -> NicheCard:
    """What was aimed at the niche, what landed in it, and what stands in the way."""
    state, partition = run.state, run.partition
    words = run.niche_words[niche]
    aimed = [hash_ for hash_ in state.evaluations if state.candidates[hash_].target == niche]
    failed = [state.evaluations[hash_] for hash_ in aimed if state.evaluations[hash_].status is not Status.OK]
    strayed = Counter(
        run.niche_words[state.niches[hash_]] for hash_ in aimed if state.niches.get(hash_, niche) != niche
    )
    inside = [hash_ for hash_, where in state.niches.items() if where == niche]
    elite = state.elites.get(niche)
    card = NicheCard(
        run_id=run.id,
        niche=niche,
        words=words,
        reachable=niche in partition.reachable,
        holds=partition.capacities[niche] if partition.capacities else None,
        evaluated=len(inside),
        aimed=len(aimed),
        strayed=dict(strayed.most_common()),
        failures=[f"{each.status}: {each.reason}" for each in failed[-LATEST:]],
        elite=None if elite is None else architecture_line(run, elite),
        kept=[architecture_line(run, hash_) for hash_ in state.kept.get(niche, ())],
        heuristics=[
            heuristic_line(each)
            for each in run.heuristics().values()
            if each.scope.niche == words and each.status in OPEN
        ],
        why="",
    )
    return card.model_copy(update={"why": _why(card, run)})


def _why(card: NicheCard, run: Run) -> str:
    if not card.reachable:
        return f"No architecture of the search space {run.space.name} belongs to the niche: it will stay empty."
    shut = _shut(card.niche, run)
    return f"{_so_far(card, run)} {shut}" if shut else _so_far(card, run)


def _shut(niche: int, run: Run) -> str:
    """What people asked for that keeps the search from the niche, or from much of it; empty where nothing does."""
    steering = run.state.steering
    if niche in steering.avoided:
        return f"Directive {steering.avoided[niche]} keeps the search out of it."
    if steering.focus and niche not in steering.focus:
        return "A directive has the search work on other niches alone."
    bounds = sorted({*steering.limits, *steering.requirements})
    told = "; ".join(f"{number}, {steering.acts[number - 1].words}" for number in bounds)
    return f"What may be proposed is limited by directive {told}." if told else ""


def _so_far(card: NicheCard, run: Run) -> str:
    if card.elite is not None:
        best = (
            f"It keeps {card.elite.words} at {card.elite.figures} after {several(card.evaluated, 'evaluation')} in it."
        )
        return best if card.evaluated > 1 else f"{best} Nothing else has been tried there."
    if not card.aimed:
        plan = "No candidate made for it was evaluated yet."
        return plan if run.state.ended is None else f"{plan} The run has ended: {run.state.ended}."
    parts = [f"{several(card.aimed, 'candidate')} {'was' if card.aimed == 1 else 'were'} made for it and evaluated"]
    if failed := card.aimed - sum(card.strayed.values()):
        parts.append(f"{failed} of them failed")
    if card.strayed:
        where, count = next(iter(card.strayed.items()))
        parts.append(f"{sum(card.strayed.values())} landed elsewhere, {count} of them in '{where}'")
    if card.holds is not None and card.holds < LATEST:
        parts.append(f"the niche can hold {several(card.holds, 'architecture')} in all, so chance seldom finds one")
    return "; ".join(parts) + "."
