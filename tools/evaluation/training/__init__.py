"""Training: ``recipe`` (how), ``trainer`` (one network, in this process), ``result``.

Nothing here imports torch but ``trainer``.
"""

from __future__ import annotations

from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.result import EpochReport, Trained, TrainingResult

__all__ = ["EpochReport", "Recipe", "Trained", "TrainingResult"]
