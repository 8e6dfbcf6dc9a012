"""What a Python lacks for the simulated DeepStream, in one sentence, and the line that brings it."""

import os
import platform
import shlex
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from azdacli.errors import SimulationError
from azdacli.simulation import own_package
from azdacli.simulation.environment import version_of
from azdacli.util import apt, system_packages

SYSTEM_PYTHON = Path("/usr/bin/python3")


def unable(candidates: Sequence[str], lacks: Sequence[Mapping[str, Any]]) -> SimulationError:
    """Say in one sentence what is missing, and how to get it.

    Args:
        candidates: The interpreters, the one that azdacli runs in first, or the user's choice alone.
        lacks: What each lacks.
    """
    name, last = candidates[-1], lacks[-1]
    for each, lacking in zip(candidates, lacks, strict=True):
        if "elements" in lacking:
            return _without_elements(each, lacking)
    if "python" in last:
        return SimulationError(
            f"{name} cannot be used: {last['python']}", hint="Name a Python interpreter of 3.10 or later with --python."
        )
    if "binding" in last and len(candidates) == 1 and name != str(SYSTEM_PYTHON):
        return SimulationError(
            f"{name} has no GStreamer binding", hint=f"Make an environment that has it: {venv_line()}"
        )
    if "binding" in last:
        return SimulationError(
            f"GStreamer's Python binding is missing ({last['binding']})", hint=_installing(_needed())
        )
    if "packages" in lacks[0]:
        return _without_packages(candidates[0], name, lacks[0]["packages"])
    return SimulationError(
        f"{candidates[0]} has no GStreamer binding, and {name} cannot use its packages",
        hint=f"Make an environment that has both: {venv_line()}",
    )


def pip_line(python: str, packages: Iterable[str]) -> str:
    """What a user types to get packages of the simulator into the environment of an interpreter."""
    return f"{shlex.quote(python)} -m pip install {own_package.requirements(packages)}"


def venv_line() -> str:
    """What a user types to get an environment that has the distribution's binding and the simulator's packages."""
    return f"{SYSTEM_PYTHON} -m venv --system-site-packages ENV && ENV/bin/pip install {own_package.with_simulator()}"


def administrator() -> str:
    """How a user of this machine runs a command as root."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return ""
    return "sudo" if shutil.which("sudo") else "su"


def _without_packages(python: str, last: str, lacking: Sequence[str]) -> SimulationError:
    """Say which packages an interpreter lacks; they are of no use where the binding is another version's."""
    message = f"{python} lacks {', '.join(lacking)}"
    own, binding = version_of(python), version_of(last)
    if own and binding and own != binding:
        return SimulationError(
            f"{message}, and GStreamer's binding belongs to {last}, which is Python {binding}",
            hint=f"Make an environment that has both: {venv_line()}",
        )
    return SimulationError(message, hint=pip_line(python, lacking))


def _without_elements(python: str, lacking: Mapping[str, Any]) -> SimulationError:
    """GStreamer's own elements come in packages; DeepStream's come from our files, through the Python loader."""
    known = system_packages.load()
    elements = lacking["elements"]
    message = f"GStreamer lacks {', '.join(elements)}"
    packages = set(known.bringing(elements, known.distribution(_os_release())))
    if not lacking.get("loader", True):
        packages.add(system_packages.LOADER)
    if not packages:  # the loader is there, and could not read our files
        reason = f"Run `{python} -c 'import numpy, onnxruntime, gi'` to see why; GStreamer's Python is {SYSTEM_PYTHON}."
        return SimulationError(f"{message}: its Python loader cannot use the packages of {python}", hint=reason)
    return SimulationError(message, hint=_installing(sorted(packages)))


def _needed() -> tuple[str, ...]:
    return system_packages.load().packages(system_packages.SIMULATE)


def _installing(packages: Iterable[str]) -> str:
    if shutil.which("apt-get"):
        return f"Install it: {apt.install_line(packages, administrator())}"
    return (
        f"Install what Debian and Ubuntu call {', '.join(packages)}, "
        "or run the pipeline in a container: azdacli create --device-type CPU."
    )


def _os_release() -> Mapping[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}
