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
    return tuple(name for text in wanted if ";" not in text and (name := _name(text)) and not _installed(name))


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    return match[0] if match else ""


def _installed(name: str) -> bool:
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    # What is left of a package that was half removed has metadata and no files.
    files = distribution.files
    return files is None or any(distribution.locate_file(file).exists() for file in files if file.suffix == ".py")  # type: ignore[attr-defined] # a path in all cases we meet
