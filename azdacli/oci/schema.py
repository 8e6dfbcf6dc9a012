"""Image documents as values: whatever a registry or a folder holds is read here once, and is right or refused.

The rules are those of the image specification (github.com/opencontainers/image-spec: manifest.md, image-index.md,
config.md, descriptor.md); docker's own documents have the same shape.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azdacli.errors import RegistryError
from azdacli.util import json_text
from azdacli.util.one_line import on_one_line

_DIGEST = re.compile(r"sha256:[a-f0-9]{64}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+/-]{0,254}")  # RFC 6838, as the specification wants it
_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")
LARGEST_BLOB = 1 << 40  # Azure's limit for a layer is 200 GiB
_MOST_LAYERS = 1000  # engines run some 125
_ATTESTATION = "vnd.docker.reference.type"


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One value of a document, with the path that leads to it for whoever has to repair it."""

    value: Any
    path: str

    def refuse(self, wanted: str) -> RegistryError:
        """Make the error that says what stands here instead of what is wanted."""
        here = on_one_line(repr(self.value)[:200], 60)
        return RegistryError(
            f"{self.path} is {here} and not {wanted}", hint="The image may have been made by a broken tool."
        )

    def at(self, name: str) -> "Node":
        """Go to a field of an object; it holds None where there is none."""
        return Node(value=self.object().get(name), path=f"{self.path}.{on_one_line(name, 40)}")

    def object(self) -> Mapping[str, Any]:
        """Read an object; absent and null are an empty one, as Go's programs write it."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.refuse("an object")
        return self.value

    def entries(self) -> list["Node"]:
        """Read a list; absent and null are an empty one."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.refuse("a list")
        return [Node(value=value, path=f"{self.path}[{number}]") for number, value in enumerate(self.value)]

    def text(self, default: str = "") -> str:
        """Read a text; absent and null are the default."""
        if self.value is None:
            return default
        if not isinstance(self.value, str):
            raise self.refuse("a text")
        return self.value

    def matching(self, pattern: re.Pattern[str], wanted: str, default: str | None = None) -> str:
        """Read a text of a certain form."""
        text = default if self.value is None and default is not None else self.text()
        if not pattern.fullmatch(text) and text != default:
            raise self.refuse(wanted)
        return text

    def digest(self) -> str:
        """Read a digest."""
        return self.matching(_DIGEST, "a digest (sha256: and 64 hexadecimal digits)")

    def media_type(self) -> str:
        """Read a media type."""
        return self.matching(_MEDIA_TYPE, "a media type")

    def word(self) -> str:
        """Read a name such as `linux` or `arm64`; empty when there is none."""
        return self.matching(_WORD, "a name of a system or a machine", "")

    def size(self) -> int:
        """Read a number of bytes."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not 0 <= self.value <= LARGEST_BLOB:
            raise self.refuse("a number of bytes that a blob can have")
        return self.value

    def labels(self) -> dict[str, str]:
        """Read an object of texts; null is an empty text."""
        return {name: self.at(name).text() for name in self.object()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Descriptor:
    """One blob that a manifest names; `extra` are its fields that we do not read."""

    media_type: str
    digest: str
    size: int
    extra: Mapping[str, Any]

    @classmethod
    def of(cls, node: Node) -> "Descriptor":
        """Read one; RegistryError when it is not valid."""
        known = ("mediaType", "digest", "size")
        return cls(
            media_type=node.at("mediaType").media_type(),
            digest=node.at("digest").digest(),
            size=node.at("size").size(),
            extra={name: value for name, value in node.object().items() if name not in known},
        )

    @property
    def is_foreign(self) -> bool:
        """Whether the layer lives elsewhere and must not be copied (nondistributable)."""
        return "urls" in self.extra or "foreign" in self.media_type or "nondistributable" in self.media_type

    def as_json(self) -> dict[str, Any]:
        """The descriptor as it stands in a manifest."""
        return {"mediaType": self.media_type, "size": self.size, "digest": self.digest, **self.extra}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformEntry:
    """One image of an index."""

    descriptor: Descriptor
    platform: str
    is_image: bool

    @classmethod
    def of(cls, node: Node) -> "PlatformEntry":
        """Read one; attestations, and what is for no system, are distinguished from images."""
        about = node.at("platform")
        system, machine = about.at("os").word() or "unknown", about.at("architecture").word() or "unknown"
        platform = f"{system}/{machine}"
        attested = _ATTESTATION in node.at("annotations").object()
        return cls(
            descriptor=Descriptor.of(node),
            platform=platform,
            is_image=platform != "unknown/unknown" and not attested,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry:
    """What one step of a build did, as far as a tool said it."""

    created_by: str
    comment: str
    empty: bool


def is_digest(text: str) -> bool:
    """Whether a text is a digest of the one kind that registries use."""
    return bool(_DIGEST.fullmatch(text))


def root(data: bytes, name: str, *, most: int = json_text.LARGEST) -> Node:
    """Read a JSON object.

    Args:
        data: The bytes.
        name: What a user calls the document, for messages.
        most: Bytes that it may have.

    Raises:
        RegistryError: It is none, or no honest one.
    """
    try:
        return Node(value=json_text.read_object(data, most=most), path=name)
    except ValueError as error:
        raise RegistryError(
            f"{name} cannot be read: {error}", hint="The image may have been made by a broken tool."
        ) from error


def layers(manifest: Node) -> tuple[Descriptor, ...]:
    """Read the layers of a manifest, lowest first."""
    entries = manifest.at("layers").entries()
    if len(entries) > _MOST_LAYERS:
        raise RegistryError(f"{manifest.path} has {len(entries)} layers, and engines support at most 125")
    return tuple(Descriptor.of(entry) for entry in entries)


def history(config: Node) -> tuple[HistoryEntry, ...]:
    """Read the history of a configuration, oldest step first."""
    return tuple(
        HistoryEntry(
            created_by=entry.at("created_by").text(),
            comment=entry.at("comment").text(),
            empty=bool(entry.at("empty_layer").value),
        )
        for entry in config.at("history").entries()
    )


def diff_ids(config: Node) -> tuple[str, ...]:
    """Read the digests of the uncompressed layers."""
    return tuple(entry.digest() for entry in config.at("rootfs").at("diff_ids").entries())


def images(index: Node) -> tuple[PlatformEntry, ...]:
    """Read the images of an index, attestations left out."""
    found = (PlatformEntry.of(entry) for entry in index.at("manifests").entries())
    return tuple(entry for entry in found if entry.is_image)
