"""Each wall by itself: what it holds, and that the same ways out are open without it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable

import pytest

if sys.platform != "linux":
    pytest.skip("the walls are Linux's", allow_module_level=True)

from illuminas.tools.sandbox import kernel, seccomp
from illuminas.tools.sandbox.confine import Walls, _stands

FILES: dict[str, Callable[[], object]] = {
    "read": lambda: os.open(__file__, os.O_RDONLY),
    "list": lambda: os.listdir("/"),
}
OTHERS: dict[str, Callable[[], object]] = {
    "look": lambda: os.stat("/"),
    "socket": socket.socket,
    "fork": os.fork,
    "signal": lambda: os.kill(os.getppid(), 0),
    "program": lambda: os.execv(sys.executable, [sys.executable, "-c", "raise SystemExit(1)"]),
}


@pytest.mark.parametrize("way_out", FILES.values(), ids=FILES)
def test_landlock_alone_holds_files(way_out: Callable[[], object]) -> None:
    if not (abi := kernel.landlock_version()):
        pytest.skip("this kernel has no Landlock")
    assert _stands(Walls(landlock=abi), (way_out,))


@pytest.mark.parametrize("way_out", [*FILES.values(), *OTHERS.values()], ids=[*FILES, *OTHERS])
def test_the_filter_alone_holds_what_it_is_for(way_out: Callable[[], object]) -> None:
    if not (seccomp.supported() and _stands(Walls(seccomp=True), ())):
        pytest.skip("this machine has no filters of system calls")
    assert _stands(Walls(seccomp=True), (way_out,))


@pytest.mark.parametrize("way_out", [*FILES.values(), *OTHERS.values()], ids=[*FILES, *OTHERS])
def test_without_walls_the_way_is_open(way_out: Callable[[], object]) -> None:
    if way_out is os.fork and os.getuid():
        pytest.skip("a limit holds this for all but root")
    assert not _stands(Walls(), (way_out,))
