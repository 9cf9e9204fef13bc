"""Which walls stand, found out by trying: a process shuts itself in, and then tries to get out."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

from illuminas.tools.sandbox import landlock, seccomp
from illuminas.tools.sandbox.confine import Walls, confine, keep_descriptors
from illuminas.tools.sandbox.limits import Limits

_HELD, _GOT_OUT = 0, 1


class Tried(NamedTuple):
    """What was found.

    Attributes:
        walls: those that the kernel puts up.
        held: whether a process behind them could do nothing of what it tried.
    """

    walls: Walls
    held: bool


def try_walls(*, wanted: bool = True) -> Tried:
    """Put up each wall in a process of its own, then all together, and try to get out of those."""
    if not wanted:
        return Tried(Walls(), False)
    abi = landlock.version()
    abi = abi if abi and _stands(Walls(landlock=abi), ()) else 0
    filtered = seccomp.supported() and _stands(Walls(seccomp=True), ())
    walls = Walls(landlock=abi, seccomp=filtered)
    return Tried(walls, filtered and _stands(walls, _WAYS_OUT))


def _stands(walls: Walls, ways_out: Iterable[Callable[[], object]]) -> bool:
    """Whether the walls can be put up, and no way leads out of them."""
    ours, theirs = socket.socketpair()
    process = os.fork()
    if process == 0:
        try:
            keep_descriptors(os.open(os.devnull, os.O_WRONLY), theirs.fileno())
            confine(Limits(seconds=10), walls)
            os._exit(_GOT_OUT if any(map(_works, ways_out)) else _HELD)
        finally:
            os._exit(_GOT_OUT)
    theirs.close()
    with ours:
        # once the filter's descriptor is closed, what it would tell of fails instead
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        for descriptor in descriptors:
            os.close(descriptor)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status) == _HELD


def _works(way_out: Callable[[], object]) -> bool:
    try:
        way_out()
    except OSError:
        return False
    return True


_WAYS_OUT: tuple[Callable[[], object], ...] = (
    lambda: os.open("/", os.O_RDONLY),
    lambda: os.open(__file__, os.O_RDONLY),
    lambda: os.open("/dev/shm/out", os.O_WRONLY | os.O_CREAT),
    lambda: os.stat("/"),
    socket.socket,
    os.fork,
    lambda: os.kill(os.getppid(), 0),
    lambda: os.kill(-1, 0),
    lambda: os.execv(sys.executable, [sys.executable, "-c", f"raise SystemExit({_GOT_OUT})"]),
)
"""Each raises OSError where the walls hold."""
