"""Reading an image from where it is: its manifest, proven, and its configuration."""

from dataclasses import dataclass

from azdacli.errors import RegistryError, SpecError
from azdacli.oci import image_file, manifest
from azdacli.oci.manifest import Document, ImageManifest
from azdacli.oci.repository import Repository
from azdacli.util.json_text import LARGEST


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """An image to read: where it is, what picks it, and what a user calls it.

    Attributes:
        repository: Where it is.
        selector: Its tag or digest.
        name: What a user calls it.
        platform: Which one of an image for several, as `linux/arm64`; None where there is one.
    """

    repository: Repository
    selector: str
    name: str
    platform: str | None = None


def read(source: Source) -> ImageManifest:
    """Read an image's manifest and configuration; of an index, the one of the platform.

    Raises:
        RegistryError: There is none, or it is broken.
        SpecError: It is for several platforms and none was chosen, or for another.
    """
    found = source.repository.manifest(source.selector)
    if found is not None and found.media_type in manifest.INDEXES:
        digest = manifest.choose(found, platform=source.platform, name=source.name)
        found = source.repository.manifest(digest)
    if found is None:
        raise RegistryError(
            f"there is no {source.name}",
            hint="Check the name and the tag; `azdacli create` and `azdacli push` put one there.",
        )
    image = image_of(source.repository, found, source.name)
    manifest.check_whole(image)
    if source.platform and image.platform != source.platform:
        raise SpecError(
            f"{source.name} is made for {image.platform}, not for {source.platform}",
            hint="Omit --platform, or choose another base.",
        )
    return image


def image_of(repository: Repository, document: Document, name: str) -> ImageManifest:
    """Read the configuration that a manifest names, and both into an image; RegistryError when they are not valid."""
    config = manifest.config_of(document)
    if config.size > LARGEST:
        raise RegistryError(f"the configuration of {name} is larger than any image's")
    return manifest.parse(document, b"".join(repository.blob(config.digest, size=config.size)))


def file_of(repository: Repository, image: ImageManifest, wanted: image_file.Wanted) -> bytes | None:
    """Read one file out of an image's layers, see `azdacli.oci.image_file.find`."""
    sizes = {layer.digest: layer.size for layer in image.layers}
    return image_file.find(
        wanted, image.manifest, image.config, lambda digest: repository.blob(digest, size=sizes.get(digest, 0))
    )
