"""The networks around NAS-Bench-201 cells."""

from __future__ import annotations

import itertools
import subprocess
import sys
from math import prod

import numpy as np
import pytest
import torch
from torch import nn

from illuminas.tools.spaces import NetworkShape, Scale
from illuminas.tools.spaces.nb201.cells import CONV1, CONV3, NONE, POOL, SKIP, Cell, complexity, prune
from illuminas.tools.spaces.nb201.network import CellBlock, CellNetwork
from illuminas.tools.spaces.nb201.space import NB201Space

SMALL = NetworkShape(scale=Scale.SMALL, classes=7, in_channels=1, image_size=13)


def counted_macs(network: nn.Module, shape: NetworkShape) -> int:
    """Multiply-accumulates of one image, by hooks on every convolution and linear layer that runs."""
    total = 0

    def count(module: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += output.shape[2] * output.shape[3] * module.weight.numel()
        elif isinstance(module, nn.Linear):
            total += module.weight.numel()

    for module in network.modules():
        module.register_forward_hook(count)
    with torch.no_grad():
        network.eval()(torch.zeros(1, shape.in_channels, shape.image_size, shape.image_size))
    return total


def test_the_complexity_of_every_cell_is_the_published_formula() -> None:
    shape = NetworkShape()
    for cell in itertools.product(range(5), repeat=6):
        n3, n1 = cell.count(CONV3), cell.count(CONV1)
        assert complexity(cell, shape) == (
            73_306 + 243_040 * n3 + 28_000 * n1,
            7_783_040 + 35_389_440 * n3 + 3_932_160 * n1,
        )


@pytest.mark.parametrize("shape", [SMALL, NetworkShape()], ids=["small odd images", "published"])
def test_the_complexity_equals_what_is_counted_on_the_network(shape: NetworkShape) -> None:
    rng = np.random.default_rng(0)
    drawn = [tuple(int(op) for op in rng.integers(0, 5, size=6)) for _ in range(60)]
    live = [cell for cell in drawn if prune(cell) == cell and cell != (NONE,) * 6][:8]
    assert len(live) == 8
    for cell in [*live, (CONV3,) * 6]:
        network = CellNetwork(cell, shape)
        params = sum(prod(parameter.shape) for parameter in network.parameters())
        assert (params, counted_macs(network, shape)) == complexity(cell, shape)


@pytest.mark.parametrize("side", [8, 13, 32])
def test_images_of_any_size_become_logits(side: int) -> None:
    shape = SMALL.model_copy(update={"image_size": side})
    logits = CellNetwork((CONV3, POOL, SKIP, CONV1, NONE, SKIP), shape)(torch.zeros(2, 1, side, side))
    assert logits.shape == (2, 7)


def test_a_cell_sums_what_its_edges_bring() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 6, 6)
    # 1 = pool(0), 2 = 0 + 1, 3 = 0 + 2
    pooled = nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    block = CellBlock((POOL, SKIP, SKIP, SKIP, NONE, SKIP), 3)
    torch.testing.assert_close(block(x), 2 * x + pooled)


@pytest.mark.parametrize("cell", [(NONE,) * 6, (NONE, NONE, CONV3, NONE, CONV3, POOL)])
def test_the_output_of_a_disconnected_cell_is_zero(cell: Cell) -> None:
    assert not CellBlock(cell, 4)(torch.ones(1, 4, 5, 5)).any()


def test_dead_edges_are_not_built() -> None:
    space = NB201Space()
    dead = space.parse("|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
    assert space.complexity(dead, SMALL).params > sum(p.numel() for p in space.build(dead, SMALL).parameters())


def test_every_parameter_of_a_live_cell_learns() -> None:
    torch.manual_seed(0)
    network = CellNetwork((CONV3, CONV1, CONV3, SKIP, CONV3, CONV1), SMALL)
    network(torch.randn(4, 1, 13, 13)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in network.parameters())


def test_what_a_network_costs_is_known_without_torch() -> None:
    code = (
        "import sys, numpy as np; from illuminas.tools.spaces import NetworkShape, get_space; "
        "space = get_space('nb201'); "
        "space.complexity(space.random(np.random.default_rng(0)), NetworkShape()); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
