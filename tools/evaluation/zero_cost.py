"""Zero-cost scores by canonical form: equal architectures share those of one, and nothing is scored twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.executor import Executor, Job, JobResult, Kind
from illuminas.tools.evaluation.networks import ScoreNetworks
from illuminas.tools.evaluation.results import ResultStore, content_key
from illuminas.tools.messages import ZeroCostScores
from illuminas.tools.spaces import NetworkShape, Scale, SearchSpace, get_space
from illuminas.tools.tasks import describe_task, has_images, open_dataset

if TYPE_CHECKING:
    from illuminas.tools.datasets.dataset import Images, Labels
    from illuminas.tools.proxies import ProxyScores

BATCH = 32
"""Images that zero-cost proxies look at."""
TABLE_SHAPE = NetworkShape(image_size=16, scale=Scale.SMALL)
"""Networks that are scored for a table: there are no images to fit, and small ones rank alike."""
PROXIES_VERSION = 1
"""Raised when a score would come out otherwise, so that older ones are not taken for new."""


class ZeroCost:
    """Scores architectures without training them.

    Args:
        results: keeps scores by content, and why there is none.
        executor: where networks are scored.
    """

    def __init__(self, results: ResultStore, executor: Executor) -> None:
        self._results = results
        self._executor = executor

    async def score(self, space: str, dataset: str, texts: Sequence[str], names: Sequence[str]) -> list[ZeroCostScores]:
        """Scores for each text, in order: those of its form's representative.

        Raises:
            IlluminasError: an unknown space, data set or proxy, or a space whose networks need a sandbox that is not.
        """
        from illuminas.tools.proxies import expand

        known, wanted = get_space(space), expand(names)
        hashes, texts_of, keys = await asyncio.to_thread(_question, known, dataset, texts, wanted)
        kept = await asyncio.to_thread(self._results.get_many, list(keys.values()))
        missing = {key: texts_of[key] for (key, name), where in keys.items() if where not in kept}
        if missing:
            names_missing = [name for name in wanted if any(keys[key, name] not in kept for key in missing)]
            new = await self._compute(known, dataset, missing, names_missing)
            rows = {keys[key, name]: _row(each, name) for key, each in new.items() for name in names_missing}
            # a network that could not be built may be another time, on a machine that has more time or memory
            built = {keys[key, name] for key, each in new.items() if each.found is not None for name in names_missing}
            await asyncio.to_thread(self._results.put_many, {where: rows[where] for where in built})
            kept = rows | kept  # what is kept stays
        return [_told(key, {name: kept[keys[key, name]] for name in wanted}) for key in hashes]

    async def _compute(
        self, space: SearchSpace, dataset: str, texts: Mapping[str, str], names: Sequence[str]
    ) -> dict[str, JobResult[ProxyScores]]:
        """Scores of texts by hash."""
        batch = await asyncio.to_thread(_batch, dataset)
        forms = {key: space.representative(space.parse(text)).text for key, text in texts.items()}
        payload = ScoreNetworks(
            space=space.name,
            texts=list(forms.values()),
            shape=batch.shape,
            images=batch.images,
            labels=batch.labels,
            proxies=list(names),
        )
        key = content_key("scores", dataset, space.name, sorted(forms), list(names))
        scored = await self._executor.submit(Job(kind=Kind.SCORE, key=key, payload=payload))
        if scored.found is None:
            raise IlluminasError(f"the networks could not be scored: {scored.reason}")
        return dict(zip(forms, scored.found, strict=True))


class _Batch(NamedTuple):
    """What proxies look at."""

    shape: NetworkShape
    images: Images
    labels: Labels


def _batch(dataset: str) -> _Batch:
    if has_images(dataset):
        known = open_dataset(dataset)
        batch = known.normalised(known.train.x[:BATCH])
        return _Batch(describe_task(dataset).shape, batch, known.train.y[:BATCH])
    import torch

    size = (BATCH, TABLE_SHAPE.in_channels, TABLE_SHAPE.image_size, TABLE_SHAPE.image_size)
    images = torch.randn(size, generator=torch.Generator().manual_seed(0)).numpy()
    return _Batch(TABLE_SHAPE, images, np.arange(BATCH) % TABLE_SHAPE.classes)


def _question(
    space: SearchSpace, dataset: str, texts: Sequence[str], names: Sequence[str]
) -> tuple[list[str], dict[str, str], dict[tuple[str, str], str]]:
    """Hashes in the order of the texts; a text for each; and where the scores of (hash, proxy) are kept."""
    hashes = [space.parse(text).hash for text in texts]
    # all tables share their scores: the images are noise of one shape
    data = open_dataset(dataset).fingerprint if has_images(dataset) else TABLE_SHAPE.model_dump()
    prefixes = {name: content_key("proxy", PROXIES_VERSION, space.name, data, BATCH, name) for name in names}
    keys = {(key, name): f"{prefix}:{key}" for name, prefix in prefixes.items() for key in dict.fromkeys(hashes)}
    return hashes, dict(zip(hashes, texts, strict=True)), keys


def _row(scoring: JobResult[ProxyScores], name: str) -> dict[str, Any]:
    """A proxy's score or why there is none, and its seconds, as they are kept."""
    if scoring.found is None:
        return {"score": None, "failure": scoring.reason, "seconds": 0.0}
    found = scoring.found
    return {"score": found.values.get(name), "failure": found.failures.get(name, ""), "seconds": found.seconds[name]}


def _told(key: str, rows: Mapping[str, Mapping[str, Any]]) -> ZeroCostScores:
    return ZeroCostScores(
        hash=key,
        scores={name: each["score"] for name, each in rows.items() if each["score"] is not None},
        failures={name: each["failure"] for name, each in rows.items() if each["score"] is None},
        seconds=sum(each["seconds"] for each in rows.values()),
    )
