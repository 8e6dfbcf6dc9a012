"""Which marked groups of tests this machine can run, and what is missing for the others."""

import os
import platform
import shutil
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

GROUPS = (
    "engine",
    "registry",
    "emulation",
    "podman",
    "gstreamer",
    "native",
    "browser",
    "broker",
    "azurite",
    "fresh_root",
)
INSTALL = "run scripts/install-test-tools as root on Debian 12"
PYTHON_LOADER = "libgstpython.so"


def cache_folder() -> Path:
    """Where downloads and base images outlive a run."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "azdacli-tests"


def modern_engine_folder() -> Path:
    """Where scripts/install-test-tools unpacks the engine with BuildKit."""
    return cache_folder() / "modern-engine"


@cache
def missing(group: str) -> str | None:
    """Say what a marked group lacks here, in one sentence with what to do; None when it can run."""
    checks = {
        "engine": lambda: _root() or _programs("/usr/sbin/dockerd", "/usr/bin/docker", "debootstrap") or _modern(),
        "registry": lambda: _programs("docker-registry", "skopeo"),
        "emulation": lambda: _root() or _programs("qemu-aarch64-static"),
        "podman": lambda: _root() or _programs("podman", "conmon", "/usr/bin/docker"),
        "gstreamer": _gstreamer,
        "native": lambda: _programs("g++", "addr2line"),
        "browser": lambda: _programs("chromium", "ffmpeg"),
        "broker": lambda: _root() or _programs("mosquitto", "ip"),
        "azurite": lambda: _programs("node") or _azurite(),
        "fresh_root": lambda: _root() or _programs("debootstrap", "unshare", "chroot", "git"),
    }
    reason = checks[group]()
    return f"{reason}: {INSTALL}" if reason else None


def _root() -> str | None:
    if platform.system() != "Linux":
        return f"needs Linux, this is {platform.system()}"
    return None if os.geteuid() == 0 else "needs root"


def _programs(*names: str) -> str | None:
    absent = [name for name in names if not shutil.which(name, path=search_path())]
    return f"{', '.join(absent)} not found" if absent else None


def search_path() -> str:
    """The PATH with the administrator's folders, which a shell of root may lack."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def _modern() -> str | None:
    folder = modern_engine_folder()
    return None if (folder / "bin" / "dockerd").exists() else f"no modern engine in {folder}"


def azurite_program() -> Path:
    """Where scripts/install-test-tools puts Azurite's blob service."""
    return cache_folder() / "azurite-3.35.0" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


def _azurite() -> str | None:
    return None if azurite_program().exists() else f"no {azurite_program()}"


def _gstreamer() -> str | None:
    if find_spec("gi") is None:
        return f"{sys.executable} has no GStreamer binding (make test makes an environment that has it)"
    return _programs("gst-launch-1.0", "ffmpeg", "Xvfb")
