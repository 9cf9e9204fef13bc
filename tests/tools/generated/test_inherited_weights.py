"""What children begin with: through the toolbox, from a parent whose weights were kept."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from generated_sources import FREE, LAYERS

from illuminas.tools.client import connect
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation, Status, networks
from illuminas.tools.sandbox import Sandbox
from illuminas.tools.toolbox import Toolbox

if sys.platform != "linux":
    pytest.skip("generated networks run on Linux alone", allow_module_level=True)


def test_a_child_begins_with_the_layers_that_it_shares(
    toolbox: Toolbox, train: Callable[..., Evaluation], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = train("conv3 8 | conv5 8 | conv3 8", keep_weights=True)
    assert parent.weights == parent.result is not None
    kept = toolbox._trainings._weights.get(parent.weights)
    assert kept is not None
    given: list[dict[str, Any]] = []
    sandbox_train = Sandbox.train

    async def noting(self: Sandbox, *arguments: Any, start: Any, **settings: Any) -> Any:
        given.append(start)
        return await sandbox_train(self, *arguments, start=start, **settings)

    monkeypatch.setattr(Sandbox, "train", noting)
    child = train("conv3 8 | conv1 8 | conv5 8 | conv5 8", start=parent.weights, keep_weights=True)
    first, second, classifier = 8 * 9 + 16, 8 * 8 * 25 + 16, 8 * 10 + 10
    last, added = 8 * 8 * 25 + 16, 8 * 8 + 16
    assert child.inherited == (first + second + classifier) / (first + second + classifier + last + added)
    (start,) = given
    moved = {"layer1": "layer1", "layer2": "layer3", "head.2": "head.2"}
    assert start.keys() == {
        after + name.removeprefix(before)
        for name in kept.weights
        for before, after in moved.items()
        if name.startswith(f"{before}.")
    }
    assert (start["layer3.0.weight"] == kept.weights["layer2.0.weight"]).all()
    assert (start["head.2.bias"] == kept.weights["head.2.bias"]).all()
    assert child.result != train("conv3 8 | conv1 8 | conv5 8 | conv5 8").result
    grandchild = train("conv3 8", start=child.weights)
    assert grandchild.inherited is not None and grandchild.inherited > 0


def test_what_began_with_weights_is_another_result_than_what_did_not(train: Callable[..., Evaluation]) -> None:
    parent = train(LAYERS, keep_weights=True)
    other = train(LAYERS, seed=1, keep_weights=True)
    scratch = train(FREE)
    children = [train(LAYERS, "train:1", start=start) for start in (parent.weights, other.weights, None)]
    assert len({each.result for each in (parent, other, scratch, *children)}) == 6
    assert [each.inherited for each in children] == [1.0, 1.0, None]
    assert children[0].objectives["accuracy"] != children[2].objectives["accuracy"]
    again = train(LAYERS, "train:1", start=parent.weights)
    assert again == children[0].model_copy(update={"cached": True})


def test_a_report_finds_the_test_accuracy_of_the_very_training(
    toolbox: Toolbox, train: Callable[..., Evaluation]
) -> None:
    parent = train(LAYERS, keep_weights=True)
    child = train(LAYERS, "train:1", start=parent.weights)
    fresh = train(LAYERS, "train:1")
    found = [each.test_accuracy for each in asyncio.run(toolbox.report_test_accuracy([fresh, child, parent])).results]
    kept = [toolbox._results.get(each.result or "") or {} for each in (fresh, child, parent)]
    assert found == [each["test"]["accuracy"] for each in kept]
    assert found[0] != found[1]


def test_free_source_inherits_by_name_and_shape(train: Callable[..., Evaluation]) -> None:
    parent = train(FREE, keep_weights=True)
    wider = FREE.replace("nn.ReLU())", "nn.ReLU(), nn.Conv2d(4, 4, 1))")
    child = train(wider, start=parent.weights)
    old, new = 4 * 9 + 4 + 8 + 4 * 64 * 10 + 10, 4 * 4 + 4
    assert child.inherited == old / (old + new)


def test_weights_that_are_gone_are_a_start_from_scratch(
    toolbox: Toolbox, train: Callable[..., Evaluation], asked: list[str]
) -> None:
    parent = train(LAYERS, keep_weights=True)
    inherited = train(FREE, start=parent.weights)
    for path in toolbox._trainings._weights._folder.glob("*"):
        path.unlink()
    assert train(LAYERS).weights is None
    # what was paid for with the weights is still there
    assert train(FREE, start=parent.weights).result == inherited.result
    child = train("conv3 8", start=parent.weights)
    assert (child.status, child.inherited, child.cached) == (Status.OK, 0.0, False)
    plain = train("conv3 8")
    assert (plain.result, plain.cached, plain.inherited) == (child.result, True, None)
    assert asked == ["train"] * 3
    with pytest.raises(IlluminasError, match="expected the weights of an evaluation"):
        train("conv3 16", start="../parent")


def test_workers_train_layer_lists_from_scratch(
    train: Callable[..., Evaluation], monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.setattr(networks, "has_gpu", lambda: True)
    found = train(LAYERS, "train:1", start="0" * 64, keep_weights=True)
    assert not asked
    assert (found.status, found.weights, found.inherited) == (Status.OK, None, 0.0)


def test_over_mcp_weights_pass_from_parent_to_child(home: Path) -> None:
    async def run() -> None:
        async with connect(workers=1, require_sandbox="process") as client:
            space = await client.describe_search_space("code")
            assert space.sandbox in ("process", "filtered", "contained")
            await client.describe_task("digits", "code", 1)
            (valid,) = (await client.validate_architecture("code", "digits", [FREE])).results
            assert (valid.valid, valid.depth) == (True, 2)
            settings: dict[str, Any] = {"seed": 0, "timeout": 60}
            trained = partial(client.train_architecture, "code", LAYERS, "digits", "train:1", **settings)
            parent = await trained(keep_weights=True)
            child = await trained(start=parent.weights)
            assert child.inherited == 1.0
            found = await client.report_test_accuracy([child])
            assert found.results[0].test_accuracy is not None

    asyncio.run(run())
