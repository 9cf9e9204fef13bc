"""Processes and threads: what a worker does first, which cores there are, and linear algebra in one thread."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


_WATCH_SECONDS = 1.0


def usable_cores() -> int:
    """Cores this process may run on."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def exit_with_parent(parent: int) -> None:
    """From a thread of its own, end this process at the latest a second after its parent ended, however it did.

    Args:
        parent: process id of the parent, as it knows itself; it may be gone before this is called.
    """

    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(_WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


def ignore_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to the whole group of processes, to the parent: it drains."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def limit_memory(gib: float) -> None:
    """Let allocations beyond ``gib`` fail in this process. Does nothing on Windows.

    Counts private memory (``RLIMIT_DATA``) and not address space, of which libraries reserve far more than they use.
    """
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = int(gib * 2**30)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))


def one_blas_thread() -> AbstractContextManager[object]:
    """While it lasts, products and factorisations run in the caller's thread.

    Matrices of a few hundred rows gain nothing from a second thread: threads that wait for each other made the fit of a
    Gaussian process on 100 points thirty times as slow on a busy machine of two cores.
    """
    limit: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limit


@cache
def _libraries() -> ThreadpoolController:
    """The libraries loaded so far, found once: looking for them takes milliseconds."""
    import scipy.linalg  # noqa: F401  (brings a library of its own)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
