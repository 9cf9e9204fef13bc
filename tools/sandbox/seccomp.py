"""A seccomp filter: the kernel lets a network's process make few system calls, and tells of those that give it away.

A network computes. It needs memory, threads, clocks and the pipe for its answer, and nothing else: so there is a list
of what is allowed, and what a later kernel adds is refused until it is put here.

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


class Numbers(NamedTuple):
    """A call's number on each processor; None where it has none."""

    x86_64: int | None
    aarch64: int | None


ALLOWED = {
    # memory
    "brk": Numbers(12, 214),
    "madvise": Numbers(28, 233),
    "membarrier": Numbers(324, 283),
    "mmap": Numbers(9, 222),
    "mprotect": Numbers(10, 226),
    "mremap": Numbers(25, 216),
    "munmap": Numbers(11, 215),
    # threads and signals of its own
    "exit": Numbers(60, 93),
    "exit_group": Numbers(231, 94),
    "futex": Numbers(202, 98),
    "getcpu": Numbers(309, 168),
    "restart_syscall": Numbers(219, 128),
    "rseq": Numbers(334, 293),
    "rt_sigaction": Numbers(13, 134),
    "rt_sigprocmask": Numbers(14, 135),
    "rt_sigreturn": Numbers(15, 139),
    "sched_getaffinity": Numbers(204, 123),
    "sched_yield": Numbers(24, 124),
    "set_robust_list": Numbers(273, 99),
    "sigaltstack": Numbers(131, 132),
    # clocks and chance
    "alarm": Numbers(37, None),
    "clock_getres": Numbers(229, 114),
    "clock_gettime": Numbers(228, 113),
    "clock_nanosleep": Numbers(230, 115),
    "getrandom": Numbers(318, 278),
    "getrusage": Numbers(98, 165),
    "gettimeofday": Numbers(96, 169),
    "nanosleep": Numbers(35, 101),
    "setitimer": Numbers(38, 103),
    "time": Numbers(201, None),
    "times": Numbers(100, 153),
    # who it is
    "getegid": Numbers(108, 177),
    "geteuid": Numbers(107, 175),
    "getgid": Numbers(104, 176),
    "getpid": Numbers(39, 172),
    "getppid": Numbers(110, 173),
    "gettid": Numbers(186, 178),
    "getuid": Numbers(102, 174),
    "sysinfo": Numbers(99, 179),
    "uname": Numbers(63, 160),
    # open descriptors, of which it has one
    "close": Numbers(3, 57),
    "close_range": Numbers(436, 436),
    "lseek": Numbers(8, 62),
    "poll": Numbers(7, None),
    "ppoll": Numbers(271, 73),
    "pselect6": Numbers(270, 72),
    "read": Numbers(0, 63),
    "readv": Numbers(19, 65),
    "select": Numbers(23, None),
    # on a socket, and it has none once its setting up is done, which hands over the filter's descriptor by this
    "sendmsg": Numbers(46, 211),
    "write": Numbers(1, 64),
    "writev": Numbers(20, 66),
}

WITH_CONDITIONS = {
    "clone": Numbers(56, 220),
    "fcntl": Numbers(72, 25),
    "ioctl": Numbers(16, 29),
    "kill": Numbers(62, 129),
    "prctl": Numbers(157, 167),
    "prlimit64": Numbers(302, 261),
    "rt_sigqueueinfo": Numbers(129, 138),
    "tgkill": Numbers(234, 131),
}
"""Allowed for some of their arguments; :func:`_conditions` says which."""

FILES = {
    "access": Numbers(21, None),
    "chdir": Numbers(80, 49),
    "chmod": Numbers(90, None),
    "creat": Numbers(85, None),
    "faccessat": Numbers(269, 48),
    "faccessat2": Numbers(439, 439),
    "getcwd": Numbers(79, 17),
    "lstat": Numbers(6, None),
    "mkdir": Numbers(83, None),
    "mkdirat": Numbers(258, 34),
    "newfstatat": Numbers(262, 79),
    "open": Numbers(2, None),
    "openat": Numbers(257, 56),
    "readlink": Numbers(89, None),
    "readlinkat": Numbers(267, 78),
    "rename": Numbers(82, None),
    "renameat": Numbers(264, 38),
    "rmdir": Numbers(84, None),
    "stat": Numbers(4, None),
    "statx": Numbers(332, 291),
    "truncate": Numbers(76, 45),
    "unlink": Numbers(87, None),
    "unlinkat": Numbers(263, 35),
}
"""Refused with "permission denied", for Python looks for files of its own accord when it prints a warning."""

GIVEAWAYS = {
    "open a socket": {
        "bind": Numbers(49, 200),
        "connect": Numbers(42, 203),
        "sendto": Numbers(44, 206),
        "socket": Numbers(41, 198),
        "socketpair": Numbers(53, 199),
    },
    "start a process": {
        "clone": WITH_CONDITIONS["clone"],
        "fork": Numbers(57, None),
        "vfork": Numbers(58, None),
    },
    "start a program": {
        "execve": Numbers(59, 221),
        "execveat": Numbers(322, 281),
    },
    "signal another process": {
        "kill": WITH_CONDITIONS["kill"],
        "pidfd_send_signal": Numbers(424, 424),
        "rt_sigqueueinfo": WITH_CONDITIONS["rt_sigqueueinfo"],
        "rt_tgsigqueueinfo": Numbers(297, 240),
        "tgkill": WITH_CONDITIONS["tgkill"],
        "tkill": Numbers(200, 130),
    },
    "look into another process": {
        "kcmp": Numbers(312, 272),
        "pidfd_getfd": Numbers(438, 438),
        "pidfd_open": Numbers(434, 434),
        "process_vm_readv": Numbers(310, 270),
        "process_vm_writev": Numbers(311, 271),
        "ptrace": Numbers(101, 117),
    },
    "change what it is shut into": {
        "chroot": Numbers(161, 51),
        "mount": Numbers(165, 40),
        "pivot_root": Numbers(155, 41),
        "seccomp": Numbers(317, 277),
        "setns": Numbers(308, 268),
        "umount2": Numbers(166, 39),
        "unshare": Numbers(272, 97),
    },
    "reach into the kernel": {
        "add_key": Numbers(248, 217),
        "bpf": Numbers(321, 280),
        "finit_module": Numbers(313, 273),
        "init_module": Numbers(175, 105),
        "io_uring_setup": Numbers(425, 425),
        "kexec_load": Numbers(246, 104),
        "keyctl": Numbers(250, 219),
        "perf_event_open": Numbers(298, 241),
        "reboot": Numbers(169, 142),
        "request_key": Numbers(249, 218),
        "userfaultfd": Numbers(323, 282),
    },
}
"""What no network has a reason to try -> the calls by which it is tried. Whoever does is ended."""


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
