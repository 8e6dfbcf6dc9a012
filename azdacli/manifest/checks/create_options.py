"""createOptions: the pieces, the JSON in them, and what an engine refuses in it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest import engine_api, text
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import Module, View

PIECE = 512
MOST_PIECES = 100
MOST_PIECES_ELSEWHERE = 8
KEY = "createOptions"

_PIECE_KEY = re.compile(r"createoptions(?P<number>[0-9]*)", re.IGNORECASE | re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?(/(?P<protocol>tcp|udp|sctp))?", re.IGNORECASE)
# What an engine takes for a volume's name (github.com/moby/moby, volume/local: RestrictedNameChars).
_VOLUME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_HOST_PORT = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?")


def split(options: str) -> dict[str, str]:
    """Cut a text into pieces of 512 characters, under the keys that edgeAgent joins again."""
    pieces = [options[start : start + PIECE] for start in range(0, len(options), PIECE)] or [""]
    return {f"{KEY}{number:02d}" if number else KEY: piece for number, piece in enumerate(pieces)}


def pieces(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The pieces of one module in the order of their numbers, under the keys that they stand under."""
    keyed = [(match["number"], key) for key in settings if (match := _PIECE_KEY.fullmatch(key))]
    return {key: settings[key] for _, key in sorted(keyed, key=lambda pair: int(pair[0] or 0))}


def of(module: Module) -> Mapping[str, Any] | None:
    """A module's createOptions as an object; None where they are not one."""
    found_pieces = pieces(module.settings)
    if not all(isinstance(piece, str) for piece in found_pieces.values()):
        return None
    joined = "".join(found_pieces.values())
    if not joined.strip():
        return {}
    try:
        value = text.parse(joined)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def check(view: View) -> Iterator[Problem]:
    """Look at every module's createOptions, and at ports across the modules."""
    used: dict[tuple[str, str], str] = {}
    for module in view.modules():
        yield from _pieces(module)
        options = of(module)
        path: Path = (*module.path, "settings", KEY)
        if options is None:
            yield found("create-options", path, "is not a JSON object", "Check quotes and commas in it.")
            continue
        yield from engine_api.check(path, options)
        yield from _host(path, options)
        yield from _ports(path, options, module, used)


def _pieces(module: Module) -> Iterator[Problem]:
    found_pieces = pieces(module.settings)
    path = (*module.path, "settings")
    expected = [KEY.lower() + (f"{n:02d}" if n else "") for n in range(len(found_pieces))]
    if [key.lower() for key in found_pieces] != expected:
        yield found("create-options-chunks", path, f"has the pieces {', '.join(found_pieces)}", "Number them 01, 02, …")
    if len(found_pieces) > MOST_PIECES:
        yield found("create-options-chunks", path, f"has {len(found_pieces)} pieces of at most {MOST_PIECES}")
    elif len(found_pieces) > MOST_PIECES_ELSEWHERE:
        yield found("create-options-long", path, f"has {len(found_pieces)} pieces of createOptions")
    for key, piece in found_pieces.items():
        if isinstance(piece, str) and len(piece) > PIECE:
            yield found("create-options-long", (*path, key), f"has {len(piece)} characters of {PIECE}")


def _host(path: Path, options: Mapping[str, Any]) -> Iterator[Problem]:
    host = options.get("HostConfig")
    if host is None:
        return
    if not isinstance(host, Mapping):
        yield found("create-options", path, "has a HostConfig that is not an object")
        return
    requests = host.get("DeviceRequests")
    for request in requests if isinstance(requests, list) else []:
        groups = request.get("Capabilities") if isinstance(request, Mapping) else None
        if groups is not None and not _list_of_lists(groups):
            yield found("gpu-capabilities", path, "asks for a GPU with a flat list", 'Write [["gpu"]].')
    endpoints = options.get("NetworkingConfig")
    named = endpoints.get("EndpointsConfig") if isinstance(endpoints, Mapping) else None
    if host.get("NetworkMode") == "host" and not (isinstance(named, Mapping) and "host" in named):
        hint = 'Add "NetworkingConfig": {"EndpointsConfig": {"host": {}}}.'
        yield found("host-network", path, "asks for the host's network only in HostConfig", hint)
    binds = host.get("Binds")
    for number, bind in enumerate(binds if isinstance(binds, list) else []):
        cure = _bind_cure(bind) if isinstance(bind, str) else ""
        if cure:
            yield found("binds", (*path, "HostConfig", "Binds", number), f"has the bind {bind!r}", cure)


def _list_of_lists(groups: Any) -> bool:
    return isinstance(groups, list) and all(
        isinstance(group, list) and all(isinstance(word, str) for word in group) for group in groups
    )


def _bind_cure(bind: str) -> str:
    """What to write in place of a bind that an engine refuses; empty for a right one."""
    source, *rest = bind.split(":")
    if len(rest) not in {1, 2} or not source or not rest[0].startswith("/"):
        return "Write it as volume:/path/in/the/container."
    if not source.startswith("/") and not _VOLUME.fullmatch(source):
        return "Write the absolute path on the device, or a volume's name; './' is a notation of docker compose."
    return ""


def _ports(
    path: Path, options: Mapping[str, Any], module: Module, used: dict[tuple[str, str], str]
) -> Iterator[Problem]:
    host = options.get("HostConfig")
    bindings = host.get("PortBindings") if isinstance(host, Mapping) else None
    if bindings is None:
        return
    if not isinstance(bindings, Mapping):
        yield found("port-bindings", path, "has PortBindings that are not an object")
        return
    for name, locations in bindings.items():
        match = _PORT.fullmatch(name)
        ports = _host_ports(locations)
        if match is None or ports is None:
            hint = 'Write "8554/tcp": [{"HostPort": "8554"}].'
            yield found("port-bindings", path, f"has the invalid port binding '{name}'", hint)
            continue
        for port in ports:
            other = used.setdefault((port, (match["protocol"] or "tcp").lower()), module.name)
            if other != module.name and module.body.get("status") == "running":
                yield found("port-conflict", path, f"wants port {port} of the device, which '{other}' has")


def _host_ports(locations: Any) -> list[str] | None:
    """The device's ports in one binding, those on an address of its own left out; None where the form is wrong."""
    if locations is None:
        return []
    if not isinstance(locations, list) or not all(isinstance(location, Mapping) for location in locations):
        return None
    ports = []
    for location in locations:
        port = location.get("HostPort", "")
        if not isinstance(port, str) or (port and not _HOST_PORT.fullmatch(port)):
            return None
        if port and not location.get("HostIp"):
            ports.append(port)
    return ports
