"""Latencies of architectures: looked up in a table, measured on this machine, or estimated for those who ask."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from illuminas.tools.devices.latency.estimate import FEWEST, estimate_latencies, scaled_latencies, size_by_structure
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.executor import Executor, Job, JobResult, Kind, OnProgress
from illuminas.tools.evaluation.results import content_key
from illuminas.tools.messages import LatencyReading
from illuminas.tools.spaces import Architecture, NetworkShape, SearchSpace
from illuminas.tools.tables import TableError, TableReference, open_table, parse_reference, table_latency
from illuminas.tools.tasks import describe_task, is_table

LOCAL = "local"
"""The device that is this machine."""
TIMEOUT = 30.0
"""Seconds that a measurement may take before its process is killed; starting it does not count."""
SAMPLE = 200
"""Architectures of a table that an estimate of another one rests on."""

T = TypeVar("T")
Known = dict[Architecture, float]


class Latencies:
    """Reads latencies, and remembers what it measured.

    Args:
        executor: where networks are measured.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._count = itertools.count()
        self._measured: dict[tuple[str, NetworkShape], Known] = {}

    async def read(
        self, space: SearchSpace, dataset: str, device: str, architectures: Sequence[Architecture], *, estimate: bool
    ) -> list[LatencyReading]:
        """One reading for each architecture, in order.

        Args:
            device: ``local``, or ``table:NAME/COLUMN``.
            estimate: also answer where there is neither a table's value nor a measurement.

        Raises:
            IlluminasError: there is no such device or data set.
        """
        if is_table(device):
            reference = parse_reference(device)
            readings = [_look_up(reference, device, each) for each in architectures]
        elif device == LOCAL:
            readings = [await self._measure(space, dataset, each) for each in architectures]
        else:
            raise IlluminasError(f"unknown device {device!r}: expected 'local' or 'table:NAME/COLUMN'.")
        if not estimate or all(reading.latency_ms is not None for reading in readings):
            return readings
        shape = describe_task(dataset).shape
        if is_table(device):
            known = _of_table(space, parse_reference(device))
        else:
            known = self._measured.get((space.name, shape), {})
            if len(known) < FEWEST:
                return await self._scaled(space, shape, architectures, readings)
        return _completed(space, shape, architectures, readings, known)

    async def _measure(self, space: SearchSpace, dataset: str, architecture: Architecture) -> LatencyReading:
        from illuminas.tools.devices.latency.measure import MeasureLatency

        if space.is_free(architecture):
            reason = "free source runs in the sandbox alone, which measures no latency: expected a layer list."
            return LatencyReading(hash=architecture.hash, device=LOCAL, source="measured", reason=reason)
        shape = describe_task(dataset).shape
        payload = MeasureLatency(space=space.name, text=architecture.text, shape=shape)
        result = await self._submit(payload, architecture.text)
        if result.found is None:
            return LatencyReading(hash=architecture.hash, device=LOCAL, source="measured", reason=result.reason)
        latency = result.found
        self._measured.setdefault((space.name, shape), {})[architecture] = latency.median_ms
        return LatencyReading(
            hash=architecture.hash,
            device=latency.device,
            source="unsteady" if latency.noise else "measured",
            latency_ms=latency.median_ms,
            spread=latency.spread,
            reason=latency.noise,
        )

    async def _submit(self, payload: Callable[[OnProgress], T], what: str) -> JobResult[T]:
        """Measure, each time anew: how busy the machine is changes."""
        key = content_key("latency", what, next(self._count))
        result = await self._executor.submit(Job(kind=Kind.LATENCY, key=key, payload=payload, timeout=TIMEOUT))
        if result.status is Status.TIMEOUT:
            reason = (
                f"measuring the latency took more than {TIMEOUT:g} s and was killed. Expected well under one second: "
                "measure a smaller network."
            )
            return replace(result, reason=reason)
        return result

    async def _scaled(
        self,
        space: SearchSpace,
        shape: NetworkShape,
        architectures: Sequence[Architecture],
        readings: Sequence[LatencyReading],
    ) -> list[LatencyReading]:
        """The readings, with estimates by size alone: from the fixed network that measurements are set against."""
        from illuminas.tools.devices.latency.measure import REFERENCE_MACS, reference_ms

        reference = await self._submit(reference_ms, "reference")
        if reference.found is None:
            return [
                r if r.latency_ms is not None else r.model_copy(update={"reason": reference.reason}) for r in readings
            ]
        sizes, latencies = [float(REFERENCE_MACS)], [reference.found]
        for each, latency in self._measured.get((space.name, shape), {}).items():
            if (macs := _macs(space, shape, each)) > 0:
                sizes.append(macs)
                latencies.append(latency)
        completed = list(readings)
        for n, (reading, each) in enumerate(zip(readings, architectures, strict=True)):
            if reading.latency_ms is None and not space.is_free(each):
                (latency,) = scaled_latencies(sizes, latencies, [_macs(space, shape, each)])
                reason = f"estimated by multiply-accumulates from {len(latencies)} known latencies. {reading.reason}"
                told = {"source": "estimated", "latency_ms": float(latency), "reason": reason}
                completed[n] = reading.model_copy(update=told)
        return completed


def _macs(space: SearchSpace, shape: NetworkShape, architecture: Architecture) -> float:
    return float(space.complexity(space.representative(architecture), shape).macs)


def _look_up(reference: TableReference, device: str, architecture: Architecture) -> LatencyReading:
    try:
        latency, reason = table_latency(reference, architecture.text), ""
    except TableError as error:
        latency, reason = None, str(error)
    return LatencyReading(hash=architecture.hash, device=device, source="table", latency_ms=latency, reason=reason)


def _of_table(space: SearchSpace, reference: TableReference) -> Known:
    """Latencies of some architectures that the table has, the same ones every time."""
    table = open_table(reference.name)
    rows = np.flatnonzero(np.isfinite(table.values(reference.column)))
    drawn = np.random.default_rng(0).permutation(rows)[:SAMPLE]
    texts = [table.texts[row] for row in drawn]
    return {space.parse(text): table_latency(reference, text) for text in texts}


def _completed(
    space: SearchSpace,
    shape: NetworkShape,
    architectures: Sequence[Architecture],
    readings: Sequence[LatencyReading],
    known: Known,
) -> list[LatencyReading]:
    """The readings, with estimates where one can be given, and else with why none can."""
    if len(known) < FEWEST:
        words = f" An estimate needs {FEWEST} known latencies of this device, and there are {len(known)}: measure some."
        return [r if r.latency_ms is not None else r.model_copy(update={"reason": r.reason + words}) for r in readings]
    completed = list(readings)
    both = zip(architectures, readings, strict=True)
    missing = [n for n, (each, r) in enumerate(both) if r.latency_ms is None and not space.is_free(each)]
    sizes = [size_by_structure(space, shape, each) for each in known]
    wanted = [size_by_structure(space, shape, architectures[n]) for n in missing]
    for n, latency in zip(missing, estimate_latencies(sizes, list(known.values()), wanted), strict=True):
        reason = f"estimated by size and depth from {len(known)} known latencies. {readings[n].reason}"
        told = {"source": "estimated", "latency_ms": float(latency), "reason": reason}
        completed[n] = readings[n].model_copy(update=told)
    return completed
