"""Layer lists as networks: the source they compile to, the shapes inferred and the costs counted without torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from illuminas.tools.spaces import Architecture, InvalidArchitecture, NetworkShape
from illuminas.tools.spaces.code.shapes import outputs
from illuminas.tools.spaces.code.space import CodeSpace, layers_of

SPACE = CodeSpace()
SHAPES = [
    NetworkShape(in_channels=1, image_size=8),
    NetworkShape(in_channels=1, image_size=12, classes=3),
    NetworkShape(in_channels=3, image_size=11),
    NetworkShape(in_channels=4, image_size=9),
]


def light(count: int) -> list[Architecture]:
    """Random architectures that are cheap to run."""
    drawn = SPACE.sample(np.random.default_rng(1), 2 * count)
    return [each for each in drawn if SPACE.complexity(each, SHAPES[0]).macs < 60_000_000][:count]


def counted_macs(network: nn.Module, images: torch.Tensor) -> int:
    """Multiply-accumulates of a forward pass on one image, by hooks on the layers that do them."""
    total = 0

    def count(module: nn.Module, _: object, out: torch.Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += module.weight[0].numel() * out[0].numel()
        elif isinstance(module, nn.Linear):
            total += module.in_features * out[0].numel()

    hooks = [module.register_forward_hook(count) for module in network.modules()]
    network(images)
    for hook in hooks:
        hook.remove()
    return total


@pytest.mark.slow
def test_three_hundred_random_lists_build_run_learn_and_cost_what_was_counted() -> None:
    chosen = light(300)
    assert len(chosen) == 300
    torch.manual_seed(0)
    for place, architecture in enumerate(chosen):
        shape = SHAPES[place % len(SHAPES)]
        network = SPACE.build(architecture, shape)
        images = torch.randn(2, shape.in_channels, shape.image_size, shape.image_size)
        logits = network(images)
        assert logits.shape == (2, shape.classes), architecture.text
        logits.square().sum().backward()
        parameters = list(network.parameters())
        assert all(parameter.grad is not None for parameter in parameters), architecture.text
        params, macs = SPACE.complexity(architecture, shape)
        assert params == sum(parameter.numel() for parameter in parameters), architecture.text
        with torch.no_grad():
            assert macs == counted_macs(network.eval(), images[:1]), architecture.text


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_inferred_are_those_that_torch_gives(shape: NetworkShape) -> None:
    text = "conv7 6 /2 | sep3 5 | maxpool | res5 9 | skip 4 | dw3 | cat 2 | cat 7 | skip 6 | conv1 4 /2 | linear 7"
    architecture = SPACE.parse(text)
    network = SPACE.build(architecture, shape).eval()
    seen: dict[str, torch.Size] = {}
    for name, module in network.named_children():
        module.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out.shape}))
    network(torch.randn(1, shape.in_channels, shape.image_size, shape.image_size))
    inferred = outputs(layers_of(architecture), in_channels=shape.in_channels, image_size=shape.image_size)
    for place in (1, 2, 3, 4, 6, 10):
        channels, side = inferred[place]
        assert seen[f"layer{place}"] == (1, channels, side, side)
    assert inferred[8].channels == 9 + 9 + shape.in_channels
    with torch.no_grad():
        images = torch.randn(1, shape.in_channels, shape.image_size, shape.image_size)
        assert counted_macs(network, images) == SPACE.complexity(architecture, shape).macs


def test_a_skip_adds_what_went_into_the_layers_it_reaches_over() -> None:
    shape = NetworkShape(in_channels=2, image_size=8)
    network = SPACE.build(SPACE.parse("conv3 4 | dropout 0.5 | skip 1"), shape).eval()
    plain = SPACE.build(SPACE.parse("conv3 4"), shape).eval()
    plain.load_state_dict(network.state_dict())
    inner: list[torch.Tensor] = []
    for each in (network, plain):
        each.head.register_forward_pre_hook(lambda _, given: inner.append(given[0]))
        each(torch.ones(1, 2, 8, 8))
    # in evaluation a dropout passes everything on, so the same is added to itself
    torch.testing.assert_close(inner[0], 2 * inner[1])


def test_a_residual_block_of_one_shape_keeps_its_input_as_it_is() -> None:
    network = SPACE.build(SPACE.parse("conv1 6 | res3 6 | res3 6 /2"), NetworkShape(in_channels=1, image_size=8))
    assert isinstance(network.layer2.shortcut, nn.Identity)
    assert isinstance(network.layer3.shortcut, nn.Sequential)


def test_compiled_source_is_clean(tmp_path: Path) -> None:
    for place, architecture in enumerate(SPACE.sample(np.random.default_rng(2), 60)):
        (tmp_path / f"network{place}.py").write_text(SPACE.source(architecture))
    config = ["--isolated", "--line-length", "120"]
    rules = ["--select", "E,F,W,I,UP,B,SIM,C4,RUF"]
    for command in (["check", *rules], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *config, str(tmp_path)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_source_defines_what_it_uses_and_nothing_else() -> None:
    used = {
        node.name for node in ast.parse(SPACE.source(SPACE.parse("maxpool | conv3 8"))).body if hasattr(node, "name")
    }
    assert used == {"convolution", "Network"}
    assert "import torch\n" not in SPACE.source(SPACE.parse("conv3 8"))
    assert "projection" in SPACE.source(SPACE.parse("conv3 8 | skip 1"))
    assert "projection" not in SPACE.source(SPACE.parse("conv3 8 | conv3 8 | skip 1"))


def test_one_source_serves_images_of_any_size_and_channels() -> None:
    text = "conv3 8 | cat 1 | dw3 | maxpool | skip 4"
    namespace: dict[str, type[nn.Module]] = {"__name__": "network"}  # type: ignore[dict-item]
    exec(SPACE.source(SPACE.parse(text)), namespace)
    for shape in SHAPES:
        network = namespace["Network"](shape.in_channels, shape.image_size, shape.classes)
        side = shape.image_size
        assert network(torch.randn(2, shape.in_channels, side, side)).shape == (2, shape.classes)
        params = sum(parameter.numel() for parameter in network.parameters())
        assert params == SPACE.complexity(SPACE.parse(text), shape).params


def test_equal_seeds_give_equal_weights() -> None:
    networks = []
    for _ in range(2):
        torch.manual_seed(3)
        networks.append(SPACE.build(SPACE.parse("conv3 8 | res3 8"), SHAPES[0]))
    for left, right in zip(*(network.state_dict().values() for network in networks), strict=True):
        assert torch.equal(left, right)


# What can't be built


def test_a_pooling_of_a_single_pixel_is_refused_by_its_place() -> None:
    architecture = SPACE.parse("conv3 8 | maxpool | maxpool | avgpool | maxpool")
    assert SPACE.complexity(architecture, NetworkShape(image_size=16)).params > 0
    message = r"layer 5, 'maxpool': expected at least 2x2 pixels to pool, got 1x1 of images of 12x12"
    for attempt in (SPACE.complexity, SPACE.build):
        with pytest.raises(InvalidArchitecture, match=message):
            attempt(architecture, NetworkShape(image_size=12))


def test_channels_above_the_cap_are_refused_for_the_images_that_bring_them() -> None:
    architecture = SPACE.parse("conv3 254 | cat 1")
    assert SPACE.complexity(architecture, NetworkShape(in_channels=1)).params > 0
    with pytest.raises(InvalidArchitecture, match="expected at most 256 channels, got 257"):
        SPACE.complexity(architecture, NetworkShape(in_channels=3))


def test_a_stride_on_a_single_pixel_leaves_it() -> None:
    architecture = SPACE.parse("conv3 4 /2 | conv3 4 /2 | res3 4 /2 | sep3 4 /2 | dw3 /2 | skip 5")
    shape = NetworkShape(in_channels=1, image_size=8)
    assert SPACE.build(architecture, shape).eval()(torch.randn(1, 1, 8, 8)).shape == (1, 10)
    assert SPACE.complexity(architecture, shape).params > 0


def test_the_heaviest_costs_more_than_anything_drawn() -> None:
    heaviest = SPACE.complexity(SPACE.heaviest(), NetworkShape())
    for architecture in SPACE.sample(np.random.default_rng(4), 200):
        params, macs = SPACE.complexity(architecture, NetworkShape())
        assert params < heaviest.params and macs < heaviest.macs
