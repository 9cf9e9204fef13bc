"""The prompt archive of LLMatic (arXiv 2306.01102): which instructions, at which temperatures, brought something.

It is a grid of instructions and bins of temperature. The paper lays centroids over the number of the prompt and the
temperature; numbers of prompts have no order, so here every prompt has cells of its own. Curiosity is as published,
and starts at 0 for all: what was never tried comes before what has disappointed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import pairwise

import numpy as np

from illuminas.tools.frozen import Frozen

BIN = 0.1
"""Width of a bin of temperatures."""
FIRST, STEP, SHIFT = 0.6, 0.05, 0.1
"""Temperature of the first generation, its change from one to the next, and how far half of a generation strays."""
COLDEST, HOTTEST = 0.1, 1.2
"""Bounds of temperatures: 0 would ask the same question twice for one answer."""


class Outcome(StrEnum):
    """What became of what an instruction was asked for."""

    ENTERED = "entered"
    """It entered the archive of networks."""
    KEPT_OUT = "kept out"
    """It could be trained and did not enter, or was known before."""
    FAILED = "failed"
    """It could not be built or trained."""


CURIOSITY = {Outcome.ENTERED: 1.0, Outcome.KEPT_OUT: -0.5, Outcome.FAILED: -1.0}
"""What each outcome adds to the curiosity of a cell, as published."""


class Trial(Frozen):
    """One question and what came of it.

    Attributes:
        instruction: its name.
        best: the child was more accurate than all before its round; counts for fitness.
    """

    instruction: str
    temperature: float
    outcome: Outcome
    best: bool = False


class PromptRecord(Frozen):
    """One cell of the archive that was tried.

    Attributes:
        temperature: lower bound of its bin.
        curiosity: sum over its trials, higher is asked for sooner.
        fitness: children that were more accurate than all before their round.
    """

    instruction: str
    temperature: float
    tried: int
    entered: int
    failed: int
    curiosity: float
    fitness: int


class PromptArchive:
    """Curiosity by instruction and temperature.

    Args:
        instructions: names.
        trials: what is known.
    """

    def __init__(self, instructions: Sequence[str], trials: Iterable[Trial] = ()) -> None:
        self._instructions = tuple(instructions)
        self._trials: defaultdict[tuple[str, int], list[Trial]] = defaultdict(list)
        for trial in trials:
            self.add(trial)

    def add(self, trial: Trial) -> None:
        self._trials[trial.instruction, bin_of(trial.temperature)].append(trial)

    def curiosity(self, instruction: str, temperature: float) -> float:
        """Of the cell that they lie in; 0 where nothing was tried."""
        return sum(CURIOSITY[trial.outcome] for trial in self._trials.get((instruction, bin_of(temperature)), ()))

    def choose(self, temperature: float, rng: np.random.Generator) -> str:
        """The most curious instruction at a temperature; chance decides among equals."""
        curiosity = [self.curiosity(name, temperature) for name in self._instructions]
        equals = [name for name, value in zip(self._instructions, curiosity, strict=True) if value == max(curiosity)]
        return equals[int(rng.integers(len(equals)))]

    def records(self) -> list[PromptRecord]:
        """Every cell that was tried, the most curious first."""
        found = [
            PromptRecord(
                instruction=name,
                temperature=round(bin_ * BIN, 2),
                tried=len(trials),
                entered=sum(trial.outcome is Outcome.ENTERED for trial in trials),
                failed=sum(trial.outcome is Outcome.FAILED for trial in trials),
                curiosity=sum(CURIOSITY[trial.outcome] for trial in trials),
                fitness=sum(trial.best for trial in trials),
            )
            for (name, bin_), trials in self._trials.items()
        ]
        return sorted(found, key=lambda each: (-each.curiosity, each.instruction, each.temperature))


def bin_of(temperature: float) -> int:
    """Number of the bin that a temperature lies in."""
    return int(temperature / BIN + 1e-9)


def temperature_after(bests: Sequence[float]) -> float:
    """Temperature of the next generation, by the best of every generation before it, in order, higher is better.

    It rises after a generation at least as good as the one before, and falls after another.
    """
    temperature = FIRST
    for before, now in pairwise(bests):
        temperature += STEP if now >= before else -STEP
        temperature = bounded(temperature)
    return temperature


def bounded(temperature: float) -> float:
    """The nearest temperature that is asked for, to two digits."""
    return round(min(max(temperature, COLDEST), HOTTEST), 2)
