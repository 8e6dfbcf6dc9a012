"""The list of assets of a base, wherever it stands."""

from azdacli.errors import RegistryError
from azdacli.image import labels as asset_index
from azdacli.image.labels import Listing
from azdacli.oci import image_file, pull
from azdacli.oci.manifest import ImageManifest
from azdacli.oci.pull import Source


def of(image: ImageManifest, source: Source) -> Listing:
    """Find out which assets an image has, from its labels or, where they are many, from its layers.

    Raises:
        RegistryError: The image has a list that cannot be read: what is put on it would hide those files.
    """
    why = "no layer holds it"

    def document(digest: str) -> bytes | None:
        nonlocal why
        wanted = image_file.Wanted(path=asset_index.PATH, digest=digest, instructions=asset_index.INSTRUCTIONS)
        try:
            return pull.file_of(source.repository, image, wanted)
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
