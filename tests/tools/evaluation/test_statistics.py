"""Statistics of batch norm, taken anew."""

from __future__ import annotations

import torch
from torch import nn

from illuminas.tools.evaluation.training.statistics import reset_statistics


def test_statistics_are_those_of_the_batches_under_todays_weights() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1), nn.BatchNorm2d(2))
    network.eval()
    batches = [torch.randn(16, 3, 5, 5) * 3 + 1 for _ in range(4)]
    before = [each.clone() for each in network.parameters()]
    reset_statistics(network, batches)
    assert not network.training and network[1].momentum == 0.1
    seen = network[0](torch.cat(batches)).detach()
    torch.testing.assert_close(network[1].running_mean, seen.mean((0, 2, 3)))
    # the variance within batches, which is a little less than that of all
    torch.testing.assert_close(network[1].running_var, seen.var((0, 2, 3)), rtol=0.05, atol=0)
    out = network(torch.cat(batches))
    torch.testing.assert_close(out.std((0, 2, 3)), torch.ones(2), rtol=0.05, atol=0)
    assert all(bool((left == right).all()) for left, right in zip(before, network.parameters(), strict=True))


def test_a_network_without_batch_norm_sees_no_batch() -> None:
    def never() -> torch.Tensor:
        raise AssertionError("a batch was drawn")

    reset_statistics(nn.Linear(2, 2), (never() for _ in range(3)))
