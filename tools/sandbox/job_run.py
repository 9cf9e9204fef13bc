"""One job from the asking side: it is sent, its answer is read, how it ended is put in words, and what it is worth.

An answer is untrusted: accuracies are computed here, from logits and labels.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.executor import OUT_OF_MEMORY, JobResult
from illuminas.tools.evaluation.metrics import Metrics
from illuminas.tools.evaluation.training.recipe import EpochReport, Recipe, Trained, TrainingResult
from illuminas.tools.sandbox import wire
from illuminas.tools.sandbox.jobs import (
    NOT_CONFINED,
    WEIGHTS,
    EpochsDone,
    InspectJob,
    Raised,
    ScoreJob,
    TrainJob,
    Verdict,
)
from illuminas.tools.sandbox.launch import Zygote
from illuminas.tools.sandbox.levels import Limits

_GRACE_SECONDS = 30.0
"""How long the watching process may take beyond the job's time."""
_CHUNK = 2**20
_NO_MEMORY = (*OUT_OF_MEMORY, os.strerror(errno.ENOMEM))
_LONGEST_REASON = 300
_REFUSALS = ("PermissionError", "BlockingIOError")
"""How Python words "permission denied", and "no more processes"."""
_TOO_LARGE = os.strerror(errno.EFBIG)


class HungUp(IlluminasError):
    """Nobody says any more how the job ended: the zygote or the watching process is gone, or stuck."""


class Outcome(NamedTuple):
    """How a job ended.

    Attributes:
        status: only ``ok`` has an answer.
        reason: why there is none.
        answer: what the untrusted process said.
        seconds, cpu_seconds: what it took.
    """

    status: Status
    reason: str
    answer: wire.Message
    seconds: float
    cpu_seconds: float


class JobRun:
    """A job on its way; it can be cancelled from another thread.

    Args:
        on_epoch: called with what the untrusted process says of its epochs, in the thread that runs the job.
    """

    def __init__(
        self,
        job: InspectJob | ScoreJob | TrainJob,
        arrays: wire.Arrays,
        on_epoch: Callable[[EpochReport], None],
    ) -> None:
        self.job = job
        self._arrays = arrays
        self._on_epoch = on_epoch
        self._answers: list[wire.Message] = []
        self._reader = wire.Reader(job.limits.answer_mib * 2**20)
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self.cancelled = False

    def cancel(self) -> None:
        """Have the job killed, now or as soon as it begins."""
        with self._lock:
            self.cancelled = True
            if self._connection is not None:
                _hang_up(self._connection)

    def run(self, zygote: Zygote) -> Outcome:
        """Send the job, and wait for its end.

        Raises:
            HungUp: nobody says how it ended.
        """
        ours, theirs = socket.socketpair()
        answer, its_answer = os.pipe()
        try:
            with ours:
                try:
                    zygote.order(b"j", theirs.fileno(), its_answer)
                finally:
                    theirs.close()
                    os.close(its_answer)
                with self._lock:
                    self._connection = ours
                    if self.cancelled:
                        _hang_up(ours)
                try:
                    return self._outcome(*self._talk(ours, answer))
                finally:
                    with self._lock:
                        self._connection = None
        except OSError as error:
            raise HungUp(f"the sandbox's process is gone ({error})") from error
        finally:
            os.close(answer)

    def _talk(self, connection: socket.socket, answer: int) -> tuple[Verdict, str]:
        """Send the job; read its answer until the verdict; returns it, with what was wrong with the answer."""
        # who hung up already says so when it is listened to
        with contextlib.suppress(BrokenPipeError):
            wire.send(connection, self.job.model_dump(), self._arrays)
        os.set_blocking(answer, False)
        poll = select.poll()
        poll.register(answer, select.POLLIN)
        poll.register(connection, select.POLLIN)
        wrong, verdicts = "", wire.Reader()
        deadline = time.monotonic() + self.job.limits.seconds + _GRACE_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            ready = {descriptor for descriptor, _ in poll.poll(min(1000 * left, 60_000))}
            if answer in ready:
                try:
                    if not self._read(answer):
                        poll.unregister(answer)
                except wire.WireError as error:
                    wrong = str(error)
                    poll.unregister(answer)
                    _hang_up(connection)
            if connection.fileno() in ready:
                data = connection.recv(_CHUNK)
                for message in verdicts.feed(data):
                    if not wrong:
                        wrong = self._read_the_rest(answer)
                    return Verdict.model_validate(message.fields), wrong
                if not data:
                    raise HungUp("the sandbox's process died while it ran")
        raise HungUp("the sandbox's process did not keep the time")

    def _read(self, answer: int) -> bool:
        """Read once; False at the end. Raises :class:`wire.WireError`, and BlockingIOError where nothing is there."""
        data = os.read(answer, _CHUNK)
        for message in self._reader.feed(data):
            if message.fields.get("kind") != "epoch":
                self._answers.append(message)
                continue
            try:
                report = EpochReport.model_validate({k: v for k, v in message.fields.items() if k != "kind"})
            except ValidationError as error:
                raise wire.WireError(f"a report that is none: {first_problem(error)}") from None
            self._on_epoch(report)
        return bool(data)

    def _read_the_rest(self, answer: int) -> str:
        """All that is left in the pipe, whose writers have ended; returns what was wrong with it."""
        try:
            while self._read(answer):
                pass
        except BlockingIOError:
            return ""
        except wire.WireError as error:
            return str(error)
        return ""

    def _outcome(self, verdict: Verdict, wrong: str) -> Outcome:
        status, reason = self._judged(verdict, wrong)
        answer = self._answers[0] if status is Status.OK else wire.Message({}, {})
        return Outcome(status, reason, answer, verdict.seconds, verdict.cpu_seconds)

    def _judged(self, verdict: Verdict, wrong: str) -> tuple[Status, str]:
        """Status and reason: what the watching process saw counts more than what the job said."""
        limits = self.job.limits
        if verdict.refused:
            return Status.FAILED, f"was refused: {verdict.refused}"
        if wrong:
            return Status.FAILED, f"answered with {printable(wrong)}"
        if verdict.timed_out:
            return Status.TIMEOUT, f"killed after {limits.seconds:g} s"
        if verdict.cpu_out:
            return Status.TIMEOUT, f"used up its {limits.processor_seconds:g} s of processor time"
        if verdict.signal == signal.SIGKILL:
            return Status.FAILED, "killed from outside (SIGKILL): the machine may have run out of memory"
        if verdict.signal:
            return Status.FAILED, f"crashed ({signal.Signals(verdict.signal).name})"
        if verdict.exit_code == NOT_CONFINED:
            return Status.FAILED, f"exited with code {NOT_CONFINED}: the walls around it may not stand"
        if verdict.exit_code or not self._answers:
            return Status.FAILED, f"exited with code {verdict.exit_code} before it answered"
        if len(self._answers) > 1 or not self._reader.between_messages:
            return Status.FAILED, "answered more than once: something else than the job wrote into its pipe"
        fields = self._answers[0].fields
        kind = fields.pop("kind", None)
        if kind == "raised":
            return _explained(fields, limits)
        if kind != "answer":
            return Status.FAILED, f"answered with something of the kind {printable(repr(kind))}"
        return Status.OK, ""


