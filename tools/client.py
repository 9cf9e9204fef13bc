"""How agents reach the tools: one MCP client, in memory or by URL, with typed answers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import ProgressFnT
from pydantic import BaseModel

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation
from illuminas.tools.messages import (
    MOST_ARCHITECTURES,
    Reading,
    Readings,
    SpaceDescription,
    TaskDescription,
    TestAccuracies,
    Validation,
    Validations,
    ZeroCostBatch,
    ZeroCostScores,
)

PATIENCE = 900.0
"""Seconds until a call counts as lost, beyond the time-out of the work itself, which may wait for a free worker."""
TRANSPORT_ERRORS = (ConnectionError, anyio.ClosedResourceError, anyio.BrokenResourceError, httpx2.TransportError)
"""What a connection that breaks raises."""
TOKEN = "ILLUMINAS_TOKEN"
"""Environment variable with the bearer token of a server that asks for one."""
REMOTE_WORKERS = 2
"""Trainings to ask a remote server for at once, unless told otherwise."""

REPORT = "report_test_accuracy"
"""The tool that only searches have."""

M = TypeVar("M", bound=BaseModel)


class ToolClient:
    """The tools of one server. Every method raises :class:`IlluminasError` with the server's own words.

    Args:
        client: an open MCP client.
        workers: trainings worth asking for at once.
    """

    def __init__(self, client: Client, *, workers: int) -> None:
        self._client = client
        self.workers = workers

    async def _call(self, answer: type[M], tool: str, progress: ProgressFnT | None = None, **arguments: Any) -> M:
        patience = arguments.get("timeout", 0.0) + PATIENCE
        result = await self._client.call_tool(tool, arguments, patience, progress_callback=progress)
        if result.is_error:
            text = " ".join(getattr(block, "text", "") for block in result.content)
            raise IlluminasError(text.removeprefix(f"Error executing tool {tool}: "))
        return answer.model_validate(result.structured_content)

    async def describe_space(self, space: str) -> SpaceDescription:
        return await self._call(SpaceDescription, "describe_search_space", space=space)

    async def describe_task(
        self, dataset: str, epochs: int | None = None, *, space: str, devices: Sequence[str] = ()
    ) -> TaskDescription:
        arguments: dict[str, Any] = {"dataset": dataset, "epochs": epochs, "space": space, "devices": list(devices)}
        return await self._call(TaskDescription, "describe_task", **arguments)

    async def validate(self, space: str, dataset: str, texts: Sequence[str]) -> list[Validation]:
        parts = self._in_parts(Validations, "validate_architecture", texts, space=space, dataset=dataset)
        return [each async for part in parts for each in part.results]

    async def score_zero_cost(
        self, space: str, dataset: str, texts: Sequence[str], proxies: Sequence[str]
    ) -> list[ZeroCostScores]:
        wanted = list(proxies)
        parts = self._in_parts(ZeroCostBatch, "score_zero_cost", texts, space=space, dataset=dataset, proxies=wanted)
        return [each async for part in parts for each in part.results]

    async def lookup_objective(
        self, space: str, dataset: str, objective: str, texts: Sequence[str], *, estimate: bool = False
    ) -> list[Reading]:
        asked = {"space": space, "dataset": dataset, "objective": objective, "estimate": estimate}
        parts = self._in_parts(Readings, "lookup_objective", texts, **asked)
        return [each async for part in parts for each in part.results]

    async def train(
        self,
        space: str,
        text: str,
        dataset: str,
        fidelity: str,
        *,
        seed: int,
        timeout: float,
        start: str | None = None,
        keep_weights: bool = False,
        progress: ProgressFnT | None = None,
    ) -> Evaluation:
        return await self._call(
            Evaluation,
            "train_architecture",
            progress,
            space=space,
            architecture=text,
            dataset=dataset,
            fidelity=fidelity,
            seed=seed,
            timeout=timeout,
            start=start,
            keep_weights=keep_weights,
        )

    async def report_test_accuracy(self, evaluations: Sequence[Evaluation]) -> dict[str, float | None]:
        """Hash -> test accuracy, per cent. For reports, after a search has ended; no agent calls it."""
        found: dict[str, float | None] = {}
        for start in range(0, len(evaluations), MOST_ARCHITECTURES):
            part = [each.model_dump(mode="json") for each in evaluations[start : start + MOST_ARCHITECTURES]]
            answer = await self._call(TestAccuracies, REPORT, evaluations=part)
            found |= {each.hash: each.test_accuracy for each in answer.results}
        return found

    async def _in_parts(self, answer: type[M], tool: str, texts: Sequence[str], **arguments: Any) -> AsyncIterator[M]:
        """The tool's answers, for as many architectures at a time as it takes."""
        for start in range(0, len(texts), MOST_ARCHITECTURES):
            part = list(texts[start : start + MOST_ARCHITECTURES])
            yield await self._call(answer, tool, architectures=part, **arguments)


