"""Figures of a search: the Pareto front of accuracy and latency, and its hypervolume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class Point(NamedTuple):
    """One architecture in the plane of the two objectives."""

    hash: str
    accuracy: float
    """Per cent, higher is better."""
    latency: float
    """Milliseconds, lower is better."""


class Reference(BaseModel):
    """The box in which hypervolume is measured, fixed when a run starts.

    A point's share of the box is what lies between it and the worst corner: accuracy counts from chance level to
    100 per cent, latency from the heaviest architecture's down to 0 ms, both linearly, so hypervolume is in 0..1.

    Attributes:
        accuracy: the worst accuracy, chance level, per cent.
        latency: the worst latency, that of the space's heaviest architecture, milliseconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accuracy: float
    latency: float


def pareto_front(points: Sequence[Point]) -> list[Point]:
    """The points that no other one matches in both objectives and beats in one, fastest first."""
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.latency, -p.accuracy, p.hash)):
        if not front or point.accuracy > front[-1].accuracy:
            front.append(point)
    return front


def hypervolume(points: Sequence[Point], reference: Reference) -> float:
    """Share of the reference box that ``points`` dominate, 0 to 1, higher is better (Zitzler & Thiele 1999)."""
    width = 100.0 - reference.accuracy
    volume, floor = 0.0, reference.accuracy
    for point in pareto_front(points):
        if point.latency >= reference.latency or point.accuracy <= floor:
            continue
        volume += (point.accuracy - floor) * (reference.latency - point.latency)
        floor = point.accuracy
    return volume / (width * reference.latency)
