"""The tools themselves, as plain methods: :mod:`illuminas.tools.toolserver` hands them out over MCP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from illuminas.tools.errors import IlluminasError, ResourceError
from illuminas.tools.evaluation import Evaluation, Status
from illuminas.tools.messages import (
    LatencyReading,
    SpaceDescription,
    TaskDescription,
    TestAccuracy,
    Validation,
    ZeroCostScores,
)
from illuminas.tools.process import usable_cores
from illuminas.tools.results import ResultStore, content_key
from illuminas.tools.sandbox import Level, probe
from illuminas.tools.spaces import Architecture, InvalidArchitecture, NetworkShape, SearchSpace, get_space
from illuminas.tools.tables import (
    TableError,
    TableReference,
    parse_reference,
    table_accuracy,
    table_latency,
    table_test_accuracy,
)
from illuminas.tools.tasks import TABLE, describe_task, is_table, open_dataset, recipe_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from illuminas.tools.training.workers import WorkerPool

PROXY_BATCH = 32
"""Images that zero-cost proxies look at."""
TABLE_PROXY_SHAPE = NetworkShape(channels=8, cells=1, image_size=16)
"""Networks that are scored for a table: there are no images to fit, and small ones rank alike."""
RESULTS_VERSION = 1
"""Raised when the same recipe would give another result, so that older results are not taken for new ones."""
PROXIES_VERSION = 1
"""The same for zero-cost scores."""


class Toolbox:
    """Search spaces, training, zero-cost scores and latencies behind one object.

    Args:
        workers: training processes; None is one a usable core.
        results: file of results kept between runs; None keeps them in memory.
        require_sandbox: level that must be reached before a network is built from source; None takes any that runs it.
    """

    def __init__(
        self, *, workers: int | None = None, results: Path | None = None, require_sandbox: Level | None = None
    ) -> None:
        self.workers = workers or usable_cores()
        self._require_sandbox = require_sandbox
        self._results = ResultStore(results)
        self._pool: WorkerPool | None = None
        self._free = asyncio.Semaphore(self.workers)
        self._quiet = asyncio.Lock()

    def close(self) -> None:
        """End the worker processes; harmless twice."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        self._results.close()

    def describe_space(self, space: str) -> SpaceDescription:
        known = get_space(space)
        return SpaceDescription(
            name=known.name,
            summary=known.summary,
            size=len(known.reduced()) if known.enumerable else None,
            features=known.feature_docs,
            example=known.heaviest().text,
            sandbox=str(probe().level) if space == "code" else None,
        )

    async def describe_task(self, dataset: str, epochs: int | None = None, *, space: str = "nb201") -> TaskDescription:
        described = await asyncio.to_thread(describe_task, dataset, epochs)
        if not is_table(dataset):
            self._workers().start()  # warm by the time the first candidate comes
        return described

    async def validate(self, space: str, dataset: str, texts: Sequence[str]) -> list[Validation]:
        return await asyncio.to_thread(self._validate, space, dataset, texts)

    def _validate(self, space: str, dataset: str, texts: Sequence[str]) -> list[Validation]:
        known, shape = get_space(space), describe_task(dataset).shape
        found = []
        for text in texts:
            try:
                architecture = known.parse(text)
                params, macs = known.complexity(architecture, shape)
            except InvalidArchitecture as error:
                found.append(Validation(text=text, valid=False, reason=str(error)))
                continue
            connected = architecture.canonical != "0"
            found.append(
                Validation(
                    text=architecture.text,
                    valid=connected,
                    reason="" if connected else "its output does not depend on its input",
                    hash=architecture.hash,
                    params=params,
                    macs=macs,
                )
            )
        return found

    async def score_zero_cost(
        self, space: str, dataset: str, texts: Sequence[str], names: Sequence[str]
    ) -> list[ZeroCostScores]:
        """Scores by canonical form: equal architectures have those of the form's representative."""
        return await asyncio.to_thread(self._score, get_space(space), dataset, texts, names)

    def _score(
        self, space: SearchSpace, dataset: str, texts: Sequence[str], names: Sequence[str]
    ) -> list[ZeroCostScores]:
        from illuminas.tools.proxies import expand

        wanted = expand(names)
        hashes = [space.parse(text).hash for text in texts]
        texts_of = dict(zip(hashes, texts, strict=True))
        prefixes = {name: _proxy_key(space.name, dataset, name) for name in wanted}
        keys = {(key, name): f"{prefix}:{key}" for name, prefix in prefixes.items() for key in texts_of}
        kept = self._results.get_many(list(keys.values()))
        missing = {key: texts_of[key] for (key, name), where in keys.items() if where not in kept}
        if missing:
            names_missing = [name for name in wanted if any(keys[key, name] not in kept for key in missing)]
            new = self._compute_scores(space, dataset, missing, names_missing)
            found = {keys[key, name]: each for (key, name), each in new.items()}
            self._results.put_many(found)
            kept = found | kept  # what is kept stays
        return [_zero_cost(key, {name: kept[keys[key, name]] for name in wanted}) for key in hashes]

    def _compute_scores(
        self, space: SearchSpace, dataset: str, texts: Mapping[str, str], names: Sequence[str]
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """(hash, proxy) -> its score or why there is none, and its seconds; of texts by hash."""
        import torch

        from illuminas.tools.proxies import score_batch

        torch.set_num_threads(1)  # small networks: more threads cost more than they bring
        if is_table(dataset):
            shape = TABLE_PROXY_SHAPE
            size = (PROXY_BATCH, shape.in_channels, shape.image_size, shape.image_size)
            images = torch.randn(size, generator=torch.Generator().manual_seed(0))
            labels = torch.arange(PROXY_BATCH) % shape.classes
        else:
            shape, train = describe_task(dataset).shape, open_dataset(dataset).train
            images, labels = torch.from_numpy(train.x[:PROXY_BATCH]), torch.from_numpy(train.y[:PROXY_BATCH])
        representatives = [space.representative(space.parse(text)).text for text in texts.values()]
        scored = score_batch(space.name, representatives, shape, images, labels, names)
        return {
            (key, name): {
                "score": each.values.get(name),
                "failure": each.failures.get(name, ""),
                "seconds": each.seconds[name],
            }
            for key, each in zip(texts, scored, strict=True)
            for name in names
        }

    async def lookup_latency(self, space: str, dataset: str, device: str, texts: Sequence[str]) -> list[LatencyReading]:
        known = get_space(space)
        architectures = [known.parse(text) for text in texts]
        if is_table(device):
            reference = parse_reference(device)
            return [_look_up_latency(reference, device, each) for each in architectures]
        if device != "local":
            raise IlluminasError(f"unknown device {device!r}: expected 'local' or 'table:NAME/COLUMN'.")
        return [await self._measure(space, dataset, each) for each in architectures]

    async def _measure(self, space: str, dataset: str, architecture: Architecture) -> LatencyReading:
        from illuminas.tools.latency import measure_latency

        shape = describe_task(dataset).shape
        async with self._alone():
            try:
                latency = await asyncio.to_thread(measure_latency, space, architecture.text, shape)
            except ResourceError as error:
                return LatencyReading(hash=architecture.hash, device="local", source="measured", reason=str(error))
        return LatencyReading(
            hash=architecture.hash,
            device=latency.device,
            source="measured",
            latency_ms=latency.median_ms,
            spread=latency.spread,
        )

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """While no training goes on in this process's workers, so that a measurement is not disturbed."""
        async with self._quiet, AsyncExitStack() as held:
            for _ in range(self.workers):
                await held.enter_async_context(self._free)
            yield

    async def train(
        self,
        space: str,
        text: str,
        dataset: str,
        fidelity: str,
        *,
        seed: int = 0,
        timeout: float = 120.0,
        start: str | None = None,
        keep_weights: bool = False,
        on_epoch: Callable[[int, int], None] = lambda done, total: None,
    ) -> Evaluation:
        """Validation figures of one architecture; paid for once, whichever run asks."""
        architecture = get_space(space).parse(text)
        base = {
            "space": space,
            "hash": architecture.hash,
            "text": architecture.text,
            "dataset": dataset,
            "fidelity": fidelity,
            "seed": seed,
        }
        if is_table(dataset) or fidelity == TABLE:
            accuracy = table_accuracy(parse_reference(dataset), architecture.text)
            return Evaluation.model_validate({**base, "status": Status.OK, "val_accuracy": accuracy})
        key = await asyncio.to_thread(_training_key, architecture, dataset, fidelity, seed)
        kept = self._results.get(key)
        if kept is not None:
            return Evaluation.model_validate({**kept["evaluation"], **base, "cached": True, "result": key})
        async with self._free:
            result = await self._workers().train(
                space,
                architecture.text,
                dataset=dataset,
                recipe=recipe_for(fidelity),
                seed=seed,
                timeout=timeout,
                on_epoch=lambda report: on_epoch(report.epoch, report.epochs),
            )
        evaluation = Evaluation.model_validate(
            {
                **base,
                "status": result.status,
                "val_accuracy": result.val_accuracy,
                "seconds": result.seconds,
                "epochs": result.epochs,
                "reason": result.reason,
                "result": key if result.status is Status.OK else None,
                "inherited": None if start is None else 0.0,
            }
        )
        if result.status is Status.OK:  # a failure may be the machine's, and is tried again another time
            self._results.put(
                key,
                {"evaluation": evaluation.model_dump(mode="json"), "test_accuracy": result.test_accuracy},
            )
        return evaluation

    def _workers(self) -> WorkerPool:
        from illuminas.tools.training.workers import WorkerPool

        if self._pool is None:
            self._pool = WorkerPool(workers=self.workers)
        return self._pool

    def test_accuracy(self, evaluations: Sequence[Evaluation]) -> list[TestAccuracy]:
        """Test figures of what was evaluated before; for reports, never for a search."""
        kept = self._results.get_many([each.result for each in evaluations if each.result is not None])
        found = []
        for each in evaluations:
            if is_table(each.dataset):
                value: float | None = table_test_accuracy(parse_reference(each.dataset), each.text)
            else:
                value = kept.get(each.result or "", {}).get("test_accuracy")
            found.append(TestAccuracy(hash=each.hash, test_accuracy=value))
        return found


def _proxy_key(space: str, dataset: str, name: str) -> str:
    """Begins the key of a proxy's scores. All tables share theirs: the images are noise of one shape."""
    data = TABLE_PROXY_SHAPE.model_dump() if is_table(dataset) else open_dataset(dataset).fingerprint
    return content_key("proxy", PROXIES_VERSION, space, data, PROXY_BATCH, name)


def _zero_cost(key: str, found: Mapping[str, Mapping[str, Any]]) -> ZeroCostScores:
    return ZeroCostScores(
        hash=key,
        scores={name: each["score"] for name, each in found.items() if each["score"] is not None},
        failures={name: each["failure"] for name, each in found.items() if each["score"] is None},
        seconds=sum(each["seconds"] for each in found.values()),
    )


def _look_up_latency(reference: TableReference, device: str, architecture: Architecture) -> LatencyReading:
    try:
        latency, reason = table_latency(reference, architecture.text), ""
    except TableError as error:
        latency, reason = None, str(error)
    return LatencyReading(hash=architecture.hash, device=device, source="table", latency_ms=latency, reason=reason)


def _training_key(architecture: Architecture, dataset: str, fidelity: str, seed: int) -> str:
    recipe = recipe_for(fidelity)
    return content_key(
        "training",
        RESULTS_VERSION,
        architecture.space,
        architecture.canonical,
        open_dataset(dataset).fingerprint,
        recipe.fingerprint,
        seed,
    )
