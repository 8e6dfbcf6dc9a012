"""A module's container, as any home of it can be told: read from its createOptions, or refused by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azdacli.errors import ManifestError
from azdacli.manifest.checks import create_options
from azdacli.manifest.view import Module

# What is read below. LogConfig is the engine's own affair, and so is the network of IoT Edge.
_TOP = {"Env", "Cmd", "Entrypoint", "User", "ExposedPorts", "Healthcheck", "HostConfig", "Labels", "WorkingDir"}
_TOP |= {"Hostname", "NetworkingConfig"}
_HOST = {"Binds", "CapAdd", "CapDrop", "SecurityOpt", "ReadonlyRootfs", "Tmpfs", "PidsLimit", "Memory", "Runtime"}
_HOST |= {"DeviceRequests", "PortBindings", "LogConfig", "Devices", "ShmSize", "RestartPolicy", "NetworkMode"}
_NANOSECONDS = 10**9
_NO_NEW_PRIVILEGES = ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true")


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """Something that is mounted.

    Attributes:
        source: A volume's name, or a path of the machine.
        target: Where it is in the container.
        read_only: Whether nothing is written there.
    """

    source: str
    target: str
    read_only: bool

    @property
    def is_path(self) -> bool:
        """Whether it is a path of the machine."""
        return self.source.startswith("/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """What a module asks of whoever starts it.

    Attributes:
        name: The module's name.
        image: Its image.
        env: Its variables.
        options: Its createOptions.
    """

    name: str
    image: str
    env: Mapping[str, str]
    options: Mapping[str, Any]

    @property
    def host(self) -> Mapping[str, Any]:
        """HostConfig."""
        found = self.options.get("HostConfig")
        return found if isinstance(found, Mapping) else {}

    @property
    def volumes(self) -> list[Volume]:
        """What is mounted."""
        parts = [str(bind).split(":") for bind in self.host.get("Binds") or ()]
        return [
            Volume(source=part[0], target=part[1], read_only="ro" in (part[2].split(",") if part[2:] else ()))
            for part in parts
        ]

    @property
    def tmpfs(self) -> Mapping[str, str]:
        """Folders in memory, with their options."""
        return dict(self.host.get("Tmpfs") or {})

    @property
    def gpus(self) -> int:
        """How many GPUs it asks for; -1 for all, 0 for none."""
        requests = [each for each in self.host.get("DeviceRequests") or () if isinstance(each, Mapping)]
        counts = [int(each.get("Count") or len(each.get("DeviceIDs") or ()) or 1) for each in requests]
        return counts[0] if counts else -int(self.runtime == "nvidia")

    @property
    def runtime(self) -> str:
        """The engine's runtime, empty for its default."""
        return str(self.host.get("Runtime") or "")

    @property
    def ports(self) -> list[tuple[str, int, str]]:
        """Ports of the machine: its address and port, the container's port, the protocol."""
        found = []
        for port, bindings in dict(self.host.get("PortBindings") or {}).items():
            number, _, protocol = str(port).partition("/")
            for each in bindings or ():
                address = f"{each['HostIp']}:" if each.get("HostIp") else ""
                found.append((f"{address}{each.get('HostPort') or number}", int(number), protocol or "tcp"))
        return found

    @property
    def exposed(self) -> list[int]:
        """Ports that its neighbours reach."""
        return sorted({int(str(port).split("/")[0]) for port in self.options.get("ExposedPorts") or ()})

    @property
    def reached(self) -> list[int]:
        """Ports that somebody outside of it reaches."""
        return sorted({*self.exposed, *(inside for _, inside, _ in self.ports)})

    @property
    def no_new_privileges(self) -> bool:
        """Whether set-uid programs gain nothing."""
        return any(each in _NO_NEW_PRIVILEGES for each in self.host.get("SecurityOpt") or ())

    def seconds(self, name: str, default: int) -> int:
        """A time of the health check."""
        check = self.options.get("Healthcheck")
        value = check.get(name) if isinstance(check, Mapping) else None
        return int(value) // _NANOSECONDS if value else default


def read(module: Module, *, kind: str, refused: Sequence[str] = ()) -> Container:
    """Read a module.

    Args:
        module: The module.
        kind: Where it is to run, as `--kind` calls it.
        refused: Keys of HostConfig that cannot be said there.

    Raises:
        ManifestError: Its createOptions hold what cannot be said there.
    """
    options = create_options.of(module) or {}
    host = options.get("HostConfig")
    keys = [*(k for k in options if k not in _TOP)]
    keys += [f"HostConfig.{k}" for k in host or {} if k not in _HOST or k in refused]
    if keys:
        raise ManifestError(
            f"createOptions of '{module.name}' hold {keys[0]}, which --kind {kind} cannot say",
            hint="Leave it out of the template, and add it to the file that is written.",
        )
    env = dict(str(each).partition("=")[::2] for each in options.get("Env") or ())
    given = module.body.get("env")
    for name, body in given.items() if isinstance(given, Mapping) else ():
        value = body.get("value") if isinstance(body, Mapping) else body
        env[name] = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return Container(name=module.name, image=module.image or "", env=env, options=options)
