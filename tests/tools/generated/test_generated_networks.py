"""Networks of generated source through the toolbox: validated, scored and trained in the sandbox.

What the sandbox itself holds against is in ``tests/tools/sandbox``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from generated_sources import CELL, FREE, LAYERS, SPACE

from illuminas.tools.client import connect
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Evaluation, Status, networks
from illuminas.tools.evaluation.executor import Job, Kind
from illuminas.tools.evaluation.networks import TrainNetwork, needs_sandbox
from illuminas.tools.evaluation.training import Recipe
from illuminas.tools.sandbox import Level, Sandbox, launch
from illuminas.tools.spaces import Architecture, SearchSpace, get_space
from illuminas.tools.toolbox import Toolbox

if sys.platform != "linux":
    pytest.skip("generated networks run on Linux alone", allow_module_level=True)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walls alone, without the first look at source."""
    monkeypatch.setattr("illuminas.tools.sandbox.sandbox.check_source", lambda source: None)


def test_free_source_is_measured_where_it_is_built_once_and_layer_lists_are_not_built(
    toolbox: Toolbox, asked: list[str]
) -> None:
    commented = f"# the same network\n{FREE}"
    broken = FREE.replace("4 * image_size**2", "5")
    texts = [LAYERS, FREE, commented, broken, "conv9 8"]
    layers, free, same, wrong, nonsense = asyncio.run(toolbox.validate_architecture("code", "digits", texts)).results
    assert (layers.valid, layers.depth, layers.width) == (True, None, None)
    convolution, head = 4 * 9, 4 * 64 * 10
    assert free.valid, free
    assert (free.params, free.macs) == (convolution + 4 + 2 * 4 + head + 10, convolution * 64 + head)
    assert (free.depth, free.width) == (2, 10)
    assert (same.hash, same.params) == (free.hash, free.params)
    assert not wrong.valid
    assert "shapes cannot be multiplied" in wrong.reason and "(line 11)" in wrong.reason
    assert wrong.params is None
    assert not nonsense.valid
    assert sorted(asked) == ["inspect", "inspect"]
    again = asyncio.run(toolbox.validate_architecture("code", "digits", [FREE, broken])).results
    assert again == [free, wrong]
    assert asked == ["inspect"] * 3, "a success is kept, a failure is tried again"


def test_free_source_learns_reports_its_epochs_and_is_paid_for_once(train: Callable[..., Evaluation]) -> None:
    epochs: list[tuple[int, int]] = []
    first = train(FREE, seed=1, on_progress=lambda done, total: epochs.append((done, total)))
    assert first.status is Status.OK, first
    assert first.objectives and first.objectives["accuracy"] > 80
    assert epochs == [(1, 2), (2, 2)]
    assert (first.cached, first.weights, first.inherited) == (False, None, None)
    again = train(FREE, seed=1)
    assert again == first.model_copy(update={"cached": True})


def test_a_layer_list_is_trained_in_the_sandbox_as_the_trainer_would(
    train: Callable[..., Evaluation], toolbox: Toolbox, asked: list[str]
) -> None:
    from illuminas.tools.evaluation.training import trainer
    from illuminas.tools.spaces import get_space
    from illuminas.tools.tasks import open_dataset, recipe_for

    found = train(LAYERS, seed=3)
    digits = open_dataset("digits")
    expected = trainer.train("code", LAYERS, digits, recipe_for("train:2", digits, get_space("code")), 3)
    assert asked == ["train"]
    assert expected.val is not None and found.objectives == expected.val.objectives
    (report,) = asyncio.run(toolbox.report_test_accuracy([found])).results
    assert expected.test is not None and report.test_accuracy == expected.test.accuracy


def test_scores_come_from_the_sandbox_and_are_kept(toolbox: Toolbox, asked: list[str]) -> None:
    import torch

    from illuminas.tools.evaluation.zero_cost import BATCH
    from illuminas.tools.proxies import score_batch
    from illuminas.tools.tasks import describe_task, open_dataset

    names = ["synflow", "nwot", "params", "flops"]
    compiled = SPACE.source(SPACE.parse(LAYERS))
    layers, free = asyncio.run(toolbox.score_zero_cost("code", "digits", [LAYERS, compiled], names)).results
    digits = open_dataset("digits")
    train = digits.train
    images, labels = torch.from_numpy(digits.normalised(train.x[:BATCH])), torch.from_numpy(train.y[:BATCH])
    (here,) = score_batch("code", [LAYERS], describe_task("digits").shape, images, labels, names)
    assert layers.scores == pytest.approx(here.values, rel=1e-4)
    assert free.scores == layers.scores
    assert layers.hash != free.hash
    assert asked == ["score", "score"]
    assert asyncio.run(toolbox.score_zero_cost("code", "digits", [compiled, LAYERS], names)).results == [free, layers]
    assert asked == ["score", "score"]


def test_a_network_that_does_not_build_has_that_reason_for_every_score(toolbox: Toolbox, asked: list[str]) -> None:
    broken = FREE.replace("4 * image_size**2", "5")
    for _ in range(2):
        (found,) = asyncio.run(toolbox.score_zero_cost("code", "digits", [broken], ["synflow", "params"])).results
        assert not found.scores
        assert found.failures.keys() == {"synflow", "params"}
        assert all("shapes cannot be multiplied" in reason for reason in found.failures.values())
    assert asked == ["score", "score"], "it may build another time"


READS = "secret = open('/etc/passwd').read()\n" + FREE


