"""What azdacli needs from a container engine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from azdacli.events import Listener
from azdacli.oci.credential import Credential

# The build arguments that every builder takes without an ARG in the Dockerfile, and keeps out of the image's history.
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image that the engine holds."""

    id: str
    os: str
    architecture: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildOptions:
    """How one image is to be built, besides its context.

    Attributes:
        tag: The image's name.
        platform: `linux/amd64` or `linux/arm64`; None for the engine's own.
        no_cache: Whether every step runs again.
        network: The network of the build's commands, as docker names it; None for the engine's default.
        dockerfile: Path of the Dockerfile inside the context.
    """

    tag: str
    platform: str | None = None
    no_cache: bool = False
    network: str | None = None
    dockerfile: str = "Dockerfile"


class Builder(Protocol):
    """Builds one image from a context that arrives as a stream of tar bytes."""

    def build(self, context: Iterable[bytes], options: BuildOptions, listener: Listener) -> str:
        """Build and return the image's id (`sha256:…`).

        Raises:
            EngineError: The engine is away or refused.
            BuildError: A step failed.
        """


class Engine(Protocol):
    """Holds images and sends them to registries."""

    def inspect(self, image: str) -> Image:
        """Look an image up by name or id; EngineError when the engine does not hold it."""

    def read_file(self, image: str, path: str) -> bytes:
        """Read a file out of an image that the engine holds; EngineError when it has none there."""

    def tag(self, image: str, reference: str) -> None:
        """Give an image another name."""

    def push(self, reference: str, *, login: Credential | None, listener: Listener) -> str:
        """Push a name and return the digest that the registry answered with.

        Raises:
            RegistryError: The registry is away, refused us, or the transfer failed.
        """
