"""Pareto fronts and hypervolumes of any number of objectives, by ``moocore`` (López-Ibáñez et al.)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from illuminas.tools.objectives.objective import Objective

FRONT_WORDS: Final = "no other measured network is at least as good in every objective"
"""What puts an architecture on the Pareto front."""
Vector = tuple[float, ...]
"""An architecture's values, one an objective, in the order of the run's objectives and in their units."""


def pareto_front(vectors: Mapping[str, Vector], objectives: Sequence[Objective]) -> dict[str, Vector]:
    """Those that no other one matches in every objective and beats in one; of equal ones the first by hash.

    Args:
        vectors: hash -> values.

    Returns:
        The front, the best of the second objective first, then of the third, and of the first at last.
    """
    import numpy as np
    from moocore import is_nondominated

    if not vectors:
        return {}
    hashes = sorted(vectors)
    gains = np.array([gains_of(vectors[hash_], objectives) for hash_ in hashes])
    kept = [hashes[row] for row in np.flatnonzero(is_nondominated(gains, maximise=True))]
    ordered = [*objectives[1:], *objectives[:1]]
    place = {objective.name: number for number, objective in enumerate(objectives)}

    def rank(hash_: str) -> tuple[float, ...]:
        return tuple(-objective.gain(vectors[hash_][place[objective.name]]) for objective in ordered)

    return {hash_: vectors[hash_] for hash_ in sorted(kept, key=lambda each: (*rank(each), each))}


def hypervolume(
    vectors: Sequence[Vector], objectives: Sequence[Objective], reference: Mapping[str, float]
) -> float | None:
    """Share of the box between the reference and the ideal that ``vectors`` dominate, 0 to 1, higher is better.

    (Zitzler & Thiele 1999.) Every objective counts linearly from its worst value to its ideal.

    Args:
        reference: objective's name -> its worst value.

    Returns:
        None where an objective has no known worst value, or no ideal.
    """
    import numpy as np
    from moocore import hypervolume as dominated

    worst = [reference.get(objective.name) for objective in objectives]
    ideal = [objective.ideal for objective in objectives]
    if any(value is None for value in (*worst, *ideal)):
        return None
    low = np.array(gains_of([value for value in worst if value is not None], objectives))
    high = np.array(gains_of([value for value in ideal if value is not None], objectives))
    if not vectors or not (high > low).all():
        return 0.0
    gains = np.array([gains_of(vector, objectives) for vector in vectors])
    return float(dominated(np.clip((gains - low) / (high - low), 0.0, 1.0), ref=np.zeros(len(low)), maximise=True))


def gains_of(vector: Sequence[float], objectives: Sequence[Objective]) -> list[float]:
    """The values on scales where higher is better."""
    return [objective.gain(value) for objective, value in zip(objectives, vector, strict=True)]
