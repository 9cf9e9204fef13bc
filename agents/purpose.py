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


_WORDS: dict[str, str] = {
    Purpose.SCORES: "by its zero-cost scores",
    Purpose.CHANCE: "by chance",
    Purpose.SPREAD: "for a niche that had been evaluated least",
    Purpose.OBJECTIVE: "for the gain that it promises",
    Purpose.NICHE: "for the gain that it promises in its niche",
    Purpose.OPERATOR: "as the best of its operator, whose turn it was",
    Purpose.EXPERIMENT: "as an experiment on an open heuristic",
    Purpose.PERSON: "as a person's wish, or the start",
}


def chosen(purpose: str) -> str:
    """Why a candidate was chosen, in words; empty where it was not, or for a purpose that is not known here."""
    words = _WORDS.get(purpose)
    return f"chosen {words}" if words else ""
