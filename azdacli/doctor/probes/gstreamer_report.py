"""Says what GStreamer and its Python binding have; run as a file, by the interpreter that is asked about.

Its argument is JSON: the simulator's preflight file, and the names of elements, typelibs and packages to look for. The
answer is one line of JSON. It imports with the standard library alone, and what fails to import is part of the answer.
"""

import json
import platform
import runpy
import sys
import sysconfig
from importlib import import_module
from pathlib import Path
from typing import Any


def report(asked: dict[str, Any]) -> dict[str, Any]:
    """Look everything up."""
    preflight = runpy.run_path(asked["preflight"])
    answer: dict[str, Any] = {
        "python": platform.python_version(),
        "packages": {package: _version(module) for module, package in preflight["PACKAGES"].items()},
        "required": list(preflight["ELEMENTS"]),
        "managed": _is_managed(),
    }
    try:
        gi = import_module("gi")
        gi.require_version("Gst", "1.0")
        gst = import_module("gi.repository.Gst")
        gst.init(None)
    except Exception as error:  # noqa: BLE001 # a binding for another Python may fail at anything
        return answer | {"binding": f"{type(error).__name__}: {error}"}
    names = {*asked["elements"], *preflight["ELEMENTS"]}
    return answer | {
        "binding": "",
        "gstreamer": gst.version_string(),
        "loader": gst.Registry.get().find_plugin("python") is not None,
        "elements": {name: gst.ElementFactory.find(name) is not None for name in sorted(names)},
        "typelibs": {name: _typelib(gi, name) for name in asked["typelibs"]},
    }


def _is_managed() -> bool:
    """Whether pip installs nothing here: packaging.python.org, "Externally Managed Environments"."""
    return sys.prefix == sys.base_prefix and Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").is_file()


def _version(module: str) -> str | None:
    try:
        return str(getattr(import_module(module), "__version__", "?"))
    except BaseException:  # noqa: BLE001 # a package for another Python may fail at anything, and even exit
        return None


def _typelib(gi: Any, name: str) -> bool:
    try:
        gi.require_version(name, "1.0" if name.startswith("Gst") else "2.0")
        import_module(f"gi.repository.{name}")
    except Exception:  # noqa: BLE001 # same
        return False
    return True


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(report(json.loads(sys.argv[1]))) + "\n")
