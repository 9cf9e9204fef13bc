"""Zero-cost proxies: each computes what its paper says, and scoring leaves nothing behind."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from illuminas.tools.errors import IlluminasError
from illuminas.tools.proxies import PROXIES, Proxy, ProxyError, ProxyScores, az_nas, score_batch
from illuminas.tools.proxies.probe import Probe
from illuminas.tools.spaces import InvalidArchitecture, NetworkShape, Scale
from illuminas.tools.spaces.nb201.space import NB201Space

SHAPE = NetworkShape(scale=Scale.SMALL, image_size=8)
SPACE = NB201Space()
CELL = SPACE.from_words("conv3 conv1 skip skip conv3 pool").text
DISCONNECTED = SPACE.from_words("none none none none conv3 conv3").text


def score(text: str, *arguments: Any, **options: Any) -> ProxyScores:
    """Scores of one cell alone; arguments as of ``score_batch``."""
    return score_batch("nb201", [text], *arguments, **options)[0]


def batch(shape: NetworkShape = SHAPE, *, size: int = 8, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(size, shape.in_channels, shape.image_size, shape.image_size, generator=generator)
    return images, torch.randint(0, shape.classes, (size,), generator=generator)


def linear(weight: list[list[float]]) -> nn.Linear:
    layer = nn.Linear(len(weight[0]), len(weight), bias=False)
    layer.weight.data = torch.tensor(weight)
    return layer


def score_of(name: str, network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The score of a single network, as it is."""
    proxy = PROXIES[name]
    return float(proxy.scores(Probe(network, images, labels, second_order=proxy.second_order)))


# What each computes


@pytest.mark.parametrize("shape", [SHAPE, NetworkShape(scale=Scale.SMALL, classes=7, image_size=9)])
def test_params_and_flops_are_those_of_the_built_network(shape: NetworkShape) -> None:
    rng = np.random.default_rng(0)
    for architecture in [SPACE.heaviest(), *(SPACE.random(rng) for _ in range(4))]:
        network = SPACE.build(architecture, shape)
        expected = {
            "params": sum(parameter.numel() for parameter in network.parameters()),
            "flops": counted_macs(network, shape),
        }
        assert score(architecture.text, shape, *batch(shape), ("params", "flops")).values == expected


def counted_macs(network: nn.Module, shape: NetworkShape) -> int:
    """Multiply-accumulates of convolutions and linear layers as one image passes."""
    counts = []
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(lambda m, _, out: counts.append(out.numel() * m.weight[0].numel()))
    with torch.no_grad():
        network.eval()(torch.zeros(1, shape.in_channels, shape.image_size, shape.image_size))
    return sum(counts)


@pytest.mark.parametrize(("prefix", "classes"), [("c10", 10), ("c100", 100)])
def test_params_and_flops_of_all_cells_are_the_published_ones(tables_folder: Path, prefix: str, classes: int) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(tables_folder / "nb201_accuracy.parquet")
    shape = NetworkShape(classes=classes)
    found = score_batch("nb201", table["arch_str"].to_pylist(), shape, *batch(), ("params", "flops"))
    for name, column in (("params", "params"), ("flops", "macs")):
        assert [each.values[name] for each in found] == table[f"{prefix}_{column}"].to_pylist()


def test_synflow_is_the_flow_of_absolute_weights_once_a_layer() -> None:
    network = nn.Sequential(
        nn.Flatten(), linear([[1.0, -2.0, 3.0, 0.0], [-4.0, 0.5, 0.0, 1.0]]), nn.ReLU(), linear([[-2.0, 1.0]])
    )
    flow = 2 * (1 + 2 + 3) + 1 * (4 + 0.5 + 1)
    # each of the two layers of weights carries the whole flow
    found = score_of("synflow", network, torch.randn(3, 1, 2, 2), torch.zeros(3).long())
    assert found == pytest.approx(math.log(2 * flow))


