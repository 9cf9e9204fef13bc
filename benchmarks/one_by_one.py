"""Zero-cost proxies the straightforward way: one network after another, each proxy with its own network and passes.

What the batched proxies of ``illuminas.tools.proxies`` are measured against, in numbers (a test compares them) and
in speed (``benchmarks/proxies.py``). Every function takes a fresh network in training mode, a batch and the seed of
what it draws, and returns scores by name. A batch is seen in two halves, as by the batched proxies.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Scores = dict[str, float]


def _weights(network: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in network.parameters() if parameter.dim() > 1]


def _halves(images: Tensor, labels: Tensor) -> list[tuple[Tensor, Tensor]]:
    return list(zip(images.tensor_split(2), labels.tensor_split(2), strict=True))


def _gradients(network: nn.Module, images: Tensor, labels: Tensor) -> list[Tensor]:
    total = [torch.zeros_like(weight) for weight in _weights(network)]
    for x, y in _halves(images, labels):
        loss = functional.cross_entropy(network(x), y) * len(x) / len(images)
        for sums, new in zip(total, torch.autograd.grad(loss, _weights(network)), strict=True):
            sums += new
    return total


def _noise(size: tuple[int, ...], seed: int, which: int) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed * 1000 + which))


def params(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    return {"params": float(sum(parameter.numel() for parameter in network.parameters()))}


def flops(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    counted = 0

    def hook(module: Any, _: Any, output: Tensor) -> None:
        nonlocal counted
        counted += output.numel() * module.weight[0].numel()

    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(hook)
    network.eval()
    with torch.no_grad():
        network(images[:1])
    return {"flops": float(counted)}


def l2_norm(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    return {"l2_norm": sum(float(weight.detach().norm()) for weight in _weights(network))}


def grad_norm(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    return {"grad_norm": sum(float(each.norm()) for each in _gradients(network, images, labels))}


def snip(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    pairs = zip(_weights(network), _gradients(network, images, labels), strict=True)
    return {"snip": sum(float((weight.detach() * each).abs().sum()) for weight, each in pairs)}


def plain(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    pairs = zip(_weights(network), _gradients(network, images, labels), strict=True)
    return {"plain": sum(float((weight.detach() * each).sum()) for weight, each in pairs)}


def fisher(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    outputs: list[Tensor] = []
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    total = 0.0
    for x, y in _halves(images, labels):
        outputs.clear()
        loss = functional.cross_entropy(network(x), y) * len(x) / len(images)
        for output, signal in zip(outputs, torch.autograd.grad(loss, outputs), strict=True):
            per_channel = (output.detach() * signal).flatten(2).sum(2) if output.dim() > 2 else output.detach() * signal
            total += float(per_channel.square().sum()) / 2 / len(images)
    return {"fisher": total}


def grasp(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    weights, first = _weights(network), _gradients(network, images, labels)
    products = [torch.zeros_like(weight) for weight in weights]
    for x, y in _halves(images, labels):
        loss = functional.cross_entropy(network(x), y) * len(x) / len(images)
        second = torch.autograd.grad(loss, weights, create_graph=True)
        product = sum((one * two).sum() for one, two in zip(first, second, strict=True))
        assert isinstance(product, Tensor)
        for sums, new in zip(products, torch.autograd.grad(product, weights, allow_unused=True), strict=True):
            if new is not None:
                sums += new
    pairs = zip(weights, products, strict=True)
    return {"grasp": -sum(float((weight.detach() * each).sum()) for weight, each in pairs)}


def zico(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    found = []
    for x, y in _halves(images, labels):
        found.append(torch.autograd.grad(functional.cross_entropy(network(x), y), _weights(network)))
    total = 0.0
    for each in zip(*found, strict=True):
        gradients = torch.stack(each).double()
        deviation = gradients.std(dim=0, unbiased=False)
        ratio = float((gradients.abs().mean(0) / deviation)[deviation > 0].sum())
        total += math.log(ratio) if ratio > 0 else 0.0
    return {"zico": total}


def _jacobians(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    found = []
    for x, _ in _halves(images, labels):
        leaf = x.clone().requires_grad_()
        found.append(torch.autograd.grad(network(leaf).sum(), leaf)[0].flatten(1))
    return torch.cat(found).double()


def jacov(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    values = torch.linalg.eigvalsh(torch.corrcoef(_jacobians(network, images, labels))) + 1e-5
    return {"jacov": -float((values.log() + 1 / values).sum())}


def epe_nas(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    jacobians, total = _jacobians(network, images, labels), 0.0
    for label in labels.unique():
        correlations = torch.atleast_2d(torch.corrcoef(jacobians[labels == label]))
        total += abs(float((correlations.abs() + 1e-5).log().sum()))
    return {"epe_nas": total}


def _states(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Which rectifiers are on, boolean ``(n, units)``."""
    seen: list[Tensor] = []
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_hook(lambda module, inputs, output: seen.append((output > 0).flatten(1)))
    found = []
    with torch.no_grad():
        for x, _ in _halves(images, labels):
            seen.clear()
            network(x)
            found.append(torch.cat(seen, dim=1))
    return torch.cat(found)


