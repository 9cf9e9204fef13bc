"""Time of one forward pass on a device, milliseconds."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

LATENCY = Kind(
    name="latency",
    unit="ms",
    direction="min",
    source="device",
    label="latency",
    ideal=0.0,
    columns=("ms", "latency"),
)
