"""How good a classifier is on images it has not been trained on: figures, their 95 % intervals, and every class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from illuminas.tools.datasets.dataset import Labels
from illuminas.tools.errors import IlluminasError
from illuminas.tools.frozen import Frozen
from illuminas.tools.objectives import ACCURACY, BALANCED_ACCURACY, MACRO_F1, TOP5

LARGEST = 5
"""Classes that top-5 accuracy looks at; with no more of them than these it says nothing."""
BINS = 15
"""Equal ranges of confidence that the calibration error is averaged over, as Guo et al. 2017 do."""
RESAMPLES = 1000
"""Times that images are drawn anew for a bootstrap interval."""
_Z = 1.959964
"""Standard errors of a two-sided 95 % interval."""


class Interval(Frozen):
    """A 95 % interval, per cent."""

    low: float
    high: float


class ClassMetrics(Frozen):
    """What holds of one class.

    Attributes:
        name: as people call it.
        support: images of it.
        precision: per cent of the images that were called so which are; None where none was called so.
        recall: per cent of its images that were found; None where it has none.
        f1: harmonic mean of both, per cent; 0 where none was found.
    """

    name: str
    support: int
    precision: float | None
    recall: float | None
    f1: float


class Metrics(Frozen):
    """A network's figures on one split; higher is better but for ``ece``.

    Attributes:
        images: of the split.
        accuracy: per cent that are classified correctly.
        balanced_accuracy: mean recall of the classes that have images, per cent.
        macro_f1: mean F1 of the classes that have images or were named, per cent.
        top5: per cent whose class is among the five likeliest; None for five classes or fewer.
        ece: expected calibration error, 0 to 1, lower is better: how far confidence is from accuracy, on average
            (Naeini et al. 2015; Guo et al. 2017, arXiv 1706.04599).
        classes: one entry a class, in the order of labels.
        confusion: images by true class (row) and predicted class (column).
        intervals: objective's name -> 95 % interval. Of accuracies that count images, Wilson's (1927); of others, the
            percentiles of a bootstrap over images, centred, which knows nothing of errors that did not occur.
    """

    images: int = Field(ge=1)
    accuracy: float = Field(ge=0, le=100)
    balanced_accuracy: float = Field(ge=0, le=100)
    macro_f1: float = Field(ge=0, le=100)
    top5: float | None = Field(default=None, ge=0, le=100)
    ece: float = Field(ge=0, le=1)
    classes: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]
    intervals: dict[str, Interval]

    @classmethod
    def of(cls, logits: NDArray[np.floating[Any]], labels: Labels, names: Sequence[str], *, seed: int = 0) -> Self:
        """The figures of logits against labels.

        Args:
            logits: ``(n, classes)``, finite.
            labels: ``(n,)``, from 0.
            names: of the classes, in the order of labels.
            seed: of the bootstrap.

        Raises:
            IlluminasError: the arrays do not fit each other, or logits are not finite.
        """
        if logits.shape != (len(labels), len(names)) or not len(labels):
            raise IlluminasError(f"expected logits ({len(labels)}, {len(names)}), got {logits.shape}.")
        if not np.isfinite(logits).all():
            raise IlluminasError("expected finite logits, got some that are not.")
        count = len(names)
        predicted = logits.argmax(1)
        confusion = np.bincount(labels * count + predicted, minlength=count * count).reshape(count, count)
        right = int(np.trace(confusion))
        balanced, f1 = (float(each[0]) for each in _averages(confusion[None].astype(float)))
        intervals = {ACCURACY.name: wilson(right, len(labels)), **_bootstrapped(confusion, seed)}
        top5 = None
        if count > LARGEST:
            found = int((np.argpartition(-logits, LARGEST, axis=1)[:, :LARGEST] == labels[:, None]).any(1).sum())
            top5 = 100 * found / len(labels)
            intervals[TOP5.name] = wilson(found, len(labels))
        return cls(
            images=len(labels),
            accuracy=100 * right / len(labels),
            balanced_accuracy=balanced,
            macro_f1=f1,
            top5=top5,
            ece=_calibration_error(logits, labels),
            classes=_by_class(confusion, names),
            confusion=tuple(tuple(row) for row in confusion.tolist()),
            intervals=intervals,
        )

    @property
    def objectives(self) -> dict[str, float]:
        """Objective's name -> value, of those that were measured."""
        found = {
            ACCURACY.name: self.accuracy,
            BALANCED_ACCURACY.name: self.balanced_accuracy,
            MACRO_F1.name: self.macro_f1,
        }
        return found if self.top5 is None else {**found, TOP5.name: self.top5}


