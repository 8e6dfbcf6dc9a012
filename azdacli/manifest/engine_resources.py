"""What an engine refuses of a container's limits, rights and devices, though the types are right.

From github.com/moby/moby, daemon/daemon_unix.go (verifyPlatformContainerResources), api/types/container and
oci/caps; what runc refuses when it starts the container, from libcontainer/specconv.
"""

import re
from collections.abc import Mapping
from typing import Any

from azdacli.manifest.engine_fields import Refusals, field, items, known, number_of, one_of, text_of
from azdacli.manifest.problems import Path
from azdacli.util.suggest import near

_LEAST_MEMORY = 6 << 20
_OOM = 1000
_CPUS = re.compile(r"[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*")


def _restart(host: Any) -> Refusals:
    policy = field(host, "RestartPolicy")
    name = text_of(policy, "Name")
    yield from one_of(("RestartPolicy", "Name"), name, known("restarts"), "RestartPolicy")
    if number_of(policy, "MaximumRetryCount") and name in known("restarts") and name != "on-failure":
        hint = "Leave it out, or write on-failure."
        yield ("RestartPolicy",), f"has a MaximumRetryCount with the RestartPolicy {name}", hint
    if field(host, "AutoRemove") is True and name not in {"", "no"}:
        yield ("AutoRemove",), "has AutoRemove together with a RestartPolicy", "Leave AutoRemove out."


def _resources(host: Any) -> Refusals:
    memory, swap = number_of(host, "Memory"), number_of(host, "MemorySwap")
    if 0 < memory < _LEAST_MEMORY:
        yield ("Memory",), f"has {memory} bytes as Memory; the least is 6 MiB", "Write bytes: 536870912 for 512 MiB."
    if swap > 0 and memory == 0:
        yield ("MemorySwap",), "has MemorySwap without Memory", "Write Memory too."
    if 0 < swap < memory:
        yield ("MemorySwap",), "has a MemorySwap below Memory", "MemorySwap is both together: write Memory or more."
    if number_of(host, "NanoCpus") and (number_of(host, "CpuQuota") or number_of(host, "CpuPeriod")):
        yield ("NanoCpus",), "has NanoCpus together with CpuQuota or CpuPeriod", "Use one of the two."
    for name in ("CpusetCpus", "CpusetMems"):
        if (text := text_of(host, name)) and not _CPUS.fullmatch(text):
            yield (name,), f"has '{text}' as {name}", 'Write "0-3" or "0,2".'
    if abs(number_of(host, "OomScoreAdj")) > _OOM:
        yield ("OomScoreAdj",), "has an OomScoreAdj outside -1000 to 1000", ""
    if number_of(host, "ShmSize") < 0:
        yield ("ShmSize",), "has a negative ShmSize", "Write bytes: 268435456 for 256 MiB."


def _limits(host: Any) -> Refusals:
    for number, limit in enumerate(items(host, "Ulimits")):
        within, name = ("Ulimits", number), text_of(limit, "Name")
        if isinstance(limit, Mapping) and not field(limit, "Name"):
            yield within, "has a limit without Name in Ulimits", 'Write {"Name": "nofile", "Soft": 1024, "Hard": 2048}.'
        yield from one_of(within, name.lower(), known("ulimits"), "the name of a limit")
        soft, hard = number_of(limit, "Soft"), number_of(limit, "Hard")
        if hard >= 0 and (soft > hard or soft < 0):
            yield within, f"has the limit '{name}' with Soft above Hard", "Soft is Hard at most."


def _capabilities(host: Any) -> Refusals:
    for name in ("CapAdd", "CapDrop"):
        for number, text in enumerate(items(host, name)):
            if isinstance(text, str) and "$" not in text:
                plain = text.upper().removeprefix("CAP_")
                yield from one_of((name, number), plain, known("capabilities"), "a capability")


def _security(host: Any) -> Refusals:
    for number, text in enumerate(items(host, "SecurityOpt")):
        name = re.split(r"[=:]", text, maxsplit=1)[0] if isinstance(text, str) else ""
        yield from one_of(("SecurityOpt", number), name, known("security"), "a security option")
    for name, names in {"IpcMode": ("none", "private", "shareable", "host"), "PidMode": ("host",)}.items():
        text = text_of(host, name)
        if not text.startswith("container:"):
            yield from one_of((name,), text, names, name)
    for name in ("UTSMode", "UsernsMode"):
        yield from one_of((name,), text_of(host, name), ("host",), name)


def _devices(host: Any) -> Refusals:
    for number, device in enumerate(items(host, "Devices")):
        within, path, access = ("Devices", number), text_of(device, "PathOnHost"), text_of(device, "CgroupPermissions")
        if isinstance(device, Mapping) and not field(device, "PathOnHost"):
            yield within, "has a device without PathOnHost", 'Write "PathOnHost": "/dev/video0".'
        if path and not path.startswith("/"):
            yield within, f"has the device '{path}'", "Write its absolute path: /dev/…"
        if set(access) - set("rwm"):
            yield within, f"has '{access}' as CgroupPermissions", 'Write "rwm", or some of these letters.'
    for number, request in enumerate(items(host, "DeviceRequests")):
        yield from _request(("DeviceRequests", number), request)


def _request(within: Path, request: Any) -> Refusals:
    if not isinstance(request, Mapping):
        return
    driver, groups = text_of(request, "Driver"), field(request, "Capabilities")
    if not driver and not groups:
        yield within, "asks for a device without Capabilities", 'Write "Capabilities": [["gpu"]].'
    if near(driver, ("nvidia",)) and driver != "nvidia":
        yield within, f"has the driver '{driver}'", "Did you mean 'nvidia'?"
    words = [word for group in groups or () if isinstance(group, list) for word in group if isinstance(word, str)]
    for word in words if driver in {"", "nvidia"} else ():
        yield from one_of(within, word, known("gpu"), "a capability of a GPU")


CHECKS = (_restart, _resources, _limits, _capabilities, _security, _devices)
