"""How well zero-cost proxies agree with their published scores and with accuracy, and what a cell costs.

Draws cells that have published scores (NAS-Bench-Suite-Zero, CIFAR-10) and scores them with ours. Prints for
each proxy the Spearman correlation of our scores with the published ones of the same proxy and with CIFAR-10
validation accuracy, what the published scores reach on the same cells, and the median time of a cell.

    python benchmarks/proxies.py --cells 100 --channels 8 --stage-cells 1 --image-size 16 --json

The tables are nb201_accuracy.parquet and nb201_zero_cost.parquet in --tables, else in $ILLUMINAS_DATA.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import torch
from scipy.stats import spearmanr

from illuminas.tools.proxies import PROXIES, score
from illuminas.tools.spaces import NetworkShape, get_space

if TYPE_CHECKING:
    from torch import Tensor


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


def main() -> None:
    parser = argparse.ArgumentParser(description="agreement and cost of zero-cost proxies")
    default_tables = Path(os.environ.get("ILLUMINAS_DATA", Path(__file__).parents[2] / "shared" / "data"))
    parser.add_argument("--tables", type=Path, default=default_tables, help="folder with the published tables")
    parser.add_argument("--cells", type=int, default=100)
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--stage-cells", type=int, default=1)
    parser.add_argument("--image-size", type=int, default=16)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--data", choices=("noise", "digits"), default="noise")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object a proxy")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    texts = pq.read_table(options.tables / "nb201_accuracy.parquet", columns=["arch_str"])["arch_str"].to_pylist()
    accuracy = pq.read_table(options.tables / "nb201_accuracy.parquet")
    published = pq.read_table(options.tables / "nb201_zero_cost.parquet")
    space = get_space("nb201")
    shape = NetworkShape(channels=options.channels, cells=options.stage_cells, image_size=options.image_size)
    images, labels = batch(options.data, size=options.batch, shape=shape, seed=options.seed)
    images, labels = images.to(options.device), labels.to(options.device)

    known = np.flatnonzero(np.isfinite(published["c10_synflow"].to_numpy()))
    connected = [row for row in known if space.parse(texts[row]).canonical != "0"]
    rows = np.random.default_rng(options.seed).permutation(connected)[: options.cells]
    # a first one warms torch up
    score("nb201", texts[rows[0]], shape, images, labels)
    scores = [score("nb201", texts[row], shape, images, labels, seed=options.seed) for row in rows]

    for name in PROXIES:
        column = f"c10_{name}"
        theirs = (accuracy if name in ("params", "macs") else published)[column].to_numpy()
        done = [place for place, found in enumerate(scores) if name in found.values]
        ours = [scores[place].values[name] for place in done]
        result = {
            "proxy": name,
            "cells": len(done),
            "failures": len(rows) - len(done),
            "spearman_published": round(float(spearmanr(ours, theirs[rows[done]]).statistic), 3),
            "spearman_accuracy": round(float(spearmanr(ours, accuracy["c10_val"].to_numpy()[rows[done]]).statistic), 3),
            "published_spearman_accuracy": round(
                float(spearmanr(theirs[rows[done]], accuracy["c10_val"].to_numpy()[rows[done]]).statistic), 3
            ),
            "ms": round(1000 * median(found.seconds[name] for found in scores), 2),
        }
        if options.json:
            print(json.dumps(result))
        else:
            print("  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