def chance(classes: int) -> dict[str, float]:
    """Objective's name -> what naming one class always reaches with as many images of each, per cent.

    Its names are the objectives that are measured on so many classes.
    """
    share = 100 / classes
    found = {
        ACCURACY.name: share,
        BALANCED_ACCURACY.name: share,
        MACRO_F1.name: 2 * share / (classes + 1),
    }
    return {**found, TOP5.name: LARGEST * share} if classes > LARGEST else found


def wilson(right: int, count: int) -> Interval:
    """The 95 % interval of a share of independent images, per cent (Wilson 1927)."""
    share = right / count
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    reach = _Z / (1 + _Z**2 / count) * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    # rounding may put an end beyond the share itself where that is all or nothing
    low, high = max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share))
    return Interval(low=100 * float(low), high=100 * float(high))


def _averages(
    confusion: NDArray[np.floating[Any]],
) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
    """Balanced accuracy and macro F1 of confusion matrices ``(m, classes, classes)``, per cent, each ``(m,)``."""
    right = np.diagonal(confusion, axis1=1, axis2=2)
    support, named = confusion.sum(2), confusion.sum(1)
    recalls = np.divide(right, support, out=np.zeros_like(right), where=support > 0)
    both = support + named
    f1 = np.divide(2 * right, both, out=np.zeros_like(right), where=both > 0)
    return 100 * recalls.sum(1) / (support > 0).sum(1), 100 * f1.sum(1) / (both > 0).sum(1)


def _bootstrapped(confusion: NDArray[np.int64], seed: int) -> dict[str, Interval]:
    """Intervals of the averages over classes: images drawn anew are cells of the confusion matrix drawn anew."""
    rng = np.random.default_rng(seed)
    total, flat = int(confusion.sum()), confusion.ravel()
    filled = np.flatnonzero(flat)
    found: list[NDArray[np.floating[Any]]] = []
    at_once = max(1, min(RESAMPLES, 2**22 // len(flat)))
    for begin in range(0, RESAMPLES, at_once):
        drawn = np.zeros((min(at_once, RESAMPLES - begin), len(flat)))
        drawn[:, filled] = rng.multinomial(total, flat[filled] / total, size=len(drawn))
        found.append(np.stack(_averages(drawn.reshape(-1, *confusion.shape))))
    averages = np.concatenate(found, axis=1)
    # fewer different images make resampled averages worse than the sample's own: the mean distance is taken off
    averages += np.concatenate(_averages(confusion[None].astype(float)))[:, None] - averages.mean(1, keepdims=True)
    low, high = np.percentile(averages, [2.5, 97.5], axis=1).clip(0, 100)
    return {
        name: Interval(low=float(low[row]), high=float(high[row]))
        for row, name in enumerate((BALANCED_ACCURACY.name, MACRO_F1.name))
    }


def _calibration_error(logits: NDArray[np.floating[Any]], labels: Labels) -> float:
    """Mean distance of confidence and accuracy over bins of confidence, by their images."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True))
    confidence = shifted.max(1) / shifted.sum(1)
    right = logits.argmax(1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


def _by_class(confusion: NDArray[np.int64], names: Sequence[str]) -> tuple[ClassMetrics, ...]:
    """Each class's own figures."""
    found = []
    for place, name in enumerate(names):
        right = int(confusion[place, place])
        support, named = int(confusion[place].sum()), int(confusion[:, place].sum())
        found.append(
            ClassMetrics(
                name=name,
                support=support,
                precision=100 * right / named if named else None,
                recall=100 * right / support if support else None,
                f1=200 * right / (support + named) if support + named else 0.0,
            )
        )
    return tuple(found)
