"""How unsure the surrogate is about what belongs to each niche."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from illuminas.agents.predictor import Predictor
from illuminas.memory.partitions import AnyPartition
from illuminas.memory.run import Run
from illuminas.memory.state import RunState
from illuminas.server.web.archive.lens import niche_of
from illuminas.tools.errors import IlluminasError
from illuminas.tools.spaces import Architecture
from illuminas.tools.surrogate import Surrogate

SAMPLE = 300
"""Architectures of the space that are asked about."""


class NoSurrogate(IlluminasError):
    """Nothing can be said of the surrogate; the message says why."""


def surrogate_uncertainty(run: Run, partition: AnyPartition, round: int) -> dict[int, float]:
    """Niche -> half the width of a standard-deviation interval of accuracy, in per cent, as of the end of a round.

    The mean over those of a sample of the space that belong to the niche, or else over what was evaluated in it. It
    reads the log and fits the surrogate as the run does: off the event loop, and only when somebody asks.

    Raises:
        NoSurrogate: the run has none, or knew too little then.
    """
    config = run.settings
    inputs = tuple(map(str, _listed(config, "predictor")))
    if not inputs:
        raise NoSurrogate("this run has no surrogate: its mode chooses candidates in another way.")
    state = RunState.at(run.log, round)
    if len(state.successes) < Surrogate.MINIMUM:
        raise NoSurrogate(
            f"the surrogate knew nothing yet in round {round}: it needs {Surrogate.MINIMUM} successful evaluations, "
            f"and there were {len(state.successes)}."
        )
    members = _members(run, partition, state)
    asked = [each for found in members.values() for each in found]
    if not asked:
        return {}
    proxies = tuple(map(str, _listed(config, "proxies"))) or tuple(run.state.started.task.proxies)
    prediction = Predictor(run.space, state, inputs=inputs, proxies=proxies).predict(asked)
    mean, std = prediction.posterior.mean, prediction.posterior.std
    high, low = (np.clip(prediction.warp.inverse(mean + sign * std), 0.0, 100.0) for sign in (1, -1))
    widths = dict(zip((each.hash for each in asked), ((high - low) / 2).tolist(), strict=True))
    return {niche: float(np.mean([widths[each.hash] for each in found])) for niche, found in members.items()}


def _members(run: Run, partition: AnyPartition, state: RunState) -> dict[int, list[Architecture]]:
    """What is asked about, by niche: a sample of the space, and what was evaluated where the sample has nothing."""
    found: defaultdict[int, list[Architecture]] = defaultdict(list)
    for architecture in run.space.sample(np.random.default_rng(0), SAMPLE):
        niche = niche_of(run, partition, architecture)
        if niche is not None and architecture.hash not in state.evaluations:
            found[niche].append(architecture)
    evaluated: defaultdict[int, list[Architecture]] = defaultdict(list)
    for evaluation in state.successes:
        architecture = run.architecture(evaluation.hash)
        niche = niche_of(run, partition, architecture)
        if niche is not None and not run.space.is_free(architecture):
            evaluated[niche].append(architecture)
    return {**evaluated, **found}


def _listed(config: dict[str, object], name: str) -> list[object]:
    value = config[name]
    assert isinstance(value, list)
    return value
