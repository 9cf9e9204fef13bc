"""How well zero-cost proxies rank cells by accuracy, what a cell costs, and how fast batches are.

Scores random connected cells of NAS-Bench-201 with every proxy. Prints for each the Spearman correlation with
CIFAR-10 validation accuracy, beside that of the published scores of the same proxy (NAS-Bench-Suite-Zero) on the
cells that have one, and how far both agree. Then the throughput of all proxies together, against the
straightforward way (``one_by_one.py``: every proxy builds its own network and makes its own passes), both in turns
within one run, and the cost of SynFlow alone.

    python benchmarks/proxies.py --cells 1000 --scale small --image-size 16 --json

The tables are nb201_accuracy.parquet and nb201_zero_cost.parquet in --tables, else in $ILLUMINAS_DATA.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import torch
from agreement import agreements
from one_by_one import score_one_by_one

from illuminas.tools.proxies import PROXIES, score_batch
from illuminas.tools.spaces import NetworkShape, Scale, get_space

if TYPE_CHECKING:
    from torch import Tensor, nn

IN_ACCURACY_TABLE = {"params": "c10_params", "flops": "c10_macs"}
"""Published proxies that are columns of the accuracy table, by the names they have there."""


def batch(kind: str, *, size: int, shape: NetworkShape, seed: int) -> tuple[Tensor, Tensor]:
    """Images ``(size, 3, side, side)``, normalised, and labels: noise, or the digits of scikit-learn."""
    generator = torch.Generator().manual_seed(seed)
    if kind == "noise":
        images = torch.randn(size, 3, shape.image_size, shape.image_size, generator=generator)
        return images, torch.randint(0, shape.classes, (size,), generator=generator)
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    pick = torch.randperm(len(pixels), generator=generator)[:size]
    digits = torch.tensor(pixels, dtype=torch.float32)[pick].reshape(size, 1, 8, 8)
    large = torch.nn.functional.interpolate(digits, size=shape.image_size, mode="bilinear")
    normal = (large - large.mean()) / large.std()
    return normal.expand(-1, 3, -1, -1).contiguous(), torch.tensor(classes)[pick]


def published_scores(tables: Path) -> tuple[list[str], np.ndarray, dict[str, np.ndarray]]:
    """Cells, their CIFAR-10 validation accuracies, and the published scores by proxy."""
    accuracy = pq.read_table(tables / "nb201_accuracy.parquet")
    scores = pq.read_table(tables / "nb201_zero_cost.parquet")
    columns = {name: scores[f"c10_{name}"] for name in PROXIES if f"c10_{name}" in scores.column_names}
    columns |= {name: accuracy[column] for name, column in IN_ACCURACY_TABLE.items()}
    published = {name: column.to_numpy().astype(float) for name, column in columns.items()}
    return accuracy["arch_str"].to_pylist(), accuracy["c10_val"].to_numpy(), published


def seconds_of(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def throughput(
    texts: list[str], shape: NetworkShape, images: Tensor, labels: Tensor, *, seed: int, rounds: int
) -> dict[str, float]:
    """Cells a second, batched and one by one, taking turns so that both see the same machine; medians of rounds."""
    space = get_space("nb201")

    def fresh(text: str) -> Callable[[], nn.Module]:
        def build() -> nn.Module:
            torch.manual_seed(seed)
            return space.build(space.parse(text), shape).to(images.device).train()

        return build

    def batched() -> None:
        score_batch("nb201", texts, shape, images, labels, seed=seed)
        if images.device.type == "cuda":
            torch.cuda.synchronize()

    def one_by_one() -> None:
        for text in texts:
            score_one_by_one(fresh(text), images, labels, seed=seed)

    times = np.array([(*seconds_of(batched), *seconds_of(one_by_one)) for _ in range(rounds + 1)])[1:]  # one to warm up
    wall, _, wall_one, _ = np.median(times, axis=0)
    return {
        "cells": len(texts),
        "rounds": rounds,
        "cells_per_second": round(len(texts) / wall, 2),
        "cells_per_second_one_by_one": round(len(texts) / wall_one, 2),
        "ratio": round(float(np.median(times[:, 2] / times[:, 0])), 2),
        "ratio_of_processor_time": round(float(np.median(times[:, 3] / times[:, 1])), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="agreement, cost and throughput of zero-cost proxies")
    default_tables = Path(os.environ.get("ILLUMINAS_DATA", Path(__file__).parents[2] / "shared" / "data"))
    parser.add_argument("--tables", type=Path, default=default_tables, help="folder with the published tables")
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--scale", type=Scale, default=Scale.SMALL, choices=list(Scale))
    parser.add_argument("--image-size", type=int, default=16)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--data", choices=("noise", "digits"), default="digits")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--throughput-cells", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3, help="of throughput")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    texts, accuracy, published = published_scores(options.tables)
    space = get_space("nb201")
    shape = NetworkShape(scale=options.scale, image_size=options.image_size)
    images, labels = batch(options.data, size=options.batch, shape=shape, seed=options.seed)
    images, labels = images.to(options.device), labels.to(options.device)
    connected = [row for row, text in enumerate(texts) if space.computes(space.parse(text))]
    rows = np.random.default_rng(options.seed).permutation(connected)[: options.cells].tolist()
    chosen = [texts[row] for row in rows]

    def show(result: dict[str, object]) -> None:
        print(json.dumps(result) if options.json else "  ".join(f"{key} {value}" for key, value in result.items()))

    some = list({space.parse(text).hash: text for text in chosen}.values())[: options.throughput_cells]
    speed = throughput(some, shape, images, labels, seed=options.seed, rounds=options.rounds)
    show({"measure": "throughput of all proxies", "device": options.device, "threads": options.threads, **speed})
    unique = len({space.parse(text).hash for text in chosen})
    wall, processor = min(
        seconds_of(lambda: score_batch("nb201", chosen, shape, images, labels, ["synflow"])) for _ in range(3)
    )
    show(
        {
            "measure": "synflow alone",
            "unique_cells": unique,
            "ms": round(1000 * wall / unique, 3),
            "processor_ms": round(1000 * processor / unique, 3),
        }
    )
    scores = dict(zip(rows, score_batch("nb201", chosen, shape, images, labels, seed=options.seed), strict=True))
    for each in agreements(scores, accuracy, published):
        show(each.model_dump())


if __name__ == "__main__":
    main()
