"""Zero-cost proxies: numbers from untrained networks that stand in for accuracy.

``base`` holds the interface, ``operations`` what some need to see, every other file one proxy with its paper.
Importing this loads no torch; scoring does.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from illuminas.tools.errors import IlluminasError, unknown_name
from illuminas.tools.proxies.base import Proxy, ProxyError, ProxyScores
from illuminas.tools.proxies.grad_norm import GradNorm
from illuminas.tools.proxies.jacov import Jacov
from illuminas.tools.proxies.macs import Macs
from illuminas.tools.proxies.nwot import Nwot
from illuminas.tools.proxies.params import Params
from illuminas.tools.proxies.snip import Snip
from illuminas.tools.proxies.synflow import SynFlow
from illuminas.tools.spaces import NetworkShape, get_space

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PROXIES", "Proxy", "ProxyError", "ProxyScores", "score"]

PROXIES: dict[str, Proxy] = {
    proxy.name: proxy for proxy in (Params(), Macs(), SynFlow(), Nwot(), Jacov(), GradNorm(), Snip())
}
"""Name -> proxy; a new one is added here."""

# Seeding, building and scoring share torch's global generator, so one architecture is scored at a time.
_LOCK = threading.Lock()


def score(
    space: str,
    text: str,
    shape: NetworkShape,
    images: Tensor,
    labels: Tensor,
    names: Iterable[str] = tuple(PROXIES),
    *,
    seed: int = 0,
) -> ProxyScores:
    """Scores of one architecture by several proxies, on the device of the images.

    Equal seeds give equal scores. Each proxy gets the same network, built anew, so that their order does not
    matter. A proxy that cannot score, or whose score is not finite, is a failure with its reason.

    Args:
        space: name of the search space.
        text: the architecture.
        shape: of the network.
        images: one batch, ``(n, c, h, w)``, float32; 2 images or more.
        labels: their classes, ``(n,)``, int64.
        names: of the proxies.
        seed: of the initialisation.

    Raises:
        InvalidArchitecture: the text is no architecture of the space.
        IlluminasError: an unknown proxy, or a batch that does not fit the shape.
    """
    import torch

    proxies = []
    for name in names:
        if name not in PROXIES:
            raise unknown_name("proxy", name, PROXIES)
        proxies.append(PROXIES[name])
    _check_batch(images, labels, shape)
    search_space = get_space(space)
    architecture = search_space.parse(text)
    device = images.device
    values: dict[str, float] = {}
    failures: dict[str, str] = {}
    seconds: dict[str, float] = {}
    devices = [device] if device.type == "cuda" else []
    with (
        _LOCK,
        torch.random.fork_rng(devices),
        torch.enable_grad(),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
    ):
        for proxy in proxies:
            torch.manual_seed(seed)
            network = search_space.build(architecture, shape).to(device).train()
            start = time.perf_counter()
            try:
                value = proxy.score(network, images, labels)
            # torch reports what goes wrong inside a network or a decomposition as RuntimeError
            except (ProxyError, RuntimeError, ArithmeticError, ValueError) as error:
                failures[proxy.name] = f"{type(error).__name__}: {error}"[:300]
            else:
                if math.isfinite(value):
                    values[proxy.name] = value
                else:
                    failures[proxy.name] = f"the score is {value}, not a finite number"
            seconds[proxy.name] = time.perf_counter() - start
    return ProxyScores(values=values, failures=failures, seconds=seconds)


def _check_batch(images: Tensor, labels: Tensor, shape: NetworkShape) -> None:
    import torch

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
