"""Trains one network in this process; :mod:`illuminas.tools.evaluation.executors.workers` runs it in others."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.training.batches import Batches
from illuminas.tools.evaluation.training.recipe import EpochReport, Recipe, TrainingResult
from illuminas.tools.spaces import get_space

EVALUATION_BATCH = 500
"""Images that a trained network sees at once."""


def train(
    space_name: str,
    architecture_text: str,
    dataset: Dataset,
    recipe: Recipe,
    seed: int,
    on_epoch: Callable[[EpochReport], None] | None = None,
) -> TrainingResult:
    """Train a network from scratch and measure it once, after its last epoch.

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
        network = space.build(architecture, recipe.shape(dataset))
        # half as long a step on a CPU
        network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        epoch, failure = train_network(network, dataset, recipe, device, began, on_epoch)
        val = test = None
        if not failure:
            val, test = (_accuracy(network, Batches(dataset, split, device)) for split in (dataset.val, dataset.test))
    stopped = not failure and epoch < recipe.epochs
    return TrainingResult(
        status=Status.FAILED if failure else Status.OK,
        val_accuracy=val,
        test_accuracy=test,
        epochs=epoch,
        stopped_early=stopped,
        reason=f"no better than chance after {epoch} of {recipe.epochs} epochs" if stopped else failure,
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - began_cpu,
        device="cpu" if device.type == "cpu" else torch.cuda.get_device_name(device),
    )


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
    """Train, and report after every epoch; whoever iterates may stop."""
    # batches of equal size as far as possible: batch normalisation needs more than a few images in each
    batches = max(1, round(len(images) / recipe.batch_size))
    optimiser = _optimiser(network, recipe)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=recipe.lr,
        total_steps=recipe.epochs * batches,
        pct_start=recipe.warm_up,
        cycle_momentum=False,
    )
    # bfloat16 has the range of float32: no gradient has to be scaled, so no step is lost or waited for
    mixed = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    network.train()
    for epoch in range(1, recipe.epochs + 1):
        loss_sum = torch.zeros((), device=device)
        correct = torch.zeros((), device=device)
        for batch in torch.randperm(len(images)).tensor_split(batches):
            x, y = images.images(batch), images.labels[batch.to(device)]
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=mixed):
                logits = network(augmented(x, shift=recipe.shift, flip=recipe.flip))
                loss = F.cross_entropy(logits, y, label_smoothing=recipe.label_smoothing)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            loss_sum += loss.detach() * len(batch)
            correct += (logits.detach().argmax(1) == y).sum()
        yield EpochReport(
            epoch=epoch,
            epochs=recipe.epochs,
            loss=float(loss_sum) / len(images),
            train_accuracy=100 * float(correct) / len(images),
            seconds=time.perf_counter() - began,
        )


def _optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """SGD; biases and normalisation are free of weight decay."""
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, nesterov=recipe.momentum > 0)


def is_hopeless(report: EpochReport, dataset: Dataset, recipe: Recipe) -> bool:
    """No better than always naming the commonest class, give or take two standard errors."""
    if report.epoch < recipe.hopeless_after * recipe.epochs:
        return False
    labels = torch.from_numpy(dataset.train.y)
    chance = float(labels.bincount().max()) / len(labels)
    error = math.sqrt(chance * (1 - chance) / len(labels))
    return report.train_accuracy / 100 <= chance + 2 * error


@torch.no_grad()
def _accuracy(network: nn.Module, images: Batches) -> float:
    """Per cent of the images that are classified correctly."""
    network.eval()
    correct = 0
    for start in range(0, len(images), EVALUATION_BATCH):
        rows = torch.arange(start, min(start + EVALUATION_BATCH, len(images)))
        predicted: Tensor = network(images.images(rows)).argmax(1)
        correct += int((predicted == images.labels[rows.to(images.labels.device)]).sum())
    return 100 * correct / len(images)


def augmented(images: Tensor, *, shift: int, flip: bool) -> Tensor:
    """Images each moved by up to ``shift`` pixels along both axes, and mirrored with even chances.

    What a move uncovers is 0, the mean of normalised images. Chance comes from torch's generator of the CPU, so that
    a seed gives the same images on every device, and nothing is drawn where nothing is asked for.

    Args:
        images: ``(n, c, h, w)``.
        shift: furthest move, pixels; 0 moves none.
        flip: whether left and right may change places.
    """
    count, _, height, width = images.shape
    if flip:
        mirrored = _sent(torch.rand(count) < 0.5, images.device)
        images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    if shift:
        down, right = (torch.randint(2 * shift + 1, (count, 1)) for _ in range(2))
        rows, columns = (
            _sent(start + torch.arange(side), images.device) for start, side in ((down, height), (right, width))
        )
        each = torch.arange(count, device=images.device)[:, None, None]
        padded = F.pad(images, (shift,) * 4)
        # indices on both sides of the channels put these last, as the network takes them
        images = padded[each, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return images


def _sent(drawn: Tensor, device: torch.device) -> Tensor:
    """What was drawn, on a device. A GPU is not waited for, which is busy with the steps before."""
    return drawn.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else drawn.to(device)
