"""Which videos the RTSP server is to serve: lines of JSON, each with the whole desired state."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from azda_runtime.problems import InvalidValueError, shown

_LARGEST_PORT = 65535
_HINT = 'Write {"mounts": {"<pipeline>": <port of its RTP on this machine>, …}}.'


def path_of(name: str) -> str:
    """Where a pipeline's video is served: its id in lower case, blanks as `-` as in `Pipeline.mount`, quoted."""
    return "/" + quote(name.strip("/").lower().replace(" ", "-"), safe="")


def read_mounts(line: str) -> dict[str, int]:
    """Read one line.

    Returns:
        Path -> port.

    Raises:
        InvalidValueError: It is no such line; nothing of it holds then.
    """
    try:
        document: Any = json.loads(line)
    except ValueError:
        raise InvalidValueError("The line is not JSON.", hint=_HINT) from None
    mounts = document.get("mounts") if isinstance(document, Mapping) else None
    if not isinstance(mounts, Mapping):
        raise InvalidValueError("The line has no object 'mounts'.", hint=_HINT)
    wanted: dict[str, int] = {}
    for name, port in mounts.items():
        if isinstance(port, bool) or not isinstance(port, int) or not 0 < port <= _LARGEST_PORT:
            raise InvalidValueError(f"The mount {shown(name)} has no port.", hint=_HINT)
        path = path_of(name)
        if path in wanted:
            raise InvalidValueError(f"Two mounts would be {path}.", hint="Give the pipelines other ids.")
        wanted[path] = port
    return wanted
