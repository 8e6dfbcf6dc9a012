"""What a native parser was doing when it crashed: a signal handler that looks at the stack before the process ends."""

import ctypes
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Callable
from typing import Any

_SIGNALS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT)
_FRAMES = 64
_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_WITH_CONTEXT = 4
"""SA_SIGINFO: the handler gets the processor's registers."""
_STACK_POINTER = 160
_LINK_REGISTER = 424
"""Where the kernel's ucontext holds them: `rsp` on x86-64, `x30` on AArch64."""
_kept: list[Any] = []  # a handler that is collected while it is installed would be called in freed memory


class _Action(ctypes.Structure):
    """`struct sigaction` of glibc."""

    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_ubyte * 128),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


class _Found(ctypes.Structure):
    """Dl_info of `dladdr`."""

    _fields_ = (
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("symbol", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    )


Frame = tuple[str, str, str]
"""A library's real path, the function, and `file:line`; the last two are empty where not known."""


def on_crash(libraries: tuple[str, ...], report: Callable[[str, list[Frame]], None]) -> None:
    """Call `report(signal, frames)` when native code crashes, then end the process.

    The handler runs Python in a signal handler. It may: the interpreter's lock is free while native code runs, and
    what crashed never goes on.

    Args:
        libraries: Real paths of the libraries whose functions are worth naming; the user's is the first.
        report: Gets the signal's name and what was called in those libraries, innermost first. Lines are known where
            a library has debugging information and `addr2line` is installed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    addresses = (ctypes.c_void_p * _FRAMES)()
    libc.backtrace(addresses, _FRAMES)  # the first call loads libgcc, which a handler must not

    def handle(number: int, _information: int, context: int) -> None:
        count = libc.backtrace(addresses, _FRAMES)
        called = [addresses[index] or 0 for index in range(count)]
        frames = _inside(libc, called, libraries)
        # A stand-in has no tables for unwinding its stack: its caller is where it would return to.
        if len(frames) == 1 and frames[0][0] != libraries[0]:
            frames += _inside(libc, [_return_address(context)], libraries)
        report(signal.Signals(number).name, frames)
        os._exit(128 + number)

    handler = _HANDLER(handle)
    _kept.append(handler)
    action = _Action(ctypes.cast(handler, ctypes.c_void_p), flags=_WITH_CONTEXT)
    for number in _SIGNALS:
        libc.sigaction(int(number), ctypes.byref(action), None)


def _return_address(context: int) -> int:
    """Where the function that has just been entered returns to."""
    if platform.machine() == "x86_64":
        top = ctypes.c_uint64.from_address(context + _STACK_POINTER).value
        return ctypes.c_uint64.from_address(top).value
    return ctypes.c_uint64.from_address(context + _LINK_REGISTER).value


def _inside(libc: ctypes.CDLL, addresses: list[int], libraries: tuple[str, ...]) -> list[Frame]:
    frames = []
    for address in addresses:
        found = _Found()
        if not libc.dladdr(ctypes.c_void_p(address), ctypes.byref(found)) or not found.file:
            continue
        file = os.path.realpath(os.fsdecode(found.file))
        if file in libraries:
            # Addresses of a stack are those to return to: one byte before is the call.
            name, line = _line(file, address - (found.base or 0) - 1)
            frames.append((file, name or _demangled(found.symbol), line))
    return frames


def _line(file: str, offset: int) -> tuple[str, str]:
    tool = shutil.which("addr2line")
    if tool is None:
        return "", ""
    command = [tool, "--demangle", "--functions", "--exe", file, hex(offset)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return "", ""
    if len(answer) < 2:  # noqa: PLR2004 # the function, then the line
        return "", ""
    function, line = (part.split(" (discriminator")[0] for part in answer[:2])
    return ("" if function.startswith("??") else function), ("" if line.startswith("??") else line)


def _demangled(symbol: bytes | None) -> str:
    if not symbol:
        return ""
    try:
        demangle = ctypes.CDLL("libstdc++.so.6")["__cxa_demangle"]
    except OSError:
        return symbol.decode(errors="replace")
    demangle.restype = ctypes.c_char_p
    return (demangle(symbol, None, None, ctypes.byref(ctypes.c_int())) or symbol).decode(errors="replace")
