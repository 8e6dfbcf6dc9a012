"""Manifests and configurations as values: read one, put layers on it, write the next; no bytes of layers here.

Both families are kept as they are: docker's (image manifest v2, schema 2) and the Open Container Initiative's.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azdacli.errors import RegistryError, SpecError
from azdacli.oci import schema
from azdacli.oci.schema import Descriptor, HistoryEntry
from azdacli.util.one_line import on_one_line

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
# Uncompressed layers in each family; the second is what docker's own builder writes for them.
_LAYER = {
    OCI_MANIFEST: "application/vnd.oci.image.layer.v1.tar",
    DOCKER_MANIFEST: "application/vnd.docker.image.rootfs.diff.tar",
}
PUBLISHED = "azdacli publish"  # the comment of our layers in an image's history
# Docker's names in OCI's words, for places that hold nothing else.
_IN_OCI = {
    DOCKER_MANIFEST: OCI_MANIFEST,
    "application/vnd.docker.container.image.v1+json": "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": (
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A manifest, an index or a configuration as it was stored.

    Attributes:
        digest: `sha256:…` of `data`; already proven.
        media_type: What the place says it is.
        data: The bytes, unchanged.
    """

    digest: str
    media_type: str
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Addition:
    """A layer to put on an image; uncompressed, so its digest is its diff_id.

    Attributes:
        digest: Of the layer.
        size: In bytes.
        created_by: One line for the image's history.
    """

    digest: str
    size: int
    created_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageManifest:
    """An image: its manifest, and the configuration that the manifest names, both read and found right.

    Attributes:
        digest: Of the manifest.
        media_type: Of the manifest.
        manifest: As it was stored, with the fields that we do not read.
        config: The configuration as it was stored.
        layers: The layers, lowest first.
        labels: The image's labels.
        history: The steps that made a layer, lowest first; fewer than layers where a tool said nothing.
        diff_ids: The digests of the uncompressed layers.
        platform: `linux/arm64`.
    """

    digest: str
    media_type: str
    manifest: Mapping[str, Any]
    config: Mapping[str, Any]
    layers: tuple[Descriptor, ...]
    labels: Mapping[str, str]
    history: tuple[HistoryEntry, ...]
    diff_ids: tuple[str, ...]
    platform: str

    def in_oci(self) -> "ImageManifest":
        """The same image in the Open Container Initiative's words; its blobs stay what they are."""

        def renamed(entry: Mapping[str, Any]) -> dict[str, Any]:
            known = str(entry["mediaType"])
            return {**entry, "mediaType": _IN_OCI.get(known, known)}

        layers = tuple(
            replace(layer, media_type=_IN_OCI.get(layer.media_type, layer.media_type)) for layer in self.layers
        )
        manifest = {
            **self.manifest,
            "mediaType": OCI_MANIFEST,
            "config": renamed(self.manifest["config"]),
            "layers": [layer.as_json() for layer in layers],
        }
        return replace(self, manifest=manifest, media_type=OCI_MANIFEST, layers=layers)


def config_of(document: Document) -> Descriptor:
    """Read which configuration a manifest names; RegistryError when it is not a manifest of an image."""
    return Descriptor.of(_manifest(document).at("config"))


def layers_of(document: Document) -> tuple[Descriptor, ...]:
    """Read the layers that a manifest names, lowest first; RegistryError when it is not a manifest of an image."""
    return schema.layers(_manifest(document))


def parse(document: Document, config: bytes) -> ImageManifest:
    """Read a manifest and its configuration.

    Raises:
        RegistryError: They are not an image.
    """
    manifest = _manifest(document)
    settings = schema.root(config, f"the configuration of {document.digest}")
    system, machine = settings.at("os").word() or "?", settings.at("architecture").word() or "?"
    settings.at("created").text()
    return ImageManifest(
        digest=document.digest,
        media_type=document.media_type,
        manifest=manifest.object(),
        config=settings.object(),
        layers=schema.layers(manifest),
        labels=settings.at("config").at("Labels").labels(),
        history=tuple(entry for entry in schema.history(settings) if not entry.empty),
        diff_ids=schema.diff_ids(settings),
        platform=f"{system}/{machine}",
    )


