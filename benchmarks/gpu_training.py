"""What a GPU brings: networks of layers searched, and cells of NAS-Bench-201 trained with its recipe of 12 epochs.

python benchmarks/gpu_training.py --cifar cifar-10-python.tar.gz --seconds 300 --cells 4

It says candidates an hour, how busy the GPU was, and accuracies. Without a GPU it says so and runs on the CPU, which is
good for trying the script alone: add --epochs 1 and a small data set.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from illuminas.agents.config import SearchConfig
from illuminas.agents.search import Search
from illuminas.memory.runs import open_state
from illuminas.tools.datasets import load_dataset
from illuminas.tools.datasets.changes import OBJECTS
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.trainer import train
from illuminas.tools.spaces import Scale, get_space

LONG = Recipe(epochs=12, batch_size=256, label_smoothing=0.0, changes=OBJECTS, scale=Scale.FULL, hopeless_after=1.0)
"""Twelve epochs of networks of the published size, as NAS-Bench-201 has them (arXiv 2001.00326), by our recipe."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cifar", required=True, help="archive or folder of CIFAR-10, or any data set by its name")
    parser.add_argument("--seconds", type=float, default=300, help="of the search for networks of layers")
    parser.add_argument("--cells", type=int, default=4, help="random cells to train")
    parser.add_argument("--workers", type=int, default=4, help="trainings at once on the one GPU")
    parser.add_argument("--epochs", type=int, default=None, help="in place of both recipes' own")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "layers": search_layers(options),
        "cells": train_cells(options),
    }
    if options.json:
        print(json.dumps(found))
        return
    print(f"device: {found['device']}")
    for part in ("layers", "cells"):
        print(f"{part}: " + ", ".join(f"{name} {value}" for name, value in found[part].items()))


def search_layers(options: argparse.Namespace) -> dict[str, object]:
    """A search of the code space without an LLM, for as many seconds as were given."""
    config = SearchConfig(
        space="code",
        dataset=options.cifar,
        device="none",
        llm="none",
        evaluations=10_000,
        seconds=options.seconds,
        epochs=options.epochs,
        workers=options.workers,
    )
    with tempfile.TemporaryDirectory() as folder, utilisation() as busy:
        search = Search(config, folder=Path(folder))
        summary = search.run()
        trained = len(open_state(search.run_folder).successes)
    return {
        "trained": trained,
        "failed": summary.failures,
        "candidates_an_hour": round(3600 * trained / summary.seconds),
        "best_val": summary.best and round(summary.best.objectives["accuracy"], 2),
        "best_test": summary.best and summary.best.test_accuracy,
        "gpu_busy_percent": mean(busy),
    }


def train_cells(options: argparse.Namespace) -> dict[str, object]:
    """Random cells one after the other of the published size."""
    dataset, space = load_dataset(options.cifar), get_space("nb201")
    recipe = LONG if options.epochs is None else LONG.model_copy(update={"epochs": options.epochs})
    cells = space.sample(np.random.default_rng(0), options.cells)
    began = time.perf_counter()
    with utilisation() as busy:
        results = [train("nb201", cell.text, dataset, recipe, 0) for cell in cells]
    seconds = time.perf_counter() - began
    return {
        "trained": len(results),
        "candidates_an_hour": round(3600 * len(results) / seconds),
        "val": [result.val and round(result.val.accuracy, 2) for result in results],
        "test": [result.test and round(result.test.accuracy, 2) for result in results],
        "gpu_busy_percent": mean(busy),
    }


@contextmanager
def utilisation() -> Iterator[list[int]]:
    """Per cent of the time that the GPU was busy, read once a second while the block runs.

    Nothing without a GPU, nor without NVIDIA's ``nvidia-ml-py``, which torch reads it by.
    """
    readings: list[int] = []
    over = threading.Event()

    def read() -> None:
        while not over.wait(1.0):
            readings.append(torch.cuda.utilization())

    reader = threading.Thread(target=read, daemon=True)
    if torch.cuda.is_available() and find_spec("pynvml") is not None:
        reader.start()
    try:
        yield readings
    finally:
        over.set()
        if reader.is_alive():
            reader.join()


def mean(readings: list[int]) -> float | None:
    return round(statistics.mean(readings), 1) if readings else None


if __name__ == "__main__":
    main()
