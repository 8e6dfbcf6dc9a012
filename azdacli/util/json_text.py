"""JSON from outside: read into plain values, within a budget of bytes, parts and depth.

A document of a few megabytes can make hundreds of megabytes of Python objects (`[[],[],…`), nest deeper than any
parser's stack, or hold half of a character that no file can be written with.
"""

import json
import re
from typing import Any

LARGEST = 4 << 20  # the distribution specification's limit for manifests, and Azure's
_MOST_PARTS = 400_000  # objects, lists and separators; the largest real configurations have some ten thousand
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")


def read(data: bytes, *, most: int = LARGEST, parts: int = _MOST_PARTS) -> Any:
    """Read a JSON document.

    Raises:
        ValueError: It is not JSON, or larger, deeper or fuller than any honest one; the text says which.
    """
    if len(data) > most:
        raise ValueError(f"it has more than {most} bytes")
    if sum(map(data.count, (b"{", b"[", b","))) > parts:
        raise ValueError(f"it has more than {parts} parts")
    try:
        value = json.loads(data, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError("it is not JSON") from error
    if _HALF_CHARACTER.search(data):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError):
            raise ValueError("it holds half a character") from None
    return value


def read_object(data: bytes, *, most: int = LARGEST, parts: int = _MOST_PARTS) -> dict[str, Any]:
    """Read a JSON object; ValueError when it is not one, see `read`."""
    value = read(data, most=most, parts=parts)
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 # what JSON is not, as in `read`
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