@asynccontextmanager
async def connect(
    url: str | None = None, *, workers: int | None = None, require_sandbox: str | None = None
) -> AsyncIterator[ToolClient]:
    """A client of the server at ``url``, or of one of its own in this process.

    Args:
        url: streamable HTTP address of a tool server, for example one started by ``illuminas serve``.
        workers: training processes of an own server; for a remote one, trainings to ask for at once.
        require_sandbox: level of the sandbox that an own server must reach before it builds a network from source; a
            name of :class:`illuminas.tools.sandbox.Level`.

    Raises:
        IlluminasError: no tool server answers at the URL, or a level was required of one that decides itself.
    """
    if url is not None and require_sandbox is not None:
        raise IlluminasError(
            f"a sandbox of level {require_sandbox} was required of the tool server at {url}, which decides by itself. "
            f"Start that one with illuminas serve --require-sandbox {require_sandbox}, and require nothing here."
        )
    opened = _in_memory(workers, require_sandbox) if url is None else _remote(url, workers)
    try:
        async with opened as client:
            yield client
    except (BaseExceptionGroup, MCPError, *TRANSPORT_ERRORS) as error:
        cause = first_of(error)  # the client's task group wraps whatever passes through it
        if isinstance(cause, (MCPError, *TRANSPORT_ERRORS)):
            raise IlluminasError(
                f"the tool server at {url or 'hand'} went away ({type(cause).__name__}: {cause}). What is finished is "
                "kept: start the server again, then go on with illuminas search --resume."
            ) from None
        raise cause from None


def first_of(error: BaseException) -> BaseException:
    """The first error inside nested groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@asynccontextmanager
async def _in_memory(workers: int | None, require_sandbox: str | None) -> AsyncIterator[ToolClient]:
    from illuminas.tools.toolbox import open_toolbox
    from illuminas.tools.toolserver import build_toolserver

    with open_toolbox(workers=workers, require_sandbox=require_sandbox) as toolbox:
        async with Client(build_toolserver(toolbox, in_process=True)) as client:
            yield ToolClient(client, workers=toolbox.workers)


@asynccontextmanager
async def _remote(url: str, workers: int | None) -> AsyncIterator[ToolClient]:
    token = os.environ.get(TOKEN)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30.0, read=300.0)) as http:
        client = Client(streamable_http_client(url, http_client=http))
        try:
            await client.__aenter__()
        except Exception as error:  # whatever the transport raises, there is no server to talk to
            raise IlluminasError(
                f"no tool server answers at {url} ({type(first_of(error)).__name__}: {first_of(error)}). "
                f"Start one: illuminas serve. One with tokens wants yours in ${TOKEN}."
            ) from None
        try:
            if REPORT not in {tool.name for tool in (await client.list_tools()).tools}:
                raise IlluminasError(
                    f"{url} serves other MCP clients, and no searches: expected the address that illuminas serve names "
                    "for them, which ends in /tools."
                )
            yield ToolClient(client, workers=workers or REMOTE_WORKERS)
        finally:
            await client.__aexit__(None, None, None)