def test_synflow_ignores_batch_normalisation_and_the_images() -> None:
    def network(*, normalised: bool) -> nn.Module:
        norm = nn.BatchNorm1d(2)
        norm.weight.data.fill_(17.0)
        middle = nn.Sequential(norm, nn.ReLU()) if normalised else nn.ReLU()
        return nn.Sequential(nn.Flatten(), linear([[1.0, -2.0], [3.0, 4.0]]), middle, linear([[1.0, 1.0]]))

    labels = torch.zeros(3).long()
    plain = score_of("synflow", network(normalised=False), torch.zeros(3, 1, 1, 2), labels)
    assert score_of("synflow", network(normalised=True), torch.randn(3, 1, 1, 2), labels) == plain


def test_synflow_goes_where_float32_overflows_and_not_beyond_float64() -> None:
    def chain(layers: int) -> nn.Module:
        return nn.Sequential(nn.Flatten(), *(linear([[1e10]]) for _ in range(layers)))

    image, labels = torch.ones(2, 1, 1, 1), torch.zeros(2).long()
    found = score_of("synflow", chain(20), image, labels)
    assert found == pytest.approx(math.log(20) + 200 * math.log(10))
    assert not math.isfinite(score_of("synflow", chain(40), image, labels))


@pytest.mark.parametrize("rectifier", [nn.ReLU(), nn.ReLU(inplace=True), functional.relu, torch.relu])
def test_nwot_is_the_log_determinant_of_agreeing_rectifiers(rectifier: object) -> None:
    class Network(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return rectifier(x.flatten(1))  # type: ignore[operator, no-any-return]

    images = torch.randn(5, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    codes = images.flatten(1).numpy() > 0
    agreement = (codes[:, None, :] == codes[None, :, :]).sum(-1)
    expected = np.linalg.slogdet(agreement.astype(float)).logabsdet
    assert score_of("nwot", Network(), images, torch.zeros(5).long()) == pytest.approx(expected)


def test_jacov_is_lowest_for_a_network_that_reacts_alike_everywhere() -> None:
    images = torch.randn(4, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    labels = torch.zeros(4).long()
    # every Jacobian is the row of weights: one eigenvalue of 4, three of 0
    alike = nn.Sequential(nn.Flatten(), linear([[1.0, -2.0, 3.0, 0.0]]))
    k = 1e-5
    expected = -(math.log(4 + k) + 1 / (4 + k) + 3 * (math.log(k) + 1 / k))
    assert score_of("jacov", alike, images, labels) == pytest.approx(expected, rel=1e-4)

    class Square(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1) ** 2

    # every Jacobian is twice the image
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(images.flatten(1).numpy())) + k
    different = score_of("jacov", Square(), images, labels)
    assert different == pytest.approx(-(np.log(eigenvalues) + 1 / eigenvalues).sum(), rel=1e-3)
    assert different > expected


def softmax_example() -> tuple[nn.Module, tuple[Tensor, Tensor], np.ndarray, np.ndarray, np.ndarray]:
    """A linear classifier of two images: network, batch, weights, inputs, and the loss gradient by the logits."""
    weight = np.array([[0.5, -1.0], [2.0, 0.25], [0.0, 1.0]])
    inputs, labels = np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([2, 0])
    exponentials = np.exp(inputs @ weight.T)
    errors = (exponentials / exponentials.sum(1, keepdims=True) - np.eye(3)[labels]) / 2
    network = nn.Sequential(nn.Flatten(), linear(weight.tolist()))
    images = torch.tensor(inputs).float().reshape(2, 1, 1, 2), torch.tensor(labels)
    return network, images, weight, inputs, errors


def test_gradient_scores_follow_the_gradient_of_the_cross_entropy() -> None:
    network, images, weight, inputs, errors = softmax_example()
    gradient = errors.T @ inputs
    expected = {
        "grad_norm": np.linalg.norm(gradient),
        "snip": np.abs(weight * gradient).sum(),
        "plain": (weight * gradient).sum(),
        "l2_norm": np.linalg.norm(weight),
        # two images, one place a channel
        "fisher": ((inputs @ weight.T * errors) ** 2).sum() / 2 / 2,
    }
    assert {name: score_of(name, network, *images) for name in expected} == pytest.approx(expected, rel=1e-5)


def test_grasp_is_minus_the_weights_times_hessian_times_gradient() -> None:
    network, images, weight, inputs, _ = softmax_example()

    def gradient(at: np.ndarray) -> np.ndarray:
        exponentials = np.exp(inputs @ at.T)
        return (exponentials / exponentials.sum(1, keepdims=True) - np.eye(3)[[2, 0]]).T @ inputs / 2

    step, here = 1e-6, gradient(weight)
    hessian_gradient = (gradient(weight + step * here) - gradient(weight - step * here)) / (2 * step)
    assert score_of("grasp", network, *images) == pytest.approx(-(weight * hessian_gradient).sum(), rel=1e-4)


def test_zico_sums_how_far_the_two_halves_agree() -> None:
    network, images, _, inputs, errors = softmax_example()
    first, second = (2 * np.outer(errors[row], inputs[row]) for row in range(2))  # each half has one image
    mean, deviation = (np.abs(first) + np.abs(second)) / 2, np.abs(first - second) / 2
    assert score_of("zico", network, *images) == pytest.approx(math.log((mean / deviation).sum()), rel=1e-4)


def test_swap_counts_patterns_once_beyond_the_bits_of_a_word() -> None:
    class Network(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(x.flatten(1))

    images = torch.randn(70, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    images[:, 0, 0, 1] = images[:, 0, 0, 0] * 2  # the same state on every image
    images[:, 0, 2] = images[:, 0, 1]
    images[69, 0, 2, 2] *= -1  # differs on the last image alone
    for count in (12, 30, 70):
        expected = len({tuple(column) for column in (images[:count].flatten(1) > 0).T.tolist()})
        assert score_of("swap", Network(), images[:count], torch.zeros(count).long()) == expected
    assert expected == 6


def test_epe_nas_adds_up_correlations_within_classes() -> None:
    class Square(nn.Module):
        def __init__(self, classes: int) -> None:
            super().__init__()
            self.classes = classes

        def forward(self, x: Tensor) -> Tensor:
            return (x.flatten(1) ** 2).sum(1, keepdim=True).repeat(1, self.classes) / self.classes

    images = torch.randn(5, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 0, 1, 1])
    jacobians = images.flatten(1).numpy().astype(float)
    counts = [np.log(np.abs(np.corrcoef(jacobians[labels == label])) + 1e-5).sum() for label in (0, 1)]
    few = score_of("epe_nas", Square(3), images, labels)
    assert few == pytest.approx(np.abs(counts).sum(), rel=1e-4)
    many = score_of("epe_nas", Square(101), images, labels)
    assert many == pytest.approx(abs(counts[0] / 2 - counts[1] / 3), rel=1e-4)


def test_zen_sees_how_far_a_map_spreads_and_gets_normalisation_back() -> None:
    def network(scale: float, *, normalised: bool) -> nn.Module:
        torch.manual_seed(0)
        first = nn.Conv2d(1, 4, 3, bias=False)
        first.weight.data *= scale
        return nn.Sequential(first, nn.BatchNorm2d(4) if normalised else nn.Identity(), nn.Flatten())

    images, labels = torch.zeros(8, 1, 6, 6), torch.zeros(8).long()
    plain = score_of("zen", network(1.0, normalised=False), images, labels)
    # the size of the weights is not the network's merit, and what normalisation hides is put back
    assert score_of("zen", network(7.0, normalised=False), images, labels) == pytest.approx(plain, rel=1e-5)
    assert score_of("zen", network(1.0, normalised=True), images, labels) == pytest.approx(plain, abs=0.2)


class Blocks(nn.Module):
    """A sequence of blocks without a head."""

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.body(x).mean((2, 3))
        return logits


def scaling(*factors: float) -> nn.Conv2d:
    """A 1x1 convolution that multiplies each channel."""
    layer = nn.Conv2d(len(factors), len(factors), 1, bias=False)
    layer.weight.data = torch.diag(torch.tensor(factors))[..., None, None]
    return layer


def test_az_expressivity_is_the_entropy_of_principal_components() -> None:
    images = torch.randn(64, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    labels = torch.zeros(64).long()

    def entropy(*variances: float) -> float:
        shares = np.array(variances) / sum(variances)
        return float(-(shares * np.log(shares)).sum())

    network = Blocks(scaling(1.0, 2.0), scaling(1.0, 1.5))  # variances 1 1, then 1 4, then 1 9
    views = [entropy(1, 1), entropy(1, 4), entropy(1, 9)]
    assert score_of("az_expressivity", network, images, labels) == pytest.approx(sum(views), rel=0.02)
    least = min(views[1] - views[0], views[2] - views[1])
    assert score_of("az_progressivity", network, images, labels) == pytest.approx(least, rel=0.1)


def test_az_trainability_is_best_for_blocks_that_keep_the_size_of_gradients() -> None:
    images, labels = torch.randn(128, 2, 8, 8, generator=torch.Generator().manual_seed(0)), torch.zeros(128).long()

    def trainability(*factors: float) -> float:
        return score_of("az_trainability", Blocks(*(scaling(-each, each) for each in factors)), images, labels)

    assert trainability(1.0, 1.0) == pytest.approx(0.0, abs=0.02)
    assert trainability(2.0, 1.0) == pytest.approx((2 - 2 - 1 / 2) / 2, abs=0.05)
    assert trainability(0.5, 0.5) == pytest.approx(2 - 0.5 - 2, abs=0.05)
    assert math.isnan(score_of("az_trainability", Blocks(nn.Conv2d(2, 2, 1), nn.Identity()), images, labels))


def test_az_nas_adds_up_log_ranks_and_puts_failures_last() -> None:
    def scores(e: float, p: float, t: float | None, f: float) -> ProxyScores:
        values = {"az_expressivity": e, "az_progressivity": p, "flops": f} | (
            {} if t is None else {"az_trainability": t}
        )
        return ProxyScores(values=values, failures={} if t is not None else {"az_trainability": "why"}, seconds={})

    found = az_nas([scores(1, 1, 1, 1), scores(3, 2, None, 3), scores(2, 3, 3, 2)])
    ranks = np.array([[1, 1, 2, 1], [3, 2, 1, 3], [2, 3, 3, 2]])
    assert found == pytest.approx(np.log(ranks / 3).sum(1))
    with pytest.raises(ProxyError, match="az_expressivity"):
        az_nas([ProxyScores(values={"flops": 1.0}, failures={}, seconds={})])


# Scoring


def test_importing_the_registry_loads_no_torch() -> None:
    code = "import sys, illuminas.tools.proxies; sys.exit('torch' in sys.modules)"
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_every_proxy_is_registered_under_its_name_with_its_paper() -> None:
    for name, proxy in PROXIES.items():
        assert proxy.name == name
        assert "arXiv" in proxy.paper
        assert proxy.sign in (1, -1)


def test_a_connected_cell_is_scored_by_all() -> None:
    found = score(CELL, SHAPE, *batch())
    assert found.values.keys() == found.seconds.keys() == PROXIES.keys()
    assert all(math.isfinite(value) for value in found.values.values())
    assert found.failures == {}


def test_scores_repeat_by_seed_whatever_was_scored_before() -> None:
    found = score(CELL, SHAPE, *batch(size=16), seed=3)
    torch.manual_seed(99)
    again = score(CELL, SHAPE, *batch(size=16), reversed(tuple(PROXIES)), seed=3)
    assert again.values == found.values
    other = score(CELL, SHAPE, *batch(size=16), seed=4)
    differs = {name for name in PROXIES if other.values[name] != found.values[name]}
    assert differs == set(PROXIES) - {"params", "flops"}


def test_scores_depend_on_the_images_exactly_where_data_are_needed() -> None:
    found, other = (score(CELL, SHAPE, *batch(seed=seed)).values for seed in (0, 1))
    assert {name for name in PROXIES if other[name] != found[name]} == {
        name for name, proxy in PROXIES.items() if proxy.needs_data
    }


def test_scoring_leaves_the_caller_as_it_was() -> None:
    images, labels = batch()
    before = images.clone()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with torch.no_grad():
        assert score(CELL, SHAPE, images, labels).failures == {}
        assert not torch.is_grad_enabled()
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(images, before)
    assert images.grad is None and not images.requires_grad


class Odd(Proxy):
    """Does as told, and draws from the global generator on the way."""

    name = "odd"
    paper = "none"

    def __init__(self, outcome: float | Exception) -> None:
        self.outcome = outcome

    def scores(self, probe: Probe) -> Tensor:
        torch.manual_seed(1234)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return torch.full((probe.count,), self.outcome)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (math.nan, "not a finite number"),
        (math.inf, "not a finite number"),
        (-math.inf, "not a finite number"),
        (ProxyError("no signal"), "no signal"),
        (RuntimeError("out of memory"), "RuntimeError: out of memory"),
        (OverflowError("too large"), "OverflowError: too large"),
    ],
)
def test_a_failure_is_a_reason_and_harms_no_other_proxy(
    monkeypatch: pytest.MonkeyPatch, outcome: float | Exception, reason: str
) -> None:
    monkeypatch.setitem(PROXIES, "odd", Odd(outcome))
    found = score(CELL, SHAPE, *batch(), ("odd", "snip", "jacov"))
    assert found.failures.keys() == {"odd"}
    assert reason in found.failures["odd"]
    assert found.values == score(CELL, SHAPE, *batch(), ("snip", "jacov")).values


def test_a_disconnected_cell_fails_with_reasons_where_no_number_is_right() -> None:
    found = score(DISCONNECTED, SHAPE, *batch())
    assert "no signal flows" in found.failures["synflow"]
    assert "singular" in found.failures["nwot"]
    assert "do not depend on the image" in found.failures["jacov"]
    assert "do not depend on the image" in found.failures["epe_nas"]
    assert "does not change with the image" in found.failures["zen"]
    assert "not at all" in found.failures["az_trainability"]
    assert found.failures.keys() | found.values.keys() == PROXIES.keys()
    assert not found.failures.keys() & found.values.keys()


def test_equal_images_make_nwot_fail() -> None:
    images, labels = batch()
    images[1] = images[0]
    assert "two images" in score(CELL, SHAPE, images, labels, ("nwot",)).failures["nwot"]


def test_nwot_needs_rectifiers() -> None:
    with pytest.raises(ProxyError, match="no ReLU"):
        score_of("nwot", nn.Tanh(), *batch())


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(IlluminasError, match="Did you mean 'synflow'"):
        score(CELL, SHAPE, *batch(), ("sinflow",))
    with pytest.raises(IlluminasError, match="search space"):
        score_batch("nb301", [CELL], SHAPE, *batch())
    with pytest.raises(InvalidArchitecture):
        score("conv3", SHAPE, *batch())


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (torch.randn(4, 1, 8, 8), torch.zeros(4).long(), r"expected images \(n, 3, h, w\)"),
        (torch.randn(4, 3, 8), torch.zeros(4).long(), "expected images"),
        (torch.randn(4, 3, 8, 8).double(), torch.zeros(4).long(), "float64"),
        (torch.randn(4, 3, 8, 8), torch.zeros(5).long(), "expected 4 labels"),
        (torch.randn(4, 3, 8, 8), torch.zeros(4), "int64"),
        (torch.randn(1, 3, 8, 8), torch.zeros(1).long(), "expected 2 labels"),
        (torch.randn(4, 3, 8, 8), torch.tensor([0, 1, 2, 10]), "labels from 0 to 9, got 0 to 10"),
        (torch.randn(4, 3, 8, 8), torch.tensor([0, -1, 2, 9]), "labels from 0 to 9, got -1 to 9"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(images: Tensor, labels: Tensor, message: str) -> None:
    with pytest.raises(IlluminasError, match=message):
        score(CELL, SHAPE, images, labels)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_gives_the_scores_of_the_cpu_and_repeats() -> None:
    images, labels = batch()
    texts = [CELL, DISCONNECTED, SPACE.heaviest().text]
    on_cpu = score_batch("nb201", texts, SHAPE, images, labels)
    on_cuda = score_batch("nb201", texts, SHAPE, images.cuda(), labels.cuda())
    again = score_batch("nb201", texts, SHAPE, images.cuda(), labels.cuda())
    for cpu, cuda, repeated in zip(on_cpu, on_cuda, again, strict=True):
        assert cuda.values == repeated.values
        assert cuda.failures == cpu.failures
        assert cuda.values == pytest.approx(cpu.values, rel=0.05)
