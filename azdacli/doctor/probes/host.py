"""The machine itself: system, distribution, disk, emulation, ports, files and their owners."""

import contextlib
import os
import platform
import shutil
import socket
import stat
from collections.abc import Iterable
from pathlib import Path

from azdacli.doctor.facts.machine import Emulator, Entry, Host

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "AMD64": "amd64", "ARM64": "arm64"}
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
# The bytes 18 and 19 of an ELF program for AArch64 (e_machine 183, little endian), as binfmt_misc prints the magic.
_AARCH64 = "b700"


def look(os_release: Path = Path("/etc/os-release")) -> Host:
    """Say which machine this is."""
    names = _os_release(os_release)
    machine = platform.machine()
    return Host(
        system=platform.system(),
        machine=_MACHINES.get(machine, machine),
        python=platform.python_version(),
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
        distribution=names.get("ID", ""),
        release=names.get("VERSION_ID", ""),
    )


def _os_release(path: Path) -> dict[str, str]:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
        return {name: value.strip("\"'") for name, _, value in pairs}
    return {}


def free_bytes(folder: Path) -> int | None:
    """Free bytes on the disk of a folder, or of the nearest folder above that is there; None when nobody says."""
    there = next((location for location in (folder, *folder.parents) if _exists(location)), None)
    try:
        return shutil.disk_usage(there).free if there else None
    except OSError:
        return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder above may not be entered
        return False


def arm64_emulators(folder: Path = _BINFMT) -> tuple[Emulator, ...]:
    """List the emulators of arm64 programs that the kernel knows (Documentation/admin-guide/binfmt-misc.rst)."""
    found = []
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return ()
    for entry in entries:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            lines = entry.read_text(encoding="utf-8").splitlines()
            fields = dict(line.split(" ", 1) for line in lines if " " in line)
            if fields.get("magic", "")[36:40] == _AARCH64:
                flags = fields.get("flags:", "")
                found.append(
                    Emulator(
                        name=entry.name,
                        interpreter=fields.get("interpreter", ""),
                        enabled=lines[0] == "enabled",
                        fixed="F" in flags,
                    )
                )
    return tuple(found)


def port_is_free(port: int) -> bool | None:
    """Whether a server could listen on a TCP port of all addresses; None when only root could say."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if platform.system() != "Windows":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except PermissionError:
            return None
        except OSError:
            return False
    return True


def entries(paths: Iterable[str]) -> tuple[Entry, ...]:
    """Look files up."""
    return tuple(_entry(path) for path in paths)


def _entry(path: str) -> Entry:
    try:
        status = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return Entry(path=path, exists=False)
    except (OSError, ValueError):
        return Entry(path=path, exists=None)
    return Entry(
        path=path,
        exists=True,
        is_socket=stat.S_ISSOCK(status.st_mode),
        owner=status.st_uid,
        group=status.st_gid,
        mode=stat.S_IMODE(status.st_mode),
    )
