"""What an engine refuses of a container's mounts, ports, addresses and logs, though the types are right.

From github.com/moby/moby, volume/mounts/linux_parser.go, daemon/volumes.go, daemon/container.go,
daemon/logger and opts. What a device's own plug-ins decide is left alone.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from azdacli.manifest.engine_fields import Refusals, field, items, known, one_of, text_of
from azdacli.util.suggest import near

_MOST_PORT = 65535
_BIND_MODES = (
    {"ro", "rw"},
    {"z", "Z"},
    {"nocopy"},
    {"consistent", "cached", "delegated", "default"},
    {"shared", "rshared", "slave", "rslave", "private", "rprivate"},
)
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)? ?([kKmMgGtTpP][iI]?)?[bB]?")
_PORT = re.compile(r"(?P<first>[0-9]{1,5})(-(?P<last>[0-9]{1,5}))?(/(tcp|udp|sctp))?", re.IGNORECASE)


def is_port(text: str) -> bool:
    """Whether a text is a port or a range of ports, perhaps with its protocol."""
    match = _PORT.fullmatch(text)
    return match is not None and int(match["first"]) <= int(match["last"] or match["first"]) <= _MOST_PORT


def _ports(host: Any) -> Refusals:
    bindings = field(host, "PortBindings")
    for port, locations in bindings.items() if isinstance(bindings, Mapping) else ():
        given = [text_of(each, "HostPort") for each in locations] if isinstance(locations, list) else []
        for text in (port, *given):
            if text and _PORT.fullmatch(text) and not is_port(text):
                yield ("PortBindings", port), f"has '{text}' in PortBindings; ports end at {_MOST_PORT}", ""


def _mounts(host: Any) -> Refusals:
    for number, mount in enumerate(items(host, "Mounts")):
        if not isinstance(mount, Mapping):
            continue
        within, kind, source = ("Mounts", number), field(mount, "Type"), text_of(mount, "Source")
        target = field(mount, "Target")
        if not kind:
            yield within, "has a mount without Type", f"It takes {', '.join(known('mounts'))}."
        yield from one_of(within, text_of(mount, "Type"), known("mounts"), "the Type of a mount")
        if not target or not str(target).startswith(("/", "$")):
            yield within, "has a mount whose Target is no absolute path", 'Write "Target": "/path/in/the/container".'
        if kind == "bind" and not str(field(mount, "Source") or "").startswith(("/", "$")):
            yield within, f"has a bind mount of '{source}'", "Write the absolute path on the device as Source."


def _twice(host: Any) -> Refusals:
    binds = [text.split(":") for text in items(host, "Binds") if isinstance(text, str)]
    targets = [parts[1] for parts in binds if len(parts) > 1]
    mounted = [text_of(each, "Target") for each in items(host, "Mounts")]
    counted = Counter(path.rstrip("/") for path in (*targets, *mounted) if path)
    for path in (path for path, times in counted.items() if times > 1):
        yield (), f"mounts two things at '{path or '/'}'", "Leave one, or mount the other elsewhere."
    for number, parts in enumerate(binds):
        within = ("Binds", number)
        if len(parts) > 1 and parts[1].startswith("/") and not parts[1].strip("/"):
            yield within, "mounts something at '/'", "Mount it into a folder."
        mode = ":".join(parts[2:])
        modes = mode.split(",") if mode and "$" not in mode else []
        kinds = [next((n for n, kind in enumerate(_BIND_MODES) if each in kind), None) for each in modes]
        if None in kinds or len(set(kinds)) < len(kinds):
            yield within, f"has the mode '{mode}' in a bind", "Write ro or rw."


def _logging(host: Any) -> Refusals:
    log = field(host, "LogConfig")
    kind, settings = text_of(log, "Type"), field(log, "Config")
    like = near(kind, known("logs")) if kind not in known("logs") else None
    if like:  # others may be plug-ins of the device
        yield ("LogConfig", "Type"), f"has the log driver '{kind}'", f"Did you mean '{like}'?"
    if kind not in {"json-file", "local"} or not isinstance(settings, Mapping):
        return
    for name, value in settings.items():
        within = ("LogConfig", "Config", name)
        yield from one_of(within, str(name), known("log_options"), f"an option of {kind}")
        if not isinstance(value, str) or "$" in value:
            continue
        if name == "max-size" and value != "-1" and not _SIZE.fullmatch(value):
            yield within, f"has '{value}' as max-size", 'Write "10m".'
        if name == "max-file" and not (value.isdecimal() and int(value) > 0):
            yield within, f"has '{value}' as max-file", 'Write "3".'


def _hosts(host: Any) -> Refusals:
    for number, text in enumerate(items(host, "ExtraHosts")):
        name, colon, address = text.partition(":") if isinstance(text, str) else ("x", ":", "host-gateway")
        if "$" not in str(text) and not (name and colon and (address == "host-gateway" or _is_address(address))):
            yield ("ExtraHosts", number), f"has '{text}' in ExtraHosts", 'Write "name:10.0.0.1".'


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


CHECKS = (_ports, _mounts, _twice, _logging, _hosts)
