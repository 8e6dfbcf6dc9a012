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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from azdacli.errors import RegistryError
from azdacli.events import Listener, Progress
from azdacli.oci.manifest import OCI_INDEX, OCI_MANIFEST, Document
from azdacli.oci.repository import Content, Repository
from azdacli.util import locks

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

    def manifest(self, selector: str) -> Document | None:
        """Read a manifest by tag or digest; None when there is none."""
        entries = self._entries()
        for entry in entries:
            if selector in (entry.get("digest"), (entry.get("annotations") or {}).get(_TAG)):
                return self._document(str(entry["digest"]), str(entry["mediaType"]))
        if selector.startswith("sha256:") and self.has(selector):
            data = b"".join(self.blob(selector))
            return Document(digest=selector, media_type=str(json.loads(data).get("mediaType", "")), data=data)
        return None

    def has(self, digest: str) -> bool:
        """Whether a blob is there."""
        return self._path(digest).is_file()

    def blob(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        """Read a blob from an offset on; read whole, it is proven."""
        proof = hashlib.sha256()
        with _translated(self.name), self._path(digest).open("rb") as file:
            file.seek(offset)
            while piece := file.read(_PIECE):
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
            self._path("sha256:0").parent.mkdir(parents=True, exist_ok=True)
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
            others = [e for e in self._entries() if tag is None or (e.get("annotations") or {}).get(_TAG) != tag]
            entries = [*others, entry]
            index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
            self._write("manifest.json", [saved for e in entries if (saved := self._saved(e))])
            self._write("oci-layout", _VERSION)
            self._write("index.json", index)

    def _saved(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Describe one manifest as `docker save` does; nothing for an index of several."""
        manifest = json.loads(self._path(entry["digest"]).read_bytes())
        if "config" not in manifest:
            return {}
        tag = (entry.get("annotations") or {}).get(_NAME)
        return {
            "Config": _place(manifest["config"]["digest"]),
            "RepoTags": [tag.removeprefix(_HUB)] if tag else [],
            "Layers": [_place(layer["digest"]) for layer in manifest["layers"]],
        }

    def _entries(self) -> list[dict[str, Any]]:
        try:
            told = json.loads((self.folder / "index.json").read_bytes())["manifests"]
            return [{**e, "digest": str(e["digest"]), "mediaType": str(e["mediaType"])} for e in told]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RegistryError(f"{self.name} is not an image layout", hint="Is index.json whole?") from error

    def _document(self, digest: str, media_type: str) -> Document:
        return Document(digest=digest, media_type=media_type, data=b"".join(self.blob(digest)))

    def _path(self, digest: str) -> Path:
        return self.folder / _place(digest)

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


def _place(digest: str) -> str:
    algorithm, _, text = digest.partition(":")
    if algorithm != "sha256" or not text.isalnum():
        raise RegistryError(f"{digest!r:.100} is not a digest that we know")
    return f"blobs/sha256/{text}"
