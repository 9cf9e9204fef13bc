"""What a job's process does to itself before it runs a line of the source, and cannot undo; and whether that holds.

Which walls stand is found out by trying: a process shuts itself in, and then tries to get out.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

from illuminas.tools.sandbox import kernel, seccomp
from illuminas.tools.sandbox.levels import Limits

ANSWER = 3
"""The descriptor that a job's answer is written to; 0 to 2 lead nowhere, and there are no others."""
_HANDOVER = 4
_DESCRIPTORS = 16


class Walls(NamedTuple):
    """Which walls are put up, beside limits.

    Attributes:
        landlock: its ABI version; 0 is without.
        seccomp: whether system calls are filtered.
    """

    landlock: int = 0
    seccomp: bool = False


def keep_descriptors(answer: int, handover: int) -> None:
    """Close all descriptors but these two, which become :data:`ANSWER` and the next."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    # copies beyond all that is kept, so that none is overwritten before it is copied
    first = max(nowhere, answer, handover, _DESCRIPTORS) + 1
    for offset, descriptor in enumerate((nowhere, nowhere, nowhere, answer, handover)):
        os.dup2(descriptor, first + offset)
    for offset in range(_HANDOVER + 1):
        os.dup2(first + offset, offset)
    # one by one: a machine may allow a billion of them
    for name in os.listdir("/proc/self/fd"):
        if int(name) > _HANDOVER:
            # the listing had one itself
            with contextlib.suppress(OSError):
                os.close(int(name))


def confine(limits: Limits, walls: Walls) -> None:
    """Put all walls up around this process, which has one thread and the descriptors it keeps.

    Where its calls are filtered, the filter's descriptor goes over the handover socket first.

    Raises:
        OSError: a wall does not stand; nothing may run.
    """
    _limit(limits, processes=not walls.seccomp)
    kernel.give_up_privileges()
    if walls.landlock:
        kernel.give_up_files(walls.landlock)
    # made before the filter, which knows no calls that look at a socket
    with socket.socket(fileno=_HANDOVER) as handover:
        listener = seccomp.filter_calls(own_process=os.getpid()) if walls.seccomp else None
        if listener is not None:
            socket.send_fds(handover, [b"f"], [listener])
            os.close(listener)


def _limit(limits: Limits, *, processes: bool) -> None:
    """Limits of the kernel, which a process may lower and not raise.

    Files can be as long as nothing, so that none is written whatever else holds.
    """
    seconds = math.ceil(limits.processor_seconds)
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        # ends by SIGKILL, which cannot be caught: the soft limit's signal can
        resource.RLIMIT_CPU: seconds,
        # libraries reserve address space as they load, and have loaded
        resource.RLIMIT_AS: _address_space() + int(limits.memory_gib * 2**30),
    }
    if processes:
        # counts the user's, all of them, and does not bind root: a filter does better, and lets threads be
        wanted[resource.RLIMIT_NPROC] = 1
    for which, limit in wanted.items():
        _, hard = resource.getrlimit(which)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(which, (limit, limit))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _address_space() -> int:
    """Bytes of this process's address space now; 0 where the kernel does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as numbers:
            return int(numbers.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


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
    abi = kernel.landlock_version()
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
