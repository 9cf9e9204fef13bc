"""A seccomp filter: the kernel lets a network's process make few system calls, and tells of those that give it away.

The filter is a program for the kernel's packet machine (``linux/filter.h``), run on every call. A giveaway stops the
process and sends a notice to whoever holds the filter's descriptor (``SECCOMP_RET_USER_NOTIF``, kernel 5.0); the
supervisor does, reads which call it was, and kills. So a network cannot hide what it tried. Where the kernel gives
no descriptor, the process is killed at once, and the call goes unnamed.
"""

from __future__ import annotations

import ctypes
import fcntl
import struct
from collections.abc import Iterator
from typing import NamedTuple

from illuminas.tools.sandbox import kernel
from illuminas.tools.sandbox.syscalls import ALLOWED, FILES, GIVEAWAYS, WITH_CONDITIONS, Numbers

_SECCOMP = {"x86_64": 317, "aarch64": 277}
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SET_FILTER, _NEW_LISTENER = 1, 1 << 3

_ALLOW, _NOTIFY, _KILL = 0x7FFF0000, 0x7FC00000, 0x80000000
_DENIED, _UNKNOWN = 0x00050000 | 13, 0x00050000 | 38
"""Fail with EACCES, and with ENOSYS, on which the C library takes another way where it knows one."""

_LOAD, _JUMP_EQUAL, _AND, _RETURN = 0x20, 0x15, 0x54, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

_NOTICE = struct.Struct("=QIIiIQ6Q")
"""``struct seccomp_notif``: id, process, flags, then the call: number, architecture, address, arguments."""
_RECEIVE = 0xC0502100

_THREAD = 0x10000
_FCNTL_COMMANDS = (fcntl.F_DUPFD, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_DUPFD_CLOEXEC)
"""Not F_SETOWN and F_SETSIG: they send signals to other processes."""
_IOCTL_COMMANDS = (0x5401,)
"""TCGETS, by which Python asks whether something is a terminal."""
_PRCTL_OPTIONS = (15, 0x53564D41)
"""PR_SET_NAME and PR_SET_VMA: names of threads and memory."""


class _Test(NamedTuple):
    """One 32-bit word of an argument, masked, has a value; the kernel takes these arguments as 32 bits, too."""

    argument: int
    value: int
    mask: int = 0xFFFFFFFF
    high: bool = False


class _Rule(NamedTuple):
    """What becomes of a call whose arguments pass all the tests."""

    number: int
    action: int
    tests: tuple[_Test, ...] = ()


def supported() -> bool:
    """Whether numbers of system calls are known for this machine."""
    return kernel.machine() in _ARCHITECTURES


def filter_calls(*, own_process: int) -> int | None:
    """Filter the calls of this process and of its threads from now on, for good.

    Needs ``no_new_privs``, or root.

    Args:
        own_process: the process's id, which it may send signals to.

    Returns:
        The descriptor that notices come from; None where the kernel gives none, and giveaways kill at once.

    Raises:
        OSError: the kernel knows no filters.
    """
    machine = kernel.machine()
    try:
        return _install(machine, own_process, _NOTIFY, _NEW_LISTENER)
    except OSError:
        _install(machine, own_process, _KILL, 0)
        return None


def _install(machine: str, own_process: int, giveaway: int, flags: int) -> int:
    program = b"".join(_program(machine, own_process, giveaway))
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(instructions))
    described = ctypes.create_string_buffer(header, len(header))
    return kernel.call(_SECCOMP[machine], _SET_FILTER, flags, ctypes.addressof(described))


def _program(machine: str, own_process: int, giveaway: int) -> Iterator[bytes]:
    """Instructions of 8 bytes: code, how far to jump if true and if false, a constant."""
    yield _instruction(_LOAD, _ARCHITECTURE_AT)
    yield _instruction(_JUMP_EQUAL, _ARCHITECTURES[machine], if_true=1)
    yield _instruction(_RETURN, _KILL)
    for rule in _rules(machine, own_process, giveaway):
        # each test is three instructions, and one that fails jumps over what is left of the rule
        left = 3 * len(rule.tests) + 1
        yield _instruction(_LOAD, _NUMBER_AT)
        yield _instruction(_JUMP_EQUAL, rule.number, if_false=left)
        for test in rule.tests:
            left -= 3
            yield _instruction(_LOAD, _ARGUMENTS_AT + 8 * test.argument + 4 * test.high)
            yield _instruction(_AND, test.mask)
            yield _instruction(_JUMP_EQUAL, test.value, if_false=left)
        yield _instruction(_RETURN, rule.action)
    yield _instruction(_RETURN, _UNKNOWN)


def _instruction(code: int, constant: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, constant)


def _rules(machine: str, own_process: int, giveaway: int) -> Iterator[_Rule]:
    """The first rule that fits decides; a call without one is unknown."""

    def of(numbers: Numbers) -> int | None:
        found: int | None = getattr(numbers, machine)
        return found

    for numbers in ALLOWED.values():
        if (number := of(numbers)) is not None:
            yield _Rule(number, _ALLOW)
    for name, tests in _conditions(own_process):
        if (number := of(WITH_CONDITIONS[name])) is not None:
            yield _Rule(number, _ALLOW, tests)
    for numbers in FILES.values():
        if (number := of(numbers)) is not None:
            yield _Rule(number, _DENIED)
    for calls in GIVEAWAYS.values():
        for numbers in calls.values():
            if (number := of(numbers)) is not None:
                yield _Rule(number, giveaway)


def _conditions(own_process: int) -> Iterator[tuple[str, tuple[_Test, ...]]]:
    yield "clone", (_Test(0, _THREAD, _THREAD),)
    for name in ("kill", "rt_sigqueueinfo", "tgkill"):
        yield name, (_Test(0, own_process),)
    for command in _FCNTL_COMMANDS:
        yield "fcntl", (_Test(1, command),)
    for command in _IOCTL_COMMANDS:
        yield "ioctl", (_Test(1, command),)
    for option in _PRCTL_OPTIONS:
        yield "prctl", (_Test(0, option),)
    # limits may be asked for: the new ones are a null pointer
    yield "prlimit64", (_Test(2, 0), _Test(2, 0, high=True))


def what_was_tried(listener: int) -> str:
    """Read one notice, and say in words what the process tried; ``""`` where it ended meanwhile."""
    buffer = bytearray(_NOTICE.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer)
    except OSError:
        return ""
    number = _NOTICE.unpack(buffer)[3]
    for words, calls in GIVEAWAYS.items():
        if number in (getattr(numbers, kernel.machine()) for numbers in calls.values()):
            return words
    return f"make system call {number}"
