"""Reading an image from where it is: its manifest, proven, and its configuration."""

from dataclasses import dataclass

from azdacli import asset_index, image_manifest
from azdacli.asset_index import Listing
from azdacli.errors import RegistryError, SpecError
from azdacli.image_manifest import ImageManifest
from azdacli.oci import image_file
from azdacli.registry import Repository

_LARGEST_CONFIG = 8 << 20


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
    if found is not None and found.media_type in image_manifest.INDEXES:
        digest = image_manifest.choose(found, platform=source.platform, name=source.name)
        found = source.repository.manifest(digest)
    if found is None:
        raise RegistryError(
            f"there is no {source.name}",
            hint="Check the name and the tag; `azdacli create` and `azdacli push` put one there.",
        )
    config = image_manifest.descriptor(image_manifest.parsed(found.data).get("config") or {})
    if config.size > _LARGEST_CONFIG:
        raise RegistryError(f"the configuration of {source.name} is larger than any image's")
    image = image_manifest.parse(found, b"".join(source.repository.blob(config.digest)))
    if source.platform and image.platform != source.platform:
        raise SpecError(
            f"{source.name} is made for {image.platform}, not for {source.platform}",
            hint="Leave --platform out, or choose another base.",
        )
    return image


def assets_of(image: ImageManifest, source: Source) -> Listing:
    """Find out which assets an image has, from its labels or, where they are many, from its layers.

    Raises:
        RegistryError: The image has a list that cannot be read: what is put on it would hide those files.
    """
    why = "no layer holds it"

    def document(digest: str) -> bytes | None:
        nonlocal why
        wanted = image_file.Wanted(path=asset_index.PATH, digest=digest, instructions=asset_index.INSTRUCTIONS)
        try:
            return image_file.find(wanted, image.manifest, image.config, source.repository.blob)
        except image_file.UnreadableLayerError as error:
            why = f"its layers are compressed with {error}"
            return None

    listing = asset_index.listed(image.labels, document)
    if listing is None:
        raise RegistryError(
            f"the list of assets in {source.name} cannot be read: {why}",
            hint="Push the image that `azdacli create` made as it is, with gzip layers, and publish on that.",
        )
    return listing
