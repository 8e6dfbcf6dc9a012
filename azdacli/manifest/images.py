"""What an image says about itself, and who can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from azdacli.image import labels as asset_index

# What edgeAgent compares with the address of credentials where an image names no registry (DockerUtil.cs).
DOCKER_HUB_ADDRESS = "https://index.docker.io/v1/"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageFacts:
    """What is known about one image.

    Attributes:
        os: Its operating system, `linux`.
        architecture: Its machine in Docker's words, `amd64` or `arm64`.
        digest: What a registry holds it under (`sha256:…`); None when it was not asked.
        release: The DeepStream release; None in an image that azdacli did not make.
        target: `dgpu`, `jetson` or `cpu`; None in an image that azdacli did not make.
        assets: Absolute paths of the user's files in it; None when the image does not say.
        folders: The folders that `--add` filled, where the runtime looks relative paths up.
        layers: Digest and size in bytes of what a device pulls; empty when no registry was asked.
    """

    os: str
    architecture: str
    digest: str | None = None
    release: str | None = None
    target: str | None = None
    assets: tuple[str, ...] | None = None
    layers: tuple[tuple[str, int], ...] = ()
    folders: tuple[str, ...] = ()

    @classmethod
    def from_labels(
        cls, labels: Mapping[str, str], document: asset_index.Read = lambda _: None, **known: Any
    ) -> "ImageFacts":
        """Read what `create` wrote into the image's labels; a label that cannot be read counts as absent.

        Args:
            labels: The image's.
            document: Reads the list of assets out of the image, where it is too long for a label.
            known: The other attributes.
        """
        listing = _listing(labels, document)
        return cls(
            release=labels.get(asset_index.RELEASE),
            target=labels.get(asset_index.TARGET),
            assets=None if listing is None else tuple(str(row["path"]) for row in listing.files if "path" in row),
            folders=() if listing is None else tuple(listing.targets),
            **known,
        )


class ImageSource(Protocol):
    """Whoever can be asked about an image: an engine, a registry."""

    def look(self, image: str, *, platform: str | None) -> ImageFacts | None:
        """What is known about an image; None when this source does not have it.

        Args:
            image: Its name as it stands in the manifest.
            platform: `linux/arm64` or the like, for images that hold several; None for whatever there is.
        """


def _listing(labels: Mapping[str, str], document: asset_index.Read) -> asset_index.Listing | None:
    if asset_index.FILES not in labels and asset_index.DOCUMENT not in labels:
        return None
    return asset_index.listed(labels, document)


def host_of(image: str) -> str | None:
    """The registry as edgeAgent recognises it (DockerUtil.cs).

    Returns:
        The first part when it holds a '.' or ':'; Docker Hub's address for another first part of several; None for a
        single name, which edgeAgent takes for a public image of Docker Hub.
    """
    first, slash, _ = image.partition("/")
    if not slash:
        return None
    return first if "." in first or ":" in first else DOCKER_HUB_ADDRESS


def pinned(image: str, digest: str) -> str:
    """The image's name with its digest instead of its tag; edgeAgent does not take both."""
    name = image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return f"{head if colon and '/' not in tail else name}@{digest}"
