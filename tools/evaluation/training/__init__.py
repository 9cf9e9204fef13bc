"""Training: ``recipe`` (how), ``trainer`` (one network, in this process), ``workers`` (many, in others), ``result``.

Nothing here imports torch but ``trainer``.
"""

from __future__ import annotations

from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.result import EpochReport, TrainingResult
from illuminas.tools.evaluation.training.workers import WorkerPool

__all__ = ["EpochReport", "Recipe", "TrainingResult", "WorkerPool"]
