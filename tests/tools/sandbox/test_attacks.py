"""Networks that do what no network should: each is contained, and reported as what it was.

The attacks run with the checks of source off, against the walls alone; that the checks refuse them, too, is a test of
its own. What a level does not cover is skipped with that reason.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from pathlib import Path
from typing import NamedTuple

import pytest
from honest_network import HONEST, SECRET, SECRET_NAME, SHAPE

from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.evaluation import Status
from illuminas.tools.evaluation.training import Recipe
from illuminas.tools.sandbox import Level, Limits, Sandbox, SourceRefused, check_source

SHORT = Limits(seconds=1.0, memory_gib=1.0)
ONE_EPOCH = Recipe(epochs=1)


class Attack(NamedTuple):
    """Code that runs when the network's source is imported; the network after it is an honest one.

    Attributes:
        reason: what the report has to say, a regular expression.
        needs: the level from which on it is contained.
        visible: whether checks of the source can see it; they can't say what ends.
    """

    code: str
    reason: str
    needs: Level = Level.FILTERED
    status: Status = Status.FAILED
    limits: Limits | None = None
    visible: bool = True


SIGNAL, PROCESS = "was refused: signal another process", "was refused: start a process"
DENIED = "was refused: PermissionError: .*Permission denied"
TIMED_OUT = "killed after 1 s"

ATTACKS = {
    "read a key from the environment": Attack(
        f"import os\nos.environ[{SECRET_NAME!r}]", f"KeyError: '{SECRET_NAME}'", Level.PROCESS
    ),
    "read a key from the parent's environment": Attack(f"open('/proc/{os.getpid()}/environ').read()", DENIED),
    "read what systems have": Attack("open('/etc/passwd').read()", DENIED),
    "read the project's files": Attack(f"open({__file__!r}).read()", DENIED),
    "list a folder": Attack("import os\nos.listdir('/')", DENIED),
    "look whether a file exists": Attack("import os\nos.stat('/etc/passwd')", DENIED),
    "read labels from an installed package": Attack(
        "from sklearn.datasets import load_digits\nload_digits()", "ModuleNotFoundError|PermissionError"
    ),
    "change a folder": Attack("import os\nos.mkdir('/tmp/outside')", DENIED),
    "delete a file": Attack("import os\nos.unlink('/tmp/outside')", DENIED),
    "start a program": Attack("import os\nos.execv('/bin/true', ['true'])", "was refused: start a program"),
    "start a program beside it": Attack("import os\nos.posix_spawn('/bin/true', ['true'], {})", PROCESS),
    "fork-bomb": Attack("import os\nwhile True: os.fork()", PROCESS),
    "sleep through the time-out, holding children": Attack(
        "import os, time\nif os.fork() == 0: os.setsid()\ntime.sleep(3600)", PROCESS
    ),
    "kill the parent": Attack(f"import os\nos.kill({os.getpid()}, 9)", SIGNAL),
    "kill who watches it": Attack("import os\nos.kill(os.getppid(), 9)", SIGNAL),
    "kill everything": Attack("import os\nos.kill(-1, 9)", SIGNAL),
    "have the kernel send the signal": Attack(
        "import fcntl, os\nfcntl.fcntl(3, fcntl.F_SETOWN, os.getppid())", "OSError: .*Function not implemented"
    ),
    "read who watches it": Attack("import os\nopen(f'/proc/{os.getppid()}/mem', 'rb').read()", DENIED),
    "trace who watches it": Attack(
        "import ctypes, os\nctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)", "was refused: look into another process"
    ),
    "raise its limits": Attack(
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (-1, -1))", "(Value|OS)Error|PermissionError"
    ),
    "take off its filter": Attack(
        "import ctypes\nctypes.CDLL(None).syscall(317, 1, 0, 0)\nctypes.CDLL(None).unshare(0x10000000)",
        "was refused: change what it is shut into",
    ),
    "fill memory": Attack(
        "kept = []\nwhile True: kept.append(bytearray(2**24))",
        r"ran out of memory \(0.25 GiB\)",
        Level.PROCESS,
        Status.MEMORY,
        Limits(seconds=120, memory_gib=0.25),
        visible=False,
    ),
    "fill memory with tensors": Attack(
        "import torch\nkept = []\nwhile True: kept.append(torch.ones(2**22))",
        r"ran out of memory \(0.25 GiB\)",
        Level.PROCESS,
        Status.MEMORY,
        Limits(seconds=120, memory_gib=0.25),
        visible=False,
    ),
    "fill memory that is shared": Attack(
        "import mmap\nkept = []\nwhile True: kept.append(mmap.mmap(-1, 2**24))",
        "Cannot allocate memory|ran out of memory",
        Level.PROCESS,
        Status.MEMORY,
        Limits(seconds=120, memory_gib=0.25),
    ),
    "spin forever": Attack("while True: pass", TIMED_OUT, Level.PROCESS, Status.TIMEOUT, SHORT, visible=False),
    "sleep forever": Attack("import time\ntime.sleep(3600)", TIMED_OUT, Level.PROCESS, Status.TIMEOUT, SHORT),
    "print forever": Attack(
        "while True: print('x' * 10_000)", TIMED_OUT, Level.PROCESS, Status.TIMEOUT, SHORT, visible=False
    ),
    "print into everything that is open": Attack(
        "import os\nfor n in range(64):\n  try: os.write(n, bytes(7) + b'\\x01x')\n  except OSError: pass\n",
        "answered with a header that is no JSON",
        Level.PROCESS,
    ),
    "answer forever": Attack(
        'import os\nframe = b\'{"kind": "answer", "arrays": []}\'\n'
        "while True: os.write(3, len(frame).to_bytes(8, 'big') + frame)",
        "answered with more than 0.5 MiB",
        Level.PROCESS,
        limits=Limits(seconds=120, answer_mib=0.5),
    ),
    "announce more than it may say": Attack(
        'import os\nframe = b\'{"arrays": [["val", "float32", [1000000000]]]}\'\n'
        "os.write(3, len(frame).to_bytes(8, 'big') + frame)",
        "answered with arrays of 4000000000 bytes",
        Level.PROCESS,
    ),
    "outlive its processor time": Attack(
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
        "used up its 1 s of processor time",
        Level.PROCESS,
        Status.TIMEOUT,
        Limits(seconds=120, cpu_seconds=1),
    ),
    "exit early": Attack("import os\nos._exit(0)", "exited with code 0 before it answered", Level.PROCESS),
    "leave": Attack("raise SystemExit(0)", r"SystemExit: 0 \(line 1\)", Level.PROCESS, visible=False),
    "crash": Attack("import ctypes\nctypes.string_at(0)", r"crashed \(SIGSEGV\)", Level.PROCESS),
    "write control characters": Attack(
        "raise ValueError('\\x1b]0;owned\\x07\\n' + 'x' * 10_000)",
        "ValueError:  ?]0;owned x+",
        Level.PROCESS,
        visible=False,
    ),
}
CODES = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)


def need(sandbox: Sandbox, level: Level) -> None:
    """Skip where the sandbox says that it does not cover this."""
    if sandbox.level < level:
        assert sandbox.gaps, "a sandbox that reaches less has to say what is missing"
        pytest.skip(f"contained from level {level}; here: {sandbox.level}, {sandbox.gaps}")


@pytest.fixture(autouse=True)
def goes_on(sandbox: Sandbox) -> object:
    """After every attack an honest network is measured as ever, by the same zygote."""
    zygote = sandbox._zygote
    yield
    assert asyncio.run(sandbox.inspect(HONEST, SHAPE)).status is Status.OK
    assert sandbox._zygote is zygote


@CODES
def test_an_attack_is_contained_and_reported_as_what_it_was(sandbox: Sandbox, attack: Attack) -> None:
    need(sandbox, attack.needs)
    result = asyncio.run(sandbox.inspect(attack.code + HONEST, SHAPE, limits=attack.limits, checked=False))
    assert result.status is attack.status, result
    assert re.search(attack.reason, result.reason), result
    assert result.found is None
    assert SECRET not in result.reason
    assert result.reason.isprintable()
    assert len(result.reason) < 400


@pytest.mark.parametrize(
    "attack", [attack for attack in ATTACKS.values() if attack.visible], ids=[n for n in ATTACKS if ATTACKS[n].visible]
)
def test_the_checks_refuse_an_attack_before_it_runs(attack: Attack) -> None:
    with pytest.raises(SourceRefused, match="refused before it ran: line"):
        check_source(attack.code + HONEST)


def test_no_connection_reaches_a_listener_on_this_machine(sandbox: Sandbox) -> None:
    need(sandbox, Level.FILTERED)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        code = f"import socket\nsocket.socket().connect(('127.0.0.1', {port}))"
        result = asyncio.run(sandbox.inspect(code + HONEST, SHAPE, checked=False))
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert result.reason == "was refused: open a socket"


@pytest.mark.parametrize("amount", ["b'x'", "bytes(2**20)"])
def test_nothing_is_written_to_disk(sandbox: Sandbox, tmp_path: Path, amount: str) -> None:
    kept = tmp_path / "kept"
    kept.write_text("as it was")
    new = tmp_path / "new"
    for path, mode in ((kept, "ab"), (new, "wb")):
        code = f"out = open({str(path)!r}, {mode!r}, buffering=0)\nwhile True: out.write({amount})"
        result = asyncio.run(sandbox.inspect(code + HONEST, SHAPE, checked=False))
        assert "was refused" in result.reason, result
    assert kept.read_text() == "as it was"
    assert not new.exists() or not new.stat().st_size
    need(sandbox, Level.FILTERED)
    assert not new.exists()


LAZY_LIAR = HONEST.replace("return self.head(", "return 0 * self.head(")
"""It says the first class of every image, and so is right about a third of them."""

PATCHES = """
import illuminas.tools.sandbox.networks as networks
import illuminas.tools.evaluation.training.trainer as trainer
import sys, torch
trainer._accuracy = lambda *_: 100.0
trainer.is_hopeless = lambda *_: False
torch.Tensor.argmax = lambda self, *a, **k: torch.full((len(self),), 1)
torch.Tensor.eq = torch.Tensor.__eq__ = lambda self, other: torch.ones(len(self), dtype=torch.bool)
torch.nn.functional.cross_entropy = lambda logits, *_, **__: logits.sum() * 0
sys.modules["illuminas.tools.sandbox.job_run"] = None
"""


def test_who_patches_torch_and_the_trainer_changes_its_logits_alone(sandbox: Sandbox, three: Dataset) -> None:
    result, _, _ = asyncio.run(sandbox.train(PATCHES + LAZY_LIAR, three, ONE_EPOCH, 0, checked=False))
    assert result.status is Status.OK, result
    assert result.val and result.test and result.val.accuracy == result.test.accuracy == pytest.approx(100 / 3)
    with pytest.raises(SourceRefused, match="illuminas"):
        check_source(PATCHES + LAZY_LIAR)


FORGED = """
import json, os
said = {"kind": "answer", "epochs": 1, "stopped_early": False, "failure": "", "inherited": 1.0, %s "arrays": []}
frame = json.dumps(said).encode()
os.write(3, len(frame).to_bytes(8, "big") + frame)
"""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (FORGED % '"val_accuracy": 100.0,', "answered more than once"),
        (FORGED % '"val_accuracy": 100.0,' + "os._exit(0)", "answered with what is no result: val_accuracy"),
        (FORGED % "" + "os._exit(0)", "expected val logits .30, 3. of float32, got none"),
        (FORGED % "" + "os._exit(3)", "exited with code 3"),
    ],
)
def test_a_forged_answer_is_caught(sandbox: Sandbox, three: Dataset, code: str, reason: str) -> None:
    result, weights, inherited = asyncio.run(sandbox.train(code + LAZY_LIAR, three, ONE_EPOCH, 0, checked=False))
    assert result.status is Status.FAILED
    assert result.val is None
    assert not weights
    assert not inherited
    assert re.search(reason, result.reason), result


def test_labels_of_validation_and_test_images_are_nowhere_in_the_process(sandbox: Sandbox, three: Dataset) -> None:
    """What a job can reach of the data set are images, and labels of training images."""
    code = """
import gc
gc.unfreeze()
from illuminas.tools.sandbox.networks import HeldImages
splits = [vars(each) for each in gc.get_objects() if isinstance(each, HeldImages)]
raise ValueError(sorted({(name, type(held).__name__) for split in splits for name, held in split.items()}))
"""
    result, _, _ = asyncio.run(sandbox.train(code + HONEST, three, ONE_EPOCH, 0, checked=False))
    assert "('test', 'ndarray'), ('training', 'Dataset'), ('val', 'ndarray')" in result.reason, result
