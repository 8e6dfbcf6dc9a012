"""Where this installation of azdacli came from: what pip is to be given to get the same again, or what it lacks."""

import json
import re
import shlex
from collections.abc import Iterable
from importlib import metadata

from azdacli.util import resources

_EXTRA = re.compile(r"""\s*(?:and\s+)?extra\s*==\s*['"]simulator['"]""")
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def with_simulator() -> str:
    """What to give to pip for azdacli with the simulator: from the folder, file or repository that it came from."""
    return _from_source("azdacli[simulator]")


def with_evaluation(*, cluster: bool = False) -> str:
    """What to give to pip for azdacli with what `evaluate` needs, from where it came."""
    return _from_source("azdacli[dask]" if cluster else "azdacli[evaluate]")


def itself() -> str:
    """What to give to pip for azdacli alone, from where it came."""
    return _from_source("azdacli")


def _from_source(name: str) -> str:
    source = _source()
    return shlex.quote(f"{name} @ {source}" if source else name)


def requirements(packages: Iterable[str]) -> str:
    """What to give to pip for some of the simulator's packages: with the bounds that azdacli itself states.

    Args:
        packages: Their names; one that azdacli states nothing of goes as it is.
    """
    return " ".join(shlex.quote(each) for name in packages for each in _stated(name) or [name])


def _stated(package: str) -> list[str]:
    try:
        lines = metadata.requires("azdacli") or []
    except metadata.PackageNotFoundError:
        return []
    mine = [line for line in lines if _EXTRA.search(line)]
    named = [line for line in mine if (found := _NAME.match(line)) and found[0].lower() == package.lower()]
    return [_EXTRA.sub("", line).rstrip(" ;") for line in named]


def _source() -> str | None:
    """The address that pip was given (packaging.python.org, direct_url.json); None when it came from an index."""
    try:
        text = metadata.distribution("azdacli").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return resources.DOCKER_BUILD.parent.as_uri()  # a checkout that was not installed
    if text is None:
        return None
    found = json.loads(text)
    vcs = found.get("vcs_info")
    return f"{vcs['vcs']}+{found['url']}@{vcs['commit_id']}" if vcs else str(found["url"])
