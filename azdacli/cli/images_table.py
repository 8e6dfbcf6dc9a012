"""How the versions of an image are shown: as a table, and as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from azdacli.cli.progress import size
from azdacli.oci.versions import Version

_HEADINGS = ("TAGS", "DIGEST", "AGE", "SIZE", "DEEPSTREAM", "DEVICE", "ASSETS", "USED BY")
_DIGITS = len("sha256:") + 12
_UNITS = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))
_NONE = "-"


def name(version: Version) -> str:
    """What a user calls a version."""
    return ", ".join(version.tags) or "(no tag)"


def as_json(version: Version) -> dict[str, Any]:
    """One version of `data/schemas/images.json`."""
    return {
        "digest": version.digest,
        "tags": list(version.tags),
        "stored": _text(version.listed.stored),
        "created": _text(version.created),
        "size": version.size,
        "platforms": list(version.platforms),
        "release": version.release or None,
        "deviceType": version.target or None,
        "assets": list(version.assets),
        "locked": version.listed.locked,
        "usedBy": list(version.used_by),
    }


def table(versions: Sequence[Version], now: datetime) -> str:
    """The versions below each other; long digests are shortened."""
    rows = [_HEADINGS, *(_row(version, now) for version in versions)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _row(version: Version, now: datetime) -> tuple[str, ...]:
    lock = " (locked)" if version.listed.locked else ""
    return (
        name(version) + lock,
        version.digest[:_DIGITS],
        _age(version.age_from, now),
        size(version.size) if version.size is not None else _NONE,
        version.release or _NONE,
        version.target or _NONE,
        ", ".join(version.assets) or _NONE,
        ", ".join(version.used_by) or _NONE,
    )


def _age(since: datetime | None, now: datetime) -> str:
    if since is None:
        return _NONE
    seconds = max(0, int((now - since).total_seconds()))
    return next((f"{seconds // length} {unit}" for length, unit in _UNITS if seconds >= length), f"{seconds} s")


def _text(time: datetime | None) -> str | None:
    return time.isoformat().replace("+00:00", "Z") if time else None
