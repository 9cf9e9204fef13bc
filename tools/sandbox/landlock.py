"""Landlock: a process that gives up all files, TCP ports and signals to others, for good.

The kernel's documentation: https://docs.kernel.org/userspace-api/landlock.html. A version of the interface (ABI) that
the kernel does not know is asked for no more than it knows.
"""

from __future__ import annotations

import ctypes
import os

from illuminas.tools.sandbox import kernel

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
_FILE_RIGHTS = ((5, 16), (3, 15), (2, 14), (1, 13))
"""(ABI from which, kinds of access to files that exist), newest first."""


class _Ruleset(ctypes.Structure):
    """``struct landlock_ruleset_attr``; older kernels know the first fields alone."""

    _fields_ = (("files", ctypes.c_uint64), ("ports", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def version() -> int:
    """The kernel's ABI version; 0 where it has no Landlock, or has it switched off."""
    try:
        return kernel.call(_CREATE_RULESET, 0, 0, _ASK_VERSION)
    except OSError:
        return 0


def give_up_files(abi: int) -> None:
    """Refuse this process every access to files that is asked for from now on; open descriptors stay.

    Without a rule nothing is allowed. Reading what is there (``stat``) is no access to Landlock.

    Args:
        abi: as :func:`version` gives it, at least 1.

    Raises:
        OSError: the kernel refused.
    """
    rights = next(count for since, count in _FILE_RIGHTS if abi >= since)
    ruleset = _Ruleset(files=(1 << rights) - 1, ports=0b11 if abi >= 4 else 0, scopes=0b11 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    descriptor = kernel.call(_CREATE_RULESET, ctypes.addressof(ruleset), size, 0)
    kernel.call(_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)
