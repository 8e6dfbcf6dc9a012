"""The environment of the child that runs the simulated DeepStream: chosen from what decides, not inherited.

GStreamer lists its plugins in a process of its own, the scanner, where its Python loader starts an interpreter: the
first `python3` in PATH, with that one's packages. Behind an activated environment it sees neither the binding nor ours,
and on Debian 13 and Ubuntu 24.04 it finds no libpython: their loader asks for a name that only libpython3-dev has. So
the plugins are listed in the child itself, which is an interpreter already; the scanner is for a plugin that crashes.
"""

import contextlib
import hashlib
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from azdacli import __version__
from azdacli.util import paths, resources

SIMULATOR = resources.DOCKER_BUILD / "simulator"
OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

_SYSTEM_PATH = ("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin")
# What an activated environment leaves behind, beside PATH and the variables that begin with PYTHON.
_ACTIVATED = frozenset(
    {"VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "__PYVENV_LAUNCHER__"}
)
# They decide how GStreamer's list of plugins is kept; a list of our own needs none of them.
_LISTING = frozenset({"GST_REGISTRY", "GST_REGISTRY_1_0", "GST_REGISTRY_UPDATE", "GST_REGISTRY_DISABLE"})
# GStreamer reads the second only where the first is not set (gst/gstregistry.c).
_PLUGINS = ("GST_PLUGIN_PATH_1_0", "GST_PLUGIN_PATH")
# What the loaders of programs, libraries and typelibs go by, as shells of conda, nix and direnv set it.
_LOADERS = ("GST_", "GI_", "LD_", "DYLD_")
_KEPT_LISTS = 8


def secrets_of(inherited: Mapping[str, str]) -> set[str]:
    """The variables that hold secrets of ours, which no child that runs a user's code gets."""
    return {name for name in inherited if name.startswith("AZDA_") and name.endswith(("PASSWORD", "TOKEN"))}


def environment(
    python: str, inherited: Mapping[str, str], *, scanner: bool = False, release: str = ""
) -> dict[str, str]:
    """The child's environment: our folders, and the packages of the environment that azdacli itself is in.

    Args:
        python: The child's interpreter.
        inherited: Our own environment.
        scanner: Whether GStreamer lists its plugins in a process of its own.
        release: The DeepStream release to simulate, the simulator's default one without it.
    """
    # A parser needs none of our secrets: the camera's password is in the settings.
    secret = secrets_of(inherited)
    dropped = {name for name in inherited if name.startswith("PYTHON")} | _ACTIVATED | _LISTING | {*_PLUGINS} | secret
    mine = {name: value for name, value in inherited.items() if name not in dropped}
    packages = [str(resources.DOCKER_BUILD), str(SIMULATOR / "site-packages")]
    if version_of(python) in (None, OWN_VERSION):  # compiled packages of another version would hide its own
        packages += own_packages()
    theirs = next((inherited[name] for name in _PLUGINS if name in inherited), "")
    plugins = [str(SIMULATOR / "plugins"), *filter(None, [theirs])]
    chosen = {
        **mine,
        **({"AZDA_DEEPSTREAM": release} if release else {}),
        "PATH": os.pathsep.join(dict.fromkeys([home_of(python), *_SYSTEM_PATH])),
        "PYTHONPATH": os.pathsep.join(packages),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ORT_DISABLE_TELEMETRY": mine.get("ORT_DISABLE_TELEMETRY") or "1",  # also for a parser that imports it
        "GST_PLUGIN_PATH": os.pathsep.join(plugins),
        "GST_REGISTRY_FORK": "yes" if scanner else "no",
    }
    return {**chosen, "GST_REGISTRY": str(_plugin_list(python, chosen))}


def own_packages() -> list[str]:
    """Where the packages of the running environment are: an overlay, as `uv run --with` makes one, has several."""
    return [path for path in dict.fromkeys(sys.path) if Path(path).name in ("site-packages", "dist-packages")]


def version_of(python: str) -> str | None:
    """The version of an interpreter, `3.11`, from the name of the file that it is; None where that does not say."""
    found = re.fullmatch(r"python(3\.[0-9]+)", Path(shutil.which(python) or python).resolve().name)
    return found[1] if found else None


def home_of(python: str) -> str:
    """The folder of the interpreter that an environment was made from; its own folder where there is no environment."""
    found = Path(os.path.abspath(shutil.which(python) or python))  # noqa: PTH100 # a link to an interpreter stays one
    with contextlib.suppress(OSError):
        for line in (found.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == "home":  # docs.python.org/3/library/site.html: the key of PEP 405
                return value.strip()
    return str(found.parent)


def forget_plugins(environment: Mapping[str, str]) -> None:
    """Remove the list of plugins that a start left which lacked something: the next one looks again."""
    kept = Path(environment["GST_REGISTRY"])
    for path in (kept, _mark(kept), *kept.parent.glob(f"{kept.name}.tmp*")):  # GStreamer writes beside it, then renames
        with contextlib.suppress(OSError):
            path.unlink()


def is_proven(environment: Mapping[str, str]) -> bool:
    """Whether an earlier start lacked nothing: all that decides is as it was, and GStreamer's list of plugins too."""
    kept = Path(environment["GST_REGISTRY"])
    try:
        return _mark(kept).read_text(encoding="utf-8") == _state(kept) and kept.is_file()
    except OSError:
        return False


def note_proven(environment: Mapping[str, str]) -> None:
    """Remember that a start lacked nothing; where nothing can be written, the next one looks again."""
    kept = Path(environment["GST_REGISTRY"])
    with contextlib.suppress(OSError):
        _mark(kept).write_text(_state(kept), encoding="utf-8")


def _mark(kept: Path) -> Path:
    return kept.with_suffix(".proven")


def _plugin_list(python: str, chosen: Mapping[str, str]) -> Path:
    """Where GStreamer keeps its list of plugins: a file for everything that decides what is found."""
    digest = hashlib.sha256("\0".join(_decides(python, chosen)).encode()).hexdigest()[:16]
    folder = paths.cache_folder(chosen)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _drop_old(folder, keep=_KEPT_LISTS)
    return folder / f"gstreamer-{digest}.bin"


def _decides(python: str, chosen: Mapping[str, str]) -> Iterator[str]:
    yield from (__version__, os.path.abspath(python), sys.platform, platform.machine())  # noqa: PTH100 # as above
    yield from (f"{name}={chosen[name]}" for name in sorted(chosen) if name.startswith(_LOADERS))
    yield from (chosen["PATH"], chosen["PYTHONPATH"])
    # A home can be shared by machines and containers of several distributions.
    yield from (_state(Path(path)) for path in ("/etc/os-release", shutil.which(python) or python))
    # pip changes the folder; GStreamer itself looks at the plugins' files alone, not at what they import.
    yield from (_state(Path(folder)) for folder in chosen["PYTHONPATH"].split(os.pathsep))
    for path in sorted(SIMULATOR.rglob("*.py")):
        yield _state(path)


def _state(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return f"{path} is not there"
    return f"{path} {found.st_mtime_ns} {found.st_size if path.is_file() else 0}"


def _drop_old(folder: Path, *, keep: int) -> None:
    lists: Sequence[Path] = sorted(folder.glob("gstreamer-*.bin"), key=lambda path: path.stat().st_mtime_ns)
    for path in lists[:-keep]:
        path.unlink(missing_ok=True)
        _mark(path).unlink(missing_ok=True)
