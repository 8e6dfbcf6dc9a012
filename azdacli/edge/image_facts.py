"""What an engine or a registry knows about an image, in the words of a manifest's checks."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from azdacli.engine.base import Engine
from azdacli.errors import EngineError, SpecError
from azdacli.manifest.images import ImageFacts
from azdacli.oci.reference import Reference

_LARGEST_CONFIGURATION = 8 * 1024 * 1024
_UPSTREAM = "$upstream"


class Document(Protocol):
    """A manifest or index as a registry stores it."""

    @property
    def digest(self) -> str:
        """`sha256:…` of the data."""

    @property
    def data(self) -> bytes:
        """The bytes."""


class Repository(Protocol):
    """What is needed of one repository of a registry; `azdacli.oci.repository.Repository` has it."""

    def manifest(self, selector: str) -> Document | None:
        """Read a manifest or index by tag or digest; None when there is none."""

    def blob(self, digest: str) -> Iterator[bytes]:
        """Read a blob whose digest is proven."""


class EngineSource:
    """Asks a container engine for images that it holds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def look(self, image: str, *, platform: str | None) -> ImageFacts | None:
        """See `azdacli.manifest.images.ImageSource`; an engine holds one platform per name, whichever was asked for."""
        del platform
        try:
            found = self._engine.inspect(image)
        except EngineError:
            return None
        return ImageFacts.from_labels(found.labels, os=found.os, architecture=found.architecture)


class RegistrySource:
    """Asks registries for manifests and configurations; layers are not downloaded.

    Args:
        repository: Opens the repository of an image. What it raises ends the work: a registry that refuses is
            no registry without the image.
    """

    def __init__(self, repository: Callable[[Reference], Repository]) -> None:
        self._repository = repository

    def look(self, image: str, *, platform: str | None) -> ImageFacts | None:
        """See `azdacli.manifest.images.ImageSource`.

        Raises:
            RegistryError: The registry is away, refused us, or sent what its digest denies.
        """
        if image.startswith(_UPSTREAM):
            return None
        try:
            reference = Reference.parse(image)
        except SpecError:
            return None  # a check of its own says what is wrong with the name
        repository = self._repository(reference)
        top = repository.manifest(reference.selector)
        manifest = None if top is None else _of_platform(repository, _object(top.data), platform)
        if top is None or manifest is None:
            return None
        configuration = _object(_read(repository.blob(str(manifest.get("config", {}).get("digest", "")))))
        labels = (configuration.get("config") or {}).get("Labels") or {}
        return ImageFacts.from_labels(
            labels,
            os=str(configuration.get("os", "")),
            architecture=str(configuration.get("architecture", "")),
            digest=top.digest,
            layers=tuple((str(layer["digest"]), int(layer["size"])) for layer in manifest.get("layers", [])),
        )


def _of_platform(repository: Repository, document: Mapping[str, Any], platform: str | None) -> Mapping[str, Any] | None:
    """The image's own manifest; out of an index, that of the platform, or the first when none was named."""
    entries = document.get("manifests")
    if not isinstance(entries, list):
        return document
    for entry in entries:
        named = entry.get("platform") or {}
        name = f"{named.get('os')}/{named.get('architecture')}"
        # What is neither for a system nor for a machine is an attestation, no image.
        if name != "unknown/unknown" and platform in (None, name):
            found = repository.manifest(str(entry["digest"]))
            return None if found is None else _object(found.data)
    return None


def _read(chunks: Iterable[bytes]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > _LARGEST_CONFIGURATION:
            break
    return bytes(data)


def _object(data: bytes) -> Mapping[str, Any]:
    """Read what a registry stores; what is no JSON object counts as empty."""
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
