"""What a Python needs to run the simulated DeepStream: its environment, and how to get what it lacks."""

import contextlib
import hashlib
import os
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azdacli.errors import SimulationError
from azdacli.util import resources

SYSTEM_PYTHON = Path("/usr/bin/python3")
APT = (
    "sudo apt-get install python3-gi python3-gst-1.0 gir1.2-gst-plugins-base-1.0 gstreamer1.0-python3-plugin-loader "
    "gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly "
    "gstreamer1.0-libav"
)
PIP = "pip install 'azdacli[simulator]'"
VENV = f"{SYSTEM_PYTHON} -m venv --system-site-packages ENV && ENV/bin/{PIP}"

SIMULATOR = resources.DOCKER_BUILD / "simulator"


def environment() -> dict[str, str]:
    """The child's environment: our folders, and the packages of the environment that azdacli itself is in.

    GStreamer's plugin scanner is a process of its own that knows nothing of a virtual environment, so all is said in
    PYTHONPATH.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "azdacli"
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    # One list of plugins per installation of ours: another one's would name files that are not there.
    tag = hashlib.sha256(f"{SIMULATOR} {sys.executable}".encode()).hexdigest()[:12]
    paths = [resources.DOCKER_BUILD, SIMULATOR / "site-packages", sysconfig.get_path("purelib")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ORT_DISABLE_TELEMETRY": os.environ.get("ORT_DISABLE_TELEMETRY") or "1",  # also for a parser that imports it
        "GST_PLUGIN_PATH": os.pathsep.join(
            filter(None, [str(SIMULATOR / "plugins"), os.environ.get("GST_PLUGIN_PATH")])
        ),
        "GST_REGISTRY": str(cache / f"gstreamer-{tag}.bin"),
    }


def unable(candidates: Sequence[str], lacks: Sequence[Mapping[str, Any]]) -> SimulationError:
    """Say in one sentence what to install.

    Args:
        candidates: The interpreters, the one that azdacli runs in first, or the user's choice alone.
        lacks: What each lacks.
    """
    for lacking in lacks:
        if "elements" in lacking:
            return SimulationError(f"GStreamer lacks {', '.join(lacking['elements'])}", hint=APT)
    name, last = candidates[-1], lacks[-1]
    if "python" in last:
        return SimulationError(
            f"{name} cannot be used: {last['python']}", hint="Name a Python interpreter of 3.10 or later with --python."
        )
    if "binding" in last and len(candidates) == 1 and name != str(SYSTEM_PYTHON):
        return SimulationError(f"{name} has no GStreamer binding", hint=f"Make an environment that has it: {VENV}")
    if "binding" in last:
        return SimulationError("GStreamer's Python binding is missing", hint=APT)
    if "packages" in lacks[0]:
        return SimulationError(f"{candidates[0]} lacks {', '.join(lacks[0]['packages'])}", hint=PIP)
    return SimulationError(
        f"{candidates[0]} has no GStreamer binding, and {name} cannot use its packages",
        hint=f"Make an environment that has both: {VENV}",
    )
