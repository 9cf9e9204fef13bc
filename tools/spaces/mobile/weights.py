"""What mobile networks inherit of EfficientNet-Lite0's ImageNet weights.

Depth takes a stage's first blocks. Where channels are fewer, the strongest stay. A channel's strength is the standard
deviation of what it sends on, by its batch norm, times the norm of the weights that read it: its mean is made up for by
the next batch norm, once statistics are taken anew. Blocks of a stage add up, so they share one ranking. Kernels are
cut to their centre, or grow by zeros, which changes nothing. Whoever trains takes batch norm's statistics anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from illuminas.tools.models import find
from illuminas.tools.spaces.mobile.blocks import EPSILON, LITE0, Block, Plan

Weights = Mapping[str, NDArray[Any]]
NAME = "efficientnet-lite0"
OPEN_GATE = 2.0
"""A fresh squeeze-excitation's bias: its gate then gives the same share of every channel, and its slope is steepest."""
_GATE_SHARE = (OPEN_GATE + 3) / 6
"""That share, by which the convolution after it is made larger, so that nothing changes."""
_NORM = ("weight", "bias", "running_mean", "running_var")
_NORMAL = np.array([NormalDist().inv_cdf((place + 0.5) / 64) for place in range(64)])
"""Evenly spread quantiles of the normal distribution."""


def lite0() -> Weights | None:
    """EfficientNet-Lite0's state dict under its publisher's names; None where the file was not pulled."""
    path = find(NAME)
    return None if path is None else _read(path)


@cache
def _read(path: Path) -> Weights:
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def inherited(weights: Weights, plan: Plan, depths: Sequence[int], in_channels: int) -> dict[str, NDArray[Any]]:
    """The weights of a plan's network, as far as it inherits, by their names in its state dict.

    The classifier is fresh, and so is a head that sees another stage than Lite0's does.

    Args:
        weights: of EfficientNet-Lite0, as :func:`lite0` gives them.
        depths: blocks of each stage.
    """
    found: dict[str, NDArray[Any]] = {"stem.conv.weight": _stem(weights["_conv_stem.weight"], in_channels)}
    found |= _norm(weights, "_bn0", "stem", slice(None))
    ours, theirs = 0, 0
    channels: NDArray[np.intp] = np.arange(len(weights["_bn0.weight"]))
    for number, stage in enumerate(LITE0):
        blocks = plan.blocks[ours : ours + depths[number]]
        if not blocks:
            break
        outputs = _strongest(_stage_strengths(weights, theirs, stage.layers), blocks[0].outputs)
        for place, block in enumerate(blocks):
            inputs = outputs if place else channels
            found |= _block(weights, f"_blocks.{theirs + place}", f"blocks.{ours + place}", block, inputs, outputs)
        channels, ours, theirs = outputs, ours + len(blocks), theirs + stage.layers
    if plan.head and all(depths):
        kept = _strongest(_deviations(weights, "_bn1") * _reads(weights["_fc.weight"]), plan.head)
        found["head.conv.weight"] = weights["_conv_head.weight"][np.ix_(kept, channels)]
        found |= _norm(weights, "_bn1", "head", kept)
    return {name: np.ascontiguousarray(each, dtype=np.float32) for name, each in found.items()}


def _block(
    weights: Weights, theirs: str, ours: str, block: Block, inputs: NDArray[np.intp], outputs: NDArray[np.intp]
) -> dict[str, NDArray[Any]]:
    """One block from the block of Lite0 in its place, of which it keeps some channels."""
    found: dict[str, NDArray[Any]] = {}
    hidden = inputs
    if block.expands:
        strengths = _deviations(weights, f"{theirs}._bn1") * _reads(weights[f"{theirs}._project_conv.weight"])
        hidden = _strongest(strengths, block.hidden)
        found[f"{ours}.expand.conv.weight"] = weights[f"{theirs}._expand_conv.weight"][np.ix_(hidden, inputs)]
        found |= _norm(weights, f"{theirs}._bn0", f"{ours}.expand", hidden)
    kernel = weights[f"{theirs}._depthwise_conv.weight"][hidden]
    found[f"{ours}.depthwise.conv.weight"] = resized(kernel, block.kernel)
    found |= _norm(weights, f"{theirs}._bn1", f"{ours}.depthwise", hidden)
    project = weights[f"{theirs}._project_conv.weight"][np.ix_(outputs, hidden)]
    if block.squeeze:
        found[f"{ours}.squeeze.expand.weight"] = np.zeros((block.hidden, block.squeeze, 1, 1))
        found[f"{ours}.squeeze.expand.bias"] = np.full(block.hidden, OPEN_GATE)
        project = project / _GATE_SHARE
    found[f"{ours}.project.conv.weight"] = project
    return found | _norm(weights, f"{theirs}._bn2", f"{ours}.project", outputs)


