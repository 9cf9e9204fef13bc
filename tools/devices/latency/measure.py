"""How long a network takes for one image, measured on this machine in a process of its own.

Other programs slow a core that shares its caches and pipelines with theirs by half and more, for as long as they run,
and no statistic of one network's times undoes that. So every pass of the network follows a pass of a small fixed one,
the reference, which is slowed alike: what is measured is the ratio, times what the reference took on its own in the
quietest moments when the process started.

On a machine that is busier than that undoes, the blocks' ratios still spread. Such a figure is unsteady: it is
reported with its spread, and whoever asked decides what it is worth.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import pebble
from pydantic import BaseModel, ConfigDict, Field

from illuminas.tools.errors import ResourceError
from illuminas.tools.process import exit_with_parent, ignore_interrupts
from illuminas.tools.spaces import NetworkShape, get_space

if TYPE_CHECKING:
    from torch import Tensor, nn

P = ParamSpec("P")
T = TypeVar("T")

MAX_SPREAD = 0.1
"""Relative spread above which a figure is unsteady."""
ATTEMPTS = 4
_BLOCKS = 9
_BLOCK_SECONDS = 0.02
_WARM_UP_PASSES = 3
_CALIBRATION_SECONDS = 0.3
REFERENCE_MACS = 3 * 9 * 16 * 16 * 16 * 16
"""Multiply-accumulates of the reference: three 3x3 convolutions of 16 channels on 16 x 16 pixels."""


class Latency(BaseModel):
    """Measured time for one image, batch size 1. Lower is better.

    Attributes:
        median_ms: milliseconds.
        spread: interquartile range of the blocks' medians over their median.
        runs: forward passes that were timed.
        threads: threads that ran them.
        device: processor of this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    median_ms: float = Field(gt=0)
    spread: float = Field(ge=0)
    runs: int
    threads: int
    device: str

    @property
    def noise(self) -> str:
        """Why the figure is unsteady, and what to do about it; empty for a steady one."""
        if self.spread <= MAX_SPREAD:
            return ""
        return (
            f"this machine is too busy to measure latency: blocks of runs spread by {self.spread:.0%} around "
            f"{self.median_ms:.3g} ms in the best of {ATTEMPTS} attempts, expected at most {MAX_SPREAD:.0%}. "
            "Stop other programs, train with fewer workers, or use an imported table."
        )


class LatencyMeter:
    """A warm process that times one network at a time; one meter at a time should run on a machine.

    Args:
        timeout: seconds a measurement may take before its process is killed; starting it does not count.
    """

    def __init__(self, *, timeout: float = 30.0) -> None:
        self.timeout = timeout
        self._pool = self._new_pool()

    def _new_pool(self) -> pebble.ProcessPool:
        return pebble.ProcessPool(
            max_workers=1,
            initializer=_start,
            initargs=(os.getpid(),),
            context=multiprocessing.get_context("spawn"),
        )

    def measure(self, space_name: str, architecture_text: str, shape: NetworkShape) -> Latency:
        """Median time of the network's forward pass on one image, on one thread held to one core.

        The clock counts the thread's time on the processor, and each pass is set against one of the reference. Each
        block of passes gives a median; these are tried again, on another core where there is one, while they spread
        too much. The figures of one process compare with each other better than with those of the next, as each
        finds out anew how fast the reference is.

        Raises:
            InvalidArchitecture: the text is not one of the space.
            ResourceError: too slow, or the process died.
        """
        get_space(space_name).parse(architecture_text)
        return self._run(_measure, space_name, architecture_text, shape)

    def reference_ms(self) -> float:
        """Milliseconds of one pass of the reference, which has :data:`REFERENCE_MACS`, when nothing disturbs it.

        Raises:
            ResourceError: the process died.
        """
        return self._run(_reference_ms)

    def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        # one that lost its process while idle is broken for good
        if not self._pool.active:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = self._new_pool()
        try:
            found: T = self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self.timeout).result()
        except TimeoutError:
            raise ResourceError(
                f"measuring the latency took more than {self.timeout:g} s and was killed. Expected well under one "
                "second: measure a smaller network, or give a longer time-out."
            ) from None
        except (pebble.ProcessExpired, BrokenProcessPool) as error:
            raise ResourceError(
                f"the process that measures latency died ({error}). Free memory and try again."
            ) from error
        return found

    def close(self) -> None:
        """End the process; harmless twice."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


@cache
def _shared_meter() -> LatencyMeter:
    return LatencyMeter()


def measure_latency(space_name: str, architecture_text: str, shape: NetworkShape) -> Latency:
    """:meth:`LatencyMeter.measure` on one meter that is started when first needed and ends with this program."""
    return _shared_meter().measure(space_name, architecture_text, shape)


def reference_ms() -> float:
    """:meth:`LatencyMeter.reference_ms` of the same meter."""
    return _shared_meter().reference_ms()


def processor_name() -> str:
    """What this machine's processor calls itself."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown processor"


