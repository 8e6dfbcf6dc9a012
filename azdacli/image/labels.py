"""Every label of ours, and what an image says of its assets: three labels, and the file that its own self-test reads.

The list stands in the file. It stands in a label too while it is short, because a label is read without a layer. A
longer one cannot: a line of a Dockerfile ends at 65,535 characters (moby/buildkit, frontend/dockerfile/parser, a
bufio.Scanner), and other tools refuse a configuration of more than 4 MiB (containers/image, iolimits). Then the
label is empty, and the file's digest in a label of its own proves the list that is read from the image.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azdacli.image.spec import Asset
from azdacli.util import files as on_disk
from azdacli.util import json_text

# What the image was made for, and by which azdacli; what `publish` put its layers on.
RELEASE, TARGET, VARIANT, PYTHON = "io.azda.release", "io.azda.target", "io.azda.variant", "io.azda.python"
RUNTIME, BACKENDS, JETPACK, BELOW = "io.azda.runtime", "io.azda.backends", "io.azda.jetpack", "io.azda.base-layers"
# Labels: every file with size and digest; the folders and files that `--add` named; the digest of the whole document.
FILES, TARGETS, DOCUMENT = "io.azda.assets", "io.azda.asset-targets", "io.azda.asset-index"
PATH = "opt/azda/assets.json"
LAYER = "the list of assets"  # what publish calls the layer of the document
INSTRUCTIONS = (f"/{PATH}", LAYER)  # by one of these an image's history names that layer
_LARGEST = 16 << 20  # bytes of the document, and its parts: a hundred thousand files
_MOST_PARTS = 600_000
_LONGEST = 24 * 1024  # characters of a list in a label: half the line's limit, as each may need an escape

Read = Callable[[str], bytes | None]
"""Reads the document of an image; its digest is given, None means that it cannot be had."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """The assets of an image: each file with path, size and digest; the folders and files that `--add` named."""

    files: Sequence[Mapping[str, Any]] = ()
    targets: Sequence[str] = ()


def targets(added: Sequence[Asset]) -> list[str]:
    """Name the folders that were filled and the single files that were added, each once."""
    return list(dict.fromkeys(_target(asset) for asset in added))


def labels(listing: Listing, document: bytes) -> dict[str, str]:
    """Make the labels; a list that is too long for one is left empty, also over a shorter one of the base's."""
    return {
        FILES: _short(listing.files),
        TARGETS: _short(listing.targets),
        DOCUMENT: f"sha256:{hashlib.sha256(document).hexdigest()}",
    }


def document(listing: Listing, *, release: str, target: str, python: str) -> bytes:
    """Write `/opt/azda/assets.json`, from which the runtime learns what it is and what must be there."""
    index = {
        "release": release,
        "target": target,
        "python": python,
        "assets": [{"target": path} for path in listing.targets],
    }
    # A file at a time: a hundred thousand rows as objects would take five times the memory of their text.
    text = io.BytesIO()
    text.write(json.dumps(index)[:-1].encode() + b', "files": [')
    for number, row in enumerate(listing.files):
        text.write((",\n" if number else "\n").encode() + json.dumps(row).encode())
    text.write(b"\n]}\n")
    return text.getvalue()


def listed(labels: Mapping[str, str], read: Read) -> Listing | None:
    """Find out which assets an image has; None when it has a list that cannot be read.

    Args:
        labels: The image's. Those of versions that knew no document hold both lists whatever their length.
        read: Asked only where a label does not hold its list.
    """
    files, named = _array(labels.get(FILES)), _array(labels.get(TARGETS))
    if (files is None or named is None) and labels.get(DOCUMENT):
        found = read(labels[DOCUMENT])
        return None if found is None else _parsed(found, files, named)
    return Listing(files=_rows(files or ()), targets=_texts(named or ()))


def _parsed(data: bytes, files: list[Any] | None, named: list[Any] | None) -> Listing | None:
    """Read the document; a label that holds its list goes first, as a later tool may have written it."""
    try:
        index = json_text.read_object(data, most=_LARGEST, parts=_MOST_PARTS)
        rows = _rows(index["files"] if files is None else files)
        folders = [asset["target"] for asset in index["assets"]] if named is None else named
    except (ValueError, KeyError, TypeError):
        return None
    return Listing(files=rows, targets=_texts(folders))


def _rows(values: Sequence[Any]) -> list[Mapping[str, Any]]:
    """Read the files' rows: what is not text and no number in them is nothing that anybody wrote."""
    rows = (
        {name: value for name, value in row.items() if isinstance(value, (str, int))}
        for row in values
        if isinstance(row, dict)
    )
    return [row for row in rows if isinstance(row.get("path"), str)]


def _texts(values: Sequence[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _short(values: Sequence[Any]) -> str:
    """Write a list for a label; nothing when it is too long for one."""
    if len(values) > _LONGEST:
        return ""
    text, length = [], 0
    for value in values:
        text.append(json.dumps(value, separators=(",", ":")))
        length += len(text[-1]) + 1
        if length > _LONGEST:
            return ""
    return f"[{','.join(text)}]"


def _array(text: str | None) -> list[Any] | None:
    try:
        found = json_text.read((text or "null").encode())
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def _target(asset: Asset) -> str:
    into_folder = asset.target.endswith("/") and not on_disk.is_folder(asset.source)
    return f"{asset.target}{asset.source.name}" if into_folder else asset.target
