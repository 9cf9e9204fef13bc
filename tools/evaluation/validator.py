"""Whether texts are architectures: by their structure, or, for free source, by building them in the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from illuminas.tools.evaluation.executor import Executor, Job, Kind
from illuminas.tools.evaluation.networks import InspectNetwork
from illuminas.tools.evaluation.results import ResultStore, content_key
from illuminas.tools.messages import Validation
from illuminas.tools.spaces import Architecture, InvalidArchitecture, NetworkShape, SearchSpace, get_space
from illuminas.tools.tables import is_listed, parse_reference
from illuminas.tools.tasks import describe_task, is_table

if TYPE_CHECKING:
    from illuminas.tools.sandbox import Inspection

INSPECTIONS_VERSION = 1
"""Raised when a network that built would not any more, or would measure otherwise."""


class Validator:
    """Judges architectures before anything costly; what was built well once is not built again.

    Args:
        results: keeps inspections by content.
        executor: where networks are built.
    """

    def __init__(self, results: ResultStore, executor: Executor) -> None:
        self._results = results
        self._executor = executor

    async def validate(self, space: str, dataset: str, texts: Sequence[str]) -> list[Validation]:
        """One validation for each text, in order.

        Raises:
            IlluminasError: an unknown space or data set, or free source where there is no sandbox for it.
        """
        known = get_space(space)
        shape = (await asyncio.to_thread(describe_task, dataset)).shape
        judged = await asyncio.to_thread(lambda: [_judge(known, text, shape, dataset) for text in texts])
        free = {each.canonical: each for each in judged if isinstance(each, Architecture)}
        inspections = await asyncio.gather(*(self._inspect(known, each, shape) for each in free.values()))
        found = dict(zip(free, inspections, strict=True))
        return [_told(each, found[each.canonical]) if isinstance(each, Architecture) else each for each in judged]

    async def _inspect(self, space: SearchSpace, architecture: Architecture, shape: NetworkShape) -> Inspection:
        """Build the network, unless it is known that it can be: a failure may be the machine's."""
        from illuminas.tools.evaluation import Status
        from illuminas.tools.sandbox import Inspection, Measures

        images = (shape.in_channels, shape.image_size, shape.classes)
        key = content_key("inspection", INSPECTIONS_VERSION, space.name, architecture.canonical, images)
        kept = self._results.get(key)
        if kept is not None:
            return Inspection(status=Status.OK, found=Measures.model_validate(kept))
        payload = InspectNetwork(space=space.name, text=architecture.text, shape=shape)
        inspection: Inspection = await self._executor.submit(Job(kind=Kind.INSPECT, key=key, payload=payload))
        if inspection.found is not None:
            self._results.put(key, inspection.found.model_dump())
        return inspection


def _judge(space: SearchSpace, text: str, shape: NetworkShape, dataset: str) -> Validation | Architecture:
    """By structure, and by the table that is searched; an architecture that has to be built comes back as it is."""
    try:
        architecture = space.parse(text)
        if space.is_free(architecture):
            return architecture
        counted = space.complexity(architecture, shape)
    except InvalidArchitecture as error:
        return Validation(text=text, valid=False, reason=str(error))
    reason = "" if space.computes(architecture) else "its output does not depend on its input"
    if not reason and is_table(dataset) and not is_listed(parse_reference(dataset), architecture.text):
        reason = f"{dataset} has no value for it: the search keeps to what the table holds"
    return Validation(
        text=architecture.text,
        valid=not reason,
        reason=reason,
        hash=architecture.hash,
        **({} if counted is None else counted._asdict()),
    )


def _told(architecture: Architecture, inspection: Inspection) -> Validation:
    """What the build told."""
    measures = {} if inspection.found is None else inspection.found.model_dump()
    return Validation(
        text=architecture.text,
        valid=inspection.found is not None,
        reason=inspection.reason,
        hash=architecture.hash,
        **measures,
    )
