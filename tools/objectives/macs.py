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
    nouns=r"macs?|flops?|multiply-accumulates",
    chat_examples=(("no more than 20 million operations", "limit macs <=20m"),),
)
