"""Mobile networks: what is built is what was counted, at the resolution of the genotype."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import nn

from illuminas.tools.spaces import Architecture, InvalidArchitecture, NetworkShape, get_space
from illuminas.tools.spaces.mobile.blocks import LITE0, Block, Plan, peak_memory
from illuminas.tools.spaces.mobile.space import MobileSpace

SPACE = get_space("mobile")
assert isinstance(SPACE, MobileSpace)
COLOUR, GREY = NetworkShape(classes=7), NetworkShape(classes=3, in_channels=1, image_size=200)
LITE = (
    "r128 s1:k3w16 s2:d2k3e6w24 s3:d2k5e6w40 s4:d3k3e6w80 s5:d3k5e6w112 s6:d4k5e6w192 s7:d1k3e6w320 h1280 relu6 plain"
)


def drawn(count: int) -> list[Architecture]:
    return SPACE.sample(np.random.default_rng(0), count)


def images(architecture: Architecture, shape: NetworkShape, count: int = 2) -> torch.Tensor:
    side = SPACE.input_side(architecture, shape)
    return torch.randn(count, shape.in_channels, side, side)


def counted_macs(network: nn.Module, x: torch.Tensor) -> int:
    """Multiply-accumulates of convolutions and linear layers as one image passes."""
    counts = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(lambda m, _, out: counts.append(out[0].numel() * m.weight[0].numel()))
    network(x)
    return sum(counts)


@pytest.mark.parametrize("shape", [COLOUR, GREY], ids=["colour", "grey"])
def test_networks_cost_what_was_counted_at_their_own_resolution(shape: NetworkShape) -> None:
    for architecture in drawn(12):
        network = SPACE.build(architecture, shape).eval()
        params, macs = SPACE.complexity(architecture, shape)
        assert params == sum(each.numel() for each in network.parameters())
        assert macs == counted_macs(network, images(architecture, shape, 1))
        assert network(images(architecture, shape)).shape == (2, shape.classes)


def test_efficientnet_lite0_costs_what_is_published() -> None:
    """4.65 million parameters (Tan & Le's model garden), of which 1.28 million classify ImageNet."""
    params, macs = SPACE.complexity(SPACE.parse(LITE), NetworkShape(classes=1000))
    assert round(params / 1e6, 2) == 4.65
    # 407 million at 224 pixels, batch norm included
    assert macs == pytest.approx(407e6 * (128 / 224) ** 2, rel=0.05)


def test_networks_learn() -> None:
    torch.manual_seed(0)
    for architecture in drawn(6):
        network = SPACE.build(architecture, COLOUR).train()
        x, y = images(architecture, COLOUR, 8), torch.arange(8) % 2
        optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
        losses = []
        for _ in range(8):
            loss = nn.functional.cross_entropy(network(x), y)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            losses.append(loss.item())
        assert losses[-1] < losses[0] / 2, architecture.text


def test_stages_after_one_that_is_left_out_are_left_out_too() -> None:
    cut = LITE.replace("s6:d4k5e6w192", "s6:d0")
    with pytest.raises(InvalidArchitecture, match=r"nearest is '.* s6:d0 s7:d0 h1280"):
        SPACE.parse(cut)
    nearest = SPACE.from_words(cut)
    assert SPACE.features(nearest)["stages"] == 5 and SPACE.plan(nearest).blocks[-1].outputs == 112


def test_a_stage_of_words_may_be_spaced() -> None:
    spaced = re.sub(r"(\d)([kew])", r"\1 \2", LITE)
    assert SPACE.from_words(spaced).text == LITE


def test_only_blocks_after_the_first_of_a_stage_add_their_input() -> None:
    same = LITE.replace("s4:d3k3e6w80 s5:d3k5e6w112", "s4:d3k3e6w40 s5:d2k5e6w56")
    found = iter(SPACE.plan(SPACE.parse(same)).blocks)
    depths = [2 if number == 5 else stage.layers for number, stage in enumerate(LITE0, start=1)]
    for depth in depths:
        assert [next(found).residual for _ in range(depth)] == [False, *[True] * (depth - 1)]


def test_memory_is_that_of_the_layer_that_needs_most() -> None:
    block = Block(inputs=8, hidden=16, outputs=8, kernel=3, stride=1, side=16, squeeze=0, residual=False)
    plain = Plan(32, (block,), 0, "relu6")
    # the stem: 3 x 32 x 32 in, 32 x 16 x 16 out; then 16 x 16 x 16 in and out, and with a residual 8 more
    assert peak_memory(plain, 3, 10) == 4 * (3 * 32**2 + 32 * 16**2)
    wide = Plan(32, (block._replace(hidden=64, residual=True),), 0, "relu6")
    assert peak_memory(wide, 3, 10) == 4 * (64 + 64 + 8) * 16**2


def test_a_picture_has_a_node_a_stage_and_counts_all_of_the_network() -> None:
    for architecture in drawn(10):
        nodes = SPACE.picture(architecture, COLOUR).nodes
        has_head = SPACE.features(architecture)["head"] != 0
        assert len(nodes) == 3 + SPACE.features(architecture)["stages"] + has_head
        counted = [int(node.hint.split()[0].replace(",", "")) for node in nodes if node.hint]
        assert sum(counted) == SPACE.complexity(architecture, COLOUR).params
