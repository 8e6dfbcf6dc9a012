"""Artifacts attached to an image: what the distribution specification calls referrers (image-spec 1.1)."""

import hashlib
from typing import Any

from azdacli.errors import RegistryError
from azdacli.oci.manifest import OCI_INDEX, OCI_MANIFEST, Document, document
from azdacli.oci.registry import failures
from azdacli.oci.registry.client import RegistryRepository
from azdacli.oci.repository import Content
from azdacli.util import json_text

_EMPTY = b"{}"
_EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
_OK, _CREATED = 200, 201


def attach(repository: RegistryRepository, subject: str, data: bytes, *, media_type: str, name: str) -> str:
    """Store a document and attach it to an image; the same document twice is one.

    Args:
        repository: Where the image is.
        subject: The image's digest.
        data: The document.
        media_type: What it is.
        name: What it is called when somebody downloads it.

    Returns:
        The digest of the artifact's manifest.

    Raises:
        RegistryError: The image is not there, or the registry is away or refuses.
    """
    image = repository.manifest(subject)
    if image is None:
        raise RegistryError(f"there is no {repository.name}@{subject} to attach something to")
    artifact = document(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": media_type,
            "config": _stored(repository, _EMPTY, _EMPTY_TYPE),
            "layers": [
                {
                    **_stored(repository, data, media_type),
                    "annotations": {"org.opencontainers.image.title": name},
                }
            ],
            "subject": {"mediaType": image.media_type, "digest": image.digest, "size": len(image.data)},
        },
        media_type=OCI_MANIFEST,
    )
    url = repository.url(f"manifests/{artifact.digest}")
    answer = repository.call("PUT", url, headers={"Content-Type": OCI_MANIFEST}, data=artifact.data)
    if answer.status_code not in (_OK, _CREATED):
        raise failures.refused(repository.registry.name, f"attach {name} to {repository.name}", answer)
    if "OCI-Subject" not in answer.headers:  # the registry knows of no referrers: clients look for a tag instead
        _listed(repository, image.digest, artifact, media_type)
    return artifact.digest


def _stored(repository: RegistryRepository, data: bytes, media_type: str) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if not repository.has(digest):
        content = Content(size=len(data), key=digest, read=lambda offset: iter([data[offset:]]), digest=digest)
        repository.put(content, lambda _: None)
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def _listed(repository: RegistryRepository, subject: str, artifact: Document, media_type: str) -> None:
    """Name the artifact in the index that stands under the subject's own tag (the referrers tag schema)."""
    tag = subject.replace(":", "-")
    current = repository.manifest(tag)
    entries: list[Any] = []
    if current is not None and current.media_type == OCI_INDEX:
        found = json_text.read_object(current.data).get("manifests")
        entries = found if isinstance(found, list) else []
    if any(isinstance(entry, dict) and entry.get("digest") == artifact.digest for entry in entries):
        return
    own = {"mediaType": artifact.media_type, "digest": artifact.digest, "size": len(artifact.data)}
    index = document(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [*entries, {**own, "artifactType": media_type}],
        },
        media_type=OCI_INDEX,
    )
    repository.put_manifest(index, tag)
