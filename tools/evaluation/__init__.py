"""Evaluation: what is measured of architectures, and how.

- ``evaluation``: the record of a measurement
- ``training``: the trainer and its worker processes; ``trainings``: trainings that are paid for once
- ``validator``, ``zero_cost``: what is known without training
- ``results``, ``weights``: what was paid for, and learned
- ``workshop``: where networks run

Importing this loads the record alone.
"""

from __future__ import annotations

from illuminas.tools.evaluation.evaluation import Evaluation, Status

__all__ = ["Evaluation", "Status"]
