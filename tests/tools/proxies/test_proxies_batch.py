"""Many architectures at once: the same numbers as one by one, whoever else is in the batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks.one_by_one import score_one_by_one
from illuminas.tools.errors import IlluminasError
from illuminas.tools.proxies import GROUPS, PROXIES, Proxy, ProxyError, ProxyScores, expand, score_batch, scoring
from illuminas.tools.proxies.probe import Probe
from illuminas.tools.spaces import Architecture, NetworkShape, Scale, SearchSpace
from illuminas.tools.spaces.nb201.cells import CELLS
from illuminas.tools.spaces.nb201.space import NB201Space

SPACE = NB201Space()
SHAPE = NetworkShape(scale=Scale.SMALL, image_size=9)
NETWORK_PROXIES = [name for name, proxy in PROXIES.items() if proxy.needs_network]
TOLERANCE = {"epe_nas": 1e-2, "grasp": 1e-2, "zico": 2e-2, "jacov": 1e-2, "fisher": 5e-3, "plain": 5e-3}
"""Relative, where more than 1e-3: cancellation, or the logarithm of nearly nothing, makes rounding visible."""


def score(text: str, *arguments: Any, **options: Any) -> ProxyScores:
    """Scores of one cell alone; arguments as of ``score_batch``."""
    return score_batch("nb201", [text], *arguments, **options)[0]


def batch(*, size: int = 16, seed: int = 0, shape: NetworkShape = SHAPE) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(size, shape.in_channels, shape.image_size, shape.image_size, generator=generator)
    return images, torch.arange(size) % shape.classes


def cells(count: int, *, seed: int = 0) -> list[Architecture]:
    """Different representatives of canonical forms."""
    rng = np.random.default_rng(seed)
    found: dict[str, Architecture] = {}
    while len(found) < count:
        each = SPACE.representative(SPACE.random(rng))
        found[each.hash] = each
    return list(found.values())


def close(left: dict[str, float], right: dict[str, float], *, skip: tuple[str, ...] = ()) -> None:
    assert left.keys() == right.keys()
    for name in left.keys() - set(skip):
        assert left[name] == pytest.approx(right[name], rel=TOLERANCE.get(name, 1e-3), abs=1e-6), name


def same_weights(architecture: Architecture, shape: NetworkShape) -> Callable[[], nn.Module]:
    """Builds the plain network of a cell with the weights that it has in a stack."""

    def build() -> nn.Module:
        torch.manual_seed(0)
        stacked, network = SPACE.stack([architecture], shape), SPACE.build(architecture, shape)
        with torch.no_grad():
            for parameter, source in zip(network.parameters(), stacked.parameters(), strict=True):
                parameter.copy_(source)
        return network.train()

    return build


@pytest.mark.slow
@pytest.mark.parametrize("shape", [SHAPE, NetworkShape(scale=Scale.SMALL, classes=3, image_size=8)])
def test_a_batch_scores_as_the_straightforward_way_does(shape: NetworkShape) -> None:
    # the straightforward way has no answer where az_trainability's blocks do nothing, nor for odd sizes
    skip = ("az_trainability",) if shape.image_size % 4 else ()
    chosen = [each for each in cells(6) if SPACE.features(each)["convs"]]
    images, labels = batch(shape=shape)
    found = score_batch("nb201", [each.text for each in chosen], shape, images, labels)
    for architecture, scores in zip(chosen, found, strict=True):
        if shape.image_size % 4:
            expected = without_trainability(architecture, shape, images, labels)
        else:
            expected = score_one_by_one(same_weights(architecture, shape), images, labels)
        close({name: scores.values[name] for name in expected}, expected, skip=skip)
        assert expected.keys() >= set(PROXIES) - {"az_expressivity", "az_progressivity", "az_trainability"}


def without_trainability(
    architecture: Architecture, shape: NetworkShape, images: Tensor, labels: Tensor
) -> dict[str, float]:
    from benchmarks import one_by_one

    build = same_weights(architecture, shape)
    found: dict[str, float] = {}
    for measure in one_by_one.MEASURES:
        if measure is not one_by_one.az_nas:
            found |= measure(build(), images, labels, 0)
    return found


def test_the_others_in_a_batch_do_not_matter() -> None:
    chosen = [each.text for each in cells(7)]
    together = score_batch("nb201", chosen, SHAPE, *batch())
    backwards = score_batch("nb201", chosen[::-1], SHAPE, *batch())[::-1]
    for text, scores, again in zip(chosen, together, backwards, strict=True):
        alone = score(text, SHAPE, *batch())
        close(scores.values, alone.values)
        close(scores.values, again.values)
        assert scores.failures == alone.failures == again.failures


def test_the_other_proxies_do_not_matter() -> None:
    chosen = [each.text for each in cells(3)]
    together = score_batch("nb201", chosen, SHAPE, *batch())
    for name in PROXIES:
        alone = score_batch("nb201", chosen, SHAPE, *batch(), (name,))
        for scores, one in zip(together, alone, strict=True):
            close(one.values, {name: scores.values[name]} if name in scores.values else {})


def test_how_many_stand_side_by_side_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [each.text for each in cells(6)]
    found = score_batch("nb201", chosen, SHAPE, *batch())
    monkeypatch.setitem(scoring._NUMBERS_AT_ONCE, "cpu", 1)
    for scores, again in zip(found, score_batch("nb201", chosen, SHAPE, *batch()), strict=True):
        close(scores.values, again.values)


def test_equal_cells_share_all_but_their_own_size() -> None:
    left = SPACE.parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|")
    right = SPACE.parse("|skip_connect~0|+|nor_conv_1x1~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
    assert left.hash == right.hash
    first, second = score_batch("nb201", [left.text, right.text], SHAPE, *batch())
    assert {name: first.values[name] for name in NETWORK_PROXIES if name in first.values} == {
        name: second.values[name] for name in NETWORK_PROXIES if name in second.values
    }
    assert first.values["params"] < second.values["params"]  # a convolution on a dead edge is counted


def test_a_disconnected_cell_does_not_harm_its_neighbours() -> None:
    dead, (alive,) = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", cells(1)
    first, second, third = score_batch("nb201", [alive.text, dead, alive.text], SHAPE, *batch())
    assert first == third
    close(first.values, score(alive.text, SHAPE, *batch()).values)
    assert {"synflow", "nwot", "jacov", "epe_nas", "zen"} <= second.failures.keys()
    assert second.values.keys() | second.failures.keys() == PROXIES.keys()
    alone = score(dead, SHAPE, *batch())
    assert alone.failures.keys() == second.failures.keys()


class Picky(Proxy):
    """Fails as a whole when it sees a certain network."""

    name = "picky"
    paper = "none"

    def __init__(self, parameters: int) -> None:
        self._parameters = parameters

    def scores(self, probe: Probe) -> Tensor:
        counts = [0] * probe.count
        for weight in probe.weights:
            for place in weight.cells.tolist():
                counts[place] += weight.parameter.numel() // len(weight.cells)
        if self._parameters in counts:
            raise RuntimeError("out of memory")
        return torch.tensor(counts, dtype=torch.float64)


def test_one_that_fails_for_all_is_found_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [each.text for each in cells(5)]
    monkeypatch.setitem(PROXIES, "picky", Picky(-1))
    counts = [scores.values["picky"] for scores in score_batch("nb201", chosen, SHAPE, *batch(), ("picky",))]
    guilty = counts.index(max(counts))
    monkeypatch.setitem(PROXIES, "picky", Picky(int(max(counts))))
    found = score_batch("nb201", chosen, SHAPE, *batch(), ("picky", "snip"))
    assert [place for place, scores in enumerate(found) if "picky" in scores.failures] == [
        place for place, count in enumerate(counts) if count == counts[guilty]
    ]
    assert "out of memory" in found[guilty].failures["picky"]
    assert all("snip" in scores.values for scores in found)


def test_a_stack_of_real_cells_is_scored_as_a_whole_and_never_again_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # scoring one by one gives the same numbers, so only the speed would tell
    stacked: list[int] = []
    score_stack = scoring._score_stack

    def counting(space: SearchSpace, architectures: Sequence[Architecture], *args: Any, **named: Any) -> None:
        stacked.append(len(architectures))
        score_stack(space, architectures, *args, **named)

    monkeypatch.setattr(scoring, "_score_stack", counting)
    dead = SPACE.from_words("none none none none none none")
    score_batch("nb201", [each.text for each in [*cells(6), dead]], SHAPE, *batch())
    assert stacked == [7, 7]  # with tied weights, and side by side


def test_a_group_stands_for_its_members_once() -> None:
    assert expand(["az_nas", "flops", "snip"]) == [*GROUPS["az_nas"], "snip"]
    with pytest.raises(IlluminasError, match="Did you mean 'az_nas'"):
        expand(["aznas"])


def test_no_cells_have_no_scores() -> None:
    assert score_batch("nb201", [], SHAPE, *batch()) == []


def test_rectifiers_are_seen_however_they_are_called_in_the_networks_own_order() -> None:
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 6)

        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.relu(self.layer(x.flatten(1)).relu() - 0.5)

    probe = Probe(Network(), torch.randn(6, 1, 2, 2), torch.zeros(6).long())
    assert [tuple(each.value.shape) for each in probe.states] == [(1, 6, 6), (1, 6, 6)]


def test_a_network_without_weights_that_matter_is_refused_in_words() -> None:
    with pytest.raises(ProxyError, match="no ReLU"):
        PROXIES["swap"].scores(Probe(nn.Flatten(), torch.randn(4, 1, 2, 2), torch.zeros(4).long()))
    with pytest.raises(ProxyError, match="sequence of blocks"):
        PROXIES["az_expressivity"].scores(Probe(nn.Flatten(), torch.randn(4, 1, 2, 2), torch.zeros(4).long()))


def test_synflow_of_an_overflowing_network_is_that_of_its_logarithm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, Scale.SMALL, 24)
    deep = NetworkShape(scale=Scale.SMALL, image_size=4)
    (found,) = score_batch("nb201", [SPACE.heaviest().text], deep, *batch(size=2, shape=deep), ("synflow",))
    assert found.values["synflow"] > math.log(torch.finfo(torch.float32).max)
