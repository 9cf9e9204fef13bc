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
from illuminas.memory.partitions.grid import Axis, Grid, quantile_axis
from illuminas.memory.predicates import feature_kinds
from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.objectives import KINDS, find_kind
from illuminas.tools.spaces import SearchSpace

AnyPartition = Grid | Centroids
CVT = "cvt"
CVT_NICHES = 24
"""Niches of ``cvt`` where no number is given; its descriptors are then macs and what else tells a network's cost."""
QUANTILES = 6
"""Bins of the axes that hold equal shares."""


def shares_axis(kind: str) -> Callable[[PartitionContext], Axis]:
    """Equal shares of the space, or of a sample, by its size or the run's objective of a kind of device."""

    def axis(context: PartitionContext) -> Axis:
        return quantile_axis(key := context.key(kind), context.values(key), QUANTILES)

    return axis


def random(context: PartitionContext) -> Axis:
    """Bins that mean nothing, as large as those of the space's own first axis: what an ablation compares with."""
    axis = make_axis(context.space.partition.split(",")[0], context)
    sizes = Counter(axis.bin_of(each) for each in context.population)
    shares = np.cumsum([sizes[bin_] for bin_ in range(len(axis.labels))]) / len(context.population)
    labels = tuple(f"group {number}" for number in range(1, len(axis.labels) + 1))
    return Axis(key="chance", bounds=tuple(shares[:-1].tolist()), labels=labels)


def none(context: PartitionContext) -> Axis:
    """One bin for all: no diversity is asked for."""
    return Axis(key="chance", bounds=(), labels=("any",))


def make_axis(name: str, context: PartitionContext) -> Axis:
    """The axis of that name: one of :data:`AXES`, one that the space declares, or one over a numeric feature."""
    if name in AXES:
        return AXES[name](context)
    declared = context.space.axes.get(name)
    if declared is not None:
        return Axis(key=declared.feature, bounds=declared.bounds, labels=declared.labels)
    values = context.values(name)
    levels = np.unique(values)
    if len(levels) > QUANTILES:
        return quantile_axis(name, values, QUANTILES)
    labels = tuple(f"{name.replace('_', ' ')} {level:g}" for level in levels)
    return Axis(key=name, bounds=tuple(levels[1:].tolist()), labels=labels)


AXES: dict[str, Callable[[PartitionContext], Axis]] = {
    **{kind.name: shares_axis(kind.name) for kind in KINDS.values() if kind.source == "device"},
    "flops": shares_axis("macs"),
    "params": shares_axis("params"),
    "random": random,
    "none": none,
}
"""Axes of any space, name -> function. A space declares others, and every numeric feature is one by its own name."""


def make_partition(name: str, context: PartitionContext) -> AnyPartition:
    """The partition of that name over a space.

    Args:
        name: names of :data:`AXES` joined by commas; or ``cvt``, ``cvt:DESCRIPTOR,...``, ``cvt:DESCRIPTOR,...:NICHES``.
        context: the space.

    Raises:
        IlluminasError: an unknown axis or descriptor, answered with the nearest, or one that needs a device.
    """
    check_partition(name, context.space)
    if _is_cvt(name):
        keys, niches = _cvt(name)
        keys = keys or ("macs", *(context.space.cost_features[-1:] or ("params",)))
        return tessellate(name, tuple(map(context.key, keys)), niches, context)
    return context.counted(Grid(name=name, axes=tuple(make_axis(axis, context) for axis in name.split(","))))


def check_partition(name: str, space: SearchSpace) -> None:
    """Refuse a name that no partition has, before anything is opened; descriptors are looked at later."""
    if _is_cvt(name):
        _cvt(name)
        return
    axes = name.split(",")
    for axis in axes:
        if axis not in (known := (*AXES, *space.axes, *_numeric(space))):
            raise unknown_name("partition", axis, [*known, CVT])
    if len(set(axes)) < len(axes):
        raise IlluminasError(f"partition {name!r} names an axis twice: name each once.")


def _numeric(space: SearchSpace) -> list[str]:
    """Features that sort architectures."""
    return [name for name, kind in feature_kinds(space).items() if kind.kind != "word"]


def device_kinds(name: str) -> set[str]:
    """Kinds of objective of devices that the partition of that name sorts by."""
    keys = _cvt(name)[0] if _is_cvt(name) else name.split(",")
    return {kind.name for key in keys if (kind := find_kind(key)) is not None and kind.source == "device"}


def _is_cvt(name: str) -> bool:
    return name == CVT or name.startswith(f"{CVT}:")


def _cvt(name: str) -> tuple[tuple[str, ...], int]:
    """Descriptors and number of niches."""
    _, _, rest = name.partition(":")
    listed, _, count = rest.partition(":")
    keys = tuple(key.strip() for key in listed.split(",")) if listed else ()
    if count and not (count.isdigit() and int(count) >= 2):
        raise IlluminasError(f"partition {name!r}: expected a number of niches, 2 or more, got {count!r}.")
    if not all(keys) or len(set(keys)) < len(keys):
        raise IlluminasError(f"partition {name!r}: expected different descriptors, as in '{CVT}:macs,depth:24'.")
    return keys, int(count) if count else CVT_NICHES
