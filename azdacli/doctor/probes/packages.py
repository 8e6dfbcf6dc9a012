"""azdacli's own packages: which of those that it was installed for are there."""

import importlib.metadata
import re

_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def absent() -> tuple[str, ...]:
    """Name the requirements that are not installed; none where azdacli itself is not, as in a bare checkout."""
    try:
        wanted = importlib.metadata.requires("azdacli") or []
    except importlib.metadata.PackageNotFoundError:
        return ()
    return tuple(name for text in wanted if (name := _needed(text)) and not _installed(name))


def _needed(requirement: str) -> str:
    """The package that a requirement names; empty where its marker leaves it out, as that of an extra does."""
    match = _NAME.match(requirement)
    name = match[0] if match else ""
    marker = requirement.partition(";")[2].strip()
    if not marker:
        return name
    try:
        from packaging.markers import Marker  # it may be what is missing, and is then named itself
    except ImportError:
        return ""
    return name if Marker(marker).evaluate({"extra": ""}) else ""


def _installed(name: str) -> bool:
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    # What is left of a package that was half removed has metadata and no files.
    files = distribution.files
    return files is None or any(distribution.locate_file(file).exists() for file in files if file.suffix == ".py")  # type: ignore[attr-defined] # a path in all cases we meet
