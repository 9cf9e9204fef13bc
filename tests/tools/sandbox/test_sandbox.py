"""The sandbox as it is used: what it measures, how it ends, and what it says where it can't."""

from __future__ import annotations

import asyncio
import os
import re
import select
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from honest_network import HONEST, SHAPE
from pydantic import ValidationError

from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.errors import IlluminasError
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.training import EpochReport, Recipe
from illuminas.tools.proxies import PROXIES
from illuminas.tools.sandbox import Level, Limits, Measures, Sandbox, Trained, launch, probe

ROOT = Path(__file__).parents[3]
RECIPE = Recipe(epochs=3, batch_size=16)
ENDLESS = Recipe(epochs=1_000_000, hopeless_after=1)

HEAD = """
import math, torch
import torch.nn.functional as F
from torch import nn
class Network(nn.Module):
    def __init__(self, in_channels, image_size, classes):
        super().__init__()
"""
NETWORKS = {
    "recurrent": """
        self.rnn = nn.LSTM(image_size * in_channels, 8, batch_first=True)
        self.head = nn.Linear(8, classes)
    def forward(self, x):
        return self.head(self.rnn(x.flatten(1, 2).transpose(1, 2))[0][:, -1])
""",
    "transformer": """
        layer = nn.TransformerEncoderLayer(image_size * in_channels, 2, 16, batch_first=True)
        self.body = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(image_size * in_channels, classes)
    def forward(self, x):
        return self.head(self.body(x.flatten(1, 2).transpose(1, 2)).mean(1))
""",
    "separable, grouped, dilated, transposed": """
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, 8, 1), nn.Conv2d(8, 8, 3, groups=8, padding=1), nn.GroupNorm(2, 8), nn.SiLU(),
            nn.Conv2d(8, 8, 3, dilation=2, padding=2), nn.PReLU(), nn.ConvTranspose2d(8, 4, 2, stride=2),
            nn.PixelUnshuffle(2), nn.AdaptiveMaxPool2d(1), nn.Dropout2d(0.1), nn.Flatten(), nn.LazyLinear(classes))
    def forward(self, x):
        return self.body(x)
""",
    "functional": """
        self.weight = nn.Parameter(torch.empty(8, in_channels, 3, 3))
        nn.init.orthogonal_(self.weight)
        self.head = nn.LazyLinear(classes)
        self.register_buffer("mask", torch.tril(torch.ones(image_size, image_size)))
    def forward(self, x):
        x = F.hardswish(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.weight)) * self.mask
        x = torch.fft.rfft2(x).abs()
        return self.head(F.layer_norm(torch.cumsum(x, 1), x.shape[1:]).flatten(1))
""",
}


@pytest.mark.parametrize("body", NETWORKS.values(), ids=NETWORKS)
def test_networks_of_every_kind_build_and_train_without_a_file(sandbox: Sandbox, three: Dataset, body: str) -> None:
    async def run() -> None:
        inspection = await sandbox.inspect(HEAD + body, SHAPE, checked=False)
        assert inspection.status is Status.OK, inspection
        result, _, _ = await sandbox.train(HEAD + body, three, Recipe(epochs=1), 0, checked=False)
        assert result.status is Status.OK, result

    asyncio.run(run())


def test_a_network_is_measured(sandbox: Sandbox) -> None:
    inspection = asyncio.run(sandbox.inspect(HONEST, SHAPE))
    convolution, head = 4 * 9, 4 * 64 * 3
    assert inspection.found == Measures(
        params=convolution + 4 + 2 * 4 + head + 3, macs=convolution * 64 + head, depth=2, width=4
    )
    assert inspection.seconds > 0


