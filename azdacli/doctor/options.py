"""What the user asked the doctor to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.oci.reference import registry_host

# In the order of the report: what stands further up is often why something further down fails.
WORKSTATION = (
    *("python", "proxies", "network", "certificates", "clock", "context", "engine", "builder", "disk", "emulation"),
    *("registry", "gstreamer"),
)
DEVICE = (
    *("python", "proxies", "network", "certificates", "clock", "context", "engine", "nvidia", "jetpack", "image"),
    *("ports", "volumes", "iot-edge", "edge-images", "module", "registry"),
)
_VARIANT = "samples"
_HIGHEST_PORT = 65535


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What to look at.

    Attributes:
        device: Whether this machine is the device, and not a workstation.
        checks: The checks to make; all of the machine's kind when empty.
        device_type: The target to build for; empty when the user did not say.
        release: The DeepStream release; empty for the default one.
        variant: NVIDIA's image.
        base_image: Built on in place of NVIDIA's.
        base_registry: A mirror of NVIDIA's images.
        registries: Registries to sign in to.
        ca_bundle: Certificates to trust besides the usual ones.
        insecure: Whether plain http is allowed.
        image: The image to hold against the device.
        module: The name of the module's container.
        environment: Of the process.
    """

    device: bool = False
    checks: tuple[str, ...] = ()
    device_type: str = ""
    release: str = ""
    variant: str = _VARIANT
    base_image: str = ""
    base_registry: str = ""
    registries: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    insecure: bool = False
    image: str = ""
    module: str = "ai-pipeline"
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for registry in self.registries:
            _check_port(registry_host(registry))
        known = DEVICE if self.device else WORKSTATION
        for name in self.checks:
            if name not in known:
                other = name in DEVICE or name in WORKSTATION
                hint = f"Choose from: {', '.join(known)}."
                if other:
                    hint = "Omit --device." if self.device else "Add --device."
                raise SpecError(f"there is no check '{name}'{' for this kind of machine' if other else ''}", hint=hint)

    @property
    def names_a_base(self) -> bool:
        """Whether the user said anything of the image that a build would start from."""
        named = (self.device_type, self.release, self.base_image, self.base_registry)
        return any(named) or self.variant != _VARIANT

    @property
    def chosen(self) -> tuple[str, ...]:
        """The checks to make, in the order of the report."""
        known = DEVICE if self.device else WORKSTATION
        return tuple(name for name in known if not self.checks or name in self.checks)


def _check_port(host: str) -> None:
    port = host.rpartition(":")[2] if ":" in host and not host.endswith("]") else ""
    if port and not 0 < int(port) <= _HIGHEST_PORT:
        raise SpecError(f"'{host}' names a port that does not exist", hint=f"A port is from 1 to {_HIGHEST_PORT}.")
