"""Trains one network in this process; :mod:`illuminas.tools.evaluation.executors.workers` runs it in others."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from illuminas.tools.datasets.dataset import Dataset, Split
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.metrics import Metrics
from illuminas.tools.evaluation.training.augment import augmented
from illuminas.tools.evaluation.training.batches import Batches
from illuminas.tools.evaluation.training.recipe import LEAST_STEPS, EpochReport, Recipe, TrainingResult
from illuminas.tools.evaluation.training.statistics import reset_statistics
from illuminas.tools.spaces import get_space

EVALUATION_BATCH = 250
"""Images that a trained network sees at once."""
STATISTICS_BATCHES = 16
"""Batches that batch norm's statistics are taken over."""
LEAST_DEVIATION = 1e-3
"""Of a tensor's initial weights, by which its learning rate is scaled: some begin at zero."""


def train(
    space_name: str,
    architecture_text: str,
    dataset: Dataset,
    recipe: Recipe,
    seed: int,
    on_epoch: Callable[[EpochReport], None] | None = None,
) -> TrainingResult:
    """Train a network, from scratch or from pretrained weights, and measure it once, after its last epoch.

    Initialisation and batch order follow ``seed``. On a CPU equal arguments give equal results; on a GPU, used with
    mixed precision where there is one, nearly so. Validation images choose nothing here, and test images are seen
    only after training ends.

    Args:
        space_name: search space.
        architecture_text: the architecture, as its space publishes it.
        dataset: the images.
        recipe: settings and size.
        seed: of everything random.
        on_epoch: called after every epoch.

    Raises:
        InvalidArchitecture: the text is not one of the space.
    """
    space = get_space(space_name)
    architecture = space.parse(architecture_text)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    began, began_cpu = time.perf_counter(), time.process_time()
    with repeatable(seed, device):
        shape = recipe.shape(dataset)
        dataset = dataset.at(space.input_side(architecture, shape))
        network = space.build(architecture, shape)
        if recipe.start == "pretrained":
            inherit(network, space.initial_weights(architecture, shape) or {})
        # half as long a step on a CPU
        network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        epoch, failure = train_network(network, dataset, recipe, device, began, on_epoch)
        val = test = None
        if not failure:
            try:
                val, test = (measured(network, dataset, split, device) for split in (dataset.val, dataset.test))
            except IlluminasError as error:  # logits that are no numbers
                failure = str(error)
    stopped = not failure and epoch < recipe.epochs
    return TrainingResult(
        status=Status.FAILED if failure else Status.OK,
        val=val,
        test=test,
        epochs=epoch,
        stopped_early=stopped,
        reason=f"no better than chance after {epoch} of {recipe.epochs} epochs" if stopped else failure,
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - began_cpu,
        device="cpu" if device.type == "cpu" else torch.cuda.get_device_name(device),
    )


def measured(network: nn.Module, dataset: Dataset, split: Split, device: torch.device) -> Metrics:
    """A network's figures on a split of the data set.

    Raises:
        IlluminasError: its logits are not finite.
    """
    return Metrics.of(logits_of(network, Batches(dataset, split, device)), split.y, dataset.labels)


@torch.no_grad()
def inherit(network: nn.Module, start: Mapping[str, NDArray[Any]]) -> float:
    """Begin with the weights that fit by name and shape; returns the share of the parameters that they make."""
    fitting = {
        name: tensor
        for name, tensor in network.state_dict().items()
        if name in start and start[name].shape == tuple(tensor.shape)
    }
    for name, tensor in fitting.items():
        tensor.copy_(torch.from_numpy(start[name]))
    sizes = {name: parameter.numel() for name, parameter in network.named_parameters()}
    return sum(sizes[name] for name in sizes if name in fitting) / sum(sizes.values())


def train_network(
    network: nn.Module,
    dataset: Dataset,
    recipe: Recipe,
    device: torch.device,
    began: float,
    on_epoch: Callable[[EpochReport], None] | None,
) -> tuple[int, str]:
    """Epochs done, and why the training failed, if it did; one that is hopeless is stopped early."""
    epoch = 0
    for report in _train_epochs(network, Batches(dataset, dataset.train, device), recipe, device, began):
        epoch = report.epoch
        if not math.isfinite(report.loss):
            return epoch, f"the training loss became {report.loss} in epoch {epoch} of {recipe.epochs}"
        if on_epoch is not None:
            on_epoch(report)
        if epoch < recipe.epochs and is_hopeless(report, dataset, recipe):
            break
    return epoch, ""


