"""The MCP server that hands the tools out to searches, in memory or over HTTP.

:func:`register_tools` offers the same functions to whoever else may use them: :mod:`illuminas.server.mcp`. Test
accuracy is here alone, for the report of a search that has ended.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from pydantic import Field

from illuminas.tools.evaluation import Evaluation
from illuminas.tools.messages import (
    MOST_ARCHITECTURES,
    Readings,
    SpaceDescription,
    TaskDescription,
    TestAccuracies,
    Validations,
    ZeroCostBatch,
)
from illuminas.tools.offering import COMPUTES, READS, offer
from illuminas.tools.spaces import SPACES
from illuminas.tools.toolbox import Toolbox

Space = Annotated[str, Field(description=f"search space: {', '.join(SPACES)}, or one that was registered")]
Dataset = Annotated[
    str,
    Field(description="'cluttered-digits', 'digits', 'fashion-mnist', a path on the server, or 'table:NAME/PREFIX'"),
]
Texts = Annotated[
    list[str],
    Field(
        description="architectures as their space publishes them; describe_search_space shows one",
        max_length=MOST_ARCHITECTURES,
    ),
]


async def without_output_schemas(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Leave the output schemas out of the list of tools; answers stay structured.

    For a client in the server's process, which reads answers by the models they were made by: with a schema at hand the
    SDK validates each of them by ``jsonschema`` as well, an eighth of a search on a table.
    """
    result = await call_next(ctx)
    if isinstance(result, dict) and ctx.method == "tools/list":  # ready for the wire
        bare = [{key: value for key, value in tool.items() if key != "outputSchema"} for tool in result["tools"]]
        return {**result, "tools": bare}
    return result


def build_toolserver(toolbox: Toolbox, *, in_process: bool = False) -> MCPServer[Any]:
    """The server of a search's agents, over one toolbox, which the caller opens and closes.

    Args:
        in_process: its client is in the same process, see :func:`without_output_schemas`.
    """
    server: MCPServer[Any] = MCPServer(
        name="illuminas-tools",
        instructions=(
            "Tools of a neural architecture search: describe a search space, validate, score without training, "
            "look up or measure latency, train. Start with describe_search_space."
        ),
        log_level="WARNING",
        middleware=[without_output_schemas] if in_process else [],
    )
    register_tools(server, toolbox)
    _register_report(server, toolbox)
    return server


