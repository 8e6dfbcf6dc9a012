"""A small runtime image as `create` makes it, put into a registry: what `publish` needs to stand on."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from azdacli.auth import acr
from azdacli.oci.credential import Credential
from azdacli.oci.manifest import DOCKER_MANIFEST, OCI_MANIFEST, Document, document
from azdacli.oci.registry import Patience, Registry, Resumables, Transport
from azdacli.oci.repository import Content, Repository

# Fails fast, so that a test of failures does not wait.
IMPATIENT = Patience(tries=5, pause=0.01, longest=0.05, connect=5, silence=5)
LABELS = {
    "io.azda.release": "7.1",
    "io.azda.target": "jetson",
    "io.azda.python": "3.10",
    "io.azda.variant": "samples",
}
# As the Dockerfile says them; what publish adds must leave them alone.
SETTINGS = {
    "Entrypoint": ["python3", "-m", "azda_runtime"],
    "Cmd": ["serve"],
    "User": "10001",
    "StopSignal": "SIGTERM",
    "Healthcheck": {"Test": ["CMD", "python3", "-m", "azda_runtime", "health"], "Interval": 30_000_000_000},
}
_CONFIG = {
    DOCKER_MANIFEST: "application/vnd.docker.container.image.v1+json",
    OCI_MANIFEST: "application/vnd.oci.image.config.v1+json",
}
_LAYER = {
    DOCKER_MANIFEST: "application/vnd.docker.image.rootfs.diff.tar.gzip",
    OCI_MANIFEST: "application/vnd.oci.image.layer.v1.tar",
}


def connect(
    host: str, login: Credential | None = None, *, cache: Path | None = None, patience: Patience = IMPATIENT
) -> Registry:
    """Talk to a registry as the command does, but impatiently."""
    return Registry(Transport(host, patience=patience), login, resumables=Resumables(cache))


def as_azures(monkeypatch: pytest.MonkeyPatch, one: Any) -> None:
    """Take a registry of this machine for one of Azure's, with an identity that it knows."""
    monkeypatch.setattr(acr, "is_azure", lambda host: host == one.host)
    monkeypatch.setattr(acr, "entra_token", lambda _audience: acr.EntraToken(text=one.tokens.entra_token()))


def layer(name: str, data: bytes) -> bytes:
    """Make a layer with one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def digest(data: bytes) -> str:
    """Name bytes as a registry does."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def store(repository: Repository, data: bytes) -> str:
    """Put bytes into a repository."""
    name = digest(data)
    if not repository.has(name):
        content = Content(size=len(data), key=name, read=lambda offset: iter([data[offset:]]), digest=name)
        repository.put(content, lambda _: None)
    return name


def read(repository: Repository, entry: dict[str, Any]) -> bytes:
    """Read a blob that a manifest names."""
    return b"".join(repository.blob(entry["digest"], size=entry["size"]))


def put_runtime(
    repository: Repository,
    tag: str | None,
    *,
    family: str = DOCKER_MANIFEST,
    layers: tuple[bytes, ...] = (),
    labels: dict[str, str] = LABELS,
    architecture: str = "arm64",
) -> Document:
    """Put a runtime image into a repository and return its manifest."""
    contents = layers or (layer("etc/base", b"debian"), layer("opt/azda/runtime.py", b"pass\n"))
    names = [store(repository, data) for data in contents]
    config = document(
        {
            "architecture": architecture,
            "os": "linux",
            "created": "2026-01-01T00:00:00Z",
            "config": {**SETTINGS, "Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": names},
            "history": [{"created_by": "create"} for _ in names],
        },
        media_type=_CONFIG[family],
    )
    store(repository, config.data)
    manifest = document(
        {
            "schemaVersion": 2,
            "mediaType": family,
            "config": {"mediaType": config.media_type, "digest": config.digest, "size": len(config.data)},
            "layers": [
                {"mediaType": _LAYER[family], "digest": name, "size": len(data)}
                for name, data in zip(names, contents, strict=True)
            ],
        },
        media_type=family,
    )
    repository.put_manifest(manifest, tag)
    return manifest
