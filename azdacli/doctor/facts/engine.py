"""The container engine and its builder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azdacli.doctor.facts.machine import Trouble
from azdacli.engine.endpoint import Endpoint


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineFacts:
    """What the engine says of itself.

    Attributes:
        endpoint: Where it was looked for.
        trouble: Why it does not answer; None when it does.
        detail: The system's own word on the trouble.
        version: Its answer to `/version`.
        info: Its answer to `/info`.
        prefers_buildkit: Whether its ping names BuildKit as its builder.
    """

    endpoint: Endpoint
    trouble: Trouble | None = None
    detail: str = ""
    version: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    prefers_buildkit: bool = False

    @property
    def is_podman(self) -> bool:
        """Whether it is Podman behind Docker's interface."""
        components = self.version.get("Components")
        names = (
            [str(c.get("Name", "")) for c in components if isinstance(c, dict)] if isinstance(components, list) else []
        )
        return any("podman" in name.lower() for name in names)

    @property
    def is_desktop(self) -> bool:
        """Whether it runs in the virtual machine of Docker Desktop."""
        return "Docker Desktop" in str(self.info.get("OperatingSystem", ""))

    @property
    def architecture(self) -> str:
        """`amd64` or `arm64`, as images name it."""
        return {"x86_64": "amd64", "aarch64": "arm64"}.get(
            str(self.info.get("Architecture", "")), str(self.version.get("Arch", ""))
        )

    @property
    def folder(self) -> str:
        """Where it keeps images."""
        return str(self.info.get("DockerRootDir", ""))


@dataclass(frozen=True, kw_only=True, slots=True)
class BuilderFacts:
    """What docker's command line says of BuildKit.

    Attributes:
        docker: Whether there is a `docker` program.
        buildx: The plugin's version; empty without it.
        name: The builder in use.
        driver: Its driver.
        platforms: What it builds for.
        problem: Why the builder cannot be used.
    """

    docker: bool
    buildx: str = ""
    name: str = ""
    driver: str = ""
    platforms: tuple[str, ...] = ()
    problem: str = ""

    def as_details(self) -> Mapping[str, object]:
        """For `--json`."""
        return {
            "buildx": self.buildx,
            "name": self.name,
            "driver": self.driver,
            "platforms": list(self.platforms),
        }
