"""Looks: what a person may ask to see. Each is answered from tools, and changes nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sort = Literal["accuracy", "latency", "params", "macs"]
PlotKind = Literal["pareto", "niches", "progress", "knowledge"]


class Asking(BaseModel):
    """Base of every look."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Best(Asking):
    """The best evaluated architectures that keep within bounds.

    Attributes:
        max_latency_ms: on ``device``.
        device: None is the run's own.
        min_accuracy: of validation, per cent.
        sort: accuracy is the best first, anything else the least first.
    """

    kind: Literal["best"] = "best"
    max_latency_ms: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    device: str | None = None
    max_params: int | None = Field(default=None, gt=0)
    max_macs: int | None = Field(default=None, gt=0)
    min_accuracy: float | None = Field(default=None, ge=0, le=100)
    niche: int | None = None
    predicate: str | None = Field(default=None, max_length=200)
    sort: Sort = "accuracy"
    limit: int = Field(default=5, ge=1, le=20)


class Niches(Asking):
    """Every niche with its elite."""

    kind: Literal["niches"] = "niches"


class Why(Asking):
    """Why a niche is as it is."""

    kind: Literal["why"] = "why"
    niche: int


class Show(Asking):
    """One architecture with its drawing.

    Attributes:
        architecture: hash or its beginning, its text, or ``best``.
        niche: show its elite in place of ``architecture``.
    """

    kind: Literal["show"] = "show"
    architecture: str = Field(default="best", min_length=1)
    niche: int | None = None


class Learned(Asking):
    """Heuristics, by what they are about; all of them where that is empty."""

    kind: Literal["learned"] = "learned"
    about: str = Field(default="", max_length=400)


class OneHeuristic(Asking):
    """One heuristic with its history."""

    kind: Literal["heuristic"] = "heuristic"
    heuristic: str = Field(min_length=1)


class Compare(Asking):
    """This run beside another."""

    kind: Literal["compare"] = "compare"
    run: str = Field(min_length=1)


class Cost(Asking):
    """What was spent, in the last minutes or in all."""

    kind: Literal["cost"] = "cost"
    minutes: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class Plot(Asking):
    """A picture of the run."""

    kind: Literal["plot"] = "plot"
    plot: PlotKind = "pareto"


class Status(Asking):
    """How the run stands."""

    kind: Literal["status"] = "status"


class InForce(Asking):
    """The directives in force."""

    kind: Literal["directives"] = "directives"


class Runs(Asking):
    """The runs that there are."""

    kind: Literal["runs"] = "runs"


class Help(Asking):
    """What can be typed; of one command where one is named."""

    kind: Literal["help"] = "help"
    command: str = ""


Look = Annotated[
    Best | Niches | Why | Show | Learned | OneHeuristic | Compare | Cost | Plot | Status | InForce | Runs | Help,
    Field(discriminator="kind"),
]
"""Any of them, told apart by ``kind``."""
