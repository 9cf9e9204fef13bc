"""Partitions by name: axes joined by commas, or ``cvt:DESCRIPTOR,...[:NICHES]``.

To add an axis: put a function into :data:`AXES` that makes one from a :class:`PartitionContext`; where it reads
something that no space tells, put that into :data:`~illuminas.memory.partitions.DESCRIPTORS` first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from illuminas.memory.partitions.centroids import Centroids, tessellate
from illuminas.memory.partitions.context import PartitionContext
from illuminas.memory.partitions.descriptors import LATENCY
from illuminas.memory.partitions.grid import Axis, Grid, quantile_axis
from illuminas.tools.errors import IlluminasError, unknown_name

AnyPartition = Grid | Centroids
CVT = "cvt"
CVT_DESCRIPTORS, CVT_NICHES = ("macs", "depth"), 24
"""What ``cvt`` alone stands for."""
QUANTILES = 6
"""Bins of the axes that hold equal shares."""


def convolutions(context: PartitionContext) -> Axis:
    """Six bins by number of convolutions, the complexity partition of LLM-NAS (arXiv 2510.01472).

    ``complexity`` is a feature of the space: 0 without convolution, 1 with 1x1 alone, then one more than the number
    of 3x3 convolutions.
    """
    context.values("complexity")  # a space without it says so
    labels = (
        "no convolution",
        "only 1x1 convolutions",
        "one 3x3",
        "two 3x3",
        "three 3x3",
        "four or more 3x3",
    )
    return Axis(key="complexity", bounds=(1, 2, 3, 4, 5), labels=labels)


def latency(context: PartitionContext) -> Axis:
    """Equal shares of the space, or of a sample, by latency on the run's device."""
    return quantile_axis(LATENCY, context.values(LATENCY), QUANTILES)


def flops(context: PartitionContext) -> Axis:
    """Equal shares of the space by multiply-accumulates."""
    return quantile_axis("macs", context.values("macs"), QUANTILES)


def params(context: PartitionContext) -> Axis:
    """Equal shares of the space by parameters."""
    return quantile_axis("params", context.values("params"), QUANTILES)


def depth(context: PartitionContext) -> Axis:
    """Most convolutions, or layers with weights, on any path: one bin each where they are few, else equal shares."""
    values = context.values("depth")
    levels = np.unique(values)
    if len(levels) > QUANTILES:
        return quantile_axis("depth", values, QUANTILES)
    labels = tuple(f"depth {level:g}" for level in levels)
    return Axis(key="depth", bounds=tuple(levels[1:].tolist()), labels=labels)


def width_depth(context: PartitionContext) -> Axis:
    """Equal shares by width divided by depth, with FLOPs the descriptors of LLMatic (arXiv 2306.01102)."""
    return quantile_axis("width_depth", context.values("width_depth"), QUANTILES)


def random(context: PartitionContext) -> Axis:
    """Six bins that mean nothing, as large as those of :func:`convolutions`: what an ablation compares with."""
    axis = convolutions(context)
    sizes = Counter(axis.bin_of(each) for each in context.population)
    shares = np.cumsum([sizes[bin_] for bin_ in range(len(axis.labels))]) / len(context.population)
    labels = tuple(f"group {number}" for number in range(1, len(axis.labels) + 1))
    return Axis(key="chance", bounds=tuple(shares[:-1].tolist()), labels=labels)


def none(context: PartitionContext) -> Axis:
    """One bin for all: no diversity is asked for."""
    return Axis(key="macs", bounds=(), labels=("any",))


AXES: dict[str, Callable[[PartitionContext], Axis]] = {
    "convolutions": convolutions,
    "latency": latency,
    "flops": flops,
    "params": params,
    "depth": depth,
    "width_depth": width_depth,
    "random": random,
    "none": none,
}


def make_partition(name: str, context: PartitionContext) -> AnyPartition:
    """The partition of that name over a space.

    Args:
        name: names of :data:`AXES` joined by commas; or ``cvt``, ``cvt:DESCRIPTOR,...``, ``cvt:DESCRIPTOR,...:NICHES``.
        context: the space.

    Raises:
        IlluminasError: an unknown axis or descriptor, answered with the nearest, or one that needs a device.
    """
    check_partition(name)
    if _is_cvt(name):
        keys, niches = _cvt(name)
        return tessellate(name, keys, niches, context)
    return context.counted(Grid(name=name, axes=tuple(AXES[axis](context) for axis in name.split(","))))


def check_partition(name: str) -> None:
    """Refuse a name that no partition has, before anything is opened; descriptors are looked at later."""
    if _is_cvt(name):
        _cvt(name)
        return
    axes = name.split(",")
    for axis in axes:
        if axis not in AXES:
            raise unknown_name("partition", axis, [*AXES, CVT])
    if len(set(axes)) < len(axes):
        raise IlluminasError(f"partition {name!r} names an axis twice: name each once.")


def needs_latency(name: str) -> bool:
    """Whether the partition of that name sorts by latency."""
    return LATENCY in _cvt(name)[0] if _is_cvt(name) else "latency" in name.split(",")


def _is_cvt(name: str) -> bool:
    return name == CVT or name.startswith(f"{CVT}:")


def _cvt(name: str) -> tuple[tuple[str, ...], int]:
    """Descriptors and number of niches."""
    _, _, rest = name.partition(":")
    listed, _, count = rest.partition(":")
    keys = tuple(key.strip() for key in listed.split(",")) if listed else CVT_DESCRIPTORS
    if count and not (count.isdigit() and int(count) >= 2):
        raise IlluminasError(f"partition {name!r}: expected a number of niches, 2 or more, got {count!r}.")
    if not all(keys) or len(set(keys)) < len(keys):
        raise IlluminasError(f"partition {name!r}: expected different descriptors, as in '{CVT}:macs,depth:24'.")
    return keys, int(count) if count else CVT_NICHES
