"""Partitions of a search space into niches, each of which keeps an elite of its own.

``partition`` holds the interface, ``grid`` products of axes, ``centroids`` Voronoi cells, ``descriptors`` what they
sort by, ``context`` what they are built from, and ``catalogue`` their names.
"""

from illuminas.memory.partitions.catalogue import (
    AXES,
    AnyPartition,
    check_partition,
    device_kinds,
    make_axis,
    make_partition,
)
from illuminas.memory.partitions.centroids import Centroids
from illuminas.memory.partitions.context import PartitionContext
from illuminas.memory.partitions.descriptors import (
    DESCRIPTORS,
    Descriptors,
    measure_of,
    of_a_build,
    structure,
)
from illuminas.memory.partitions.grid import Axis, Grid, quantile_axis
from illuminas.memory.partitions.partition import Partition

__all__ = [
    "AXES",
    "DESCRIPTORS",
    "AnyPartition",
    "Axis",
    "Centroids",
    "Descriptors",
    "Grid",
    "Partition",
    "PartitionContext",
    "check_partition",
    "device_kinds",
    "make_axis",
    "make_partition",
    "measure_of",
    "of_a_build",
    "quantile_axis",
    "structure",
]