# From here on, what runs in the meter's process.


_reference_seconds = 0.0


def _start(parent: int) -> None:
    """Make this process a meter: import torch, and learn how fast the reference is when nothing disturbs it."""
    global _reference_seconds
    ignore_interrupts()
    exit_with_parent(parent)
    import torch

    torch.set_num_threads(1)
    with torch.inference_mode():
        reference, image = _reference()
        _warm_up(reference, image)
        times: list[float] = []
        while sum(times) < _CALIBRATION_SECONDS:
            times.append(_seconds(reference, image))
    _reference_seconds = statistics.quantiles(times, n=20)[0]


def _reference() -> tuple[nn.Module, Tensor]:
    """A network of the operations that most are made of, about half a millisecond long, and its image."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    block = (nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.AvgPool2d(3, 1, 1))
    return nn.Sequential(*block, *block, *block).eval(), torch.randn(1, 16, 16, 16)


def _reference_ms() -> float:
    return 1000 * _reference_seconds


def _measure(space_name: str, architecture_text: str, shape: NetworkShape) -> Latency:
    """The first attempt that is steady, else the steadiest."""
    import torch

    space = get_space(space_name)
    torch.manual_seed(0)
    network = space.build(space.parse(architecture_text), shape).eval()
    image = torch.randn(1, shape.in_channels, shape.image_size, shape.image_size)
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    attempts = []
    try:
        for attempt in range(ATTEMPTS):
            if sys.platform == "linux":
                os.sched_setaffinity(0, {cores[-1 - attempt % len(cores)]})
            with torch.inference_mode():
                attempts.append(_attempt(network, image))
            if attempts[-1].spread <= MAX_SPREAD:
                break
    finally:
        if sys.platform == "linux":
            os.sched_setaffinity(0, cores)
    return min(attempts, key=lambda latency: latency.spread)


def _attempt(network: nn.Module, image: Tensor) -> Latency:
    """Warm up, then time blocks of passes, each after one of the reference."""
    reference, reference_image = _reference()
    _warm_up(reference, reference_image)
    pair = _warm_up(network, image) + _reference_seconds
    # an odd number for a median
    block = max(3, round(_BLOCK_SECONDS / pair)) | 1
    medians = [
        statistics.median(_ratio(network, image, reference, reference_image) for _ in range(block))
        for _ in range(_BLOCKS)
    ]
    lower, median, upper = statistics.quantiles(medians, n=4)
    return Latency(
        median_ms=1000 * median * _reference_seconds,
        spread=(upper - lower) / median,
        runs=block * _BLOCKS,
        threads=1,
        device=processor_name(),
    )


def _ratio(network: nn.Module, image: Tensor, reference: nn.Module, reference_image: Tensor) -> float:
    """Time of one pass over that of one of the reference, right before it."""
    base = _seconds(reference, reference_image)
    return _seconds(network, image) / base


def _warm_up(network: nn.Module, image: Tensor) -> float:
    """Seconds of the last of a few passes."""
    return [_seconds(network, image) for _ in range(_WARM_UP_PASSES)][-1]


def _seconds(network: nn.Module, image: Tensor) -> float:
    began = time.thread_time()
    network(image)
    return time.thread_time() - began
