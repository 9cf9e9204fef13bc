"""Purposes: what a place in a batch is for."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """What a place in a batch is for."""

    SCORES = "scores"
    """The best by zero-cost scores."""
    CHANCE = "chance"
    """None: scores can mislead."""
    SPREAD = "spread"
    """None, in the niche that was evaluated least."""
    OBJECTIVE = "objective"
    """The greatest expected gain."""
    NICHE = "niche"
    """The greatest gain in the niche that the planner wants most."""
    OPERATOR = "operator"
    """The best of an operator whose turn it is, drawn by the bandit's shares."""
    EXPERIMENT = "experiment"
    """The side of an open heuristic that has least evidence."""
    PERSON = "person"
    """None: a person asked for it, or the mode starts from it."""
