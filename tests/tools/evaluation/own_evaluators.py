"""A space and evaluators of one's own, for tests: worker processes import them from here."""

from __future__ import annotations

import os
import time
from typing import Any

from illuminas import Choice, Genotype, GenotypeSpace, Objective, evaluator, register_space

SCORE = Objective(name="score", direction="max", source="evaluation")
LOAD = Objective(name="load", direction="min", source="evaluation", worst=10, ideal=0)


@register_space
class Knobs(GenotypeSpace):
    """Two knobs, one of them ordered; no networks."""

    name, noun, plural = "knobs", "setting", "settings of two knobs"
    summary = "Two knobs."
    partition = "none"
    genotype = Genotype(
        [
            Choice(name="level", options=("1", "2.5", "4"), words=("l1", "l2", "l4"), ordered=True),
            Choice(name="color", options=("red", "blue")),
        ]
    )


def score(config: dict[str, Any]) -> dict[str, float]:
    """The higher the level, the better and the heavier."""
    return {"score": config["level"] * (2 if config["color"] == "blue" else 1), "load": config["level"]}


@evaluator(SCORE, LOAD, in_process=True)
def here(config: dict[str, Any], fidelity: str, seed: int) -> dict[str, float]:
    """In this process."""
    return score(config)


@evaluator(SCORE, LOAD)
def elsewhere(config: dict[str, Any], fidelity: str, seed: int) -> dict[str, float]:
    """In a worker: the load is the process."""
    return {**score(config), "load": os.getpid()}


@evaluator(SCORE)
def endless(config: dict[str, Any], fidelity: str, seed: int) -> dict[str, float]:
    """Take longer than anyone waits."""
    time.sleep(600)
    return {}


@evaluator(SCORE, in_process=True)
def raises(config: dict[str, Any], fidelity: str, seed: int) -> dict[str, float]:
    """Fail."""
    raise KeyError("no such layer")


@evaluator(SCORE, in_process=True)
def misnames(config: dict[str, Any], fidelity: str, seed: int) -> dict[str, float]:
    """Give another objective."""
    return {"scores": 1.0}


@evaluator(SCORE, in_process=True)
def diverges(config: dict[str, Any], fidelity: str, seed: int) -> dict[str, float]:
    """Give no number."""
    return {"score": float("nan")}


@evaluator(SCORE, in_process=True)
def chats(config: dict[str, Any], fidelity: str, seed: int) -> dict[str, Any]:
    """Give a word."""
    return {"score": "good"}


@evaluator(SCORE, in_process=True)
def forgets(config: dict[str, Any], fidelity: str, seed: int) -> Any:
    """Give nothing."""
    return None
