"""Partitions of a search space into niches, each of which keeps an elite of its own.

``partition`` holds the interface, ``grid`` products of axes, ``centroids`` Voronoi cells, ``descriptors`` what they
sort by, ``context`` what they are built from, and ``catalogue`` their names.
"""

from illuminas.memory.partitions.catalogue import (
    AXES,
    AnyPartition,
    check_partition,
    make_axis,
    make_partition,
    needs_latency,
)
from illuminas.memory.partitions.centroids import Centroids
from illuminas.memory.partitions.context import PartitionContext
from illuminas.memory.partitions.descriptors import (
    DESCRIPTORS,
    LATENCY,
    UNITS,
    Descriptors,
    Unit,
    of_a_build,
    structure,
)
from illuminas.memory.partitions.grid import Axis, Grid, quantile_axis
from illuminas.memory.partitions.partition import Partition

__all__ = [
    "AXES",
    "DESCRIPTORS",
    "LATENCY",
    "UNITS",
    "AnyPartition",
    "Axis",
    "Centroids",
    "Descriptors",
    "Grid",
    "Partition",
    "PartitionContext",
    "Unit",
    "check_partition",
    "make_axis",
    "make_partition",
    "needs_latency",
    "of_a_build",
    "quantile_axis",
    "structure",
]
