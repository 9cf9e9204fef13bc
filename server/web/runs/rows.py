"""The runs there are, each in a row."""

from __future__ import annotations

import time
from typing import NamedTuple

from illuminas.memory.run_summary import run_summary
from illuminas.memory.runs import RunFolder
from illuminas.server.services.answers import RunReport, State
from illuminas.tools.errors import IlluminasError
from illuminas.tools.figures import duration
from illuminas.tools.tasks import is_table


class RunRow(NamedTuple):
    """One run in the list.

    Attributes:
        what: space and data set; ``where`` is the device.
        best: highest validation accuracy, per cent; None before the first success.
        evaluations, budget: made, and allowed.
        age: since it began, in words.
        began: seconds since the epoch.
        note: why it ended, or why it did not begin.
    """

    id: str
    state: State
    what: str
    where: str
    llm: str
    mode: str
    best: float | None
    evaluations: int
    budget: int
    age: str
    began: float
    note: str


def run_row(folder: RunFolder) -> RunRow:
    """The row of a run that has begun; takes a few milliseconds, however long the run is.

    One that can't be read has a row too, which says why.
    """
    try:
        found = run_summary(folder)
    except IlluminasError as error:
        return RunRow(
            id=folder.id,
            state="failed",
            what="–",
            where="–",
            llm="–",
            mode="unknown",
            best=None,
            evaluations=0,
            budget=0,
            age="",
            began=0.0,
            note=f"cannot be read: {error}",
        )
    return RunRow(
        id=found.id,
        state=found.status,
        what=_what(found.config["space"], found.config["dataset"]),
        where=_short(found.config["device"]),
        llm=_llm(found.llm),
        mode=found.config["mode"],
        best=found.best,
        evaluations=found.evaluations,
        budget=found.budget,
        age=ago(time.time() - found.began),
        began=found.began,
        note=found.ended or "",
    )


def unbegun_row(report: RunReport) -> RunRow:
    """The row of a run of which nothing but its order is known."""
    return RunRow(
        id=report.run_id,
        state=report.state,
        what=_what(report.space, report.dataset),
        where=_short(report.device),
        llm=_llm(report.llm.name),
        mode=report.mode,
        best=None,
        evaluations=0,
        budget=int(report.caps["evaluations"] or 0),
        age="",
        began=float("inf"),
        note=report.reason,
    )


def ago(seconds: float) -> str:
    """``just now``, ``5 min ago``, ``3 days ago``."""
    if seconds < 60:
        return "just now"
    if seconds < 48 * 3600:
        return f"{duration(60 * (seconds // 60)).removesuffix(' 00 s')} ago"
    return f"{seconds // 86400:.0f} days ago"


def _what(space: str, dataset: str) -> str:
    return f"{space} on {_short(dataset)}"


def _short(name: str) -> str:
    """``c10 (accuracy)`` of ``table:accuracy/c10``."""
    if not is_table(name):
        return "–" if name == "none" else name
    table, _, column = name.removeprefix("table:").partition("/")
    return f"{column} ({table})"


def _llm(name: str) -> str:
    return "none: statistics" if name == "none" else name
