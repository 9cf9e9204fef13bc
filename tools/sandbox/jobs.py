"""What can be asked of a sandbox, and what it answers. A failure is a status with a reason, never a number.

The convention for source: it defines ``class Network(nn.Module)`` with ``__init__(self, in_channels: int, image_size:
int, classes: int)``, whose forward pass takes images ``(n, in_channels, image_size, image_size)`` float32 and gives
logits ``(n, classes)``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from illuminas.tools.evaluation.executor import JobResult
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.frozen import Frozen
from illuminas.tools.proxies import ProxyScores
from illuminas.tools.sandbox.levels import Limits
from illuminas.tools.spaces import NetworkShape


class _NetworkJob(Frozen):
    source: str
    shape: NetworkShape
    limits: Limits


class InspectJob(_NetworkJob):
    """Build the network and run one batch of noise through it, forwards and backwards."""

    kind: Literal["inspect"] = "inspect"


class ScoreJob(_NetworkJob):
    """Score the untrained network by zero-cost proxies; images and labels come beside it as arrays.

    Attributes:
        proxies: names of :data:`illuminas.tools.proxies.PROXIES`.
        seed: of the initialisation, and of what proxies draw.
    """

    kind: Literal["score"] = "score"
    proxies: tuple[str, ...]
    seed: int


class TrainJob(_NetworkJob):
    """Train the network; weights to start from come beside it as arrays.

    Attributes:
        dataset: fingerprint of images that the zygote holds.
        keep_weights: whether the trained weights are answered, too, if they are not too many for the answer.
    """

    kind: Literal["train"] = "train"
    dataset: str
    recipe: Recipe
    seed: int
    keep_weights: bool


WEIGHTS = "weights/"
"""What names of trained weights begin with on the wire."""
NOT_CONFINED = 113
"""Exit code of a job's process whose walls did not stand; it ran nothing."""

Job = Annotated[InspectJob | ScoreJob | TrainJob, Field(discriminator="kind")]


JOBS: TypeAdapter[InspectJob | ScoreJob | TrainJob] = TypeAdapter(Job)


class Measures(Frozen):
    """The size of a network, by the word of the process that it ran in.

    Attributes:
        params: trainable numbers.
        macs: multiply-accumulates of one forward pass on one image, in convolutions and matrix products.
        depth: layers that have weights (parameters of two dimensions or more, as convolutions and linear layers do).
        width: the largest number of output channels or features among them.
    """

    params: int = Field(ge=1)
    macs: int = Field(ge=0)
    depth: int = Field(ge=0)
    width: int = Field(ge=0)


Inspection = JobResult[Measures]
"""Whether a network builds and runs on a shape, and how large it is, by the word of the process that it ran in."""
Scoring = JobResult[ProxyScores]
"""Zero-cost scores of a network, by its process's word; single proxies among them may have failed."""


class EpochsDone(Frozen):
    """What a training's process says at its end, beside the logits: it knows no label of them."""

    epochs: int = Field(ge=0)
    stopped_early: bool
    failure: str
    inherited: float = Field(ge=0, le=1)


class Raised(Frozen):
    """An exception that ended a job.

    Attributes:
        error: its type.
        message: its text.
        line: of the source, where it came from there; 0 elsewhere.
    """

    error: str
    message: str
    line: int


class Verdict(Frozen):
    """How a job's process ended, by the word of the one that watched it.

    Attributes:
        exit_code: None where a signal ended it.
        signal: that signal; 0 where none did.
        timed_out: it was killed for its wall-clock time.
        cpu_out: it was killed for its processor time.
        refused: it was killed for what it tried, in words.
        cpu_seconds: processor time of it, and of those descendants that it waited for.
        seconds: wall-clock time from its start to its end.
    """

    exit_code: int | None
    signal: int
    timed_out: bool
    cpu_out: bool
    refused: str
    cpu_seconds: float
    seconds: float