@contextlib.contextmanager
def repeatable(seed: int, device: torch.device) -> Iterator[None]:
    """Seeded generators, deterministic algorithms and one thread on a CPU; all as before afterwards."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        try:
            torch.manual_seed(seed)
            if device.type == "cpu":
                torch.set_num_threads(1)
                torch.use_deterministic_algorithms(True)
            yield
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(deterministic)


def _train_epochs(
    network: nn.Module, images: Batches, recipe: Recipe, device: torch.device, began: float
) -> Iterator[EpochReport]:
    """Train, and report after every epoch; whoever iterates may stop.

    After the last epoch the network holds the averaged weights, if asked for, and batch norm's statistics under them.
    """
    # batches of equal size as far as possible: batch normalisation needs more than a few images in each
    batches = max(1, round(len(images) / recipe.batch_size))
    optimiser = _optimiser(network, recipe)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=[group["lr"] for group in optimiser.param_groups],
        total_steps=recipe.epochs * batches,
        pct_start=recipe.warm_up,
        cycle_momentum=False,
    )
    average = None
    if recipe.ema:
        average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema))  # type: ignore[no-untyped-call]
    loss_of = Loss(images.labels, recipe, images.classes)
    # bfloat16 has the range of float32: no gradient has to be scaled, so no step is lost or waited for
    mixed = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    network.train()
    for epoch in range(1, recipe.epochs + 1):
        loss_sum = torch.zeros((), device=device)
        hits = torch.zeros(loss_of.classes, device=device)
        for batch in torch.randperm(len(images)).tensor_split(batches):
            x, y = images.images(batch), images.labels[batch.to(device)]
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=mixed):
                logits = network(augmented(x, recipe.changes, recipe.strength))
                loss = loss_of(logits, y)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
            optimiser.step()
            schedule.step()
            if average is not None:
                average.update_parameters(network)
            loss_sum += loss.detach() * len(batch)
            hits += F.one_hot(y, loss_of.classes)[logits.detach().argmax(1) == y].sum(0)
        if epoch == recipe.epochs:
            if average is not None:
                network.load_state_dict(average.module.state_dict())
            reset_statistics(network, _sample(images, recipe.batch_size))
        yield EpochReport(
            epoch=epoch,
            epochs=recipe.epochs,
            loss=float(loss_sum) / len(images),
            train_accuracy=100 * float(hits.sum()) / len(images),
            train_balanced=100 * float((hits / loss_of.counts).nanmean()),
            seconds=time.perf_counter() - began,
        )


class Loss:
    """Cross-entropy with smoothed labels, and rare classes weighted up where the recipe says so.

    Args:
        labels: of the training images.
        recipe: of the training.
        classes: how many there are.
    """

    def __init__(self, labels: Tensor, recipe: Recipe, classes: int) -> None:
        self.classes = classes
        self.counts = labels.bincount(minlength=classes)
        weights = recipe.weights(labels.cpu().numpy(), classes)
        self._weights = None if weights is None else torch.tensor(weights, dtype=torch.float32, device=labels.device)
        self._smoothing = recipe.label_smoothing

    def __call__(self, logits: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(logits, y, weight=self._weights, label_smoothing=self._smoothing)


def _sample(images: Batches, batch_size: int) -> Iterator[Tensor]:
    """Some training images, unchanged, in batches, the same every time."""
    count = min(len(images), STATISTICS_BATCHES * batch_size)
    rows = torch.arange(count) * len(images) // count
    for batch in rows.tensor_split(max(1, round(count / batch_size))):
        yield images.images(batch)


def _optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW, whose rates fit each tensor's initial weights; what has one dimension is free of weight decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        lr, decay = recipe.lr_scales, 0.0
        if parameter.ndim > 1:
            lr, decay = recipe.lr, recipe.weight_decay
            if recipe.start == "scratch":
                lr *= max(float(parameter.detach().std(correction=0)), LEAST_DEVIATION)
        groups.setdefault((lr, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": each, "lr": lr, "weight_decay": decay} for (lr, decay), each in groups.items()]
    )


def is_hopeless(report: EpochReport, dataset: Dataset, recipe: Recipe) -> bool:
    """No better than naming classes blindly, give or take two standard errors, every class having the same say."""
    images = len(dataset.train.y)
    steps = report.epoch * max(1, round(images / recipe.batch_size))
    if report.epoch < recipe.hopeless_after * recipe.epochs or steps < LEAST_STEPS:
        return False
    counts = np.bincount(dataset.train.y, minlength=dataset.classes).clip(min=1)
    chance = 1 / dataset.classes
    error = math.sqrt(chance * (1 - chance) * float((1 / counts).sum())) / dataset.classes
    return report.train_balanced / 100 <= chance + 2 * error


@torch.no_grad()
def logits_of(network: nn.Module, images: Batches) -> NDArray[np.float32]:
    """Logits ``(n, classes)`` of the images."""
    network.eval()
    parts = []
    for start in range(0, len(images), EVALUATION_BATCH):
        rows = torch.arange(start, min(start + EVALUATION_BATCH, len(images)))
        parts.append(network(images.images(rows)).float().cpu())
    return torch.cat(parts).numpy()
