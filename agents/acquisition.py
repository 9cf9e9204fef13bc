"""Acquisitions: how each place of a batch is chosen."""

from __future__ import annotations

from enum import StrEnum


class Acquisition(StrEnum):
    """How a place of a batch is chosen."""

    SCORES = "scores"
    """The best by its zero-cost scores."""
    CHANCE = "chance"
    """At random, since scores can mislead."""
    SPREAD = "spread"
    """At random, from the niche with the fewest evaluations."""
    OBJECTIVE = "objective"
    """The greatest expected gain over the whole run."""
    NICHE = "niche"
    """The greatest expected gain in the next niche of the planner's focus."""
    OPERATOR = "operator"
    """The best proposal of one operator, which is drawn by the operators' shares."""
    EXPERIMENT = "experiment"
    """The best on that side of an open heuristic which has less evidence."""
    PERSON = "person"
    """A person asked for it, or the mode starts from it."""


_WORDS: dict[str, str] = {
    Acquisition.SCORES: "by its zero-cost scores",
    Acquisition.CHANCE: "by chance",
    Acquisition.SPREAD: "for a niche that had been evaluated least",
    Acquisition.OBJECTIVE: "for the gain that it promises",
    Acquisition.NICHE: "for the gain that it promises in its niche",
    Acquisition.OPERATOR: "as the best of its operator, whose turn it was",
    Acquisition.EXPERIMENT: "as an experiment on an open heuristic",
    Acquisition.PERSON: "as a person's wish, or the start",
}


def chosen(acquisition: str) -> str:
    """Why a candidate was chosen, in words; empty for one that was not chosen."""
    words = _WORDS.get(acquisition)
    return f"chosen {words}" if words else ""
