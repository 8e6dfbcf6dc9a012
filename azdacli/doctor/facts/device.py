"""The device that a module runs on, its image and its container."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azdacli.doctor.facts.machine import Entry
from azdacli.image import labels as image_labels

_TEGRA = re.compile(r"R(\d+) \(release\), REVISION: (\d+)(?:\.(\d+))?")

# The user of every image (templates/Dockerfile.j2).
USER = 10001


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFacts:
    """The machine under the engine.

    Attributes:
        tegra: The first line of /etc/nv_tegra_release; empty on what is no Jetson.
        jetpack: The version of the package nvidia-jetpack; empty where it is not installed.
        gpus: What `nvidia-smi` lists, a name and a driver each.
        driver_problem: Why `nvidia-smi` lists nothing.
        has_hook: Whether the container toolkit's hook for `--gpus` is on the PATH.
    """

    tegra: str = ""
    jetpack: str = ""
    gpus: tuple[tuple[str, str], ...] = ()
    driver_problem: str = ""
    has_hook: bool = False

    @property
    def l4t(self) -> str:
        """The release of L4T, as `36.4.3`; empty where it is none."""
        match = _TEGRA.search(self.tegra)
        return ".".join(part for part in match.groups() if part) if match else ""

    @property
    def is_jetson(self) -> bool:
        """Whether it is a Jetson."""
        return bool(self.tegra)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageFacts:
    """An image that the engine holds.

    Attributes:
        name: What the user calls it.
        architecture: `amd64` or `arm64`.
        labels: Its labels.
        problem: Why it cannot be looked at.
        l4t: The L4T that its release was made for; empty without one.
        driver: The oldest driver that its release takes; empty without one.
    """

    name: str
    architecture: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    l4t: str = ""
    driver: str = ""

    @property
    def target(self) -> str:
        """`jetson`, `dgpu` or `cpu`; empty when no label says."""
        return self.labels.get(image_labels.TARGET, "")

    @property
    def jetpack(self) -> str:
        """The JetPack that it was made for; empty without one."""
        return self.labels.get(image_labels.JETPACK, "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A command that was run in the image or the module.

    Attributes:
        words: The command, as a user would type it.
        asks: What it finds out.
        problem: What went wrong; empty when nothing did.
    """

    words: str
    asks: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleFacts:
    """The module's container.

    Attributes:
        name: Its name.
        document: What the engine says of it; empty when there is none.
        log: The last lines that it printed.
        trials: Commands that were run in it.
    """

    name: str
    document: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""
    trials: tuple[Trial, ...] = ()

    @property
    def state(self) -> Mapping[str, Any]:
        """What the engine says of its process."""
        return _mapping(self.document.get("State"))

    @property
    def health(self) -> str:
        """`healthy`, `unhealthy` or `starting`; empty without a health check."""
        return str(_mapping(self.state.get("Health")).get("Status") or "")

    @property
    def has_gpu(self) -> bool:
        """Whether the container was given the GPU, by runtime or by a request for devices."""
        host = _mapping(self.document.get("HostConfig"))
        requests = host.get("DeviceRequests") or []
        return host.get("Runtime") == "nvidia" or bool(requests)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """A folder of the device that the module writes to.

    Attributes:
        name: The volume's, or the folder's own.
        target: Where the module sees it.
        entry: The folder on the device.
    """

    name: str
    target: str
    entry: Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Port:
    """A port that the device serves.

    Attributes:
        number: The TCP port.
        serves: What is served there.
        free: Whether it is free; None when nobody can say.
        container: The container that has it; empty when it is none of this engine's.
        ours: Whether that container is the one that should have it.
    """

    number: int
    serves: str
    free: bool | None
    container: str = ""
    ours: bool = False
