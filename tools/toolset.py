"""The tools of a search, declared once: what agents call, in memory or over HTTP, and what other MCP clients see.

:class:`~illuminas.tools.toolbox.Toolbox` does what they say, :mod:`illuminas.tools.toolserver` offers any
:class:`Toolset` over MCP, and :mod:`illuminas.tools.client` is one over a connection to such a server.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, TypeVar

from mcp.types import ToolAnnotations
from pydantic import Field

from illuminas.tools.evaluation import Evaluation
from illuminas.tools.evaluation.executor import OnProgress, no_progress
from illuminas.tools.messages import (
    MOST_ARCHITECTURES,
    Message,
    Readings,
    SpaceDescription,
    TaskDescription,
    TestAccuracies,
    Validations,
    ZeroCostBatch,
)
from illuminas.tools.offering import COMPUTES, READS
from illuminas.tools.spaces import SPACES

Space = Annotated[str, Field(description=f"search space: {', '.join(SPACES)}, or one that was registered")]
Dataset = Annotated[
    str,
    Field(description="'cluttered-digits', 'digits', 'fashion-mnist', a path on the server, or 'table:NAME/PREFIX'"),
]
Texts = Annotated[
    Sequence[str],
    Field(
        description="architectures as their space publishes them; describe_search_space shows one",
        max_length=MOST_ARCHITECTURES,
    ),
]

M = TypeVar("M", bound=Callable[..., Any])
PROGRESS = "on_progress"
"""The argument that MCP carries as notifications of progress."""


class DeclaredTool:
    """One tool: a method of :class:`Toolset`, whose docstring is what clients read.

    Args:
        title: for people.
        does: what it does to the world, one of the constants of :mod:`illuminas.tools.offering`.
        each: argument of up to :data:`MOST_ARCHITECTURES` things, each of which has one of the answer's ``results``.
        reports: for the report of a search that has ended, and for no other client.
    """

    def __init__(self, method: Callable[..., Any], title: str, does: ToolAnnotations, each: str, reports: bool) -> None:
        self.method = method
        self.name = method.__name__
        self.title = title
        self.does = does
        self.each = each
        self.reports = reports

    @cached_property
    def signature(self) -> Signature:
        """Its arguments, without the object that has the method, and its answer."""
        declared = signature(self.method, eval_str=True)
        return declared.replace(parameters=list(declared.parameters.values())[1:])

    @property
    def answer(self) -> type[Message]:
        answer: type[Message] = self.signature.return_annotation
        return answer

    @property
    def sent(self) -> list[Parameter]:
        """The arguments that are data."""
        return [each for name, each in self.signature.parameters.items() if name != PROGRESS]

    @property
    def tells_progress(self) -> bool:
        return PROGRESS in self.signature.parameters

    def arguments(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The arguments of a call by their names, defaults included."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments


TOOLS: dict[str, DeclaredTool] = {}
"""Name -> tool, in the order in which they are declared."""


def tool(*, title: str, does: ToolAnnotations, each: str = "", reports: bool = False) -> Callable[[M], M]:
    """Declare an abstract method of :class:`Toolset` as a tool; see :class:`DeclaredTool`."""

    def declare(method: M) -> M:
        TOOLS[method.__name__] = DeclaredTool(method, title, does, each, reports)
        return method

    return declare


class Toolset(ABC):
    """What can be asked of architectures without any run.

    Every method raises :class:`~illuminas.tools.errors.IlluminasError` where it refuses.

    Attributes:
        workers: trainings worth asking for at once.
    """

    workers: int

    @tool(title="Describe a search space", does=READS)
    @abstractmethod
    async def describe_search_space(self, space: Space) -> SpaceDescription:
        """What can be built: how architectures are written, how many there are, and the features of predicates.

        Call it first, before any architecture is written. Cost: instant; a space whose networks are built from source
        takes a second at first, as its sandbox is opened. Next: validate_architecture.
        """

    @tool(title="Describe a task", does=READS)
    @abstractmethod
    async def describe_task(
        self,
        dataset: Dataset,
        space: Space,
        epochs: Annotated[int | None, Field(description="epochs of one training; null is the default", ge=1)] = None,
        devices: Annotated[
            Sequence[str], Field(description="devices whose tables are fingerprinted too, as table:NAME/COLUMN")
        ] = (),
    ) -> TaskDescription:
        """What architectures are trained and judged on: fidelity, network size, chance level in per cent, fingerprints.

        Call it to learn which fidelity train_architecture takes for a data set, and above which accuracy a result
        means anything. Cost: seconds at first, as the data set is loaded and workers start, then instant.
        Next: score_zero_cost, train_architecture.
        """

    @tool(title="Validate architectures", does=READS, each="architectures")
    @abstractmethod
    async def validate_architecture(self, space: Space, dataset: Dataset, architectures: Texts) -> Validations:
        """Whether texts are architectures, each with its hash, parameters and multiply-accumulates, or a reason.

        Call it before anything costly; equal hashes compute the same function and are paid for once. Not needed for
        what query_archive returns. Cost: instant, but for free source, which is built in a sandbox, about a tenth of
        a second each. Next: score_zero_cost, lookup_objective, train_architecture.
        """

    @tool(title="Score without training", does=READS, each="architectures")
    @abstractmethod
    async def score_zero_cost(
        self,
        space: Space,
        dataset: Dataset,
        architectures: Texts,
        proxies: Annotated[
            Sequence[str],
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

    @tool(title="Latency or energy", does=READS, each="architectures")
    @abstractmethod
    async def lookup_objective(
        self,
        space: Space,
        dataset: Dataset,
        architectures: Texts,
        objective: Annotated[
            str,
            Field(
                description="'latency:local' and 'latency:local:onnxruntime' measure on the server, in torch and in "
                "ONNX Runtime; 'latency:table:NAME/COLUMN' and "
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

    @tool(title="Train and validate an architecture", does=COMPUTES)
    @abstractmethod
    async def train_architecture(
        self,
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
        on_progress: OnProgress = no_progress,
    ) -> Evaluation:
        """Validation accuracy (per cent, higher is better) after training, with progress in epochs.

        Call it for few architectures, after validate_architecture and score_zero_cost; to have many evaluated, start
        a search. Cost: seconds to minutes of the machine; a table, and what was trained before with the same
        fidelity and seed, is free. Cancelling the call kills the training. A failure, a time-out or too little memory
        comes back as a status with a reason, never as a number. Test accuracy is not shown. Next: lookup_objective.
        """

    @tool(title="Test accuracy, for reports only", does=READS, each="evaluations", reports=True)
    @abstractmethod
    async def report_test_accuracy(
        self,
        evaluations: Annotated[
            Sequence[Evaluation],
            Field(description="as train_architecture gave them", max_length=MOST_ARCHITECTURES),
        ],
    ) -> TestAccuracies:
        """Test accuracy (per cent) of what was evaluated before, to report after a search.

        Never choose by it: select by validation accuracy alone.
        """
