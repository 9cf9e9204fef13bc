"""What the tools say: the pydantic outputs that the MCP server publishes as schemas."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from illuminas.tools.spaces.base import NetworkShape

MOST_ARCHITECTURES = 1000
"""Architectures that one call of a tool takes at most."""


class Message(BaseModel):
    """Base of every tool's output."""

    model_config = ConfigDict(extra="forbid")


class Batch(Message):
    """Base of answers about several things: one result for each that was asked for, in order."""

    results: list[Any]


class SpaceDescription(Message):
    """A search space in words."""

    name: str
    summary: str
    size: int | None = Field(description="architectures that compute different functions; null where nobody counted")
    features: dict[str, str] = Field(description="feature name -> meaning; predicates may use these")
    example: str = Field(description="one architecture as text")
    example_predicate: str = Field(description="conditions on features, as predicates are written")
    sandbox: str | None = Field(
        default=None,
        description="how well its networks are shut in on this machine: none, process, filtered or contained; null for "
        "a space whose networks need no sandbox",
    )


class TaskDescription(Message):
    """What architectures are trained and judged on."""

    dataset: str
    fidelity: str = Field(description="'table', or 'train:EPOCHS'")
    shape: NetworkShape = Field(description="size of the network built around an architecture")
    worst: dict[str, float] = Field(
        description="objective -> the value that takes no skill, as the accuracy of guessing; 0 where unknown"
    )
    proxies: list[str] = Field(description="zero-cost scores that suit this data set")
    weights: str | None = Field(
        default=None, description="pretrained weights that networks can begin with, by name; null where there are none"
    )
    weights_here: bool = Field(
        default=False, description="whether their file is there; else networks train from scratch"
    )
    fingerprints: dict[str, str] = Field(
        default={}, description="data set, and tables of it and the devices -> 16 hexadecimal digits for its content"
    )


class Validation(Message):
    """Whether a text is an architecture of the space, and how large it is by its structure, or built, by its word."""

    text: str
    valid: bool
    reason: str = Field(default="", description="why it is not valid, and what was expected")
    hash: str | None = Field(default=None, description="key of the canonical form; equal functions share it")
    params: int | None = Field(default=None, description="trainable parameters")
    macs: int | None = Field(default=None, description="multiply-accumulates of one forward pass on one image")
    depth: int | None = Field(default=None, description="layers with weights; null where the structure tells")
    width: int | None = Field(
        default=None, description="most channels or features that one of them puts out; null where the structure tells"
    )


class Validations(Batch):
    """One validation for each text that was asked for, in order."""

    results: list[Validation]


class ZeroCostScores(Message):
    """Training-free scores of one architecture; higher predicts better unless the proxy's description says not."""

    hash: str
    scores: dict[str, float]
    failures: dict[str, str] = Field(default_factory=dict, description="proxy -> why it has no score")
    seconds: float = Field(description="cost when it was computed")


class ZeroCostBatch(Batch):
    """Scores for each architecture that was asked for, in order."""

    results: list[ZeroCostScores]


Source = Literal["measured", "unsteady", "estimated", "table"]
"""Where a latency comes from: an unsteady one was measured while the machine was too busy for a figure to trust."""


class Reading(Message):
    """Value of one architecture on one device, or why there is none."""

    hash: str
    objective: str = Field(description="its name, as latency:table:NAME/COLUMN; latency is in ms, energy in mJ")
    source: Source = Field(description="an estimate is no measurement, and an unsteady one is of a machine too busy")
    value: float | None = Field(default=None, description="in the objective's unit, lower is better")
    spread: float | None = Field(default=None, description="relative spread of a measurement; None for a table")
    infeasible: bool = Field(default=False, description="the device cannot run the architecture at all")
    reason: str = Field(
        default="", description="why there is no value, why it is unsteady, or what an estimate rests on"
    )


class Readings(Batch):
    """Readings for each architecture that was asked for, in order."""

    results: list[Reading]


class TestAccuracy(Message):
    """Test accuracy of one architecture, for reports only."""

    __test__ = False

    hash: str
    test_accuracy: float | None = Field(description="per cent; None where it was not evaluated successfully")


class TestAccuracies(Batch):
    """Test accuracies for each architecture that was asked for, in order."""

    __test__ = False

    results: list[TestAccuracy]
