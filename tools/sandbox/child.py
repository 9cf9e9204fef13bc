"""The process that one job runs in: it shuts itself in, runs the source, says what came of it, and ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any, NoReturn

from illuminas.tools.evaluation.training.result import EpochReport
from illuminas.tools.sandbox import kernel, networks, wire
from illuminas.tools.sandbox.confine import ANSWER, Walls, confine, keep_descriptors
from illuminas.tools.sandbox.jobs import NOT_CONFINED, InspectJob, Raised, ScoreJob, TrainJob
from illuminas.tools.sandbox.networks import HeldImages

_SPARE = 2**24
_LONGEST_REASON = 1000


def run(
    job: InspectJob | ScoreJob | TrainJob,
    arrays: wire.Arrays,
    held: Mapping[str, HeldImages],
    walls: Walls,
    *,
    answer: int,
    handover: int,
) -> NoReturn:
    """Do the job, and end this process.

    Args:
        held: data sets by fingerprint.
        answer, handover: descriptors that reach whoever asked, and the supervisor.
    """
    try:
        os.setsid()
        kernel.die_with_parent(signal.SIGKILL)
        keep_descriptors(answer, handover)
        confine(job.limits, walls)
    except OSError:
        os._exit(NOT_CONFINED)
    # so that there is memory left to say that there was none
    spare = bytearray(_SPARE)
    try:
        fields, results = _do(job, arrays, held)
    # whatever the source raises ends here, SystemExit and KeyboardInterrupt too
    except BaseException as error:
        spare.clear()
        fields, results = {"kind": "raised", **_raised(error).model_dump()}, {}
    _say(fields, results)
    os._exit(0)


def _do(
    job: InspectJob | ScoreJob | TrainJob, arrays: wire.Arrays, held: Mapping[str, HeldImages]
) -> tuple[dict[str, Any], wire.Arrays]:
    """The fields and arrays of the answer."""
    match job:
        case InspectJob():
            return {"kind": "answer", **networks.inspect(job).model_dump()}, {}
        case ScoreJob():
            return {"kind": "answer", **networks.score(job, arrays["images"], arrays["labels"]).model_dump()}, {}
        case TrainJob():
            done, results = networks.train(job, held[job.dataset], arrays, _report)
            return {"kind": "answer", **done.model_dump()}, results


def _report(report: EpochReport) -> None:
    _say({"kind": "epoch", **report.model_dump()}, {})


def _raised(error: BaseException) -> Raised:
    """The exception in words, with the last line of the source that it passed."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == networks.SOURCE_NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        line = error.lineno or 0
    return Raised(error=type(error).__name__, message=str(error)[:_LONGEST_REASON], line=line)


def _say(fields: dict[str, Any], arrays: wire.Arrays) -> None:
    for part in wire.parts(fields, arrays):
        left = part
        while left:
            left = left[os.write(ANSWER, left) :]
