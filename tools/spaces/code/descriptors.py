"""The descriptors by which LLMatic keeps its archive of networks, over the range that they really take.

LLMatic (arXiv 2306.01102) describes a network by the ratio of its width to its depth and by its floating-point
operations. Fixed ranges leave most niches out of reach, so bounds come from a sample.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from illuminas.tools.spaces.base import NetworkShape, SearchSpace

SAMPLE = 1_000
"""Architectures that bounds are taken from."""


class Bounds(NamedTuple):
    """Ascending bounds between bins that hold equal shares of a sample; the outermost bins are open."""

    width_depth: tuple[float, ...]
    macs: tuple[float, ...]


def quantile_bounds(
    space: SearchSpace, shape: NetworkShape, rng: np.random.Generator, *, bins: int, count: int = SAMPLE
) -> Bounds:
    """Bounds of both descriptors over random architectures.

    Args:
        space: one whose features have ``width_depth``.
        shape: the images; multiply-accumulates (half the floating-point operations) depend on their size.
        rng: the only source of chance.
        bins: bins an axis; where values repeat, there may be fewer.
        count: architectures drawn.
    """
    drawn = space.sample(rng, count)
    ratios = [float(space.features(each)["width_depth"]) for each in drawn]
    macs = [float(space.complexity(each, shape).macs) for each in drawn]
    return Bounds(*(_quantiles(values, bins) for values in (ratios, macs)))


def _quantiles(values: list[float], bins: int) -> tuple[float, ...]:
    return tuple(sorted({float(bound) for bound in np.quantile(values, np.arange(1, bins) / bins)}))
