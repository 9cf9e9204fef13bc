"""The two processes of one job, its own and the one that watches over it.

The job's process shuts itself in, runs the source, says what came of it, and ends. The supervisor starts it, ends it in
time, and says how it ended; it runs nothing of the source. Descendants of the job's process become its own when their
parents end, and it ends only when none is left.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from illuminas.tools.evaluation.training.recipe import EpochReport
from illuminas.tools.sandbox import kernel, networks, seccomp, wire
from illuminas.tools.sandbox.confine import ANSWER, Walls, confine, keep_descriptors
from illuminas.tools.sandbox.jobs import JOBS, NOT_CONFINED, InspectJob, Raised, ScoreJob, TrainJob, Verdict
from illuminas.tools.sandbox.levels import Limits
from illuminas.tools.sandbox.networks import HeldImages

_LONGEST_POLL = 60_000
"""Milliseconds."""


def supervise(connection: socket.socket, answer: int, held: Mapping[str, HeldImages], walls: Walls) -> None:
    """Take a job from the connection, run it in a process of its own, and send the verdict.

    Args:
        connection: to whoever asked; hanging up ends the job.
        answer: descriptor that the job's answer is written to.
        held: data sets by fingerprint.
        walls: to be put up around the job's process.
    """
    kernel.adopt_orphans()
    message = wire.receive(connection)
    if message is None:
        return
    job = JOBS.validate_python(message.fields)
    ours, theirs = socket.socketpair()
    # the zygote ignores it, and so would leave nothing to wait for
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    began = time.monotonic()
    process = os.fork()
    if process == 0:
        run_job(job, message.arrays, held, walls, answer=answer, handover=theirs.fileno())
    os.close(answer)
    theirs.close()
    refused = _watch(os.pidfd_open(process), connection, ours, began + job.limits.seconds)
    timed_out = refused is None
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    _, status, usage = os.wait4(process, 0)
    seconds = time.monotonic() - began
    _end_the_rest(process)
    verdict = Verdict(
        exit_code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        timed_out=timed_out,
        cpu_out=_cpu_out(status, usage.ru_utime + usage.ru_stime, job.limits),
        refused=refused or "",
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        seconds=seconds,
    )
    with contextlib.suppress(OSError):
        wire.send(connection, verdict.model_dump())


def _watch(process: int, connection: socket.socket, handover: socket.socket, deadline: float) -> str | None:
    """Wait until the process ends, or has to.

    Args:
        process: a descriptor of it, readable when it ends.
        connection: readable when nobody waits for the job any more.
        handover: what the filter's descriptor comes over.
        deadline: on the monotonic clock.

    Returns:
        What it tried that is refused; ``""`` if it ended or nobody waits for it any more; None at its deadline.
    """
    poll = select.poll()
    for descriptor in (process, connection.fileno(), handover.fileno()):
        poll.register(descriptor, select.POLLIN)
    listener = -1
    while (left := deadline - time.monotonic()) > 0:
        ready = {descriptor for descriptor, _ in poll.poll(min(math.ceil(1000 * left), _LONGEST_POLL))}
        if listener in ready and (tried := seccomp.what_was_tried(listener)):
            return tried
        if process in ready or connection.fileno() in ready:
            return ""
        if handover.fileno() in ready:
            _, descriptors, _, _ = socket.recv_fds(handover, 1, 1)
            poll.unregister(handover)
            if descriptors:
                (listener,) = descriptors
                poll.register(listener, select.POLLIN)
    return None


def _cpu_out(status: int, used: float, limits: Limits) -> bool:
    """Whether the kernel ended it for its processor time: it says so by SIGKILL alone, and counts by ticks."""
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL and used >= 0.9 * limits.processor_seconds


def _end_the_rest(process: int) -> None:
    """Kill and reap every descendant, its group first, until there is none."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    while True:
        for each in kernel.orphans():
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


_SPARE = 2**24
_LONGEST_REASON = 1000


def run_job(
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
