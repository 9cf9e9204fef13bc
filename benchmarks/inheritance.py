"""What inheriting pretrained weights is worth: networks of a space after one epoch, with and without them.

Each of a few networks, random ones or mutants of those that a search begins with, is trained for one epoch from
inherited weights and from scratch, and for longer from inherited ones; validation images are measured at the end of
each training, after batch norm's statistics were taken anew. The recipe is a plain one (AdamW, one cycle), the same
for all. One thread. Run as::

    illuminas models pull efficientnet-lite0
    python benchmarks/inheritance.py photos/ --networks 8 --longer 6 --mutations 4
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from illuminas.tools.correlation import spearman
from illuminas.tools.datasets import Dataset, load_dataset
from illuminas.tools.evaluation.training.batches import Batches
from illuminas.tools.evaluation.training.statistics import reset_statistics
from illuminas.tools.spaces import Architecture, NetworkShape, SearchSpace, get_space

BATCH = 32
STATISTICS = 16
"""Batches that statistics are taken from."""
RATE = 2e-3
"""The highest of the cycle."""
WEIGHT_DECAY = 1e-2


class Outcome(NamedTuple):
    """Validation figures of a training, per cent, and its seconds."""

    accuracy: float
    balanced: float
    seconds: float


class Row(NamedTuple):
    """One network's trainings."""

    architecture: Architecture
    macs: float
    scratch: Outcome
    inherited: Outcome
    longer: Outcome


def train(space: SearchSpace, architecture: Architecture, dataset: Dataset, *, epochs: int, inherits: bool) -> Outcome:
    """Train a network, the same way every time, and measure it on the validation images."""
    shape = NetworkShape(classes=dataset.classes, in_channels=dataset.channels, image_size=dataset.side)
    images = dataset.at(space.input_side(architecture, shape))
    torch.manual_seed(0)
    network = space.build(architecture, shape)
    if inherits:
        given = space.initial_weights(architecture, shape)
        if given is None:
            raise SystemExit(f"{space.weights_name} is not here: illuminas models pull {space.weights_name}")
        network.load_state_dict({name: torch.from_numpy(each) for name, each in given.items()}, strict=False)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    began = time.process_time()
    training = Batches(images, images.train, torch.device("cpu"))
    descend(network, training, epochs)
    reset_statistics(network, (training.images(rows) for rows in list(drawn(len(training)))[:STATISTICS]))
    return measured(network, Batches(images, images.val, torch.device("cpu")), began)


def drawn(count: int) -> Iterator[Tensor]:
    """Rows of the batches of an epoch, in an order of chance."""
    yield from torch.randperm(count).tensor_split(max(1, round(count / BATCH)))


def descend(network: nn.Module, images: Batches, epochs: int) -> None:
    """AdamW with one cycle, mirrored images, class weights of the square root of a class's share."""
    steps = epochs * max(1, round(len(images) / BATCH))
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.2)
    counts = images.labels.bincount().float()
    weights = (counts.mean() / counts).sqrt()
    network.train()
    for _ in range(epochs):
        for rows in drawn(len(images)):
            x = images.images(rows)
            x = torch.where((torch.rand(len(x)) < 0.5)[:, None, None, None], x.flip(3), x)
            loss = F.cross_entropy(network(x), images.labels[rows], weight=weights, label_smoothing=0.05)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()


@torch.no_grad()
def measured(network: nn.Module, images: Batches, began: float) -> Outcome:
    """Accuracies on all of a split."""
    network.eval()
    rows = torch.arange(len(images)).split(200)
    right = torch.cat([network(images.images(each)).argmax(1) == images.labels[each] for each in rows]).numpy()
    labels = images.labels.numpy()
    recalls = [right[labels == label].mean() for label in np.unique(labels)]
    return Outcome(100 * right.mean(), 100 * float(np.mean(recalls)), time.process_time() - began)


def networks(space: SearchSpace, side: int, given: argparse.Namespace) -> list[Architecture]:
    """Random ones of at most so many multiply-accumulates; or mutants of those that a search begins with."""
    rng = np.random.default_rng(given.seed)
    drawn = [] if given.mutations else space.sample(rng, 20 * given.networks)
    anchors = space.anchors(side)
    while given.mutations and len(drawn) < 20 * given.networks:
        mutant = anchors[int(rng.integers(len(anchors)))]
        for _ in range(given.mutations):
            mutant = space.mutate(mutant, rng)
        drawn.append(mutant)
    return [each for each in drawn if macs_of(space, each) <= given.most_macs][: given.networks]


def macs_of(space: SearchSpace, architecture: Architecture) -> float:
    """Millions of multiply-accumulates."""
    counted = space.complexity(architecture, NetworkShape())
    return 0.0 if counted is None else counted.macs / 1e6


def told(rows: list[Row], longer: int) -> None:
    """Means and rank correlations."""
    names = ("scratch", "inherited", "longer")
    labels = ("1 epoch from scratch", "1 epoch, inherited", f"{longer} epochs, inherited")
    print(f"\n{'':24s} {'accuracy':>9s} {'balanced':>9s} {'seconds':>8s}")
    for name, label in zip(names, labels, strict=True):
        mean = np.mean([getattr(row, name) for row in rows], axis=0)
        print(f"{label:24s} {mean[0]:9.1f} {mean[1]:9.1f} {mean[2]:8.1f}")
    final = [row.longer.balanced for row in rows]
    for label, values in (
        (labels[0], [row.scratch.balanced for row in rows]),
        (labels[1], [row.inherited.balanced for row in rows]),
        ("multiply-accumulates", [row.macs for row in rows]),
    ):
        agreement = spearman(np.array(values), np.array(final))
        print(
            f"Spearman of {label} with {labels[2]} (balanced): {float('nan') if agreement is None else agreement:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Candidates with and without inherited weights.")
    parser.add_argument("dataset", help="as `illuminas search --dataset` takes it")
    parser.add_argument("--space", default="mobile")
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--longer", type=int, default=6, help="epochs of the longer training")
    parser.add_argument(
        "--mutations", type=int, default=0, help="of networks that a search begins with; 0: random ones"
    )
    parser.add_argument("--most-macs", type=float, default=20.0, help="millions")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    space, dataset, rows = get_space(given.space), load_dataset(given.dataset), list[Row]()
    print(f"{dataset.found.line}\nbalanced validation accuracy: from scratch, inherited, inherited for longer")
    for architecture in networks(space, dataset.side, given):
        scratch, inherited = (
            train(space, architecture, dataset, epochs=1, inherits=inherits) for inherits in (False, True)
        )
        longer = train(space, architecture, dataset, epochs=given.longer, inherits=True)
        rows.append(Row(architecture, macs_of(space, architecture), scratch, inherited, longer))
        figures = " ".join(f"{each.balanced:5.1f}" for each in (scratch, inherited, longer))
        print(f"{figures}  {rows[-1].macs:5.1f} M  {space.to_words(architecture)}", flush=True)
    told(rows, given.longer)


if __name__ == "__main__":
    main()
