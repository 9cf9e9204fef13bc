"""Multiply-accumulates of one forward pass on one image."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

MACS = Kind(
    name="macs",
    unit="MACs",
    direction="min",
    source="structure",
    label="number of multiply-accumulates",
    ideal=0.0,
    scale=1e6,
    aliases=("flops",),
)
