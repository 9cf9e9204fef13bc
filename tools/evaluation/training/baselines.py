"""Baselines: what somebody would train by hand on the same images in the same time, for a search to be held against.

A pretrained network as it is published, fine-tuned; a small ResNet from scratch; and a linear classifier on the
features of the pretrained network. Each is chosen by nothing, measured on validation images, and on test images once.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.devices.latency.measure import Latency
from illuminas.tools.evaluation.metrics import Metrics
from illuminas.tools.evaluation.training.batches import Batches
from illuminas.tools.evaluation.training.macs import counted_macs
from illuminas.tools.evaluation.training.recipe import EpochReport, Recipe
from illuminas.tools.evaluation.training.trainer import inherit, logits_of, measured, repeatable, train_network
from illuminas.tools.frozen import Frozen
from illuminas.tools.spaces import SearchSpace

Kind = Literal["pretrained", "resnet", "linear"]
KINDS: tuple[Kind, ...] = ("pretrained", "resnet", "linear")
MOST_EPOCHS = {"pretrained": 30, "resnet": 100}
"""Epochs beyond which more time is not used: training images are known by heart."""
RESNET_SIDE = 64
"""Largest side of the images that the small ResNet takes, pixels."""
TIMED_BATCHES = 4
PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""Inverse strengths of the linear classifier's penalty, of which validation images choose."""


class Baseline(Frozen):
    """A network that nobody searched for.

    Attributes:
        kind: which one.
        words: what it is, for people.
        side: of the images that it takes, pixels.
        epochs: that fitted into the time; 0 of a linear classifier.
        params, macs: trainable parameters, and multiply-accumulates for one image.
        latency: for one image, in the runtime of the search's device; None where it could not be measured.
        val, test: its figures.
        seconds: that its training took, on one core.
    """

    kind: Kind
    words: str
    side: int
    epochs: int = Field(ge=0)
    params: int
    macs: int
    latency: Latency | None = None
    val: Metrics
    test: Metrics
    seconds: float


class Begun(NamedTuple):
    """A network that is about to be trained."""

    network: nn.Module
    dataset: Dataset
    recipe: Recipe
    words: str


class _Block(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al., CVPR 2016, arXiv 1512.03385)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


def small_resnet(in_channels: int, classes: int) -> nn.Module:
    """ResNet-8: three blocks of 16, 32 and 64 channels; 78,000 parameters for colour images and ten classes."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 16, 3, 1, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        _Block(16, 16, 1),
        _Block(16, 32, 2),
        _Block(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, classes),
    )


def measure_baseline(
    kind: Kind,
    space: SearchSpace,
    dataset: Dataset,
    *,
    seconds: float,
    seed: int = 0,
    on_epoch: Callable[[EpochReport], None] | None = None,
) -> Baseline | None:
    """Train a baseline for about so long, on one core, and measure it.

    Args:
        kind: which one.
        space: of the search; its first anchor is the pretrained network.
        dataset: the images.
        seconds: that the training may take; whole epochs that fit, one at least.
        seed: of everything random.
        on_epoch: called after every epoch.

    Returns:
        None for a space without pretrained weights, where the baseline needs them.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    began = time.perf_counter()
    with repeatable(seed, device):
        begun = begin(kind, space, dataset)
        if begun is None:
            return None
        data, network = begun.dataset, begun.network.to(device)
        epochs = 0
        if kind == "linear":
            _fit_linear(network, data, device)
        else:
            limit = MOST_EPOCHS[kind]
            epochs = min(limit, max(1, int(seconds / _epoch_seconds(begun, device))))
            recipe = begun.recipe.model_copy(update={"epochs": epochs, "hopeless_after": 1.0})
            train_network(network, data, recipe, device, began, on_epoch)
        spent = time.perf_counter() - began
        val, test = (measured(network, data, split, device) for split in (data.val, data.test))
    network = network.cpu().eval()
    return Baseline(
        kind=kind,
        words=_WORDS[kind].format(begun.words),
        side=data.side,
        epochs=epochs,
        params=sum(each.numel() for each in network.parameters()),
        macs=counted_macs(network, torch.zeros(1, data.channels, data.side, data.side)),
        val=val,
        test=test,
        seconds=spent,
    )


