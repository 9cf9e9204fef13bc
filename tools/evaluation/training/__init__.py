"""Training: ``recipe`` (how, and what comes of it), ``trainer`` (one network, in this process).

Nothing here imports torch but ``trainer``.
"""

from __future__ import annotations

from illuminas.tools.evaluation.training.recipe import EpochReport, Recipe, Trained, TrainingResult

__all__ = ["EpochReport", "Recipe", "Trained", "TrainingResult"]
