"""The names of recordings: safe in any file system, in order of time, different for different pipelines."""

import hashlib
import re
from datetime import datetime, timedelta, timezone

VIDEO, TEXT = ".mp4", ".json"

_PARTIAL = ".partial"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_STEM = re.compile(r"(?P<pipeline>[A-Za-z0-9_-]+)_(?P<time>[0-9]{8}T[0-9]{6})(?P<ms>[0-9]{3})Z_[0-9]{4,}")
_LONGEST = 64
_DIGEST = 8


def safe(pipeline: str) -> str:
    """A pipeline's id as a part of a file name: ASCII letters, digits, `-` and `_` alone.

    An id that has to be changed for it also gets a digest, so that two ids never meet in one name.
    """
    plain = _UNSAFE.sub("-", pipeline).strip("-")[:_LONGEST]
    if plain == pipeline:
        return plain
    digest = hashlib.sha256(pipeline.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{plain}-{digest}" if plain else digest


def stem(pipeline: str, time: int, number: int) -> str:
    """The name that a video and the JSON beside it share, without their endings.

    Args:
        pipeline: Its id.
        time: When the segment's first frame came, in nanoseconds since 1970.
        number: Which segment of the recording it is, from 1.

    Returns:
        For example ``People_20261122T230501123Z_0001``: UTC, without colons.
    """
    moment = _EPOCH + timedelta(microseconds=time // 1000)
    return f"{safe(pipeline)}_{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z_{number:04d}"


def origin(name: str) -> tuple[str, datetime] | None:
    """Whose recording a file is and when it begins, as `stem` says it; None for any other file.

    Args:
        name: With its ending.
    """
    found = _STEM.fullmatch(name.removesuffix(VIDEO).removesuffix(TEXT))
    if found is None:
        return None
    try:
        moment = datetime.strptime(f"{found['time']}+0000", "%Y%m%dT%H%M%S%z")
    except ValueError:  # a thirteenth month: somebody else's
        return None
    return found["pipeline"], moment + timedelta(milliseconds=int(found["ms"]))


def partial(name: str) -> str:
    """What a file is called until it is whole: hidden, and in the same folder, so that renaming it is one step."""
    return f".{name}{_PARTIAL}"


def whole(partial_name: str) -> str | None:
    """The name that a partial file would get, None for any other file."""
    if partial_name.startswith(".") and partial_name.endswith(_PARTIAL):
        return partial_name[1 : -len(_PARTIAL)]
    return None
