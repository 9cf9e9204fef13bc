"""Trainable parameters."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

PARAMS = Kind(
    name="params",
    unit="parameters",
    direction="min",
    source="structure",
    label="number of parameters",
    ideal=0.0,
    scale=1e3,
    aliases=("parameters",),
    nouns=r"param(?:eter)?s?|weights",
    best=("smallest",),
    better=("smaller",),
    worse=("larger", "bigger"),
    chat_examples=(
        ("it has room for 300k parameters", "limit params <=300k"),
        ("the network must be tiny, 100k weights at the very most", "limit params <=100k"),
        ("nothing with more than 500 thousand parameters", "limit params <=500k"),
        ("anything good with fewer than 200k weights", "best params <=200k"),
    ),
)
