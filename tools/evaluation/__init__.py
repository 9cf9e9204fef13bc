"""Evaluation: what is measured of architectures, and how.

- ``evaluation``: the record of a measurement
- ``executor``: jobs, and what runs them; ``executors``: worker processes, the sandbox, this process
- ``networks``: what is done with networks; ``training``: how they are trained
- ``trainings``, ``zero_cost``, ``validator``: what is asked of them, kept by content
- ``results``: what was paid for, and learned

Importing this loads the record alone.
"""

from __future__ import annotations

from illuminas.tools.evaluation.evaluation import Evaluation, Status

__all__ = ["Evaluation", "Status"]
