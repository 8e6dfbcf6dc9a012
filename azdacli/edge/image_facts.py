"""What an engine or a registry knows about an image, in the words of a manifest's checks."""

import hashlib
from collections.abc import Callable

from azdacli.engine.base import Engine
from azdacli.errors import EngineError, SpecError
from azdacli.image import labels as asset_index
from azdacli.manifest.images import ImageFacts
from azdacli.oci import image_file, manifest, pull
from azdacli.oci.manifest import Document, ImageManifest
from azdacli.oci.reference import Reference
from azdacli.oci.repository import Repository

_UPSTREAM = "$upstream"


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

        def document(digest: str) -> bytes | None:
            try:
                data = self._engine.read_file(found.id, f"/{asset_index.PATH}")
            except EngineError:
                return None
            return data if f"sha256:{hashlib.sha256(data).hexdigest()}" == digest else None

        return ImageFacts.from_labels(found.labels, document, os=found.os, architecture=found.architecture)


class RegistrySource:
    """Asks registries for manifests and configurations; a layer only where the list of assets is too long for a label.

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
        document = None if top is None else _of_platform(repository, top, platform)
        if top is None or document is None:
            return None
        found = pull.image_of(repository, document, image)
        system, _, architecture = found.platform.partition("/")
        return ImageFacts.from_labels(
            found.labels,
            lambda digest: _list_of_assets(repository, found, digest),
            os=system,
            architecture=architecture,
            digest=top.digest,
            layers=tuple((layer.digest, layer.size) for layer in found.layers),
        )


def _of_platform(repository: Repository, document: Document, platform: str | None) -> Document | None:
    """The image's own manifest; out of an index, that of the platform, or the first when none was named."""
    if document.media_type not in manifest.INDEXES:
        return document
    digest = manifest.first(document, platform=platform)
    return None if digest is None else repository.manifest(digest)


def _list_of_assets(repository: Repository, image: ImageManifest, digest: str) -> bytes | None:
    wanted = image_file.Wanted(path=asset_index.PATH, digest=digest, instructions=asset_index.INSTRUCTIONS)
    try:
        return pull.file_of(repository, image, wanted)
    except image_file.UnreadableLayerError:
        return None
