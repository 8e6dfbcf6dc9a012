"""createOptions held against the Engine API: what an engine answers with "cannot unmarshal", and keys that it ignores.

The types stand in `data/engine_api.json`. The engine is written in Go and reads JSON as Go does: keys in any case, null
for anything, no number in place of a text and no text in place of a number.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest import engine_values
from azdacli.manifest.engine_fields import document, field, items
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
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
# Keys of compose's services (compose-spec, 05-services.md) that are no field of the Engine API under that name.
_COMPOSE = {
    "environment": 'Env: ["NAME=value"]',
    "env_file": 'Env: ["NAME=value"], or `env` beside settings',
    "command": "Cmd",
    "working_dir": "WorkingDir",
    "stop_signal": "StopSignal",
    "stop_grace_period": "StopTimeout, in seconds",
    "expose": 'ExposedPorts: {"8554/tcp": {}}',
    "ports": 'HostConfig.PortBindings: {"8554/tcp": [{"HostPort": "8554"}]}',
    "volumes": 'HostConfig.Binds: ["volume:/path"]',
    "tmpfs": 'HostConfig.Tmpfs: {"/path": ""}',
    "devices": 'HostConfig.Devices: [{"PathOnHost": …, "PathInContainer": …, "CgroupPermissions": "rwm"}]',
    "device_cgroup_rules": "HostConfig.DeviceCgroupRules",
    "gpus": 'HostConfig.DeviceRequests: [{"Count": -1, "Capabilities": [["gpu"]]}]',
    "deploy": 'HostConfig.DeviceRequests: [{"Count": -1, "Capabilities": [["gpu"]]}]',
    "network_mode": "HostConfig.NetworkMode",
    "networks": "NetworkingConfig.EndpointsConfig",
    "restart": '`restartPolicy` beside settings, or HostConfig.RestartPolicy: {"Name": "always"}',
    "privileged": "HostConfig.Privileged",
    "cap_add": "HostConfig.CapAdd",
    "cap_drop": "HostConfig.CapDrop",
    "security_opt": "HostConfig.SecurityOpt",
    "group_add": "HostConfig.GroupAdd",
    "extra_hosts": 'HostConfig.ExtraHosts: ["name:10.0.0.1"]',
    "dns": "HostConfig.Dns",
    "ipc": "HostConfig.IpcMode",
    "pid": "HostConfig.PidMode",
    "userns_mode": "HostConfig.UsernsMode",
    "shm_size": "HostConfig.ShmSize, in bytes",
    "mem_limit": "HostConfig.Memory, in bytes",
    "memory": "HostConfig.Memory, in bytes",
    "memswap_limit": "HostConfig.MemorySwap, in bytes",
    "mem_reservation": "HostConfig.MemoryReservation, in bytes",
    "cpus": "HostConfig.NanoCpus: 2000000000 for two",
    "cpuset": "HostConfig.CpusetCpus",
    "pids_limit": "HostConfig.PidsLimit",
    "ulimits": 'HostConfig.Ulimits: [{"Name": "nofile", "Soft": 1024, "Hard": 2048}]',
    "sysctls": "HostConfig.Sysctls",
    "init": "HostConfig.Init",
    "read_only": "HostConfig.ReadonlyRootfs",
    "runtime": "HostConfig.Runtime",
    "logging": 'HostConfig.LogConfig: {"Type": "json-file", "Config": {"max-size": "10m"}}',
    "driver": "Type",
    "options": "Config",
    "container_name": "the module's own name, which is the container's",
    "depends_on": "`startupOrder` beside settings",
}


def check(path: Path, options: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what an engine refuses or ignores in one module's createOptions.

    Args:
        path: Where createOptions stand in the manifest.
        options: They as an object.

    Yields:
        Errors of the rules `create-options-type` and `create-options-value`, warnings of `create-options-key`.
    """
    yield from _Check(path).value(options, "@ContainerCreate", ())
    for number, request in enumerate(items(field(options, "HostConfig"), "DeviceRequests")):
        if field(request, "Count") not in (None, 0) and field(request, "DeviceIDs"):
            location = (*path, "HostConfig", "DeviceRequests", number)
            yield found("create-options-type", location, "sets both Count and DeviceIDs", "Use one of the two.")
    yield from engine_values.check(path, options)


class _Check:
    def __init__(self, path: Path) -> None:
        self._path = path

    def value(self, value: Any, kind: Any, within: Path) -> Iterator[Problem]:
        """Hold one value against its type; null is nothing for Go."""
        if value is None:
            return
        if isinstance(kind, str) and kind.startswith("@"):
            kind = document()["definitions"][kind[1:]]
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
            elif hint := self._meant(key, kind, within):
                location = (*self._path, *within, key)
                yield found("create-options-key", location, f"has '{key}', which the engine ignores", hint)

    def _meant(self, key: str, kind: Mapping[str, Any], within: Path) -> str:
        """What was meant by a key that is unknown; empty for one of the top that may be for somebody else."""
        compose = _COMPOSE.get(key.lower().replace("-", "_"))
        if compose is not None and (key.islower() or not within):
            return f"This is docker compose's word: write {compose}."
        close = near(key, kind)
        if close is not None:
            return f"Write {close}."
        if within:
            return "Check its name in the Engine API, or drop it."
        return (
            "Move it into HostConfig." if key.lower() in map(str.lower, document()["definitions"]["HostConfig"]) else ""
        )

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
