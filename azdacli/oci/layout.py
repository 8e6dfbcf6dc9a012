"""An image layout on disk (github.com/opencontainers/image-spec, image-layout.md) behind the same port as a registry.

Beside `index.json` we keep the `manifest.json` of `docker save`, so that `tar -C DIR -c . | docker load` works with
engines of any age; skopeo reads the layout as `oci:DIR:TAG`.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.errors import RegistryError
from azdacli.events import Listener, Progress
from azdacli.oci import manifest, schema
from azdacli.oci.manifest import OCI_INDEX, OCI_MANIFEST, Document
from azdacli.oci.repository import Content, Repository
from azdacli.util import json_text, locks, regular_file
from azdacli.util.one_line import on_one_line

_VERSION = {"imageLayoutVersion": "1.0.0"}
_TAG = "org.opencontainers.image.ref.name"
_NAME = "io.containerd.image.name"
_HUB = "docker.io/library/"  # containerd takes names as they are, with every default written out
_PIECE = 1 << 20
_LOCK = ".index.lock"  # keeps other processes from writing the index between our reading and our writing it


class OciLayout:
    """One image layout; `azdacli.oci.repository.Repository` on disk.

    Args:
        folder: The layout's folder; made when something is stored.
        image: The name that `docker load` gives the image, without tag.
    """

    def __init__(self, folder: Path, *, image: str = "azda") -> None:
        self.folder = folder
        self.name = f"oci:{folder}"
        self.sent = 0
        self.media_types = frozenset({OCI_INDEX, OCI_MANIFEST})
        self._image = image
        self._lock = threading.Lock()

    def only(self) -> str | None:
        """The digest of the image where it holds one alone, which other tools write without a tag; None elsewhere."""
        entries = self._entries()
        return entries[0].digest if len(entries) == 1 else None

    def tags(self) -> list[str]:
        """The tags that its index names, sorted."""
        return sorted({entry.short for entry in self._entries() if entry.tag})

    def manifest(self, selector: str) -> Document | None:
        """Read a manifest by tag or digest; None when there is none."""
        entries = self._entries()
        named = [each for each in entries if selector in (each.digest, each.tag)]
        for entry in named or [each for each in entries if selector == each.short]:
            return self._document(entry.digest, entry.media_type)
        if selector.startswith("sha256:") and self.has(selector):
            return self._document(selector, "")
        return None

    def has(self, digest: str) -> bool:
        """Whether a blob is there."""
        with _translated(self.name):
            return self._path(digest).is_file()

    def blob(self, digest: str, offset: int = 0, *, size: int) -> Iterator[bytes]:
        """Read a blob from an offset on; read whole, it is proven."""
        proof = hashlib.sha256()
        done = offset
        with _translated(self.name), regular_file.opened(self._path(digest)) as file:
            file.seek(offset)
            while piece := file.read(min(_PIECE, size + 1 - done)):
                done += len(piece)
                if done > size:
                    raise RegistryError(f"the blob {digest} in {self.name} is larger than its manifest says")
                proof.update(piece)
                yield piece
        if not offset and f"sha256:{proof.hexdigest()}" != digest:
            raise RegistryError(f"the blob {digest} in {self.name} is damaged", hint="Write the layout again.")

    def mount(self, digest: str, source: Repository) -> bool:
        """Take a blob over from another layout without reading it, where the file system has links."""
        if self.has(digest):
            return True
        if not isinstance(source, OciLayout) or not source.has(digest):
            return False
        with contextlib.suppress(OSError):
            self._path(digest).parent.mkdir(parents=True, exist_ok=True)
            os.link(source._path(digest), self._path(digest))  # noqa: SLF001 # another of our own kind
            return True
        return False

    def put(self, content: Content, listener: Listener) -> str:
        """Store a blob; its name appears when it is whole."""
        proof = hashlib.sha256()
        done = 0
        with _translated(self.name):
            (self.folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
            with self._temporary(self.folder) as file:
                for piece in content.read(0):
                    file.write(piece)
                    proof.update(piece)
                    done += len(piece)
                    listener(Progress(text="writing", item=content.label, done=done, total=content.size))
                digest = f"sha256:{proof.hexdigest()}"
                file.close()
                Path(file.name).chmod(0o644)
                Path(file.name).replace(self._path(digest))
        with self._lock:
            self.sent += done
        return digest

    def put_manifest(self, document: Document, tag: str | None) -> None:
        """Store a manifest and name it in the index."""
        content = Content(
            size=len(document.data), key=document.digest, read=lambda offset: iter([document.data[offset:]])
        )
        self.put(content, lambda _: None)
        entry: dict[str, Any] = {
            "mediaType": document.media_type,
            "digest": document.digest,
            "size": len(document.data),
        }
        if tag is not None:
            entry["annotations"] = {_TAG: tag, _NAME: f"{_HUB}{self._image}:{tag}"}
        with _translated(self.name), locks.held(self.folder / _LOCK):
            entries = [each for each in self._entries() if tag is None or each.tag != tag]
            entries.append(_Entry.of(schema.Node(value=entry, path="the new entry")))
            index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [each.raw for each in entries]}
            self._write("manifest.json", [saved for each in entries if (saved := self._saved(each))])
            self._write("oci-layout", _VERSION)
            self._write("index.json", index)

    def _saved(self, entry: "_Entry") -> dict[str, Any]:
        """Describe one manifest as `docker save` does; nothing for an index of several."""
        if entry.media_type in manifest.INDEXES or not self.has(entry.digest):
            return {}
        document = self._document(entry.digest, entry.media_type)
        return {
            "Config": _path(manifest.config_of(document).digest),
            "RepoTags": [entry.name.removeprefix(_HUB)] if entry.name else [],
            "Layers": [_path(layer.digest) for layer in manifest.layers_of(document)],
        }

    def _entries(self) -> list["_Entry"]:
        try:
            data = regular_file.read(self.folder / "index.json", most=json_text.LARGEST)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RegistryError(f"index.json of {self.name} cannot be read: {error.strerror}") from error
        index = schema.root(data, f"index.json of {self.name}")
        return [_Entry.of(node) for node in index.at("manifests").entries()]

    def _document(self, digest: str, media_type: str) -> Document:
        """Read a manifest and prove it; one that the index does not name says itself what it is, or has its shape."""
        data = b"".join(self.blob(digest, size=json_text.LARGEST))
        if not media_type:
            root = schema.root(data, f"{self.name}@{digest}")
            shape = OCI_INDEX if "manifests" in root.object() else OCI_MANIFEST
            media_type = root.at("mediaType").text() or shape
        return Document(digest=digest, media_type=media_type, data=data)

    def _path(self, digest: str) -> Path:
        return self.folder / _path(digest)

    def _write(self, name: str, value: object) -> None:
        with self._temporary(self.folder) as file:
            file.write(json.dumps(value, separators=(",", ":")).encode())
            file.close()
            Path(file.name).chmod(0o644)
            Path(file.name).replace(self.folder / name)

    @contextlib.contextmanager
    def _temporary(self, folder: Path) -> Iterator[Any]:
        """Open a file that is gone afterwards unless it got its real name."""
        with tempfile.NamedTemporaryFile("wb", dir=folder, prefix=".azda-", delete=False) as file:
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)


@contextlib.contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RegistryError(f"{name} cannot be used: {error.strerror or error}") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """One manifest that `index.json` names."""

    digest: str
    media_type: str
    tag: str
    name: str
    raw: Mapping[str, Any]

    @property
    def short(self) -> str:
        """The tag alone, where podman wrote the image's whole name: `localhost/pose:1`."""
        return self.tag.rpartition(":")[2]

    @classmethod
    def of(cls, node: schema.Node) -> "_Entry":
        annotations = node.at("annotations")
        return cls(
            digest=node.at("digest").digest(),
            media_type=node.at("mediaType").media_type(),
            tag=annotations.at(_TAG).text(),
            name=annotations.at(_NAME).text(),
            raw=node.object(),
        )


def _path(digest: str) -> str:
    if not schema.is_digest(digest):
        raise RegistryError(f"{on_one_line(digest, 80)!r} is not a digest that we know")
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"