def test_scores_are_those_of_the_proxies_themselves(sandbox: Sandbox, three: Dataset) -> None:
    import torch

    from illuminas.tools.proxies.probe import Probe

    names = [name for name in PROXIES if PROXIES[name].needs_network]
    x, y = three.train.x[:16], three.train.y[:16]
    scoring = asyncio.run(sandbox.score(HONEST, SHAPE, x, y, ["params", *names], seed=5))
    assert scoring.found is not None, scoring
    assert set(scoring.found.values) | set(scoring.found.failures) == {"params", *names}
    for name in ("synflow", "nwot", "grad_norm"):
        found: dict[str, type[torch.nn.Module]] = {}
        exec(HONEST, found)
        torch.manual_seed(5)
        network = found["Network"](in_channels=1, image_size=8, classes=3)
        (here,) = PROXIES[name].scores(Probe(network.train(), torch.from_numpy(x), torch.from_numpy(y))).tolist()
        assert scoring.found.values[name] == pytest.approx(here, rel=1e-4)


def test_training_learns_repeats_and_reports_each_epoch_before_the_result(sandbox: Sandbox, three: Dataset) -> None:
    async def run() -> None:
        heard: list[EpochReport] = []
        first, weights, _ = await sandbox.train(HONEST, three, RECIPE, 1, keep_weights=True, on_epoch=heard.append)
        assert [report.epoch for report in heard] == [1, 2, 3]
        second, none, _ = await sandbox.train(HONEST, three, RECIPE, 1)
        other, _, _ = await sandbox.train(HONEST, three, RECIPE, 2, keep_weights=True)
        assert first.status is Status.OK, first
        assert first.val is not None
        assert first.val.accuracy > 80
        assert first.epochs == 3
        assert (second.val, second.test) == (first.val, first.test)
        assert weights["features.0.weight"].shape == (4, 1, 3, 3)
        assert weights["features.1.num_batches_tracked"].shape == ()
        assert not none
        assert other.status is Status.OK

    asyncio.run(run())


def test_weights_are_inherited_where_they_fit(sandbox: Sandbox, three: Dataset) -> None:
    """With hardly any learning rate, what comes out is what went in; a layer of another size begins anew."""

    async def run() -> None:
        still = Recipe(epochs=1, lr=1e-12, lr_scales=1e-12, weight_decay=0)
        _, weights, _ = await sandbox.train(HONEST, three, RECIPE, 1, keep_weights=True)
        start = {**weights, "head.bias": np.zeros(9, dtype=np.float32), "nowhere": np.zeros(2, dtype=np.float32)}
        _, after, inherited = await sandbox.train(HONEST, three, still, 2, start=start, keep_weights=True)
        _, fresh, nothing = await sandbox.train(HONEST, three, still, 2, keep_weights=True)
        convolution, norm, head = 4 * 9 + 4, 2 * 4, 4 * 64 * 3
        assert inherited == (convolution + norm + head) / (convolution + norm + head + 3)
        assert nothing == 0
        assert np.allclose(after["head.weight"], weights["head.weight"])
        assert np.allclose(after["head.bias"], fresh["head.bias"])
        assert not np.allclose(fresh["head.weight"], weights["head.weight"])

    asyncio.run(run())


def test_weights_that_are_too_many_for_the_answer_are_left_out_and_the_training_counts(
    sandbox: Sandbox, three: Dataset
) -> None:
    large = HONEST.replace("Conv2d(in_channels, 4,", "Conv2d(in_channels, 256,").replace("(4", "(256")
    tight = Limits(seconds=120, memory_gib=1.0, answer_mib=0.25)
    result, weights, _ = asyncio.run(sandbox.train(large, three, RECIPE, 1, keep_weights=True, limits=tight))
    assert result.status is Status.OK, result
    assert not weights


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("image_size**2, classes)", "image_size**2, classes + 1)", r"expected logits \(2, 3\) .* got \(2, 4\)"),
        ("return self.head", "return None and self.head", "expected logits .* got NoneType"),
        ("nn.Linear(4 * image_size**2", "nn.Linear(5", r"RuntimeError: .*shapes cannot be multiplied.*\(line 12\)"),
        ("super().__init__()", "super().__init__(); undefined", r"NameError: .*undefined.*\(line 7\)"),
        ("    def forward", "        self.requires_grad_(False)\n\n    def forward", "trainable parameters"),
        ("super().__init__()", "super().__init__(); torch.empty(2**40)", "ran out of memory"),
    ],
)
def test_a_network_that_does_not_work_is_a_failure_that_says_why(
    sandbox: Sandbox, old: str, new: str, said: str
) -> None:
    inspection = asyncio.run(sandbox.inspect(HONEST.replace(old, new), SHAPE, checked=False))
    assert inspection.status is (Status.MEMORY if "memory" in said else Status.FAILED)
    assert inspection.found is None
    assert re.search(said, inspection.reason), inspection