def _explained(fields: dict[str, Any], limits: Limits) -> tuple[Status, str]:
    """An exception in words."""
    try:
        raised = Raised.model_validate(fields)
    except ValidationError as error:
        return Status.FAILED, f"answered with an exception that is none: {first_problem(error)}"
    if raised.error == "MemoryError" or any(words in raised.message for words in _NO_MEMORY):
        return Status.MEMORY, f"ran out of memory ({limits.memory_gib:g} GiB)"
    where = f" (line {raised.line})" if raised.line else ""
    words = raised.message if raised.error == "NetworkError" else f"{raised.error}: {raised.message}"
    refused = raised.error in _REFUSALS or _TOO_LARGE in raised.message
    return Status.FAILED, ("was refused: " if refused else "") + printable(words) + where


def printable(words: str) -> str:
    """Words of an untrusted process for people and prompts: short, on one line, without control characters."""
    shown = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(shown.split())[:_LONGEST_REASON]


def first_problem(error: ValidationError) -> str:
    """Where and why a model was not valid, without the value."""
    found = error.errors(include_url=False, include_input=False)[0]
    return printable(f"{'.'.join(map(str, found['loc']))}: {found['msg']}")


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)


M = TypeVar("M", bound=BaseModel)


def read(outcome: Outcome, model: type[M]) -> JobResult[M]:
    """The answer, if it is one of the model."""
    status, reason, found = outcome.status, outcome.reason, None
    if status is Status.OK:
        try:
            found = model.model_validate(outcome.answer.fields)
        except ValidationError as error:
            status, reason = Status.FAILED, f"answered with what is no result: {first_problem(error)}"
    return JobResult(status=status, found=found, reason=reason, seconds=outcome.seconds)


def trained(outcome: Outcome, dataset: Dataset, recipe: Recipe) -> Trained:
    """The result of a training, by its logits and the data set's labels."""
    said = read(outcome, EpochsDone)
    status, reason, done = said.status, said.reason, said.found
    arrays = outcome.answer.arrays
    val = test = None
    if done is not None and done.failure:
        status, reason = Status.FAILED, printable(done.failure)
    elif done is not None:
        try:
            val = _measured(arrays, "val", dataset.val, dataset.labels)
            test = _measured(arrays, "test", dataset.test, dataset.labels)
        except IlluminasError as error:
            status, reason, val, test = Status.FAILED, str(error), None, None
    stopped = status is Status.OK and done is not None and done.stopped_early
    epochs = 0 if done is None else min(done.epochs, recipe.epochs)
    result = TrainingResult(
        status=status,
        val=val,
        test=test,
        epochs=epochs,
        stopped_early=stopped,
        reason=f"no better than chance after {epochs} of {recipe.epochs} epochs" if stopped else reason,
        seconds=outcome.seconds,
        cpu_seconds=outcome.cpu_seconds,
        device="cpu",
    )
    weights = {name.removeprefix(WEIGHTS): array for name, array in arrays.items() if name.startswith(WEIGHTS)}
    if status is not Status.OK or done is None:
        return Trained(result, {}, 0.0)
    return Trained(result, weights, done.inherited)


def _measured(arrays: wire.Arrays, name: str, split: Split, labels: Sequence[str]) -> Metrics:
    """The figures of a split by the logits.

    Raises:
        IlluminasError: they are no logits of the split.
    """
    logits = arrays.get(name)
    if logits is None or logits.dtype != np.float32 or logits.shape != (len(split.y), len(labels)):
        got = "none" if logits is None else f"{logits.shape} of {logits.dtype}"
        raise IlluminasError(f"expected {name} logits ({len(split.y)}, {len(labels)}) of float32, got {got}.")
    if not np.isfinite(logits).all():
        raise IlluminasError(f"expected finite {name} logits, got some that are not.")
    return Metrics.of(logits, split.y, labels)
