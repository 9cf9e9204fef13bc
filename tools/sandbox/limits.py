"""How much one job may use."""

from __future__ import annotations

from pydantic import Field

from illuminas.tools.frozen import Frozen


class Limits(Frozen):
    """Limits of one job.

    Attributes:
        seconds: wall-clock time, from when its process starts.
        cpu_seconds: processor time of all its threads; None is as long as ``seconds``.
        memory_gib: address space beyond what torch and the images take.
        answer_mib: what it may write: reports, logits, weights.
    """

    seconds: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    cpu_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    memory_gib: float = Field(default=2.0, gt=0, allow_inf_nan=False)
    answer_mib: float = Field(default=256.0, gt=0, allow_inf_nan=False)

    @property
    def processor_seconds(self) -> float:
        """The limit of processor time that holds."""
        return self.seconds if self.cpu_seconds is None else self.cpu_seconds
