"""How well the surrogate ranks cells from few labels, and how honest its uncertainty is.

Labels are validation accuracies of random cells; all other cells are predicted. Zero-cost scores are the search's
own, computed here once. Rows: the surrogate as a search uses it, without scores, with scores dealt out to the wrong
cells, and two library models on the same inputs.

    python benchmarks/surrogate.py --accuracy nb201_accuracy.parquet --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import norm, spearmanr

from illuminas.tools.spaces import get_space
from illuminas.tools.surrogate import Surrogate, Warp, normal_quantiles
from illuminas.tools.tables import import_table, open_table
from illuminas.tools.tasks import PROXIES
from illuminas.tools.toolbox import Toolbox

Inputs = dict[str, np.ndarray]
Fitted = tuple[np.ndarray, np.ndarray]
"""Mean and standard deviation of every cell, on the warped scale."""


def ours(inputs: Inputs, rows: np.ndarray, values: np.ndarray) -> Fitted:
    prediction = Surrogate(inputs).fit(rows.tolist(), values).predict(range(len(inputs["graph"])))
    return prediction.mean, prediction.std


def library_process(inputs: Inputs, rows: np.ndarray, values: np.ndarray) -> Fitted:
    """scikit-learn's Gaussian process, hyperparameters by likelihood alone."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    joined = np.column_stack(list(inputs.values()))
    joined = (joined - joined.mean(axis=0)) / np.maximum(joined.std(axis=0), 1e-9)
    kernel = ConstantKernel() * Matern(np.sqrt(joined.shape[1]), (1, 300), nu=2.5) + WhiteKernel(0.05, (1e-3, 0.5))
    model = GaussianProcessRegressor(kernel, normalize_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mean, std = model.fit(joined[rows], Warp.of(values)(values)).predict(joined, return_std=True)
    return mean, std


def forest(inputs: Inputs, rows: np.ndarray, values: np.ndarray) -> Fitted:
    from sklearn.ensemble import RandomForestRegressor

    joined = np.column_stack(list(inputs.values()))
    model = RandomForestRegressor(200, random_state=0).fit(joined[rows], Warp.of(values)(values))
    each = np.array([tree.predict(joined) for tree in model.estimators_])
    return each.mean(axis=0), each.std(axis=0)


def measured(fitted: Fitted, rows: np.ndarray, accuracy: np.ndarray) -> list[float]:
    """Spearman, share of the best tenth that is predicted to be in it, share inside the interval of 90 per cent."""
    rest = np.setdiff1d(np.arange(len(accuracy)), rows)
    mean, std, truth = fitted[0][rest], fitted[1][rest], accuracy[rest]
    tenth = len(rest) // 10
    hit = len(np.intersect1d(np.argsort(-mean)[:tenth], np.argsort(-truth)[:tenth])) / tenth
    inside = np.abs(Warp.of(accuracy[rows])(truth) - mean) <= norm.ppf(0.95) * std
    return [float(spearmanr(mean, truth).statistic), hit, float(inside.mean())]


def main() -> None:
    parser = argparse.ArgumentParser(description="few-label accuracy of the surrogate")
    parser.add_argument("--accuracy", type=Path, required=True, help="table with arch_str and DATASET_val")
    parser.add_argument("--datasets", nargs="+", default=["c10", "c100", "in16"])
    parser.add_argument("--labels", nargs="+", type=int, default=[10, 25, 50, 100])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--home", type=Path, default=Path("bench-home"), help="folder for the table and the scores")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args()
    os.environ["ILLUMINAS_HOME"] = str(options.home)
    table = open_table(import_table(options.accuracy, name="accuracy").name)
    cells = get_space("nb201").reduced()
    encoded = [get_space("nb201").encode(cell) for cell in cells]
    structure = {name: np.array([each[name] for each in encoded]) for name in encoded[0]}
    toolbox = Toolbox(results=options.home / "results.sqlite")
    texts = [cell.text for cell in cells]
    dataset = f"table:accuracy/{options.datasets[0]}"
    answers = asyncio.run(toolbox.score_zero_cost("nb201", dataset, texts, PROXIES)).results
    toolbox.close()
    columns = [np.array([answer.scores.get(name, np.nan) for answer in answers]) for name in PROXIES]
    scores = np.column_stack([normal_quantiles(column) for column in columns])

    models: dict[str, tuple[Callable[..., Fitted], Callable[[np.random.Generator], Inputs]]] = {
        "surrogate": (ours, lambda rng: {**structure, "scores": scores}),
        "surrogate without scores": (ours, lambda rng: structure),
        "surrogate, scores shuffled": (ours, lambda rng: {**structure, "scores": rng.permutation(scores)}),
        "scikit-learn Gaussian process": (library_process, lambda rng: {**structure, "scores": scores}),
        "random forest": (forest, lambda rng: {**structure, "scores": scores}),
    }
    for dataset in options.datasets:
        accuracy = np.array([table.query(text, f"{dataset}_val") for text in texts])
        for labels in options.labels:
            for name, (fit, make) in models.items():
                found = []
                for seed in range(options.seeds):
                    rng = np.random.default_rng(seed)
                    rows = rng.choice(len(cells), labels, replace=False)
                    found.append(measured(fit(make(rng), rows, accuracy[rows]), rows, accuracy))
                row = {"dataset": dataset, "labels": labels, "model": name, "seeds": options.seeds}
                keys = ("spearman", "top_tenth_precision", "inside_90")
                row.update(zip(keys, np.mean(found, axis=0).round(3).tolist(), strict=True))
                print(json.dumps(row) if options.json else "  ".join(f"{k} {v}" for k, v in row.items()), flush=True)


if __name__ == "__main__":
    main()
