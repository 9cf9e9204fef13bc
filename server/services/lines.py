"""Evaluated architectures in short, as answers list them."""

from __future__ import annotations

from illuminas.memory.run import Run
from illuminas.server.services.answers import ArchitectureLine
from illuminas.tools.evaluation import Status
from illuminas.tools.spaces import Feature


def architecture_line(run: Run, hash_: str) -> ArchitectureLine:
    """One evaluated architecture of a run, in short."""
    state, architecture = run.state, run.architecture(hash_)
    evaluation, features = state.evaluations[hash_], run.descriptors(architecture)
    niche = state.niches.get(hash_)
    return ArchitectureLine(
        hash=hash_,
        text=architecture.text,
        words=run.space.title(architecture),
        niche=niche,
        niche_words=None if niche is None else run.niche_words[niche],
        operator=state.candidates[hash_].operator,
        round=state.evaluated_in[hash_],
        status=evaluation.status,
        reason=evaluation.reason,
        objectives=run.values(hash_),
        figures=run.figures(hash_) if evaluation.status is Status.OK else "",
        params=_whole(features.get("params")),
        macs=_whole(features.get("macs")),
        elite=niche is not None and state.elites.get(niche) == hash_,
        on_front=hash_ in run.front,
    )


def _whole(value: Feature | None) -> int | None:
    return None if value is None else int(value)