def test_source_is_checked_before_a_process_is_made_for_it(sandbox: Sandbox, three: Dataset) -> None:
    bad = "import os\n" + HONEST

    async def run() -> None:
        x, y = three.train.x[:4], three.train.y[:4]
        results = (
            await sandbox.inspect(bad, SHAPE),
            await sandbox.score(bad, SHAPE, x, y, ["nwot"]),
            (await sandbox.train(bad, three, RECIPE, 0)).result,
        )
        for result in results:
            assert result.status is Status.FAILED
            assert "line 1: imports os" in result.reason
            assert not result.seconds

    asyncio.run(run())


def test_threads_of_its_own_work(sandbox: Sandbox) -> None:
    code = HONEST.replace("super().__init__()", "super().__init__(); torch.set_num_threads(2); torch.ones(2**20).exp()")
    code += """
import threading
heard = []
thread = threading.Thread(target=heard.append, args=(1,))
thread.start()
thread.join()
assert heard == [1]
"""
    assert asyncio.run(sandbox.inspect(code, SHAPE, checked=False)).status is Status.OK


async def begun(sandbox: Sandbox, dataset: Dataset) -> asyncio.Task[Trained]:
    """An endless training that has reported its first epoch."""
    heard: asyncio.Queue[EpochReport] = asyncio.Queue()
    task = asyncio.create_task(sandbox.train(HONEST, dataset, ENDLESS, 0, on_epoch=heard.put_nowait))
    first = asyncio.create_task(heard.get())
    await asyncio.wait((task, first), return_when=asyncio.FIRST_COMPLETED)
    assert not task.done(), task.result()
    return task


def test_a_job_has_four_descriptors_and_no_other(sandbox: Sandbox) -> None:
    """Three that lead nowhere, and the pipe for its answer."""
    code = """
import fcntl
found = []
for number in range(64):
    try:
        fcntl.fcntl(number, fcntl.F_GETFD)
    except OSError:
        continue
    found.append(number)
raise ValueError(found)
"""
    inspection = asyncio.run(sandbox.inspect(code + HONEST, SHAPE, checked=False))
    assert inspection.reason.startswith("ValueError: [0, 1, 2, 3] "), inspection


def test_cancelling_kills_the_work_and_makes_room(sandbox: Sandbox, three: Dataset) -> None:
    zygote = sandbox._zygote

    async def run() -> None:
        tasks = []
        for _ in range(sandbox.workers):
            tasks.append(await begun(sandbox, three))
        waiting = asyncio.create_task(sandbox.inspect(HONEST, SHAPE))
        for task in tasks:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (await asyncio.wait_for(waiting, 120)).status is Status.OK
        # at any moment, and without harm to others
        other = asyncio.create_task(sandbox.train(HONEST, three, RECIPE, 0))
        for passes in range(5):
            early = asyncio.create_task(sandbox.inspect(HONEST, SHAPE))
            for _ in range(passes):
                await asyncio.sleep(0)
            early.cancel()
        assert (await other).result.status is Status.OK
        assert sandbox._zygote is zygote

    asyncio.run(run())


def test_a_level_that_is_not_reached_is_refused_with_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch.shutil, "which", lambda _: None)
    with pytest.raises(IlluminasError, match=r"expected a sandbox of level contained.*bubblewrap"):
        Sandbox(require=Level.CONTAINED)
    reached = probe()
    assert reached.level < Level.CONTAINED
    assert any("bubblewrap" in gap.what and "install" in gap.hint for gap in reached.gaps)