def check_whole(image: ImageManifest) -> None:
    """Refuse an image that nothing can be put on; RegistryError when manifest and configuration do not match."""
    if len(image.layers) != len(image.diff_ids):
        raise RegistryError(f"the manifest {image.digest} and its configuration name different layers")


def blobs_of(document: Document) -> frozenset[str]:
    """Name the blobs that a manifest says are there; none for an index."""
    if document.media_type in INDEXES:
        return frozenset()
    manifest = _manifest(document)
    config = Descriptor.of(manifest.at("config"))
    return frozenset({config.digest, *(layer.digest for layer in schema.layers(manifest))})


def _manifest(document: Document) -> schema.Node:
    if document.media_type not in _LAYER:
        reported = on_one_line(document.media_type, 80) or "no media type"
        raise RegistryError(f"{document.digest} is not the manifest of an image ({reported})")
    return schema.root(document.data, f"the manifest {document.digest}")


def choose(index: Document, *, platform: str | None, name: str) -> str:
    """Pick the manifest of one platform; attestations are passed over.

    Raises:
        RegistryError: It is not an index.
        SpecError: It has none or several, and `--platform` must say which.
    """
    found: dict[str, str] = {}
    for entry in schema.images(schema.root(index.data, f"the index {index.digest}")):
        found.setdefault(entry.platform, entry.descriptor.digest)
    wanted = platform or (next(iter(found)) if len(found) == 1 else None)
    if wanted in found:
        return found[str(wanted)]
    raise SpecError(
        f"{name} is made for {', '.join(sorted(found)) or 'no platform'}"
        + (f", not for {platform}" if platform else ": which one is meant?"),
        hint="Choose with --platform: linux/arm64 for Jetson, linux/amd64 for dGPU.",
    )


def first(index: Document, *, platform: str | None) -> str | None:
    """Pick the manifest of one platform, or the first where none is named; None when there is none."""
    for entry in schema.images(schema.root(index.data, f"the index {index.digest}")):
        if platform in (None, entry.platform):
            return entry.descriptor.digest
    return None


def compose(
    base: ImageManifest, additions: Sequence[Addition], labels: Mapping[str, str], *, created: str | None = None
) -> tuple[Document, Document]:
    """Put layers on an image.

    Args:
        base: What to put them on.
        additions: The layers, lowest first.
        labels: Labels to set; the base's others stay.
        created: RFC 3339 time; the base's by default, so that the same input makes the same image.

    Returns:
        The configuration and the manifest.
    """
    when = created or base.config.get("created") or "1980-01-01T00:00:00Z"
    config = {**base.config, "created": when}
    config["config"] = {**(base.config.get("config") or {}), "Labels": {**base.labels, **labels}}
    config["rootfs"] = {
        **(base.config.get("rootfs") or {}),
        "diff_ids": [*base.diff_ids, *(a.digest for a in additions)],
    }
    history = [{"created": when, "created_by": a.created_by, "comment": PUBLISHED} for a in additions]
    config["history"] = [*(base.config.get("history") or []), *history]
    stored = document(config, media_type=str(base.manifest["config"]["mediaType"]))
    layers = [
        Descriptor(media_type=_LAYER[base.media_type], digest=a.digest, size=a.size, extra={}).as_json()
        for a in additions
    ]
    manifest = {
        **base.manifest,
        "mediaType": base.media_type,
        "config": {**base.manifest["config"], "digest": stored.digest, "size": len(stored.data)},
        "layers": [*(base.manifest.get("layers") or []), *layers],
    }
    return stored, document(manifest, media_type=base.media_type)


def document(value: Mapping[str, Any], *, media_type: str) -> Document:
    """Write a JSON document and name it by its digest."""
    data = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Document(digest=f"sha256:{hashlib.sha256(data).hexdigest()}", media_type=media_type, data=data)
