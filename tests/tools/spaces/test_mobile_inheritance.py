"""Mobile networks inherit EfficientNet-Lite0: all of it where they are as large, its strongest parts where not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from illuminas.tools.models import find
from illuminas.tools.spaces import Architecture, NetworkShape, get_space
from illuminas.tools.spaces.mobile import weights as inheritance
from illuminas.tools.spaces.mobile.blocks import HEAD, LITE0, STEM

SPACE, SHAPE = get_space("mobile"), NetworkShape(classes=5)
LITE = "r32 s1:k3w16 s2:d2k3e6w24 s3:d2k5e6w40 s4:d3k3e6w80 s5:d3k5e6w112 s6:d4k5e6w192 s7:d1k3e6w320 h1280 relu6 plain"
State = dict[str, NDArray[np.float32]]


def layers() -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Lite0's convolutions: name, name of the batch norm, shape of the weights."""
    yield "_conv_stem", "_bn0", (STEM, 3, 3, 3)
    inputs, number = STEM, 0
    for stage in LITE0:
        for _ in range(stage.layers):
            at, hidden = f"_blocks.{number}.", inputs * stage.expansion
            if hidden != inputs:
                yield f"{at}_expand_conv", f"{at}_bn0", (hidden, inputs, 1, 1)
            yield f"{at}_depthwise_conv", f"{at}_bn1", (hidden, 1, stage.kernel, stage.kernel)
            yield f"{at}_project_conv", f"{at}_bn2", (stage.channels, hidden, 1, 1)
            inputs, number = stage.channels, number + 1
    yield "_conv_head", "_bn1", (HEAD, inputs, 1, 1)


@pytest.fixture
def lite0(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """Random weights in a file of Lite0's form, which the space then finds; changes of it are not saved."""
    rng = np.random.default_rng(0)
    state: State = {"_fc.weight": rng.normal(size=(1000, HEAD)), "_fc.bias": rng.normal(size=1000)}
    for conv, norm, shape in layers():
        state[f"{conv}.weight"] = rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]))
        for part in ("weight", "bias", "running_mean", "running_var"):
            shift = 0.5 if part in ("weight", "running_var") else 0.0
            state[f"{norm}.{part}"] = shift + np.abs(rng.normal(size=shape[0]))
    state = {name: each.astype(np.float32) for name, each in state.items()}
    save(state, tmp_path, monkeypatch)
    return state


