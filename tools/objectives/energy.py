"""Energy of one forward pass on a device, millijoules."""

from __future__ import annotations

from illuminas.tools.objectives.objective import Kind

ENERGY = Kind(
    name="energy",
    unit="mJ",
    direction="min",
    source="device",
    label="energy",
    ideal=0.0,
    columns=("mj", "energy"),
    nouns=r"energy(?: use| consumption)?",
    units=r"mj|millijoules?",
    best=("most frugal",),
    better=("more frugal", "frugal"),
    worse=("less frugal", "wasteful"),
    chat_examples=(
        ("the battery gives it 5 millijoules for one image", "limit energy <=5"),
        ("which network should I take if I have 3 mJ", "best energy <=3"),
    ),
)
