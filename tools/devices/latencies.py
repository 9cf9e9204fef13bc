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
from illuminas.tools.messages import Reading
from illuminas.tools.objectives import LATENCY, LOCAL_DEVICES, Objective, find_kind, get_objective
from illuminas.tools.spaces import Architecture, NetworkShape, SearchSpace
from illuminas.tools.tables import InfeasibleError, TableError, open_table, parse_reference, table_value
from illuminas.tools.tasks import describe_task, is_table

_RUNTIMES = {LATENCY.of(device).name: runtime for device, runtime in LOCAL_DEVICES.items()}
"""What this machine measures, and in which runtime."""
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
        self._measured: dict[tuple[str, NetworkShape, str], Known] = {}

    async def read(
        self, space: SearchSpace, dataset: str, objective: str, architectures: Sequence[Architecture], *, estimate: bool
    ) -> list[Reading]:
        """One reading for each architecture, in order.

        Args:
            objective: ``KIND:local``, ``KIND:local:RUNTIME`` or ``KIND:table:NAME/COLUMN``.
            estimate: also answer where there is neither a table's value nor a measurement.

        Raises:
            IlluminasError: there is no such objective, device or data set.
        """
        wanted = _objective(objective)
        if is_table(wanted.device or ""):
            readings = [_look_up(wanted, each) for each in architectures]
        elif wanted.name in _RUNTIMES:
            readings = [await self._measure(space, dataset, wanted.name, each) for each in architectures]
        else:
            raise IlluminasError(f"expected {', '.join(_RUNTIMES)} or KIND:table:NAME/COLUMN, got {objective!r}.")
        both = zip(architectures, readings, strict=True)
        missing = [n for n, (each, reading) in enumerate(both) if reading.value is None and not space.is_free(each)]
        if not estimate or not missing:
            return readings  # of free source no size is known, so nothing is measured for an estimate of it
        estimates, words = await self._estimates(space, dataset, wanted, [architectures[n] for n in missing])
        if not estimates:
            return [
                r if r.value is not None else r.model_copy(update={"reason": f"{r.reason} {words}"}) for r in readings
            ]
        for n, latency in zip(missing, estimates, strict=True):
            found = {"source": "estimated", "value": latency, "reason": f"{words} {readings[n].reason}"}
            readings[n] = readings[n].model_copy(update=found)
        return readings

    async def _estimates(
        self, space: SearchSpace, dataset: str, objective: Objective, architectures: Sequence[Architecture]
    ) -> tuple[list[float], str]:
        """Milliseconds of each by those known, and what they rest on; or none, and why."""
        from illuminas.tools.devices.latency.measure import REFERENCE_MACS, reference_ms

        shape, of_table = describe_task(dataset).shape, is_table(objective.device or "")
        known = _of_table(space, objective) if of_table else self._measured.get((space.name, shape, objective.name), {})
        if len(known) >= FEWEST:
            sizes, wanted = (
                [size_by_structure(space, shape, each) for each in group] for group in (known, architectures)
            )
            estimated = estimate_latencies(sizes, list(known.values()), wanted)
            return estimated.tolist(), f"estimated by size and depth from {len(known)} known latencies."
        if of_table:
            needed = f"An estimate needs {FEWEST} known latencies of this device, and there are {len(known)}"
            return [], f"{needed}: measure some."
        # by size alone, from the fixed network that measurements are set against
        reference = await self._submit(reference_ms, "reference")
        if reference.found is None:
            return [], f"No estimate either: {reference.reason}"
        pairs = [(float(REFERENCE_MACS), reference.found)]
        pairs += [(macs, latency) for each, latency in known.items() if (macs := _macs(space, shape, each)) > 0]
        macs_known, latencies = zip(*pairs, strict=True)
        scaled = scaled_latencies(macs_known, latencies, [_macs(space, shape, each) for each in architectures])
        return scaled.tolist(), f"estimated by multiply-accumulates from {len(pairs)} known latencies."

    async def _measure(self, space: SearchSpace, dataset: str, objective: str, architecture: Architecture) -> Reading:
        from illuminas.tools.devices.latency.measure import MeasureLatency

        if space.is_free(architecture):
            reason = "free source runs in the sandbox alone, which measures no latency: expected a layer list."
            return Reading(hash=architecture.hash, objective=objective, source="measured", reason=reason)
        shape = describe_task(dataset).shape
        runtime = _RUNTIMES[objective]
        payload = MeasureLatency(space=space.name, text=architecture.text, shape=shape, runtime=runtime)
        result = await self._submit(payload, architecture.text)
        if result.found is None:
            return Reading(hash=architecture.hash, objective=objective, source="measured", reason=result.reason)
        latency = result.found
        self._measured.setdefault((space.name, shape, objective), {})[architecture] = latency.median_ms
        return Reading(
            hash=architecture.hash,
            objective=objective,
            source="unsteady" if latency.noise else "measured",
            value=latency.median_ms,
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


def _macs(space: SearchSpace, shape: NetworkShape, architecture: Architecture) -> float:
    counted = space.complexity(space.representative(architecture), shape)
    return 1.0 if counted is None else float(counted.macs)  # of equal sizes, the estimate is the median


def _objective(name: str) -> Objective:
    """The objective of a name; of a kind that nobody here knows, whoever declared it knows its direction."""
    kind, _, device = name.partition(":")
    if find_kind(kind) is None and is_table(device):
        return Objective(name=name, direction="min", source="device")
    return get_objective(name)


def _look_up(objective: Objective, architecture: Architecture) -> Reading:
    told = Reading(hash=architecture.hash, objective=objective.name, source="table")
    try:
        return told.model_copy(update={"value": table_value(objective, architecture.text)})
    except InfeasibleError as error:
        return told.model_copy(update={"infeasible": True, "reason": str(error)})
    except TableError as error:
        return told.model_copy(update={"reason": str(error)})


def _of_table(space: SearchSpace, objective: Objective) -> Known:
    """Latencies of some architectures that the table has, the same ones every time."""
    reference = parse_reference(objective.device or "", objective.kind)
    table = open_table(reference.name)
    rows = np.flatnonzero(np.isfinite(table.values(reference.column)))
    drawn = np.random.default_rng(0).permutation(rows)[:SAMPLE]
    texts = [table.texts[row] for row in drawn]
    return {space.parse(text): table_value(objective, text) for text in texts}
