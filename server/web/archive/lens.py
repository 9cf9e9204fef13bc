"""The archive through other niches than the run's own: any two axes, and how they would have filled."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from illuminas.memory.filling import Filling
from illuminas.memory.partitions import (
    AnyPartition,
    Axis,
    Grid,
    Partition,
    PartitionContext,
    make_axis,
    quantile_axis,
)
from illuminas.memory.partitions.catalogue import QUANTILES
from illuminas.memory.run import Run
from illuminas.server.web.archive.cells import CellTable
from illuminas.server.web.archive.plan import axis_title
from illuminas.tools.evaluation import Status
from illuminas.tools.spaces import Architecture, NetworkShape, SearchSpace

_CATALOGUE = {"flops": "macs", "params": "params"}
"""Axes that mean something in every space, and the descriptors they read."""


class AxisChoice(NamedTuple):
    """An axis that the heatmap can have.

    Attributes:
        own: the run's own, with its bounds; None for one of the catalogue.
    """

    name: str
    words: str
    own: Axis | None


def axis_choices(run: Run) -> list[AxisChoice]:
    """The run's own axes first, then those of the catalogue that its architectures have descriptors for."""
    partition = run.partition
    own = partition.axes if isinstance(partition, Grid) else ()
    choices = [AxisChoice(axis.key, f"{axis_title(axis.key)} (the run's own bins)", axis) for axis in own]
    taken = {axis.key for axis in own}
    known = set(next((run.descriptors(run.architecture(hash_)) for hash_ in run.state.niches), {}))
    space = run.space
    declared = {name: axis.feature for name, axis in space.axes.items()}
    single = [name for name in space.partition.split(",") if name in space.feature_docs]
    devices = {each.name: each.name for each in run.state.tracked if each.source == "device"}
    everywhere = devices | _CATALOGUE | {name: name for name in (*single, *space.cost_features)}
    ranked = sorted(everywhere.items(), key=lambda item: item[1] not in partition.keys)
    offered = [(name, name, key) for name, key in declared.items()]
    offered += [(name, axis_title(key), key) for name, key in ranked]
    return choices + [AxisChoice(name, words, None) for name, words, key in offered if key in known - taken]


def make_lens(run: Run, across: AxisChoice, down: AxisChoice) -> Grid:
    """The partition by two axes, with its capacities where they can be counted; takes seconds, off the event loop.

    Bins of the catalogue hold equal shares of the search space or of a sample of it; those of a device's objective, of
    what the run knows the value of.
    """
    context = _context(run.space, run.shape)

    def axis(choice: AxisChoice) -> Axis:
        if choice.own is not None:
            return choice.own
        if choice.name in run.state.values:
            with run.lock:
                values = list(run.state.values[choice.name].values())
            return quantile_axis(choice.name, values, QUANTILES)
        return make_axis(choice.name, context)

    return context.counted(Grid(name=f"{down.name},{across.name}", axes=(axis(down), axis(across))))


@lru_cache(maxsize=4)
def _context(space: SearchSpace, shape: NetworkShape) -> PartitionContext:  # it lists the space, once for all pages
    return PartitionContext(space=space, shape=shape)


class Lens:
    """A partition that the run's evaluations are sorted into as they come.

    The run's own niches are filled as its archivist did, and only failures are sorted here.

    Attributes:
        cells: what it shows.
    """

    def __init__(self, run: Run, partition: AnyPartition) -> None:
        self.partition = partition
        self.own = partition is run.partition
        filling = run.state.filling if self.own else Filling(run.state.rank)
        words = run.niche_words if self.own else tuple(map(partition.describe, range(partition.size)))
        self.cells = CellTable(run.state, filling, words, frozenset(partition.reachable))
        self._run, self._sorted = run, 0

    @property
    def behind(self) -> int:
        """Evaluations that :meth:`sort` has yet to take in."""
        return len(self._run.state.evaluations) - self._sorted

    def sort(self, most: int) -> int:
        """Take in the next so many that were evaluated; a fraction of a millisecond each, off the event loop.

        Returns:
            How many are left.
        """
        with self._run.lock:
            new = list(islice(self._run.state.evaluations.values(), self._sorted, self._sorted + most))
        for evaluation in new:
            self._sort(evaluation.hash, failed=evaluation.status is not Status.OK)
            self._sorted += 1
        return self.behind

    def _sort(self, hash_: str, *, failed: bool) -> None:
        state = self._run.state
        if self.own and not failed:
            return
        niche = niche_of(self._run, self.partition, self._run.architecture(hash_))
        if failed:
            if niche is None and self.own:
                niche = state.candidates[hash_].target
            if niche is not None:
                self.cells.fail(state.evaluated_in[hash_], niche, hash_)
        elif niche is not None:
            self.cells.filling.land(state.evaluated_in[hash_], niche, hash_)


def niche_of(run: Run, partition: Partition, architecture: Architecture) -> int | None:
    """Where an architecture belongs by what is known of it; None where that does not tell."""
    return partition.niche_of(run.descriptors(architecture))
