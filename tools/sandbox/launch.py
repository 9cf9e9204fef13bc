"""Starts a zygote with an empty environment, in namespaces of its own where bubblewrap makes them."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from illuminas.tools.datasets.dataset import Dataset
from illuminas.tools.errors import IlluminasError
from illuminas.tools.sandbox import kernel, wire
from illuminas.tools.sandbox.levels import Gap, Level, Reached

_CODE = """
import sys
sys.path[:0] = {path!r}
from illuminas.tools.sandbox.zygote import main
main({descriptor}, walls_wanted={walls}, serve={serve})
"""
_OTHERS = ("torch", "numpy", "pydantic", "pydantic_core", "typing_extensions", "pebble")
"""Packages that the zygote imports beside illuminas; what these need lives beside them."""
_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/etc/ld.so.cache", "/nix/store", "/gnu/store")
"""Where the C library and Python's own modules may be."""
_WARM_SECONDS = 180.0
_SHOWN = 400


class Zygote:
    """A zygote that was started; its ``reached`` says behind what.

    Args:
        at_most: the highest level to try for.
        serve: have it take jobs; else it ends when it has said what it reached.

    Raises:
        IlluminasError: it cannot be started.
    """

    def __init__(self, *, at_most: Level = Level.CONTAINED, serve: bool = True) -> None:
        if sys.platform != "linux":
            raise IlluminasError(
                f"running generated networks needs Linux, this is {sys.platform}. Run illuminas in a Linux virtual "
                "machine, container or WSL 2, or search a space whose networks are not built from source."
            )
        self._gaps: list[Gap] = []
        if at_most < Level.CONTAINED:
            self._gaps.append(Gap(what=f"no more than level {at_most} was tried for", hint="let at_most be higher"))
        self._lock = threading.Lock()
        self._ready = False
        self._held: set[str] = set()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the zygote
        self._control: socket.socket
        self._process: subprocess.Popen[bytes]
        started = at_most >= Level.CONTAINED and self._start_contained(serve)
        if not started and not self._start([], at_most, serve):
            words = self._last_words()
            self._errors.close()
            raise IlluminasError(f"the sandbox's process could not be started: {words}")

    def _start_contained(self, serve: bool) -> bool:
        """Try bubblewrap; whether it made namespaces is known by looking."""
        hint = "apt install bubblewrap, or your system's equivalent"
        if (bubblewrap := shutil.which("bwrap")) is None:
            self._gaps.append(Gap(what="no namespaces of its own: bubblewrap is not installed", hint=hint))
            return False
        if not self._start(_bubblewrap(bubblewrap), Level.CONTAINED, serve):
            what = f"no namespaces of its own: bubblewrap failed: {self._last_words()}"
            self._gaps.append(Gap(what=what, hint="let this user or container make user namespaces"))
            return False
        return True

    def _start(self, prefix: list[str], at_most: Level, serve: bool) -> bool:
        """Start it and hear what it reached; False where it ends before that."""
        self._control, theirs = socket.socketpair()
        code = _CODE.format(
            path=_folders_of(("illuminas", *_OTHERS)),
            descriptor=theirs.fileno(),
            walls=at_most >= Level.FILTERED,
            serve=serve,
        )
        with theirs:
            self._process = subprocess.Popen(
                [*prefix, sys.executable, "-I", "-B", "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                env=_environment(),
                cwd="/",
                pass_fds=[theirs.fileno()],
                # Ctrl-C, which a terminal sends to the whole group, is for the parent: it drains
                start_new_session=True,
            )
        message = wire.receive(self._control)
        if message is None:
            self._end()
            return False
        self.reached = self._judge(message, contained=bool(prefix), at_most=at_most)
        return True

    def _judge(self, message: wire.Message, *, contained: bool, at_most: Level) -> Reached:
        """The level that what it found amounts to."""
        abi, filtered = message.fields["walls"]
        if at_most >= Level.FILTERED:
            if not filtered:
                hint = "a Linux kernel with seccomp filters on x86-64 or 64-bit ARM, in a container that allows them"
                self._gaps.append(Gap(what="system calls are not filtered", hint=hint))
            if not abi:
                hint = "Linux 5.13 or newer with landlock among the boot parameter lsm="
                self._gaps.append(Gap(what="no Landlock as a second wall around files", hint=hint))
        level = Level.FILTERED if message.fields["held"] else Level.PROCESS
        own, its = kernel.namespaces(), message.fields["namespaces"]
        if level is Level.FILTERED and contained and own and its and all(own[kind] != its[kind] for kind in own):
            level = Level.CONTAINED
        return Reached(level=level, gaps=tuple(self._gaps))

    def wait_until_ready(self) -> None:
        """Wait until torch is warm.

        Raises:
            IlluminasError: it ended, or took minutes.
        """
        with self._lock:
            if self._ready:
                return
            self._control.settimeout(_WARM_SECONDS)
            try:
                message = wire.receive(self._control)
            except TimeoutError:
                message = None
            if message is None:
                raise IlluminasError(f"the sandbox's process did not get ready: {self._last_words()}")
            self._control.settimeout(None)
            self._ready = True

    def hold(self, dataset: Dataset) -> None:
        """Send images, and the labels of those for training, unless it holds them.

        Raises:
            OSError: it is gone.
        """
        with self._lock:
            if dataset.fingerprint in self._held:
                return
            arrays: wire.Arrays = {
                "train_x": dataset.train.x,
                "train_y": dataset.train.y,
                "val_x": dataset.val.x,
                "test_x": dataset.test.x,
            }
            ours, theirs = socket.socketpair()
            with ours:
                with theirs:
                    self.order(b"d", theirs.fileno())
                fields = {
                    "fingerprint": dataset.fingerprint,
                    "classes": dataset.classes,
                    "mean": dataset.mean,
                    "std": dataset.std,
                }
                wire.send(ours, fields, arrays)
                if not ours.recv(1):
                    raise ConnectionError("the sandbox's process hung up while it took a data set")
            self._held.add(dataset.fingerprint)

    def order(self, kind: bytes, *descriptors: int) -> None:
        """Send an order with its descriptors, as :mod:`illuminas.tools.sandbox.zygote` says.

        Raises:
            OSError: it is gone.
        """
        socket.send_fds(self._control, [kind], descriptors)

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """Hang up, which ends it and its jobs; harmless twice."""
        self._end()
        self._errors.close()

    def _end(self) -> None:
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End its process at once."""
        self._process.kill()
        self._process.wait()

    def _last_words(self) -> str:
        """The end of what it wrote on its standard error."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _SHOWN))
        words = self._errors.read().decode(errors="replace").strip()
        return words.rpartition("\n")[2] or f"exit code {self._process.poll()}"


def probe() -> Reached:
    """The level that this machine reaches, found by trying, without importing torch."""
    if sys.platform != "linux":
        gap = Gap(what=f"generated networks do not run on {sys.platform}", hint="Linux, a container, or WSL 2")
        return Reached(level=Level.NONE, gaps=(gap,))
    zygote = Zygote(serve=False)
    zygote.close()
    return zygote.reached


def _environment() -> dict[str, str]:
    """What torch needs, and nothing of this process's but where shared libraries are."""
    environment = {
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "TMPDIR": "/tmp",
        "TORCHINDUCTOR_CACHE_DIR": "/tmp/torchinductor",
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
    }
    if (libraries := os.environ.get("LD_LIBRARY_PATH")) is not None:
        environment["LD_LIBRARY_PATH"] = libraries
    return environment


def _folders_of(packages: Iterable[str]) -> list[str]:
    """Folders that the packages are imported from, without importing them."""
    folders: dict[str, None] = {}
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise IlluminasError(f"{name} is not installed. Install illuminas again: pip install illuminas")
        origin = Path(spec.origin)
        folders[str(origin.parent.parent if spec.submodule_search_locations else origin.parent)] = None
    return list(folders)


def _bubblewrap(program: str) -> list[str]:
    """The command line before Python's: nothing is seen but Python, torch and illuminas, read-only.

    It does not ask to die with the parent, which means the thread that started it: hanging up does that better.
    """
    command = [program, "--unshare-all", "--new-session", "--cap-drop", "ALL"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--clearenv"]
    for name, value in _environment().items():
        command += ["--setenv", name, value]
    for folder in dict.fromkeys(_visible()):
        command += ["--ro-bind", folder, folder]
    return [*command, "--chdir", "/"]


def _visible() -> Iterator[str]:
    """Files and folders that the zygote needs to read; those within others are harmless."""
    yield from (path for path in _SYSTEM if Path(path).exists())
    yield from (sys.base_prefix, sys.base_exec_prefix, sys.prefix)
    yield from (str(Path(sys.executable).parent), str(Path(sys.executable).resolve().parent))
    yield from _folders_of(_OTHERS)
    # its packages alone: the folder around a working copy of illuminas holds more than code
    (around,) = _folders_of(("illuminas",))
    yield f"{around}/illuminas"
    yield str(Path(around, "illuminas", "tools").resolve())