def test_source_that_reads_a_file_is_refused_before_it_runs(toolbox: Toolbox) -> None:
    (found,) = asyncio.run(toolbox.validate_architecture("code", "digits", [READS])).results
    assert not found.valid
    assert "refused before it ran: line 1: uses open" in found.reason


def test_source_that_reads_a_file_can_not(toolbox: Toolbox, train: Callable[..., Evaluation], unchecked: None) -> None:
    level = Level.parse(asyncio.run(toolbox.describe_search_space("code")).sandbox or "")
    if level < Level.FILTERED:
        pytest.skip(f"contained from level filtered; here: {level}")
    (found,) = asyncio.run(toolbox.validate_architecture("code", "digits", [READS])).results
    assert not found.valid
    assert found.reason.startswith("was refused: PermissionError") and "(line 1)" in found.reason
    assert train(READS).reason == found.reason


LIES = """
import json, os
said = {"kind": "answer", "epochs": 2, "stopped_early": False, "failure": "", "inherited": 1.0, "val_accuracy": 100.0}
frame = json.dumps({**said, "arrays": []}).encode()
os.write(3, len(frame).to_bytes(8, "big") + frame)
os._exit(0)
"""


def test_source_that_lies_about_its_accuracy_is_a_failure_that_says_so(
    toolbox: Toolbox, train: Callable[..., Evaluation], unchecked: None
) -> None:
    found = train(LIES + FREE)
    assert found.status is Status.FAILED
    assert not found.objectives
    assert "answered with what is no result: val_accuracy" in found.reason
    assert (found.result, found.weights) == (None, None)
    assert asyncio.run(toolbox.report_test_accuracy([found])).results[0].test_accuracy is None


def test_source_that_never_ends_is_a_time_out(train: Callable[..., Evaluation]) -> None:
    found = train("while True: pass\n" + FREE, timeout=1)
    assert found.status is Status.TIMEOUT
    assert "killed after 1 s" in found.reason
    assert train(FREE, "train:1").status is Status.OK


def test_too_little_is_refused_with_what_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch.shutil, "which", lambda _: None)
    box = Toolbox(workers=1, require_sandbox="contained")
    refusal = r"expected a sandbox of level contained, this machine reaches .*bubblewrap is not installed"
    with pytest.raises(IlluminasError, match=refusal):
        asyncio.run(box.describe_search_space("code"))
    for text in (LAYERS, FREE):
        with pytest.raises(IlluminasError, match=refusal):
            asyncio.run(box.train_architecture("code", text, "digits", "train:1"))
    with pytest.raises(IlluminasError, match=refusal):
        asyncio.run(box.validate_architecture("code", "digits", [FREE]))
    assert asyncio.run(box.describe_search_space("nb201")).sandbox is None
    box.close()


def test_without_linux_there_is_no_level_and_no_network(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Toolbox(workers=1)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert asyncio.run(box.describe_search_space("code")).sandbox == "none"
    with pytest.raises(IlluminasError, match="needs Linux, this is darwin"):
        asyncio.run(box.validate_architecture("code", "digits", [FREE]))
    monkeypatch.undo()
    box.close()


def test_a_table_space_never_opens_the_sandbox(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("the sandbox was opened")

    monkeypatch.setattr(Sandbox, "__init__", opened)
    box = Toolbox(workers=1)

    async def run() -> None:
        assert (await box.describe_search_space("nb201")).sandbox is None
        await box.describe_task("digits", "nb201", 1)
        assert (await box.validate_architecture("nb201", "digits", [CELL])).results[0].valid
        assert (await box.score_zero_cost("nb201", "digits", [CELL], ["synflow"])).results[0].scores
        found = await box.train_architecture("nb201", CELL, "digits", "train:1", start="0" * 64, keep_weights=True)
        assert (found.status, found.weights, found.inherited) == (Status.OK, None, 0.0)

    asyncio.run(run())
    box.close()


def test_with_a_gpu_layer_lists_go_to_the_workers_and_free_source_never(monkeypatch: pytest.MonkeyPatch) -> None:
    nb201 = get_space("nb201")
    layers, free, cell = SPACE.parse(LAYERS), SPACE.parse(FREE), nb201.parse(CELL)

    def in_sandbox(space: SearchSpace, architecture: Architecture) -> bool:
        recipe = Recipe()
        payload = TrainNetwork(space=space.name, text=architecture.text, dataset="digits", recipe=recipe, seed=0)
        return needs_sandbox(Job(kind=Kind.TRAIN, key="", payload=payload))

    for gpu in (False, True):
        monkeypatch.setattr(networks, "has_gpu", lambda gpu=gpu: gpu)
        assert in_sandbox(SPACE, layers) is not gpu
        assert in_sandbox(SPACE, free)
        assert not in_sandbox(nb201, cell)


def test_latency_of_free_source_is_refused_with_the_reason(toolbox: Toolbox) -> None:
    (found,) = asyncio.run(toolbox.lookup_objective("code", "digits", [FREE], "latency:local")).results
    assert found.value is None
    assert "sandbox" in found.reason


@pytest.mark.parametrize(
    ("url", "level", "hint"),
    [
        ("http://127.0.0.1:9/mcp", "filtered", "illuminas serve --require-sandbox filtered"),
        (None, "contaned", "Did you mean 'contained'"),
    ],
)
def test_a_level_is_required_of_own_tools_by_its_name(home: Path, url: str | None, level: str, hint: str) -> None:
    async def run() -> None:
        async with connect(url, require_sandbox=level):
            pass

    with pytest.raises(IlluminasError, match=hint):
        asyncio.run(run())
