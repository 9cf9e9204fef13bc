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
    nouns=r"latency|speed",
    units=r"ms|milliseconds?|millis",
    best=("fastest", "quickest", "cheapest"),
    better=("faster", "fast", "quicker"),
    worse=("slower", "slow"),
    chat_examples=(
        ("nothing slower than 5 ms", "limit latency <=5"),
        ("the device has 10 milliseconds for one image, that is all", "limit latency <=10"),
        ("it has to run in less than 12 milliseconds on the phone", "limit latency <=12 phone"),
        ("which network should I take if I have 3 ms", "best latency <=3"),
        ("which one would you pick for 6 ms on the phone", "best latency <=6 phone"),
    ),
)
