"""arm64 programs on this machine: qemu registered with the kernel for as long as somebody needs it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BINFMT = Path("/proc/sys/fs/binfmt_misc")
# The first 20 bytes of a 64 bit little endian ELF program for AArch64, and which of their bits count.
MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
QEMU = "/usr/bin/qemu-aarch64-static"


@contextmanager
def arm64() -> Iterator[None]:
    """Let the kernel run arm64 programs, also inside containers; afterwards it is as it was.

    The entry carries our process id, so that two sessions do not end each other's emulation. Flag F opens qemu now,
    so that a container needs no qemu of its own; C lets sudo and friends keep their rights.
    """
    mounted_here = not (BINFMT / "register").exists()
    if mounted_here:
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT], check=True)
    entry = BINFMT / f"azda-aarch64-{os.getpid()}"
    registered_here = not entry.exists()
    if registered_here:
        (BINFMT / "register").write_text(f":{entry.name}:M::{MAGIC}:{MASK}:{QEMU}:FC")
    try:
        yield
    finally:
        if registered_here:
            entry.write_text("-1")
        if mounted_here and {p.name for p in BINFMT.iterdir()} == {"register", "status"}:
            # Others may have come to use it meanwhile; then they keep it.
            subprocess.run(["umount", BINFMT], check=False, capture_output=True)
