"""A search space and an evaluator of your own: small networks of 1-D convolutions that tell three waves apart.

python examples/own_space.py
"""

import torch
from torch import nn

from illuminas import Choice, Genotype, GenotypeSpace, Objective, Search, SearchConfig, evaluator, register_space


@register_space
class SignalSpace(GenotypeSpace):
    name, noun, plural = "signal", "network", "networks for signals"
    summary = "1-D convolutions of one width and kernel, one after the other."
    partition = "none"
    genotype = Genotype(
        [
            Choice(name="depth", options=("1", "2", "3"), words=("x1", "x2", "x3"), ordered=True),
            Choice(name="width", options=("4", "8", "16"), words=("w4", "w8", "w16"), ordered=True),
            Choice(name="kernel", options=("3", "5", "9"), words=("k3", "k5", "k9"), ordered=True),
            Choice(name="activation", options=("ReLU", "Tanh", "GELU")),
        ]
    )


def waves(count, seed):
    """Sines, squares and saws of any phase and 2 to 6 periods, in noise: ``(n, 1, 64)``, and which each is."""
    torch.manual_seed(seed)
    kind = torch.arange(count) % 3
    turns = torch.rand(count, 1) + torch.linspace(0, 1, 64) * (2 + 4 * torch.rand(count, 1))
    sine = torch.sin(2 * torch.pi * turns)
    shapes = torch.stack([sine, sine.sign(), 2 * (turns % 1) - 1])
    return (shapes[kind, torch.arange(count)] + 0.5 * torch.randn(count, 64))[:, None], kind


@evaluator(
    Objective(name="recognised", unit="%", direction="max", source="evaluation", worst=33.3, ideal=100),
    Objective(name="weights", direction="min", source="evaluation", worst=20_000, ideal=0),
)
def evaluate(config, fidelity, seed):
    (x, y), (val_x, val_y) = waves(600, seed), waves(300, 12345)
    width, layers = config["width"], []
    for channels in [1] + [width] * (config["depth"] - 1):
        layers += [nn.Conv1d(channels, width, config["kernel"], stride=2), getattr(nn, config["activation"])()]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, 3))
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(60):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(x), y).backward()
        optimiser.step()
    right = network(val_x).argmax(1) == val_y
    return {"recognised": 100 * right.float().mean(), "weights": sum(each.numel() for each in network.parameters())}


if __name__ == "__main__":
    for found in Search(SearchConfig(space="signal", llm="none", evaluations=12), evaluator=evaluate).run().pareto:
        print(found.words, found.objectives)
