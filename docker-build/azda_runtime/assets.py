"""The user's files in an image: what the image declares, and what is there."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from azda_runtime.problems import InvalidValueError, shown

# `azdacli create` writes this file into each image.
INDEX = Path("/opt/azda/assets.json")

_CHUNK = 1024 * 1024
_PATH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageIndex:
    """What an image says about itself.

    Attributes:
        targets: Where its assets are.
        release: The DeepStream release, empty when it is not known.
        target: The device type that it is for.
        python: The Python that its bindings are for, as "3.10".
        digests: What each file of an asset was when the image was made: path -> sha256 in hexadecimal.
    """

    targets: tuple[Path, ...]
    release: str = ""
    target: str = ""
    python: str = ""
    digests: Mapping[Path, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class AssetFile:
    """One file of an asset.

    Attributes:
        path: Where it is.
        size: In bytes.
        sha256: Its digest in hexadecimal, None when it was not asked for.
    """

    path: Path
    size: int
    sha256: str | None

    def as_json(self) -> dict[str, object]:
        """The file as plain data."""
        return {"path": str(self.path), "size": self.size, "sha256": self.sha256}


def read_index(path: Path) -> ImageIndex | None:
    """Read what an image says about itself; None when it says nothing.

    Raises:
        InvalidValueError: The index is broken.
    """
    try:
        document = json.loads(path.read_bytes())
        targets = tuple(Path(asset["target"]) for asset in document["assets"])
        digests = {Path(file["path"]): file["digest"].removeprefix("sha256:") for file in document.get("files", ())}
        reported = {key: str(document.get(key, "")) for key in ("release", "target", "python")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidValueError(
            f"The image's index {_named(path)} is broken: {type(error).__name__}.",
            hint="Build the image again with `azdacli create`.",
        ) from None
    return ImageIndex(targets=targets, digests=digests, **reported)


def image_folders(path: Path = INDEX) -> tuple[Path, ...]:
    """The image's own folders of models and parsers; none where it says nothing.

    Raises:
        InvalidValueError: The index is broken.
    """
    index = read_index(path)
    return index.targets if index else ()


def files_of(target: Path, *, digests: bool) -> Iterator[AssetFile | InvalidValueError]:
    """Look at the files of an asset, a folder or a single file, in the order of their names.

    Args:
        target: Where the asset is.
        digests: Whether to read the files for their digests.

    Yields:
        Each file, or why it cannot be had.
    """
    if not target.exists():
        yield InvalidValueError(
            f"The asset {_named(target)} does not exist.",
            hint="Build the image again with `azdacli create --add`.",
        )
    elif target.is_dir():
        for folder, subfolders, names in os.walk(target):
            subfolders.sort()
            for name in sorted(names):
                yield _look_at(Path(folder) / name, digests=digests)
    else:
        yield _look_at(target, digests=digests)


def _look_at(path: Path, *, digests: bool) -> AssetFile | InvalidValueError:
    try:
        size = path.stat().st_size
        return AssetFile(path=path, size=size, sha256=_digest(path) if digests else None)
    except OSError as error:
        return InvalidValueError(
            f"The file {_named(path)} cannot be read: {error.strerror}.",
            hint="Check the link or its permissions.",
        )


def _named(path: Path) -> str:
    return shown(str(path), limit=_PATH)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
