"""How well proxies rank architectures by accuracy, ours beside the published ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from illuminas.tools.correlation import spearman
from illuminas.tools.proxies import GROUPS, PROXIES, ProxyScores, az_nas


class Agreement(BaseModel):
    """Spearman correlations of one proxy.

    Attributes:
        proxy: its name.
        sign: of the correlation that the proxy promises.
        cells: architectures with a score of ours.
        failures: those without.
        spearman: of our scores with accuracy.
        published_cells: architectures with a published score.
        published_spearman: of the published scores with accuracy, on those; None where there are none.
        common_cells: architectures with both scores.
        spearman_with_published: of our scores with the published ones, on those.
        ms: milliseconds an architecture, in a batch of all proxies; a shared pass counts for the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    proxy: str
    sign: int
    cells: int
    failures: int
    spearman: float | None
    published_cells: int
    published_spearman: float | None
    common_cells: int
    spearman_with_published: float | None
    ms: float


def agreements(
    scores: Mapping[int, ProxyScores], accuracy: np.ndarray, published: Mapping[str, np.ndarray]
) -> list[Agreement]:
    """Agreements of every proxy, and of AZ-NAS over the whole set.

    Args:
        scores: row of a table -> our scores, by all of :data:`PROXIES`.
        accuracy: of every row.
        published: proxy -> published score of every row, nan where there is none.
    """
    rows = list(scores)
    found = []
    for name, proxy in PROXIES.items():
        ours = [each.values.get(name, math.nan) for each in scores.values()]
        ms = 1000 * float(np.mean([each.seconds[name] for each in scores.values()]))
        found.append(_agreement(name, proxy.sign, rows, ours, accuracy, published.get(name), ms))
    combined = az_nas(list(scores.values()))
    ms = sum(each.ms for each in found if each.proxy in GROUPS["az_nas"])
    found.append(_agreement("az_nas", 1, rows, combined, accuracy, published.get("az_nas"), ms))
    return found


def _agreement(
    name: str,
    sign: int,
    rows: Sequence[int],
    scores: Sequence[float],
    accuracy: np.ndarray,
    published: np.ndarray | None,
    ms: float,
) -> Agreement:
    ours = np.full(len(accuracy), np.nan)
    ours[list(rows)] = scores
    theirs = np.full(len(accuracy), np.nan) if published is None else published
    both = np.isfinite(ours) & np.isfinite(theirs)
    return Agreement(
        proxy=name,
        sign=sign,
        cells=int(np.isfinite(ours).sum()),
        failures=len(rows) - int(np.isfinite(ours).sum()),
        spearman=_spearman(ours, accuracy),
        published_cells=int(np.isfinite(theirs).sum()),
        published_spearman=_spearman(theirs, accuracy),
        common_cells=int(both.sum()),
        spearman_with_published=_spearman(ours, theirs),
        ms=round(ms, 3),
    )


def _spearman(left: np.ndarray, right: np.ndarray) -> float | None:
    found = spearman(left, right)
    return None if found is None else round(found, 3)
