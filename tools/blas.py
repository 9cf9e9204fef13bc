"""Threads of the linear algebra behind numpy and scipy.

Matrices of a few hundred rows gain nothing from a second thread: threads that wait for each other made the fit of a
Gaussian process on 100 points thirty times as slow on a busy machine of two cores.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[object]:
    """While it lasts, products and factorisations run in the caller's thread."""
    limit: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limit


@cache
def _libraries() -> ThreadpoolController:
    """The libraries loaded so far, found once: looking for them takes milliseconds."""
    import scipy.linalg  # noqa: F401  (brings a library of its own)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
