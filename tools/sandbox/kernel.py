"""Calls of the Linux kernel that Python has no function for, Landlock's among them.

All of them need ``prepare`` before: loading the C library reads files, which a child may not do once it is shut in.

By Landlock a process gives up all files, TCP ports and signals to others, for good. The kernel's documentation:
https://docs.kernel.org/userspace-api/landlock.html. A version of the interface (ABI) that the kernel does not know is
asked for no more than it knows.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_NAMESPACES = ("ipc", "mnt", "net", "pid", "uts")
_CAPABILITY_VERSION_3 = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def prepare() -> None:
    """Load the C library."""
    _libc()


def machine() -> str:
    """The processor's name, by which system calls are numbered."""
    return os.uname().machine


def call(number: int, *arguments: int) -> int:
    """A system call by its number; pointers are passed as addresses.

    Raises:
        OSError: the kernel refused, with its reason.
    """
    return _checked(_libc().syscall(ctypes.c_long(number), *(ctypes.c_long(argument) for argument in arguments)))


def _control(option: int, value: int) -> None:
    _checked(_libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def die_with_parent(signal: int) -> None:
    """Have the kernel send ``signal`` to this process when its parent ends."""
    _control(_PR_SET_PDEATHSIG, signal)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none escapes."""
    _control(_PR_SET_CHILD_SUBREAPER, 1)


def give_up_privileges() -> None:
    """Let this process gain no rights from files any more, and drop those that root has beside its name."""
    _control(_PR_SET_NO_NEW_PRIVS, 1)
    if machine() in _CAPSET:
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        none = (ctypes.c_uint32 * 6)()
        call(_CAPSET[machine()], ctypes.addressof(header), ctypes.addressof(none))


def namespaces() -> dict[str, str]:
    """This process's namespaces: kind -> what tells it from others; empty where ``/proc`` does not show them."""
    try:
        return {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in _NAMESPACES}
    except OSError:
        return {}


def orphans() -> list[int]:
    """Children of this process and thread, adopted ones included; empty where the kernel does not list them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listed:
            return [int(each) for each in listed.read().split()]
    except OSError:
        return []


_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
_FILE_RIGHTS = ((5, 16), (3, 15), (2, 14), (1, 13))
"""(ABI from which, kinds of access to files that exist), newest first."""


class _Ruleset(ctypes.Structure):
    """``struct landlock_ruleset_attr``; older kernels know the first fields alone."""

    _fields_ = (("files", ctypes.c_uint64), ("ports", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def landlock_version() -> int:
    """The kernel's ABI version; 0 where it has no Landlock, or has it switched off."""
    try:
        return call(_CREATE_RULESET, 0, 0, _ASK_VERSION)
    except OSError:
        return 0


def give_up_files(abi: int) -> None:
    """Refuse this process every access to files that is asked for from now on; open descriptors stay.

    Without a rule nothing is allowed. Reading what is there (``stat``) is no access to Landlock.

    Args:
        abi: as :func:`landlock_version` gives it, at least 1.

    Raises:
        OSError: the kernel refused.
    """
    rights = next(count for since, count in _FILE_RIGHTS if abi >= since)
    ruleset = _Ruleset(files=(1 << rights) - 1, ports=0b11 if abi >= 4 else 0, scopes=0b11 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    descriptor = call(_CREATE_RULESET, ctypes.addressof(ruleset), size, 0)
    call(_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)
