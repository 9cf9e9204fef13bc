"""Payloads of jobs for the contract tests: worker processes import them from here."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.executor import OnProgress


@dataclass(frozen=True)
class Note:
    """Note in a file that it ran, and in which process; tell of three steps; give the sum."""

    path: Path
    seconds: float = 0.0

    def __call__(self, report: OnProgress) -> int:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
        for step in (1, 2, 3):
            report(step, 3)
        time.sleep(self.seconds)
        return 6


@dataclass(frozen=True)
class Raise:
    """Fail."""

    error: Exception

    def __call__(self, report: OnProgress) -> None:
        raise self.error


class Misuse(IlluminasError):
    """One that takes two arguments, as can't be unpickled."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")


def misuse(report: OnProgress) -> None:
    """Make no sense of the job."""
    raise Misuse("expected", "better")


def crash(report: OnProgress) -> None:
    """End the process."""
    os._exit(7)


def hoard(report: OnProgress) -> None:
    """Take 3 GiB."""
    import torch

    torch.zeros(3 * 2**28)