def register_tools(server: MCPServer[Any], toolbox: Toolbox, *, training: bool = True) -> None:
    """Offer what can be asked of architectures without any run.

    Args:
        training: offer ``train_architecture`` too.
    """

    @offer(server, title="Describe a search space", does=READS)
    async def describe_search_space(space: Space) -> SpaceDescription:
        """What can be built: how architectures are written, how many there are, and the features of predicates.

        Call it first, before any architecture is written. Cost: instant; a space whose networks are built from source
        takes a second at first, as its sandbox is opened. Next: validate_architecture.
        """
        return await asyncio.to_thread(toolbox.describe_space, space)

    @offer(server, title="Describe a task", does=READS)
    async def describe_task(
        dataset: Dataset,
        space: Space,
        epochs: Annotated[int | None, Field(description="epochs of one training; null is the default", ge=1)] = None,
        devices: Annotated[
            list[str], Field(description="devices whose tables are fingerprinted too, as table:NAME/COLUMN")
        ] = [],  # noqa: B006 - a schema's default, never changed
    ) -> TaskDescription:
        """What architectures are trained and judged on: fidelity, network size, chance level in per cent, fingerprints.

        Call it to learn which fidelity train_architecture takes for a data set, and above which accuracy a result
        means anything. Cost: seconds at first, as the data set is loaded and workers start, then instant.
        Next: score_zero_cost, train_architecture.
        """
        return await toolbox.describe_task(dataset, epochs, space=space, devices=devices)

    @offer(server, title="Validate architectures", does=READS)
    async def validate_architecture(space: Space, dataset: Dataset, architectures: Texts) -> Validations:
        """Whether texts are architectures, each with its hash, parameters and multiply-accumulates, or a reason.

        Call it before anything costly; equal hashes compute the same function and are paid for once. Not needed for
        what query_archive returns. Cost: instant, but for free source, which is built in a sandbox, about a tenth of
        a second each. Next: score_zero_cost, lookup_objective, train_architecture.
        """
        return Validations(results=await toolbox.validate(space, dataset, architectures))

    @offer(server, title="Score without training", does=READS)
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
        """Training-free scores of untrained networks by named proxies, kept by content; higher predicts better.

        Call it to rank many candidates before training a few. Scores rank architectures of one space and data set;
        they are no accuracies, and those of different proxies are not comparable. Cost: ask for many architectures
        at once; synflow takes a millisecond each, the others tens of milliseconds, and all of them together a tenth
        of a second where the network lives in a sandbox. Next: train_architecture for the best ranked.
        """
        return ZeroCostBatch(results=await toolbox.score_zero_cost(space, dataset, architectures, proxies))

    @offer(server, title="Latency or energy", does=READS)
    async def lookup_objective(
        space: Space,
        dataset: Dataset,
        architectures: Texts,
        objective: Annotated[
            str,
            Field(
                description="'latency:local' measures on the server; 'latency:table:NAME/COLUMN' and "
                "'energy:table:NAME/COLUMN' look up"
            ),
        ],
        estimate: Annotated[
            bool,
            Field(description="estimate by size and depth where nothing else has a value"),
        ] = False,
    ) -> Readings:
        """Latency in ms or energy in mJ (lower is better) at batch 1: measured, unsteady, estimated or of a table.

        Call it for devices that list_devices names, where that tool is offered. An estimate is given only when asked
        for, says how many known latencies it rests on, and is no measurement. Cost: a table answers at once. A
        measurement takes about a third of a second and waits until no training runs. On a machine too busy for a
        figure to trust it is unsteady and says how much it spreads: ask again later. Free source is not measured.
        Next: train_architecture.
        """
        readings = await toolbox.lookup_objective(space, dataset, objective, architectures, estimate=estimate)
        return Readings(results=readings)

    if training:
        _register_training(server, toolbox)


def _register_training(server: MCPServer[Any], toolbox: Toolbox) -> None:
    @offer(server, title="Train and validate an architecture", does=COMPUTES)
    async def train_architecture(
        context: Context[Any, Any],
        space: Space,
        architecture: Annotated[str, Field(description="as its space publishes it")],
        dataset: Dataset,
        fidelity: Annotated[str, Field(description="'train:EPOCHS', or 'table' for a table; describe_task tells")],
        seed: Annotated[int, Field(description="of initialisation and batch order", ge=0)] = 0,
        timeout: Annotated[float, Field(description="seconds until the training is killed", gt=0)] = 120.0,
        start: Annotated[
            str | None,
            Field(description="weights of another evaluation: layers that are unchanged begin with them; null is none"),
        ] = None,
        keep_weights: Annotated[bool, Field(description="keep the trained weights, for others to start from")] = False,
    ) -> Evaluation:
        """Validation accuracy (per cent, higher is better) after training, with progress in epochs.

        Call it for few architectures, after validate_architecture and score_zero_cost; to have many evaluated, start
        a search. Cost: seconds to minutes of the machine; a table, and what was trained before with the same
        fidelity and seed, is free. Cancelling the call kills the training. A failure, a time-out or too little memory
        comes back as a status with a reason, never as a number. Test accuracy is not shown. Next: lookup_objective.
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


def _register_report(server: MCPServer[Any], toolbox: Toolbox) -> None:
    @offer(server, title="Test accuracy, for reports only", does=READS)
    async def report_test_accuracy(
        evaluations: Annotated[
            list[Evaluation], Field(description="as train_architecture gave them", max_length=MOST_ARCHITECTURES)
        ],
    ) -> TestAccuracies:
        """Test accuracy (per cent) of what was evaluated before, to report after a search.

        Never choose by it: select by validation accuracy alone.
        """
        return TestAccuracies(results=await asyncio.to_thread(toolbox.test_accuracy, evaluations))
