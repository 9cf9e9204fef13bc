"""System calls that a network may make, those that give it away, and their numbers.

A network computes. It needs memory, threads, clocks and the pipe for its answer, and nothing else: so this is a list
of what is allowed, and what a later kernel adds is refused until it is put here.
"""

from __future__ import annotations

from typing import NamedTuple


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
"""Allowed for some of their arguments; :mod:`illuminas.tools.sandbox.seccomp` says which."""

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