def test_a_bubblewrap_that_fails_is_named_and_gone_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho no namespaces for you >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(launch.shutil, "which", lambda _: str(broken))
    reached = probe()
    assert reached.level < Level.CONTAINED
    assert any("no namespaces for you" in gap.what for gap in reached.gaps)


def test_levels_have_names_and_an_order() -> None:
    assert [str(level) for level in sorted(Level)] == ["none", "process", "filtered", "contained"]
    assert Level.parse(" Filtered ") is Level.FILTERED
    with pytest.raises(IlluminasError, match="Did you mean 'contained'"):
        Level.parse("contaned")


def is_gone(process: int) -> bool:
    """Whether the process ends within ten seconds."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(10_000))
    finally:
        os.close(descriptor)


LEAVES_A_CHILD = """
import os, time
child = os.fork()
if child == 0:
    os.setsid()
    time.sleep(3600)
raise ValueError(child)
"""


def test_without_walls_limits_hold_the_zygote_is_replaced_and_closing_ends_all(three: Dataset) -> None:
    """At the level ``process``, which covers less."""
    sandbox = Sandbox(workers=1, at_most=Level.PROCESS, limits=Limits(seconds=120))
    assert sandbox.level is Level.PROCESS

    async def run() -> None:
        left = await sandbox.inspect(LEAVES_A_CHILD + HONEST, SHAPE, checked=False)
        assert left.reason.startswith(("ValueError: ", "was refused: BlockingIOError")), left
        assert not left.reason.startswith("ValueError: ") or is_gone(int(left.reason.split()[1]))
        task = await begun(sandbox, three)
        os.kill(sandbox._zygote._process.pid, 9)
        result, _, _ = await task
        assert result.status is Status.FAILED
        assert "died while it ran" in result.reason
        # another one takes its place, and gets the images anew
        task = await begun(sandbox, three)
        zygote = sandbox._zygote._process.pid
        await asyncio.to_thread(sandbox.close)
        with pytest.raises(IlluminasError, match="closed while this ran"):
            await task
        assert is_gone(zygote)
        with pytest.raises(IlluminasError, match="closed"):
            await sandbox.inspect(HONEST, SHAPE)

    asyncio.run(run())
    sandbox.close()


def test_ctrl_c_is_left_to_the_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        f"""
import asyncio, os, signal
from illuminas.tools.sandbox import Sandbox
from illuminas.tools.spaces import NetworkShape

sandbox = Sandbox(workers=1)
zygote = sandbox._zygote
shape = NetworkShape(in_channels=1, image_size=8, classes=3)
assert asyncio.run(sandbox.inspect({HONEST!r}, shape)).found
signal.signal(signal.SIGINT, lambda *_: None)
os.killpg(0, signal.SIGINT)  # as a terminal does
for _ in range(3):
    assert asyncio.run(sandbox.inspect({HONEST!r}, shape)).found
    assert sandbox._zygote is zygote
sandbox.close()
"""
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, str(script)], env=environment, start_new_session=True, check=True)


def test_all_ends_when_the_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        f"""
import asyncio
from illuminas.tools.sandbox import Limits, Sandbox
from illuminas.tools.spaces import NetworkShape

sandbox = Sandbox(workers=1)
shape = NetworkShape(in_channels=1, image_size=8, classes=3)
assert asyncio.run(sandbox.inspect({HONEST!r}, shape)).found
print(sandbox._zygote._process.pid, flush=True)
asyncio.run(sandbox.inspect("while True: pass", shape, checked=False, limits=Limits(seconds=600)))
"""
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        zygote = int(parent.stdout.readline())
        parent.kill()
    assert is_gone(zygote)


def test_impossible_sandboxes_are_refused() -> None:
    with pytest.raises(IlluminasError, match="expected at least 1 worker, got 0"):
        Sandbox(workers=0)
    with pytest.raises(ValidationError, match="seconds"):
        Limits(seconds=-1)
