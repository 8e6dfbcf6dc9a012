"""The labels that say what an image is and where it comes from (image-spec, annotations.md)."""

import os
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.oci.reference import DEFAULT_TAG, Reference
from azdacli.util import git

_PREFIX = "org.opencontainers.image"


def labels(name: str, folder: Path) -> dict[str, str]:
    """Say an image's title, version, revision and source, as far as they are known.

    Args:
        name: What the image is called, with its tag.
        folder: A folder of the repository that it is made from.
    """
    revision, source = git.origin(folder, os.environ)
    title, version = _name(name)
    known = {"title": title, "version": version, "revision": revision, "source": source}
    return {f"{_PREFIX}.{key}": value for key, value in known.items() if value}


def _name(name: str) -> tuple[str, str]:
    try:
        reference = Reference.parse(name) if name else None
    except SpecError:
        return "", ""  # said where the name is used
    if reference is None:
        return "", ""
    version = reference.tag or ""
    return reference.repository.rpartition("/")[2], "" if version == DEFAULT_TAG else version
