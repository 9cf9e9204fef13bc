"""The MCP server that hands the tools out, in memory, over stdio or over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation
from illuminas.tools.messages import (
    MOST_ARCHITECTURES,
    LatencyReadings,
    SpaceDescription,
    TaskDescription,
    TestAccuracies,
    Validations,
    ZeroCostBatch,
)
from illuminas.tools.toolbox import Toolbox

_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_COMPUTES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Space = Annotated[str, Field(description="search space, for example 'nb201'")]
Dataset = Annotated[
    str, Field(description="'cluttered-digits', 'digits', a path on the server, or 'table:NAME/PREFIX'")
]
Texts = Annotated[
    list[str], Field(description="architectures, as their space publishes them", max_length=MOST_ARCHITECTURES)
]

P = ParamSpec("P")
T = TypeVar("T")


def _readable(tool: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Hand the text of our own errors to the client; the protocol hides that of others."""

    @wraps(tool)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await tool(*args, **kwargs)
        except IlluminasError as error:
            raise ToolError(str(error)) from error

    return wrapped


def build_toolserver(toolbox: Toolbox) -> MCPServer[Any]:
    """A server over one toolbox, which the caller opens and closes."""
    server: MCPServer[Any] = MCPServer(
        name="illuminas-tools",
        instructions=(
            "Tools of a neural architecture search: describe a search space, validate, score without training, "
            "look up or measure latency, train. Start with describe_search_space."
        ),
        log_level="WARNING",
    )

    @server.tool(title="Describe a search space", annotations=_READS)
    @_readable
    async def describe_search_space(space: Space = "nb201") -> SpaceDescription:
        """What can be built: notation, size, and the features that predicates may use.

        Instant; a space whose networks are built from source takes a second at first, as its sandbox is opened.
        """
        return await asyncio.to_thread(toolbox.describe_space, space)

    @server.tool(title="Describe a task", annotations=_READS)
    @_readable
    async def describe_task(
        dataset: Dataset,
        epochs: Annotated[int | None, Field(description="epochs of one training; null is the default")] = None,
        space: Annotated[str, Field(description="search space; what trains its networks is started")] = "nb201",
    ) -> TaskDescription:
        """What architectures are trained on: fidelity, network size, chance level. Seconds at first, then instant."""
        return await toolbox.describe_task(dataset, epochs, space=space)

    @server.tool(title="Validate architectures", annotations=_READS)
    @_readable
    async def validate_architecture(space: Space, dataset: Dataset, architectures: Texts) -> Validations:
        """Whether texts are architectures, with hash, parameters and multiply-accumulates.

        Instant, but for free source, which is built in a sandbox: about a tenth of a second each. Call it before
        anything costly; equal hashes compute the same function and are paid for once.
        """
        return Validations(results=await toolbox.validate(space, dataset, architectures))

    @server.tool(title="Score without training", annotations=_READS)
    @_readable
    async def score_zero_cost(
        space: Space,
        dataset: Dataset,
        architectures: Texts,
        proxies: Annotated[
            list[str],
            Field(
                description="synflow, nwot, swap, jacov, epe_nas, grad_norm, snip, plain, fisher, grasp, zico, zen, "
                "az_nas, l2_norm, params or flops"
            ),
        ],
    ) -> ZeroCostBatch:
        """Training-free scores of untrained networks, kept by content; equal architectures share theirs.

        Ask for many architectures at once: synflow takes a millisecond each, the others tens of milliseconds, and all
        of them together a tenth of a second where the network lives in a sandbox.
        """
        return ZeroCostBatch(results=await toolbox.score_zero_cost(space, dataset, architectures, proxies))

    @server.tool(title="Latency", annotations=_READS)
    @_readable
    async def lookup_latency(
        space: Space,
        dataset: Dataset,
        architectures: Texts,
        device: Annotated[str, Field(description="'local' measures on the server; 'table:NAME/COLUMN' looks up")],
    ) -> LatencyReadings:
        """Latency in milliseconds (lower is better) at batch 1, each with its source: measured or table.

        A table answers at once. A measurement takes about a third of a second, waits until no training runs, and
        says why instead of giving a number when the machine is too noisy. Free source is not measured.
        """
        return LatencyReadings(results=await toolbox.lookup_latency(space, dataset, device, architectures))

    @server.tool(title="Train and validate an architecture", annotations=_COMPUTES)
    @_readable
    async def train_architecture(
        context: Context[Any, Any],
        space: Space,
        architecture: Annotated[str, Field(description="as its space publishes it")],
        dataset: Dataset,
        fidelity: Annotated[str, Field(description="'train:EPOCHS', or 'table' for a table")],
        seed: Annotated[int, Field(description="of initialisation and batch order", ge=0)] = 0,
        timeout: Annotated[float, Field(description="seconds until the training is killed", gt=0)] = 120.0,
        start: Annotated[
            str | None,
            Field(description="weights of another evaluation: layers that are unchanged begin with them; null is none"),
        ] = None,
        keep_weights: Annotated[bool, Field(description="keep the trained weights, for others to start from")] = False,
    ) -> Evaluation:
        """Validation accuracy (per cent, higher is better) after training. Seconds to minutes.

        Results are kept by content, so a repeat is free. A failure, a time-out or too little memory comes back as
        a status with a reason. Test accuracy is not shown.
        """
        reports: set[asyncio.Task[None]] = set()

        def on_epoch(done: int, total: int) -> None:
            reports.add(asyncio.create_task(context.report_progress(done, total)))

        try:
            return await toolbox.train(
                space,
                architecture,
                dataset,
                fidelity,
                seed=seed,
                timeout=timeout,
                start=start,
                keep_weights=keep_weights,
                on_epoch=on_epoch,
            )
        finally:
            # a client that is gone hears no progress, and that is no reason to lose the training
            await asyncio.gather(*reports, return_exceptions=True)

    @server.tool(title="Test accuracy, for reports only", annotations=_READS)
    @_readable
    async def report_test_accuracy(
        evaluations: Annotated[
            list[Evaluation], Field(description="as train_architecture gave them", max_length=MOST_ARCHITECTURES)
        ],
    ) -> TestAccuracies:
        """Test accuracy (per cent) of what was evaluated before, to report after a search.

        Never choose by it: select by validation accuracy alone.
        """
        return TestAccuracies(results=await asyncio.to_thread(toolbox.test_accuracy, evaluations))

    return server
