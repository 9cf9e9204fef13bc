"""How well generated source is shut in, what is missing for more, and how much one job may use."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from pydantic import Field

from illuminas.tools.errors import unknown_name
from illuminas.tools.frozen import Frozen


class Level(IntEnum):
    """What holds the source in; each level includes those before it. The package's docstring says what they cover."""

    NONE = 0
    PROCESS = 1
    FILTERED = 2
    CONTAINED = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The level of that name.

        Raises:
            IlluminasError: there is none; the message names the nearest.
        """
        for level in cls:
            if str(level) == text.strip().lower():
                return level
        raise unknown_name("sandbox level", text, map(str, cls))


class Gap(Frozen):
    """Something that this machine does not do.

    Attributes:
        what: the missing wall, and why it is missing as far as that is known.
        hint: how to have it.
    """

    what: str
    hint: str


class Reached(Frozen):
    """What was found by trying.

    Attributes:
        level: the level reached.
        gaps: what is missing for the next one, or missing at this one.
    """

    level: Level
    gaps: tuple[Gap, ...] = ()


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
