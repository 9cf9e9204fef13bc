"""What was measured of an architecture. A failure is a status with a reason, never a number."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from illuminas.tools.frozen import Frozen


class Status(StrEnum):
    """How an evaluation ended; only ``ok`` carries objectives."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    MEMORY = "memory"


class Evaluation(Frozen):
    """One measurement of one architecture. It holds validation figures alone: test accuracy stays with the tools.

    Attributes:
        hash: key of the architecture's canonical form.
        text: the architecture that was measured.
        dataset: data set or table.
        fidelity: ``table`` or ``train:EPOCHS``.
        seed: seed of initialisation and batch order.
        objectives: objective's name -> what was measured, in its unit; empty unless the status is ``ok``.
        seconds: what the measurement cost when it was made.
        epochs: epochs really trained; fewer than the fidelity's when a hopeless one was stopped early.
        cached: it was paid for before.
        reason: why it failed, or why it was stopped early.
        result: key of the kept result, from which a report looks its test accuracy up; None where none is kept.
        weights: key by which a child may start from the trained weights; None where none were kept.
        inherited: share of the parameters that began with the parent's weights, 0 to 1; None where none were asked for.
    """

    space: str
    hash: str
    text: str
    dataset: str
    fidelity: str
    seed: int = 0
    status: Status
    objectives: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(default={})
    seconds: float = Field(default=0.0, ge=0)
    epochs: int = 0
    cached: bool = False
    reason: str = ""
    result: str | None = None
    weights: str | None = None
    inherited: float | None = Field(default=None, ge=0, le=1)