_WORDS: dict[Kind, str] = {
    "pretrained": "{} as published, fine-tuned",
    "resnet": "{} from scratch",
    "linear": "a linear classifier on features of {}",
}


def begin(kind: Kind, space: SearchSpace, dataset: Dataset) -> Begun | None:
    """The network of a baseline, untrained; None for a space without pretrained weights, where it needs them."""
    return _resnet(dataset) if kind == "resnet" else _pretrained(space, dataset)


def _pretrained(space: SearchSpace, dataset: Dataset) -> Begun | None:
    """The published network with its weights."""
    anchors = space.anchors(dataset.side)
    recipe = Recipe.gentle(changes=dataset.changes)
    shape = recipe.shape(dataset)
    weights = space.initial_weights(anchors[0], shape) if anchors else None
    if weights is None:
        return None
    data = dataset.at(space.input_side(anchors[0], shape))
    network = space.build(anchors[0], shape).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    inherit(network, weights)
    return Begun(network, data, recipe, str(space.weights_name))


def _resnet(dataset: Dataset) -> Begun:
    data = dataset.at(min(dataset.side, RESNET_SIDE))
    network = small_resnet(data.channels, data.classes).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Begun(network, data, Recipe(changes=dataset.changes), "ResNet-8")


def _epoch_seconds(begun: Begun, device: torch.device) -> float:
    """What an epoch takes, by a few batches of a copy that is thrown away."""
    data, recipe = begun.dataset, begun.recipe.model_copy(update={"epochs": 1, "hopeless_after": 1.0})
    count = min(len(data.train.y), TIMED_BATCHES * recipe.batch_size)
    few = Split(data.train.x[:count], data.train.y[:count])
    part = Dataset.of(data.name, data.labels, few, few, few)
    network = copy.deepcopy(begun.network)
    train_network(network, part, recipe, device, 0.0, None)  # what is slow the first time alone
    began = time.perf_counter()
    train_network(network, part, recipe, device, 0.0, None)
    return (time.perf_counter() - began) * len(data.train.y) / count


@torch.no_grad()
def _fit_linear(network: nn.Module, dataset: Dataset, device: torch.device) -> None:
    """Fit the network's last layer to its features by logistic regression; the rest stays as it was pretrained."""
    from sklearn.linear_model import LogisticRegression

    layers = [module for module in network.modules() if isinstance(module, nn.Linear)]
    classifier = layers[-1]
    train, val = (_features(network, classifier, Batches(dataset, s, device)) for s in (dataset.train, dataset.val))
    mean, std = train.mean(0), train.std(0) + 1e-6
    fits = [
        LogisticRegression(C=penalty, max_iter=2000, class_weight="balanced").fit((train - mean) / std, dataset.train.y)
        for penalty in PENALTIES
    ]
    best = max(fits, key=lambda fit: fit.score((val - mean) / std, dataset.val.y))
    weight, bias = best.coef_ / std, best.intercept_ - (best.coef_ / std) @ mean
    if dataset.classes == 2:  # one row says which of two
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    classifier.weight.copy_(torch.from_numpy(weight))
    assert classifier.bias is not None
    classifier.bias.copy_(torch.from_numpy(bias))


def _features(network: nn.Module, classifier: nn.Module, images: Batches) -> NDArray[np.float64]:
    """What the last layer sees of the images, ``(n, features)``."""
    seen: list[Tensor] = []
    hook = classifier.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].float().cpu()))
    try:
        logits_of(network, images)
    finally:
        hook.remove()
    return torch.cat(seen).double().numpy()
