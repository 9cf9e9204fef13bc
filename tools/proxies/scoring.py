"""Scores of many architectures by many proxies: networks side by side, passes shared."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from illuminas.tools.errors import IlluminasError
from illuminas.tools.proxies.base import Proxy
from illuminas.tools.proxies.probe import Probe
from illuminas.tools.proxies.scores import ProxyError, ProxyScores
from illuminas.tools.spaces.base import Architecture, NetworkShape, SearchSpace

if TYPE_CHECKING:
    from torch import nn

# Seeding and building share torch's global generator, so one stack of networks is scored at a time.
_LOCK = threading.Lock()

_NUMBERS_AT_ONCE = {"cpu": 2**20, "cuda": 2**26}
"""Numbers in the largest feature map of a stack: a few hundred MB with all gradients on a CPU; what fills a GPU."""


class Score(NamedTuple):
    """What a proxy said of one architecture: a finite value, or why there is none."""

    value: float | None
    reason: str
    seconds: float


Tally = dict[str, Score]
"""Proxy -> score of one architecture, as they come in."""


def score_architectures(
    space: SearchSpace,
    architectures: Sequence[Architecture],
    shape: NetworkShape,
    images: Tensor,
    labels: Tensor,
    proxies: Sequence[Proxy],
    *,
    seed: int,
) -> list[ProxyScores]:
    """See :func:`illuminas.tools.proxies.score_batch`."""
    check_batch(images, labels, shape)
    counted = [proxy for proxy in proxies if not proxy.needs_network]
    tied = [proxy for proxy in proxies if proxy.needs_network and proxy.tied]
    apart = [proxy for proxy in proxies if proxy.needs_network and not proxy.tied]
    own: list[Tally] = [{} for _ in architectures]
    forms = {each.hash: space.representative(each) for each in architectures}
    shared: dict[str, Tally] = {key: {} for key in forms}
    with _LOCK, _quietly(images.device):
        sizes = [space.complexity(each, shape) for each in architectures] if counted else []
        complexities = [each for each in sizes if each is not None]
        tally_up(counted, Probe(_no_network, images, labels, count=len(own), complexities=complexities), own)
        for group, at_once in ((tied, 1), (apart, len(images))):
            if group:
                members = list(forms)
                size = _stack_size(space, shape, images.device, at_once)
                for start in range(0, len(members), size):
                    keys = members[start : start + size]
                    stacked = [forms[key] for key in keys]
                    _score_stack(space, stacked, shape, images, labels, group, seed, [shared[key] for key in keys])
    return [
        summed_up(proxies, tally | shared[architecture.hash])
        for architecture, tally in zip(architectures, own, strict=True)
    ]


def _no_network() -> nn.Module:
    raise ProxyError("there is no network to look at")


def _stack_size(space: SearchSpace, shape: NetworkShape, device: torch.device, images: int) -> int:
    if not space.stackable:
        return 1
    numbers = images * space.width(shape) * shape.image_size**2
    return max(1, _NUMBERS_AT_ONCE.get(device.type, _NUMBERS_AT_ONCE["cuda"]) // numbers)


def _score_stack(
    space: SearchSpace,
    architectures: Sequence[Architecture],
    shape: NetworkShape,
    images: Tensor,
    labels: Tensor,
    proxies: Sequence[Proxy],
    seed: int,
    tallies: Sequence[Tally],
) -> None:
    """Scores of networks side by side; where the stack as a whole fails, one by one, so that the cause is found."""

    torch.manual_seed(seed)
    network = space.stack(architectures, shape, tied=proxies[0].tied)
    probe = Probe(
        network.to(images.device).train(),
        images,
        labels,
        count=len(architectures),
        seed=seed,
        second_order=any(proxy.second_order for proxy in proxies),
    )
    broken = tally_up(proxies, probe, tallies)
    if broken and len(architectures) > 1:
        again = partial(_score_stack, space, shape=shape, images=images, labels=labels, proxies=broken, seed=seed)
        for architecture, tally in zip(architectures, tallies, strict=True):
            again([architecture], tallies=[tally])


def tally_up(proxies: Sequence[Proxy], probe: Probe, tallies: Sequence[Tally]) -> list[Proxy]:
    """Ask each proxy; returns those that failed for the stack as a whole."""
    broken = []
    for proxy in proxies:
        start = time.perf_counter()
        try:
            values, reason = proxy.scores(probe).tolist(), proxy.undefined
        # torch reports what goes wrong inside a network or a decomposition as RuntimeError
        except (ProxyError, RuntimeError, ArithmeticError, ValueError) as error:
            values, reason = [math.nan] * len(tallies), f"{type(error).__name__}: {error}"[:300]
            broken.append(proxy)
        seconds = (time.perf_counter() - start) / max(len(tallies), 1)
        for tally, value in zip(tallies, values, strict=True):
            tally[proxy.name] = Score(value if math.isfinite(value) else None, reason, seconds)
    return broken


def summed_up(proxies: Sequence[Proxy], tally: Tally) -> ProxyScores:
    """The scores in the order that was asked for."""
    scores = {proxy.name: tally[proxy.name] for proxy in proxies}
    return ProxyScores(
        values={name: score.value for name, score in scores.items() if score.value is not None},
        failures={name: score.reason for name, score in scores.items() if score.value is None},
        seconds={name: score.seconds for name, score in scores.items()},
    )


@contextmanager
def _quietly(device: torch.device) -> Iterator[None]:
    """Leave the caller's generators and modes as they are, and let equal seeds give equal numbers, on every device."""
    with (
        torch.random.fork_rng([device] if device.type == "cuda" else []),
        torch.enable_grad(),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
    ):
        yield


def check_batch(images: Tensor, labels: Tensor, shape: NetworkShape) -> None:
    """Raise :class:`IlluminasError` unless the batch fits the shape."""
    if images.dim() != 4 or images.dtype != torch.float32 or images.shape[1] != shape.in_channels:
        raise IlluminasError(
            f"expected images (n, {shape.in_channels}, h, w) of float32, got {tuple(images.shape)} of {images.dtype}."
        )
    if labels.shape != images.shape[:1] or labels.dtype != torch.int64 or len(labels) < 2:
        raise IlluminasError(
            f"expected {max(len(images), 2)} labels of int64, got {tuple(labels.shape)} of {labels.dtype}."
        )
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= shape.classes:
        raise IlluminasError(f"expected labels from 0 to {shape.classes - 1}, got {lowest} to {highest}.")
