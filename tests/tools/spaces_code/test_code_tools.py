"""The tools serve the ``code`` space as they serve any other."""

from __future__ import annotations

import asyncio
from contextlib import closing

import numpy as np
import torch

from illuminas.tools.datasets import load_dataset
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.training.recipe import Recipe
from illuminas.tools.evaluation.training.trainer import train
from illuminas.tools.proxies import PROXIES, score_batch
from illuminas.tools.spaces import NetworkShape
from illuminas.tools.toolbox import Toolbox

TEXT = "conv3 8 | res3 16 /2 | sep3 16 | skip 1 | cat 3 | dropout 0.1 | linear 16"


def test_a_network_that_does_not_fit_the_images_is_invalid_with_the_reason_beside_one_that_does() -> None:
    too_small = "conv3 8 | maxpool | maxpool | maxpool | maxpool"
    with closing(Toolbox(workers=1)) as toolbox:
        good, bad = asyncio.run(toolbox.validate_architecture("code", "digits", [TEXT, too_small])).results
    assert good.valid and good.params and good.macs
    assert not bad.valid and "layer 5, 'maxpool'" in bad.reason


def test_an_open_space_describes_itself_without_a_size() -> None:
    with closing(Toolbox(workers=1)) as toolbox:
        assert asyncio.run(toolbox.describe_search_space("code")).size is None
        assert asyncio.run(toolbox.describe_search_space("nb201")).size == 4929


def test_a_layer_list_learns_the_digits() -> None:
    result = train("code", TEXT, load_dataset("digits"), Recipe(epochs=6), 0)
    assert result.status is Status.OK
    assert result.val is not None and result.val.accuracy > 85


def test_every_proxy_scores_a_layer_list() -> None:
    shape = NetworkShape(in_channels=1, image_size=8)
    images = torch.from_numpy(np.random.default_rng(0).normal(size=(16, 1, 8, 8)).astype(np.float32))
    labels = torch.arange(16) % 10
    (found,) = score_batch("code", [TEXT], shape, images, labels)
    assert not found.failures and set(found.values) == set(PROXIES)
