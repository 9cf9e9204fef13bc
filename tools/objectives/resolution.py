"""Side of the images that a network takes."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

RESOLUTION = Kind(
    name="resolution",
    unit="px",
    direction="min",
    source="structure",
    label="resolution",
    ideal=0.0,
    nouns=r"(?:input |image )?resolution|(?:input|image) (?:size|side)",
    best=("coarsest",),
    better=("coarser",),
    worse=("finer",),
)
