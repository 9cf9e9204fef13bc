"""The process that jobs are forked from: torch is imported once, images are held, and no source ever runs in it.

Whoever started it holds the other end of a socket, and sends one byte with descriptors:

- ``d``: a data set to hold comes over the socket that is sent along,
- ``j``: a job comes over the first descriptor, a socket; its answer goes into the second, a pipe.

It says what walls stand, then that it is ready, and ends when the other end is closed, which a death of the parent
does too, however it died.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from typing import TYPE_CHECKING

from illuminas.tools.sandbox import confine, kernel, wire

if TYPE_CHECKING:
    from illuminas.tools.sandbox.confine import Walls
    from illuminas.tools.sandbox.networks import HeldImages


def main(descriptor: int, *, walls_wanted: bool, serve: bool) -> None:
    """Run as the zygote.

    Args:
        descriptor: of the socket to whoever started it.
        walls_wanted: whether to put up Landlock and a filter where the kernel has them.
        serve: go on to take jobs; else end when it is said what walls stand.
    """
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kernel.prepare()
    found = confine.try_walls(wanted=walls_wanted)
    wire.send(control, {"walls": found.walls, "held": found.held, "namespaces": kernel.namespaces()})
    if not serve:
        return
    _warm_up()
    # nobody waits for supervisors
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    wire.send(control, {"ready": True})
    _serve(control, found.walls)


def _serve(control: socket.socket, walls: Walls) -> None:
    """Take orders until the other end is closed."""

    held: dict[str, HeldImages] = {}
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not order:
            return
        with socket.socket(fileno=descriptors[0]) as connection:
            if order == b"d":
                _hold(connection, held)
            elif os.fork() == 0:
                _supervise(control, connection, descriptors[1], held, walls)
        for extra in descriptors[1:]:
            os.close(extra)


def _hold(connection: socket.socket, held: dict[str, HeldImages]) -> None:
    from illuminas.tools.datasets.dataset import Split
    from illuminas.tools.sandbox.networks import HeldImages

    if (message := wire.receive(connection)) is None:
        return
    arrays, fields = message.arrays, message.fields
    train = Split(arrays["train_x"], arrays["train_y"])
    held[fields["fingerprint"]] = HeldImages(
        train, arrays["val_x"], arrays["test_x"], fields["classes"], tuple(fields["mean"]), tuple(fields["std"])
    )
    # forks share what they do not write to, and the collector writes to what it looks at
    gc.freeze()
    connection.sendall(b"h")


def _supervise(
    control: socket.socket, connection: socket.socket, answer: int, held: dict[str, HeldImages], walls: Walls
) -> None:
    """In a new process: watch over one job, and end."""
    from illuminas.tools.sandbox.supervisor import supervise

    try:
        kernel.die_with_parent(signal.SIGKILL)
        control.close()
        supervise(connection, answer, held, walls)
    finally:
        os._exit(0)


def _warm_up() -> None:
    """Import and run once all that jobs need: they can read no file, and should not pay for it each."""
    import numpy as np
    import torch

    from illuminas.tools.datasets.dataset import Split
    from illuminas.tools.evaluation.training.recipe import Recipe
    from illuminas.tools.proxies import PROXIES
    from illuminas.tools.sandbox import networks, supervisor  # noqa: F401 - loaded for the jobs
    from illuminas.tools.sandbox.jobs import InspectJob, ScoreJob, TrainJob
    from illuminas.tools.sandbox.levels import Limits
    from illuminas.tools.spaces import NetworkShape

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 1, 8, 8)).astype(np.float32), np.arange(16) % 2
    shape = NetworkShape(in_channels=1, image_size=8, classes=2)
    source = _WARM_UP
    networks.inspect(InspectJob(source=source, shape=shape, limits=Limits()))
    networks.score(ScoreJob(source=source, shape=shape, proxies=tuple(PROXIES), seed=0, limits=Limits()), x, y)
    job = TrainJob(
        source=source, shape=shape, dataset="", recipe=Recipe(epochs=1), seed=0, keep_weights=True, limits=Limits()
    )
    networks.train(job, networks.HeldImages(Split(x, y), x, x, 2, (0.0,), (1.0,)), {}, lambda _: None)
    gc.collect()
    gc.freeze()


_WARM_UP = """
import collections, functools, itertools, math, typing
import torch
import torch.nn.functional as F
from torch import nn

class Network(nn.Module):
    def __init__(self, in_channels, image_size, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.LazyConv2d(4, 3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU(), nn.AdaptiveAvgPool2d(4)
        )
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.norm = nn.LayerNorm(4)
        self.head = nn.LazyLinear(classes)

    def forward(self, x):
        x = F.dropout(self.features(x), 0.1, self.training)
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        x = x.flatten(2).transpose(1, 2)
        x = self.norm(x + self.attention(x, x, x)[0])
        return self.head(torch.einsum("nlc->nc", F.gelu(x)))
"""
