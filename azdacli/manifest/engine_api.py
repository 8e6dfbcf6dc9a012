"""createOptions held against the Engine API: what an engine answers with "cannot unmarshal", and keys that it ignores.

The types stand in `data/engine_api.json`. The engine is written in Go and reads JSON as Go does: keys in any case, null
for anything, no number in place of a text and no text in place of a number.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.util.resources import DATA
from azdacli.util.suggest import near

_NAMES = {"text": "a text", "integer": "a whole number", "boolean": "true or false", "texts": "a list of texts"}
_LARGEST = 2**63
# How compose and the docker command write it, and what the Engine API takes in its place.
_CURES = {
    "Env": 'Write a list: ["NAME=value"]; `env` beside settings takes an object.',
    "Volumes": 'Write {"/path": {}}, or the bind "volume:/path" in HostConfig.Binds.',
    "ExposedPorts": 'Write {"8554/tcp": {}}.',
    "HostConfig.Binds": 'Write a list: ["volume:/path"].',
    "HostConfig.Devices": 'Write {"PathOnHost": "/dev/video0", "PathInContainer": "/dev/video0", '
    '"CgroupPermissions": "rwm"}; "/dev/video0:/dev/video0" is the notation of docker compose.',
    "HostConfig.DeviceRequests.Count": "Write -1 for all GPUs.",
    "HostConfig.LogConfig.Config": 'Write its values as texts: "max-file": "3".',
    "HostConfig.Ulimits": 'Write [{"Name": "nofile", "Soft": 1024, "Hard": 2048}].',
    "HostConfig.Memory": "Write bytes: 536870912 for 512 MiB.",
    "HostConfig.ShmSize": "Write bytes: 268435456 for 256 MiB.",
    "Healthcheck": "Write times in nanoseconds: 30000000000 for 30 seconds.",
}


def check(path: Path, options: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what an engine refuses or ignores in one module's createOptions.

    Args:
        path: Where createOptions stand in the manifest.
        options: They as an object.

    Yields:
        Errors of the rule `create-options-type`, warnings of `create-options-key`.
    """
    yield from _Check(path).value(options, "@ContainerCreate", ())
    for number, request in enumerate(_list(_field(_field(options, "HostConfig"), "DeviceRequests"))):
        if _field(request, "Count") not in (None, 0) and _field(request, "DeviceIDs"):
            location = (*path, "HostConfig", "DeviceRequests", number)
            yield found("create-options-type", location, "sets both Count and DeviceIDs", "Use one of the two.")


class _Check:
    def __init__(self, path: Path) -> None:
        self._path = path

    def value(self, value: Any, kind: Any, within: Path) -> Iterator[Problem]:
        """Hold one value against its type; null is nothing for Go."""
        if value is None:
            return
        if isinstance(kind, str) and kind.startswith("@"):
            kind = _definitions()[kind[1:]]
        if isinstance(kind, str):
            if not _fits(value, kind):
                yield self._refused(within, value, _NAMES[kind])
        elif isinstance(kind, list):
            yield from self._items(value, kind[0], within)
        elif not isinstance(value, Mapping):
            yield self._refused(within, value, "an object")
        elif "*" in kind:
            for key, item in value.items():
                yield from self.value(item, kind["*"], (*within, key))
        elif kind:
            yield from self._fields(value, kind, within)

    def _items(self, value: Any, kind: Any, within: Path) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield self._refused(within, value, "a list")
            return
        for number, item in enumerate(value):
            yield from self.value(item, kind, (*within, number))

    def _fields(self, value: Mapping[str, Any], kind: Mapping[str, Any], within: Path) -> Iterator[Problem]:
        known = {key.lower(): key for key in kind}
        for key, item in value.items():
            if key.lower() in known:
                yield from self.value(item, kind[known[key.lower()]], (*within, known[key.lower()]))
            elif (close := near(key, kind)) is not None:
                location = (*self._path, *within, key)
                yield found("create-options-key", location, f"has '{key}', which the engine ignores", f"Write {close}.")
            elif within[:1] == ("HostConfig",) or key in _definitions()["HostConfig"]:
                hint = "Move it into HostConfig." if not within else "Check its name in the Engine API, or drop it."
                location = (*self._path, *within, key)
                yield found("create-options-key", location, f"has '{key}', which the engine ignores", hint)

    def _refused(self, within: Path, value: Any, wanted: str) -> Problem:
        name = ".".join(step for step in within if isinstance(step, str)) or "createOptions"
        cures = [cure for location, cure in _CURES.items() if name == location or name.startswith(f"{location}.")]
        message = f"has {_shown(value)} as {name}, where the engine takes {wanted}"
        return found("create-options-type", (*self._path, *within), message, cures[-1] if cures else "")


def _fits(value: Any, kind: str) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "any":
        return True
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _shown(value: Any) -> str:
    """The kind of a value; the value itself may be a secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"


def _field(value: Any, name: str) -> Any:
    fields = {str(key).lower(): item for key, item in value.items()} if isinstance(value, Mapping) else {}
    return fields.get(name.lower())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


@functools.cache
def _definitions() -> Mapping[str, Any]:
    """The types of the Engine API by name."""
    document: dict[str, Any] = json.loads((DATA / "engine_api.json").read_text(encoding="utf-8"))
    definitions: dict[str, Any] = document["definitions"]
    return definitions
