"""The kinds of objective there are, and objectives by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.objectives.accuracy import ACCURACY
from illuminas.tools.objectives.balanced_accuracy import BALANCED_ACCURACY
from illuminas.tools.objectives.depth import DEPTH
from illuminas.tools.objectives.energy import ENERGY
from illuminas.tools.objectives.latency import LATENCY
from illuminas.tools.objectives.macro_f1 import MACRO_F1
from illuminas.tools.objectives.macs import MACS
from illuminas.tools.objectives.objective import Kind, Objective
from illuminas.tools.objectives.params import PARAMS
from illuminas.tools.objectives.resolution import RESOLUTION
from illuminas.tools.objectives.top5 import TOP5

METRICS: dict[str, Kind] = {kind.name: kind for kind in (ACCURACY, BALANCED_ACCURACY, MACRO_F1, TOP5)}
"""What a training measures, each of which a search can choose by."""
Metric = Literal["accuracy", "balanced_accuracy", "macro_f1", "top5"]
"""Names of :data:`METRICS`."""
DEFAULT_METRIC: Metric = "accuracy"
KINDS: dict[str, Kind] = {
    **METRICS,
    **{kind.name: kind for kind in (LATENCY, ENERGY, PARAMS, MACS, DEPTH, RESOLUTION)},
}
SPELLINGS = ", ".join(f"{kind.name}{'[:DEVICE]' if kind.source == 'device' else ''}" for kind in KINDS.values())
"""How the objectives that there are can be written, for helps."""
LOCAL = "local"
"""The device that is this machine, with networks run by torch."""
LOCAL_DEVICES = {LOCAL: "torch", f"{LOCAL}:onnxruntime": "onnxruntime"}
"""Devices that are this machine -> the runtime that networks are measured in."""
NO_DEVICE = "none"
TABLE = "table:"
"""What the name of a table's device begins with."""


def find_kind(name: str) -> Kind | None:
    """The kind of that name or alias; None where there is none."""
    return next((kind for kind in KINDS.values() if name in (kind.name, *kind.aliases)), None)


def get_objective(name: str, declared: Iterable[Objective] = ()) -> Objective:
    """The objective of a full name, as ``accuracy`` or ``latency:table:NAME/COLUMN``.

    Args:
        declared: objectives that an evaluator or a table measures and no kind describes; they come first.

    Raises:
        IlluminasError: an unknown kind (the nearest is named), or a device that is missing or out of place.
    """
    known = {objective.name: objective for objective in declared}
    if name in known:
        return known[name]
    word, _, device = name.partition(":")
    kind = find_kind(word)
    if kind is None:
        raise unknown_name("objective", word, [*KINDS, *known])
    if kind.source != "device":
        if device:
            raise IlluminasError(f"{kind.name} is the same on every device: expected {kind.name!r}, got {name!r}.")
        return kind.of()
    if not is_local(device) and not device.startswith(TABLE):
        local = ", ".join(f"{kind.name}:{each}" for each in LOCAL_DEVICES)
        raise IlluminasError(f"expected {local} or {kind.name}:table:NAME/COLUMN, got {name!r}.")
    return kind.of(device)


def is_local(device: str | None) -> bool:
    """Whether a device is this machine, in some runtime."""
    return device in LOCAL_DEVICES


def default_objectives(device: str, metric: Metric = DEFAULT_METRIC) -> tuple[str, ...]:
    """Names of the objectives of a search that names none: a metric, and the latency of its device if it has one."""
    return (metric,) if device == NO_DEVICE else (metric, f"{LATENCY.name}:{device}")


def device_of_column(name: str) -> str:
    """The name of a table's column without the parts that say what it holds."""
    said = {part for kind in KINDS.values() for part in kind.columns}
    return "_".join(part for part in name.lower().split("_") if part not in said)


def kind_of_column(name: str) -> Kind | None:
    """The kind of device objective that a table's column holds, told by the parts of its name; None for others."""
    parts = name.lower().split("_")
    return next((kind for kind in KINDS.values() if set(kind.columns) & set(parts)), None)