def save(state: State, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / f"{len(list(folder.iterdir()))}.pth"
    torch.save({name: torch.from_numpy(each) for name, each in state.items()}, path)
    monkeypatch.setattr(inheritance, "find", lambda name: path if name == SPACE.weights_name else None)


def features(architecture: Architecture, x: Tensor) -> Tensor:
    """What an inheriting network's classifier sees."""
    given = SPACE.initial_weights(architecture, SHAPE)
    assert given is not None
    network = SPACE.build(architecture, SHAPE.model_copy(update={"in_channels": x.shape[1]})).eval()
    _, unknown = network.load_state_dict({k: torch.from_numpy(v) for k, v in given.items()}, strict=False)
    assert not unknown
    seen: list[Tensor] = []
    network.classifier.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        network(x)
    return seen[0]


def published(state: State, x: Tensor) -> Tensor:
    """Lite0 as its publisher writes it, with TensorFlow's padding, up to its classifier."""
    weights = {name: torch.from_numpy(each) for name, each in state.items()}

    def conv(x: Tensor, name: str, norm: str, stride: int = 1) -> Tensor:
        kernel = weights[f"{name}.weight"]
        total = max(0, (-(-x.shape[2] // stride) - 1) * stride + kernel.shape[2] - x.shape[2])
        x = F.pad(x, (total // 2, total - total // 2) * 2)
        x = F.conv2d(x, kernel, stride=stride, groups=x.shape[1] // kernel.shape[1])
        mean, var, scale, shift = (weights[f"{norm}.{n}"] for n in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, mean, var, scale, shift, eps=1e-3)

    x, number = F.relu6(conv(x, "_conv_stem", "_bn0", 2)), 0
    for stage in LITE0:
        for place in range(stage.layers):
            at, y = f"_blocks.{number}.", x
            if stage.expansion > 1:
                y = F.relu6(conv(y, f"{at}_expand_conv", f"{at}_bn0"))
            y = F.relu6(conv(y, f"{at}_depthwise_conv", f"{at}_bn1", 1 if place else stage.stride))
            y = conv(y, f"{at}_project_conv", f"{at}_bn2")
            x, number = x + y if place else y, number + 1
    return F.relu6(conv(x, "_conv_head", "_bn1")).mean((2, 3))


@pytest.mark.parametrize(
    "text",
    [
        LITE,
        LITE.replace("r32", "r48"),
        LITE.replace("k3", "k5"),
        LITE.replace("k3", "k7").replace("k5", "k7"),
        LITE.replace("plain", "se"),
    ],
    ids=["as it is", "odd sides", "kernels of 5", "kernels of 7", "squeeze-excitation"],
)
def test_a_network_as_large_computes_what_lite0_computes(lite0: State, text: str) -> None:
    architecture = SPACE.parse(text)
    side = SPACE.input_side(architecture, SHAPE)
    x = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    expected = published(lite0, x)
    torch.testing.assert_close(features(architecture, x), expected, rtol=1e-3, atol=1e-4)
    assert expected.std() > 0.1


def test_what_is_inherited_fits_every_network(lite0: State) -> None:
    for place, architecture in enumerate(SPACE.sample(np.random.default_rng(1), 24)):
        shape = NetworkShape(classes=3, in_channels=1 + place % 4)
        given, built = SPACE.initial_weights(architecture, shape), SPACE.build(architecture, shape).state_dict()
        assert given is not None
        assert {name: each.shape for name, each in given.items()} == {name: tuple(built[name].shape) for name in given}
        fresh = {name.partition(".")[0] for name in built if name not in given and "num_batches" not in name}
        whole = SPACE.features(architecture)["stages"] == len(LITE0)
        assert fresh - {"blocks"} == {"classifier"} if whole else fresh - {"blocks"} <= {"classifier", "head"}
        inner = [name for name in built if name not in given and name.startswith("blocks") and "num_batc" not in name]
        assert all(".squeeze.reduce." in name for name in inner)


def test_channels_that_do_nothing_are_those_that_go(
    lite0: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A narrower and shallower expansion of stage 4 computes the same where its weakest channels were silent."""
    rng = np.random.default_rng(2)
    silent = rng.permutation(80)[:16]
    for number in (5, 6, 7):  # the blocks of stage 4, which add up
        lite0[f"_blocks.{number}._bn2.weight"][silent] = 0
        lite0[f"_blocks.{number}._bn2.bias"][silent] = 0
    for number in (6, 7, 8):  # those that expand its output: 6 x 64 channels are left
        lite0[f"_blocks.{number}._project_conv.weight"][:, rng.permutation(480)[:96]] = 0
    save(lite0, tmp_path, monkeypatch)
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    narrow = SPACE.parse(LITE.replace("w80", "w64"))
    torch.testing.assert_close(features(narrow, x), published(lite0, x), rtol=1e-3, atol=1e-4)


def test_grey_images_are_seen_as_lite0_sees_them_in_three_channels(lite0: State) -> None:
    grey = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    given = SPACE.initial_weights(SPACE.parse(LITE), SHAPE.model_copy(update={"in_channels": 1}))
    assert given is not None
    kernel = torch.from_numpy(given["stem.conv.weight"])
    colours = torch.from_numpy(lite0["_conv_stem.weight"])
    torch.testing.assert_close(F.conv2d(grey, kernel), F.conv2d(grey.expand(2, 3, 32, 32), colours))


def test_a_smaller_kernel_is_the_centre_and_a_larger_one_has_zeros_around_it() -> None:
    kernel = np.arange(25.0).reshape(1, 1, 5, 5)
    assert inheritance.resized(kernel, 3).ravel().tolist() == [6, 7, 8, 11, 12, 13, 16, 17, 18]
    assert (inheritance.resized(inheritance.resized(kernel, 7), 5) == kernel).all()
    assert inheritance.resized(kernel, 7).sum() == kernel.sum()


def test_without_the_file_nothing_is_inherited(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ILLUMINAS_MODELS", raising=False)
    assert SPACE.initial_weights(SPACE.parse(LITE), SHAPE) is None


def test_the_published_file_has_this_form() -> None:
    path: Any = find(str(SPACE.weights_name))
    if path is None:
        pytest.skip("no pretrained weights: run `illuminas models pull efficientnet-lite0`, or set ILLUMINAS_MODELS")
    state = inheritance.lite0()
    assert state is not None
    expected = {f"{conv}.weight": shape for conv, _, shape in layers()}
    assert {name: state[name].shape for name in expected} == expected
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    own = {name: each.astype(np.float32) for name, each in state.items()}
    torch.testing.assert_close(features(SPACE.parse(LITE), x), published(own, x), rtol=1e-3, atol=1e-4)
