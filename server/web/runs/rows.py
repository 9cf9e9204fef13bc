"""The runs there are, each in a row."""

from __future__ import annotations

import time
from typing import Any

from illuminas.memory.run_summary import RunSummary, run_summary
from illuminas.memory.runs import RunFolder
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation.evaluators import short_dataset
from illuminas.tools.figures import duration
from illuminas.tools.objectives import KINDS
from illuminas.tools.tasks import is_table


def readable_summary(folder: RunFolder) -> RunSummary:
    """A run that has begun in short; of one that can't be read, why."""
    try:
        return run_summary(folder)
    except IlluminasError as error:
        unknown = dict.fromkeys(("space", "dataset", "device", "llm"), "–")
        return RunSummary(
            run_id=folder.id, state="failed", reason=f"cannot be read: {error}", mode="unknown", budget=0, **unknown
        )


def run_row(run: RunSummary) -> dict[str, Any]:
    """The row of a run: its summary, and the same in words: what, where, its best, by which LLM, how long ago."""
    words = {
        "what": "–" if run.space == "–" else f"{run.space} on {_short(run.dataset)}",
        "where": _short(run.device),
        "llm": "none: statistics" if run.llm == "none" else run.llm,
        "best_words": _best(run),
        "age": "" if run.began is None else ago(time.time() - run.began),
    }
    return {**run.model_dump(), **words}


def _best(run: RunSummary) -> str:
    """The best value of the first objective, with the unit of its kind; users' own objectives have none here."""
    if run.best is None:
        return "–"
    kind = KINDS.get(run.objectives[0].partition(":")[0])
    return f"{run.best:.4g}" if kind is None else kind.of().text(run.best, 4)


def ago(seconds: float) -> str:
    """``just now``, ``5 min ago``, ``3 days ago``."""
    if seconds < 60:
        return "just now"
    if seconds < 48 * 3600:
        return f"{duration(60 * (seconds // 60)).removesuffix(' 00 s')} ago"
    return f"{seconds // 86400:.0f} days ago"


def _short(name: str) -> str:
    """``c10 (accuracy)`` of ``table:accuracy/c10``."""
    if not is_table(name):
        return "–" if name == "none" else short_dataset(name)
    table, _, column = name.removeprefix("table:").partition("/")
    return f"{column} ({table})"