def nwot(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    on = _states(network, images, labels).float()
    kernel = on @ on.T + (1 - on) @ (1 - on).T
    return {"nwot": float(torch.linalg.slogdet(kernel.double()).logabsdet)}


def swap(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    return {"swap": float(len(_states(network, images, labels).T.unique(dim=0)))}


def synflow(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())
    network.double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()
    ones = torch.ones((1, *images.shape[1:]), dtype=torch.float64)
    gradients = torch.autograd.grad(network(ones).sum(), _weights(network))
    flows = zip(_weights(network), gradients, strict=True)
    return {"synflow": math.log(sum(float((weight.detach() * each).abs().sum()) for weight, each in flows))}


def zen(network: nn.Module, images: Tensor, labels: Tensor, seed: int) -> Scores:
    deviations: list[float] = []
    maps: list[Tensor] = []

    def normalises(module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        deviations.append(0.5 * math.log(float(inputs[0].var((0, 2, 3), unbiased=False).mean())))

    with torch.no_grad():
        for weight in _weights(network):
            weight /= weight.square().mean().sqrt()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(normalises)
        if isinstance(module, nn.AdaptiveAvgPool2d):
            module.register_forward_hook(lambda module, inputs, output: maps.append(inputs[0]))
    size = (len(images) // 2, *images.shape[1:])
    image, change = _noise(size, seed, 0), _noise(size, seed, 1)
    with torch.no_grad():
        network(image)
        spread = sum(deviations)
        network(image + 0.01 * change)
    return {"zen": math.log(float((maps[0] - maps[1]).abs().flatten(1).sum(1).mean())) + spread}


def az_nas(network: Any, images: Tensor, labels: Tensor, seed: int) -> Scores:
    maps = [network.stem(images.tensor_split(2)[0])]
    for block in network.body:
        maps.append(block(maps[-1]))
    entropies = []
    for each in maps:
        channels = each.detach().transpose(0, 1).flatten(1)
        values = torch.linalg.eigvalsh(torch.cov(channels).double()).clamp(min=0)
        entropies.append(-float((values / values.sum() * (values / values.sum() + 1e-8).log()).sum()))
    passing = []
    for place, (before, after) in enumerate(itertools.pairwise(maps)):
        signs = _noise(tuple(after.shape), seed, 10 + place).sign()
        (arrived,) = torch.autograd.grad(after, before, signs, retain_graph=True)
        arrived = functional.pixel_unshuffle(arrived, arrived.shape[-1] // signs.shape[-1])
        columns = signs.transpose(0, 1).flatten(1)
        jacobian = arrived.transpose(0, 1).flatten(1) @ columns.T / columns.shape[1]
        greatest = float(torch.linalg.svdvals(jacobian.double())[0])
        passing.append(2 - greatest - 1 / greatest)
    return {
        "az_expressivity": sum(entropies),
        "az_progressivity": min(b - a for a, b in itertools.pairwise(entropies)),
        "az_trainability": sum(passing) / len(passing),
    }


Measure = Callable[[nn.Module, Tensor, Tensor, int], Scores]
MEASURES: tuple[Measure, ...] = (
    params,
    flops,
    l2_norm,
    synflow,
    nwot,
    swap,
    jacov,
    epe_nas,
    grad_norm,
    snip,
    plain,
    fisher,
    grasp,
    zico,
    zen,
    az_nas,
)


def score_one_by_one(build: Callable[[], nn.Module], images: Tensor, labels: Tensor, *, seed: int = 0) -> Scores:
    """Scores of one architecture, every network built anew."""
    found: Scores = {}
    for measure in MEASURES:
        found |= measure(build(), images, labels, seed)
    return found
