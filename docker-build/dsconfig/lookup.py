"""Where a path that a configuration names is looked up: one rule for the runtime and for whoever checks before it."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath


def locations(path: str, roots: Iterable[str]) -> Iterator[str]:
    """Say where a path may lead to.

    Args:
        path: Absolute, or relative to one of the roots.
        roots: Absolute folders: the archive's root, its folder, then the image's folders, in the order of `--add`.

    Yields:
        Absolute paths; the first that is a file is meant.
    """
    if path.startswith("/"):
        yield path
        return
    for root in roots:
        yield str(PurePosixPath(root) / path)
