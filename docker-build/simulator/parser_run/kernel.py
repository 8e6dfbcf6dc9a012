"""What the kernel refuses to the child from its start, whatever it calls it by: Python, C, or a socket made later.

Namespaces do not hold sockets that are files and appear after the start, and no limit counts memory that is a file
(tmpfs, memfd) or System V's. A filter of system calls (seccomp(2)) needs no rights, holds in every thread and in all
that a child starts, and cannot be taken off.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _ALL_THREADS = 38, 1, 1
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _EPERM = 0x7FFF0000, 0x00050000, 1
_NUMBER, _ARCHITECTURE = 0, 4  # where they stand in struct seccomp_data
_OTHER_ABI = 0x40000000  # x32's calls, which have numbers of their own
# The same number on every architecture: asm-generic/unistd.h and unistd_64.h of Linux 6.1, as all of these.
_EVERYWHERE = {"io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "memfd_secret": 447}


@dataclass(frozen=True, slots=True)
class _Machine:
    """One architecture: its AUDIT_ARCH_, the number of seccomp(2), and those of what is refused."""

    audit: int
    seccomp: int
    refused: Mapping[str, int]


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        317,
        {
            "socket": 41,
            "connect": 42,
            "mount": 165,
            "unshare": 272,
            "setns": 308,
            "memfd_create": 319,
            "shmget": 29,
            "msgget": 68,
            "ptrace": 101,
            "bpf": 321,
            **_EVERYWHERE,
        },
    ),
    "aarch64": _Machine(
        0xC00000B7,
        277,
        {
            "socket": 198,
            "connect": 203,
            "mount": 40,
            "unshare": 97,
            "setns": 268,
            "memfd_create": 279,
            "shmget": 194,
            "msgget": 186,
            "ptrace": 117,
            "bpf": 280,
            **_EVERYWHERE,
        },
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def restrict() -> bool:
    """Refuse connections, file systems and memory that no limit counts, for good; False where that is impossible."""
    machine = _MACHINES.get(platform.machine())
    if not sys.platform.startswith("linux") or machine is None or sys.maxsize < 1 << 32:
        return False
    code = _code(machine.audit, sorted(machine.refused.values()))
    held = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(held))
    try:
        libc = ctypes.CDLL(None, use_errno=True)
    except OSError:
        return False
    none = ctypes.c_ulong(0)
    if libc.prctl(_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), none, none, none) != 0:
        return False
    set_filter = (ctypes.c_long(machine.seccomp), ctypes.c_long(_SET_MODE_FILTER), ctypes.c_long(_ALL_THREADS))
    return bool(libc.syscall(*set_filter, ctypes.byref(program)) == 0) and _holds()


def _holds() -> bool:
    try:
        os.close(os.memfd_create("azda"))
    except OSError as error:
        return error.errno == _EPERM
    return False


def _code(audit: int, refused: Sequence[int]) -> bytes:
    """The filter's instructions, each struct sock_filter: jumps are counted from the next one."""
    count = len(refused)
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 0, count + 3, audit), (_LOAD, 0, 0, _NUMBER)]
    steps.append((_AT_LEAST, count + 1, 0, _OTHER_ABI))
    steps += [(_EQUAL, count - index, 0, number) for index, number in enumerate(refused)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE | _EPERM)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