def resized(kernel: NDArray[Any], side: int) -> NDArray[Any]:
    """Kernels ``(n, 1, k, k)`` cut to their centre of that side, or with zeros around them."""
    change = (side - kernel.shape[-1]) // 2
    if change >= 0:
        return np.pad(kernel, ((0, 0), (0, 0), (change, change), (change, change)))
    return kernel[:, :, -change:change, -change:change]


def _stem(kernel: NDArray[Any], in_channels: int) -> NDArray[Any]:
    """The first convolution's weights ``(n, c, k, k)`` for images of one to four channels.

    One or two grey channels share the sum over colours; a fourth beside the colours begins at zero.
    """
    colours = kernel.shape[1]
    if in_channels < colours:
        return np.repeat(kernel.sum(1, keepdims=True) / in_channels, in_channels, axis=1)
    return np.pad(kernel, ((0, 0), (0, in_channels - colours), (0, 0), (0, 0)))


def _norm(weights: Weights, theirs: str, ours: str, kept: NDArray[np.intp] | slice) -> dict[str, NDArray[Any]]:
    """A batch norm's numbers of the channels that are kept."""
    return {f"{ours}.norm.{part}": weights[f"{theirs}.{part}"][kept] for part in _NORM}


def _strongest(strengths: NDArray[Any], count: int) -> NDArray[np.intp]:
    """Places of the strongest channels, in their order."""
    kept: NDArray[np.intp] = np.sort(np.argsort(-strengths, kind="stable")[:count])
    return kept


def _stage_strengths(weights: Weights, first: int, layers: int) -> NDArray[Any]:
    """Strength of each channel that a stage sends on: what its blocks add up to, times what reads it."""
    blocks = [f"_blocks.{first + place}" for place in range(layers)]
    sent = np.sqrt(sum(weights[f"{block}._bn2.weight"] ** 2 for block in blocks))
    after = f"_blocks.{first + layers}"
    readers = [*((f"{block}._expand_conv.weight", f"{block}._bn0") for block in blocks[1:])]
    readers.append(
        (f"{after}._expand_conv.weight", f"{after}._bn0")
        if f"{after}._expand_conv.weight" in weights
        else ("_conv_head.weight", "_bn1")
    )
    read = sum(_reads(_scaled(weights, conv, norm)) ** 2 for conv, norm in readers)
    strengths: NDArray[Any] = sent * np.sqrt(read)
    return strengths


def _scaled(weights: Weights, conv: str, norm: str) -> NDArray[Any]:
    """A convolution's weights as its batch norm scales what they give."""
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    scaled: NDArray[Any] = weights[conv] * scale[:, None, None, None]
    return scaled


def _reads(kernel: NDArray[Any]) -> NDArray[Any]:
    """Norm of the weights that read each input channel, ``(c,)``."""
    norms: NDArray[Any] = np.sqrt((kernel**2).reshape(len(kernel), kernel.shape[1], -1).sum((0, 2)))
    return norms


def _deviations(weights: Weights, norm: str) -> NDArray[Any]:
    """Standard deviation of ReLU6 after a batch norm, ``(c,)``, by its scale and shift, of normal inputs."""
    scale, shift = (weights[f"{norm}.{part}"][:, None] for part in ("weight", "bias"))
    deviations: NDArray[Any] = np.clip(shift + scale * _NORMAL, 0, 6).std(1)
    return deviations
