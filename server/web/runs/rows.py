"""The runs there are, each in a row, from a few events of its log."""

from __future__ import annotations

import time
from typing import NamedTuple

from illuminas.memory.events import EventLog
from illuminas.memory.kinds import Kind
from illuminas.memory.runs import RunFolder, run_status
from illuminas.memory.view import RoundFigures, RunView
from illuminas.server.surface.answers import RunReport, State
from illuminas.tools.errors import IlluminasError
from illuminas.tools.figures import duration
from illuminas.tools.tasks import is_table

_KINDS = (Kind.STARTED, Kind.SESSION, Kind.DIRECTIVE, Kind.QUESTION, Kind.ENDED)
"""Few in any log, and enough for how a run stands."""


class RunRow(NamedTuple):
    """One run in the list.

    Attributes:
        what: space and data set; ``where`` is the device.
        best: highest validation accuracy after the last round, per cent; None before the first success.
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
        return _run_row(folder)
    except IlluminasError as error:
        why = str(error)
    except (KeyError, TypeError, ValueError):
        why = "it is damaged or of another version of illuminas"
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
        note=f"cannot be read: {why}",
    )


def _run_row(folder: RunFolder) -> RunRow:
    log = EventLog(folder.log, read_only=True)
    try:
        view = RunView()
        view.extend(log.read(*_KINDS))
        first, plan, round_ = log.get("started"), log.last(Kind.PLAN), log.last(Kind.ROUND)
        evaluations = log.count(Kind.EVALUATION)
        ended = log.last(Kind.ENDED)
    finally:
        log.close()
    assert first is not None
    if ended is not None and plan is not None and plan.id > ended.id:
        view.ended = None  # it went on with a larger budget
    config = view.started["config"]
    return RunRow(
        id=folder.id,
        state=run_status(folder, view),
        what=_what(config["space"], config["dataset"]),
        where=_short(config["device"]),
        llm=_mind(view.started["llm"]["name"]),
        mode=config["mode"],
        best=None if round_ is None else RoundFigures.model_validate(round_.data).best_accuracy,
        evaluations=evaluations,
        budget=int(view.caps.get("evaluations") or config["evaluations"]),
        age=ago(time.time() - first.time),
        began=first.time,
        note=view.ended or "",
    )


def unbegun_row(report: RunReport) -> RunRow:
    """The row of a run of which nothing but its order is known."""
    return RunRow(
        id=report.run_id,
        state=report.state,
        what=_what(report.space, report.dataset),
        where=_short(report.device),
        llm=_mind(report.llm.name),
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
    """``c10 (nb201_accuracy)`` of ``table:nb201_accuracy/c10``."""
    if not is_table(name):
        return "–" if name == "none" else name
    table, _, column = name.removeprefix("table:").partition("/")
    return f"{column} ({table})"


def _mind(name: str) -> str:
    return "none: statistics" if name == "none" else name
