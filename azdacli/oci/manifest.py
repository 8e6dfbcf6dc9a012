"""Manifests and configurations as values: read one, put layers on it, write the next; no bytes of layers here.

Both families are kept as they are: docker's (image manifest v2, schema 2) and the Open Container Initiative's.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azdacli.errors import RegistryError, SpecError

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
_ATTESTATION = "vnd.docker.reference.type"
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
class Descriptor:
    """One blob that a manifest names; `extra` are its fields that we do not read."""

    media_type: str
    digest: str
    size: int
    extra: Mapping[str, Any]

    @property
    def is_foreign(self) -> bool:
        """Whether the layer lives elsewhere and must not be copied (nondistributable)."""
        return "urls" in self.extra or "foreign" in self.media_type or "nondistributable" in self.media_type

    def as_json(self) -> dict[str, Any]:
        """The descriptor as it stands in a manifest."""
        return {"mediaType": self.media_type, "size": self.size, "digest": self.digest, **self.extra}


@dataclass(frozen=True, kw_only=True, slots=True)
class Addition:
    """A layer to put on an image; uncompressed, so its digest is its diff_id.

    Attributes:
        digest: Of the layer.
        size: In bytes.
        story: One line for the image's history.
    """

    digest: str
    size: int
    story: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageManifest:
    """An image: its manifest, and the configuration that the manifest names."""

    digest: str
    manifest: Mapping[str, Any]
    media_type: str
    config: Mapping[str, Any]

    @property
    def layers(self) -> tuple[Descriptor, ...]:
        """The layers, lowest first."""
        return tuple(descriptor(entry) for entry in self.manifest["layers"])

    @property
    def labels(self) -> Mapping[str, str]:
        """The image's labels."""
        return (self.config.get("config") or {}).get("Labels") or {}

    @property
    def stories(self) -> tuple[Mapping[str, Any], ...]:
        """The history of the layers, lowest first; of fewer of them where a tool told nothing."""
        return tuple(entry for entry in self.config.get("history") or () if not entry.get("empty_layer"))

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """The digests of the uncompressed layers."""
        return tuple(self.config["rootfs"]["diff_ids"])

    def in_oci(self) -> "ImageManifest":
        """The same image in the Open Container Initiative's words; its blobs stay what they are."""

        def renamed(entry: Mapping[str, Any]) -> dict[str, Any]:
            told = str(entry["mediaType"])
            return {**entry, "mediaType": _IN_OCI.get(told, told)}

        manifest = {
            **self.manifest,
            "mediaType": OCI_MANIFEST,
            "config": renamed(self.manifest["config"]),
            "layers": [renamed(entry) for entry in self.manifest["layers"]],
        }
        return replace(self, manifest=manifest, media_type=OCI_MANIFEST)

    @property
    def platform(self) -> str:
        """`linux/arm64`."""
        return f"{self.config.get('os', '?')}/{self.config.get('architecture', '?')}"


def descriptor(entry: Mapping[str, Any]) -> Descriptor:
    """Read one descriptor.

    Raises:
        RegistryError: It is none.
    """
    try:
        extra = {name: value for name, value in entry.items() if name not in ("mediaType", "digest", "size")}
        return Descriptor(
            media_type=str(entry["mediaType"]), digest=str(entry["digest"]), size=int(entry["size"]), extra=extra
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RegistryError(f"a manifest has a broken descriptor: {entry!r:.200}") from error


def parse(document: Document, config: bytes) -> ImageManifest:
    """Read a manifest and its configuration.

    Raises:
        RegistryError: They are no image, or do not fit together.
    """
    manifest, settings = parsed(document.data), parsed(config)
    image = ImageManifest(digest=document.digest, manifest=manifest, media_type=document.media_type, config=settings)
    try:
        fits = len(image.layers) == len(image.diff_ids)
    except (KeyError, TypeError) as error:
        raise RegistryError(f"{document.digest} is not an image") from error
    if not fits:
        raise RegistryError(f"the manifest {document.digest} and its configuration name different layers")
    return image


def parsed(data: bytes) -> dict[str, Any]:
    """Read a JSON object; RegistryError when it is none."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise RegistryError("a manifest is not JSON") from error
    if not isinstance(value, dict):
        raise RegistryError("a manifest is not a JSON object")
    return value


def choose(index: Document, *, platform: str | None, name: str) -> str:
    """Pick the manifest of one platform; attestations are passed over.

    Raises:
        SpecError: It has none or several, and `--platform` must tell.
    """
    found: dict[str, str] = {}
    for entry in parsed(index.data).get("manifests") or []:
        about = entry.get("platform") or {}
        told = f"{about.get('os', 'unknown')}/{about.get('architecture', 'unknown')}"
        if _ATTESTATION not in (entry.get("annotations") or {}) and told != "unknown/unknown":
            found.setdefault(told, descriptor(entry).digest)
    wanted = platform or (next(iter(found)) if len(found) == 1 else None)
    if wanted in found:
        return found[str(wanted)]
    raise SpecError(
        f"{name} is made for {', '.join(sorted(found)) or 'no platform'}"
        + (f", not for {platform}" if platform else ": which one is meant?"),
        hint="Choose with --platform: linux/arm64 for Jetson, linux/amd64 for dGPU.",
    )


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
    when = created or base.config.get("created", "1980-01-01T00:00:00Z")
    config = {**base.config, "created": when}
    config["config"] = {**(base.config.get("config") or {}), "Labels": {**base.labels, **labels}}
    config["rootfs"] = {**base.config["rootfs"], "diff_ids": [*base.diff_ids, *(a.digest for a in additions)]}
    told = [{"created": when, "created_by": a.story, "comment": PUBLISHED} for a in additions]
    config["history"] = [*(base.config.get("history") or []), *told]
    stored = document(config, media_type=str(base.manifest["config"]["mediaType"]))
    layers = [
        Descriptor(media_type=_LAYER[base.media_type], digest=a.digest, size=a.size, extra={}).as_json()
        for a in additions
    ]
    manifest = {
        **base.manifest,
        "mediaType": base.media_type,
        "config": {**base.manifest["config"], "digest": stored.digest, "size": len(stored.data)},
        "layers": [*base.manifest["layers"], *layers],
    }
    return stored, document(manifest, media_type=base.media_type)


def document(value: Mapping[str, Any], *, media_type: str) -> Document:
    """Write a JSON document and name it by its digest."""
    data = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Document(digest=f"sha256:{hashlib.sha256(data).hexdigest()}", media_type=media_type, data=data)
