"""Does the default task tell architectures apart? Spread over random cells against the noise of retraining.

    python benchmarks/cluttered_digits.py --cells 30 [--json]

Trains random connected cells of NAS-Bench-201 with the default recipe and two seeds, and the heaviest cell once, on
one thread. Processor seconds are what a quiet machine would take; wall-clock seconds suffer from what else runs.
"""

from __future__ import annotations

import argparse
import json
import sys

import numpy as np

from illuminas.tools.datasets import load_dataset
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.trainer import train
from illuminas.tools.spaces import Architecture, get_space

SEEDS = (0, 1)


def measure(cells: int, dataset_name: str) -> dict[str, float | int | str]:
    """Train ``cells`` random cells twice and the heaviest once; accuracies are validation, per cent."""
    from scipy.stats import spearmanr

    space, dataset, recipe = get_space("nb201"), load_dataset(dataset_name), Recipe()
    rng = np.random.default_rng(0)
    accuracy, seconds, cpu_seconds = np.empty((cells, len(SEEDS))), [], []

    def trained(architecture: Architecture, seed: int) -> float:
        result = train(space.name, architecture.text, dataset, recipe, seed)
        if result.status is not Status.OK or result.val is None:
            raise SystemExit(f"{space.to_words(architecture)}: {result.reason}")
        seconds.append(result.seconds)
        cpu_seconds.append(result.cpu_seconds)
        return result.val.accuracy

    for row in range(cells):
        architecture = space.random(rng)
        for column, seed in enumerate(SEEDS):
            accuracy[row, column] = trained(architecture, seed)
        print(f"{space.to_words(architecture):<36}", *accuracy[row].round(2), file=sys.stderr, flush=True)
    mean_seconds, mean_cpu = float(np.mean(seconds)), float(np.mean(cpu_seconds))
    heaviest = trained(space.heaviest(), 0)

    change = accuracy[:, 1] - accuracy[:, 0]
    spread = float(accuracy[:, 0].std(ddof=1))
    # a change between two seeds is the difference of two draws, so its variance is twice a draw's
    noise = float(np.sqrt(np.mean(change**2) / 2))
    return {
        "dataset": dataset.name,
        "cells": cells,
        "best": float(accuracy.max()),
        "median": float(np.median(accuracy)),
        "worst": float(accuracy.min()),
        "spread_sd": spread,
        "retraining_mean_change": float(np.abs(change).mean()),
        "retraining_sd": noise,
        "spread_over_retraining": spread / noise,
        "spearman_between_seeds": float(spearmanr(accuracy[:, 0], accuracy[:, 1]).statistic),
        "seconds": mean_seconds,
        "cpu_seconds": mean_cpu,
        "heaviest": heaviest,
        "heaviest_seconds": seconds[-1],
        "heaviest_cpu_seconds": cpu_seconds[-1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=30, help="random connected cells (default 30)")
    parser.add_argument("--dataset", default="cluttered-digits", help="data set (default cluttered-digits)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.cells < 3:
        parser.error(f"--cells: expected at least 3, got {options.cells}")
    figures = measure(options.cells, options.dataset)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<26}{value:>18.2f}" if isinstance(value, float) else f"{name:<26}{value:>18}")


if __name__ == "__main__":
    main()
