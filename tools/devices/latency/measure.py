"""How long a network takes for one image, measured on this machine in a process of its own.

Other programs slow a core that shares its caches and pipelines with theirs by half and more, for as long as they run,
and no statistic of one network's times undoes that. So every pass of the network follows a pass of a small fixed one,
the reference, which is slowed alike: what is measured is the ratio, times what the reference took on its own in the
quietest moments when the process started.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import platform
import statistics
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pebble
from pydantic import BaseModel, ConfigDict, Field

from illuminas.tools.errors import ResourceError
from illuminas.tools.process import exit_with_parent, ignore_interrupts
from illuminas.tools.spaces import NetworkShape, get_space

if TYPE_CHECKING:
    from torch import Tensor, nn

MAX_SPREAD = 0.1
"""Relative spread above which a figure is not reported."""
ATTEMPTS = 4
_BLOCKS = 9
_BLOCK_SECONDS = 0.02
_WARM_UP_PASSES = 3
_CALIBRATION_SECONDS = 0.3


class Latency(BaseModel):
    """Time for one image, batch size 1. Lower is better.

    Attributes:
        median_ms: milliseconds.
        spread: interquartile range of the blocks' medians over their median; 0 where a table gives none.
        runs: forward passes that were timed; 0 for a table.
        threads: threads that ran them; 0 where a table doesn't say.
        device: processor of this machine, or the table's device.
        source: measured here, or looked up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    median_ms: float = Field(gt=0)
    spread: float = Field(default=0.0, ge=0)
    runs: int = 0
    threads: int = 0
    device: str
    source: Literal["measured", "table"]


class LatencyMeter:
    """A warm process that times one network at a time; one meter at a time should run on a machine.

    Args:
        timeout: seconds a measurement may take before its process is killed; starting it does not count.
        max_spread: relative spread above which a measurement is refused.
    """

    def __init__(self, *, timeout: float = 30.0, max_spread: float = MAX_SPREAD) -> None:
        self.timeout = timeout
        self.max_spread = max_spread
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
            ResourceError: too noisy, too slow, or the process died.
        """
        get_space(space_name).parse(architecture_text)
        # one that lost its process while idle is broken for good
        if not self._pool.active:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = self._new_pool()
        arguments = (space_name, architecture_text, shape, self.max_spread)
        try:
            latency: Latency = self._pool.schedule(_measure, args=arguments, timeout=self.timeout).result()
        except TimeoutError:
            raise ResourceError(
                f"measuring the latency took more than {self.timeout:g} s and was killed. Expected well under one "
                "second: measure a smaller network, or give a longer time-out."
            ) from None
        except (pebble.ProcessExpired, BrokenProcessPool) as error:
            raise ResourceError(
                f"the process that measures latency died ({error}). Free memory and try again."
            ) from error
        if latency.spread > self.max_spread:
            raise ResourceError(
                f"this machine is too busy to measure latency: blocks of runs spread by {latency.spread:.0%} around "
                f"{latency.median_ms:.3g} ms in the best of {ATTEMPTS} attempts, expected at most "
                f"{self.max_spread:.0%}. Stop other programs, train with fewer workers, or use an imported table."
            )
        return latency

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


def _measure(space_name: str, architecture_text: str, shape: NetworkShape, max_spread: float) -> Latency:
    """The first attempt that is quiet enough, else the quietest."""
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
            if attempts[-1].spread <= max_spread:
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
        source="measured",
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
