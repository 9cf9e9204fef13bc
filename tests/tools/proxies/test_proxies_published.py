"""Our scores rank cells as the published ones do and promise accuracy as they claim: a sign error fails."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import rankdata, spearmanr

from benchmarks.agreement import agreements
from illuminas.tools.proxies import PROXIES, ProxyScores, az_nas, score_batch
from illuminas.tools.spaces import NetworkShape, Scale
from illuminas.tools.spaces.nb201.cells import CELLS, CHANNELS
from illuminas.tools.spaces.nb201.space import NB201Space

SPACE = NB201Space()
PUBLISHED_BOUNDS = {
    "params": 0.999,
    "flops": 0.999,
    "l2_norm": 0.75,
    "synflow": 0.9,
    "nwot": 0.75,
    "jacov": 0.5,
    "epe_nas": 0.4,
    "grad_norm": 0.8,
    "snip": 0.8,
    "fisher": 0.5,
    "grasp": 0.3,
    "zen": 0.6,
}
"""Least Spearman correlation with the published scores of the same proxy; jacov and epe_nas change much from one
initialisation to another, and plain so much that two of ours do not agree, which is why it is not here."""
ACCURACY_BOUNDS = {
    "params": 0.4,
    "flops": 0.4,
    "l2_norm": 0.4,
    "synflow": 0.5,
    "nwot": 0.5,
    "swap": 0.4,
    "jacov": 0.3,
    "epe_nas": 0.3,
    "grad_norm": 0.3,
    "snip": 0.3,
    "plain": 0.1,
    "fisher": 0.05,
    "grasp": 0.1,
    "zico": 0.5,
    "zen": 0.3,
    "az_expressivity": 0.3,
    "az_progressivity": 0.2,
    "az_trainability": 0.05,
}
"""Least Spearman correlation with accuracy, times the sign that the proxy promises."""
NOISY = ("plain", "grasp")
NOISY_SEEDS = 4
"""What changes much from one initialisation to another is averaged over several."""


@pytest.fixture(autouse=True)
def two_cells(narrow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHANNELS, Scale.SMALL, 8)
    monkeypatch.setitem(CELLS, Scale.SMALL, 2)


class Sample:
    """Cells with published scores, and ours."""

    def __init__(self, folder: Path) -> None:
        import pyarrow.parquet as pq
        from sklearn.datasets import load_digits

        accuracy = pq.read_table(folder / "nb201_accuracy.parquet")
        published = pq.read_table(folder / "nb201_zero_cost.parquet")
        texts = accuracy["arch_str"].to_pylist()
        known = np.flatnonzero(np.isfinite(published["c10_plain"].to_numpy()))
        connected = [row for row in known if SPACE.parse(texts[row]).canonical != "0"]
        self.rows = np.random.default_rng(0).permutation(connected)[:60]
        self.accuracy = accuracy["c10_val"].to_numpy()
        self.published = {
            name: published[f"c10_{name}"].to_numpy() for name in PROXIES if f"c10_{name}" in published.column_names
        }
        self.published |= {"params": accuracy["c10_params"].to_numpy(), "flops": accuracy["c10_macs"].to_numpy()}
        shape = NetworkShape(scale=Scale.SMALL, image_size=16)
        pixels, classes = load_digits(return_X_y=True)
        side = torch.tensor(pixels[:32]).float().reshape(-1, 1, 8, 8)
        images = torch.nn.functional.interpolate(side, size=16, mode="bilinear").expand(-1, 3, -1, -1).contiguous()
        images, labels = (images - images.mean()) / images.std(), torch.tensor(classes[:32])
        chosen = [texts[row] for row in self.rows]
        self.scores = score_batch("nb201", chosen, shape, images, labels)
        # ranks, since a few scores of a poor initialisation would outweigh all others
        several = [
            self.scores,
            *(score_batch("nb201", chosen, shape, images, labels, NOISY, seed=seed) for seed in range(1, NOISY_SEEDS)),
        ]
        self.noisy = {
            name: np.mean([rankdata([found.values[name] for found in scores]) for scores in several], axis=0)
            for name in NOISY
        }

    def ours(self, name: str) -> np.ndarray:
        """Our scores; a cell without one is the last."""
        if name in NOISY:
            return self.noisy[name]
        last = -PROXIES[name].sign * 1e30
        return np.array([found.values.get(name, last) for found in self.scores])


@cache
def sample(folder: Path) -> Sample:
    torch.set_num_threads(1)
    return Sample(folder)


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    return float(spearmanr(left, right).statistic)


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED_BOUNDS)
def test_scores_rank_cells_as_the_published_ones_do(name: str, tables_folder: Path) -> None:
    found = sample(tables_folder)
    assert correlation(found.ours(name), found.published[name][found.rows]) > PUBLISHED_BOUNDS[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", PROXIES)
def test_scores_promise_accuracy_in_the_direction_they_claim(name: str, tables_folder: Path) -> None:
    found = sample(tables_folder)
    accuracy = found.accuracy[found.rows]
    assert PROXIES[name].sign * correlation(found.ours(name), accuracy) > ACCURACY_BOUNDS[name]
    if name in found.published:  # all published cells, since 60 say little of a weak proxy
        known = np.isfinite(found.published[name])
        assert PROXIES[name].sign * correlation(found.published[name][known], found.accuracy[known]) > 0.2


@pytest.mark.slow
def test_az_nas_ranks_better_than_its_weakest_views(tables_folder: Path) -> None:
    found = sample(tables_folder)
    combined = correlation(np.array(az_nas(found.scores)), found.accuracy[found.rows])
    assert combined > 0.5
    views = ("az_expressivity", "az_progressivity", "az_trainability")
    assert combined > np.median([correlation(found.ours(name), found.accuracy[found.rows]) for name in views])


def test_every_proxy_with_a_published_score_is_bounded() -> None:
    assert ACCURACY_BOUNDS.keys() == PROXIES.keys()
    without_column = {"swap", "zico", "az_expressivity", "az_progressivity", "az_trainability"}
    assert PUBLISHED_BOUNDS.keys() == PROXIES.keys() - without_column - {"plain"}


def test_agreement_counts_what_has_a_score_and_leaves_the_rest_out() -> None:
    accuracy = np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    published = {"snip": np.array([5.0, 4.0, np.nan, 2.0, 1.0])}
    scores = {}
    for row, value in ((4, 4.0), (1, 1.0), (0, 0.0), (2, None)):
        values = {name: 1.0 for name in PROXIES if name != "snip"} | ({} if value is None else {"snip": value})
        failures = {} if value is not None else {"snip": "why"}
        scores[row] = ProxyScores(values=values, failures=failures, seconds=dict.fromkeys(PROXIES, 0.002))
    snip = next(each for each in agreements(scores, accuracy, published) if each.proxy == "snip")
    assert (snip.cells, snip.failures, snip.spearman) == (3, 1, 1.0)
    assert (snip.published_cells, snip.published_spearman) == (4, -1.0)
    assert (snip.common_cells, snip.spearman_with_published) == (3, -1.0)
    assert snip.ms == 2.0
    constant = next(each for each in agreements(scores, accuracy, published) if each.proxy == "nwot")
    assert constant.spearman is None and constant.published_cells == 0
    assert {each.proxy for each in agreements(scores, accuracy, published)} == {*PROXIES, "az_nas"}
