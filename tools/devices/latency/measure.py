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
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from illuminas.tools.devices.latency.runtimes import Pass, pass_of
from illuminas.tools.evaluation.executor import OnProgress, no_progress
from illuminas.tools.frozen import Frozen
from illuminas.tools.spaces import NetworkShape, get_space

if TYPE_CHECKING:
    from torch import nn

MAX_SPREAD = 0.1
"""Relative spread above which a figure is unsteady."""
ATTEMPTS = 4
_BLOCKS = 9
_BLOCK_SECONDS = 0.02
_WARM_UP_PASSES = 3
_CALIBRATION_SECONDS = 0.3
REFERENCE_MACS = 3 * 9 * 16 * 16 * 16 * 16
"""Multiply-accumulates of the reference: three 3x3 convolutions of 16 channels on 16 x 16 pixels."""


class Latency(Frozen):
    """Measured time for one image, batch size 1. Lower is better.

    Attributes:
        median_ms: milliseconds.
        spread: interquartile range of the blocks' medians over their median.
        runs: forward passes that were timed.
        threads: threads that ran them.
        device: processor of this machine.
    """

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


@dataclass(frozen=True, kw_only=True)
class MeasureLatency:
    """Median time of a network's forward pass on one image, on one thread held to one core.

    The clock counts the thread's time on the processor, and each pass is set against one of the reference. Each block
    of passes gives a median; these are tried again, on another core where there is one, while they spread too much.
    The figures of one process compare with each other better than with those of the next, as each finds out anew how
    fast the reference is.

    Attributes:
        space: name of the search space.
        text: the architecture, as its space publishes it.
        shape: of the images, where the space does not choose their side itself.
        runtime: runs the network; the reference is always torch's.
    """

    space: str
    text: str
    shape: NetworkShape
    runtime: str = "torch"

    def __call__(self, report: OnProgress) -> Latency:
        return _measure(self)


def reference_ms(report: OnProgress = no_progress) -> float:
    """Milliseconds of one pass of the reference, which has :data:`REFERENCE_MACS`, when nothing disturbs it."""
    return 1000 * _reference_seconds


def processor_name() -> str:
    """What this machine's processor calls itself."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown processor"


# From here on, what runs in the meter's process.


_reference_seconds = 0.0


def prepare() -> None:
    """Make this process a meter: import torch, and learn how fast the reference is when nothing disturbs it."""
    global _reference_seconds
    import torch

    torch.set_num_threads(1)
    with torch.inference_mode():
        reference = _reference()
        _warm_up(reference)
        times: list[float] = []
        while sum(times) < _CALIBRATION_SECONDS:
            times.append(_seconds(reference))
    _reference_seconds = statistics.quantiles(times, n=20)[0]


def _reference() -> Pass:
    """A network of the operations that most are made of, about half a millisecond long."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    block = (nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.AvgPool2d(3, 1, 1))
    return pass_of("torch", nn.Sequential(*block, *block, *block).eval(), torch.randn(1, 16, 16, 16))


def _measure(asked: MeasureLatency) -> Latency:
    import torch

    space = get_space(asked.space)
    architecture = space.parse(asked.text)
    torch.manual_seed(0)
    network, side = space.build(architecture, asked.shape), space.input_side(architecture, asked.shape)
    return time_network(network, asked.shape.in_channels, side, asked.runtime)


def time_network(network: nn.Module, in_channels: int, side: int, runtime: str) -> Latency:
    """How long a network takes for one image, in a meter's process: the first attempt that is steady, or the steadiest.

    Args:
        side: of the image, pixels.
        runtime: as for :class:`MeasureLatency`.
    """
    import torch

    run = pass_of(runtime, network.eval(), torch.randn(1, in_channels, side, side))
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    attempts = []
    try:
        for attempt in range(ATTEMPTS):
            if sys.platform == "linux":
                os.sched_setaffinity(0, {cores[-1 - attempt % len(cores)]})
            with torch.inference_mode():
                attempts.append(_attempt(run))
            if attempts[-1].spread <= MAX_SPREAD:
                break
    finally:
        if sys.platform == "linux":
            os.sched_setaffinity(0, cores)
    return min(attempts, key=lambda latency: latency.spread)


def _attempt(run: Pass) -> Latency:
    """Warm up, then time blocks of passes, each after one of the reference."""
    reference = _reference()
    _warm_up(reference)
    pair = _warm_up(run) + _reference_seconds
    # an odd number for a median
    block = max(3, round(_BLOCK_SECONDS / pair)) | 1
    medians = [statistics.median(_ratio(run, reference) for _ in range(block)) for _ in range(_BLOCKS)]
    lower, median, upper = statistics.quantiles(medians, n=4)
    return Latency(
        median_ms=1000 * median * _reference_seconds,
        spread=(upper - lower) / median,
        runs=block * _BLOCKS,
        threads=1,
        device=processor_name(),
    )


def _ratio(run: Pass, reference: Pass) -> float:
    """Time of one pass over that of one of the reference, right before it."""
    base = _seconds(reference)
    return _seconds(run) / base


def _warm_up(run: Pass) -> float:
    """Seconds of the last of a few passes."""
    return [_seconds(run) for _ in range(_WARM_UP_PASSES)][-1]


def _seconds(run: Pass) -> float:
    began = time.thread_time()
    run()
    return time.thread_time() - began
