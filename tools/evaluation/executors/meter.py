"""The meter: one process that measures while nothing else runs."""

from __future__ import annotations

from typing import ClassVar, Literal

from illuminas.tools.devices.latency.measure import prepare
from illuminas.tools.evaluation.executors.workers import Workers


class Meter(Workers):
    """A warm process that times one network at a time; one at a time should run on a machine."""

    slots: ClassVar[Literal["one", "all", "none"]] = "all"

    def __init__(self, *, memory_gib: float) -> None:
        super().__init__(workers=1, memory_gib=memory_gib, prepare=prepare)
