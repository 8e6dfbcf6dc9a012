"""What the manifests and configurations of a repository say about its versions."""

import contextlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from azdacli.errors import RegistryError
from azdacli.image import labels as asset_index
from azdacli.oci import manifest, pull, schema
from azdacli.oci.manifest import Document
from azdacli.oci.repository import Repository
from azdacli.oci.versions import Listed, Version

_AT_ONCE = 6
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)")
_CONFIGS = frozenset({"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"})


def described(repository: Repository, listed: Sequence[Listed]) -> list[Version]:
    """Read what each version is; one that cannot be read keeps what the registry says of it.

    Raises:
        RegistryError: The registry is away.
    """
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return list(pool.map(lambda one: _version(repository, one), listed))


def _version(repository: Repository, listed: Listed) -> Version:
    document = repository.manifest(listed.digest)
    if document is None:
        return Version(listed=listed)
    if document.media_type not in manifest.INDEXES:
        return _image(repository, document, listed)
    with contextlib.suppress(RegistryError):  # an index that is not valid
        return _index(repository, document, listed)
    return Version(listed=listed)


def _index(repository: Repository, document: Document, listed: Listed) -> Version:
    entries = schema.root(document.data, f"the index {document.digest}").at("manifests").entries()
    children = [schema.PlatformEntry.of(entry) for entry in entries]
    found = [
        _image(repository, own, listed)
        for child in children
        if child.is_image and (own := repository.manifest(child.descriptor.digest)) is not None
    ]
    first = next((one for one in found if one.release), found[0] if found else Version(listed=listed))
    sizes = [one.size for one in found if one.size is not None]
    return Version(
        listed=listed,
        created=first.created,
        size=sum(sizes) if sizes else None,
        platforms=tuple(dict.fromkeys(platform for one in found for platform in one.platforms)),
        release=first.release,
        target=first.target,
        assets=first.assets,
        parts=tuple(child.descriptor.digest for child in children),
    )


def _image(repository: Repository, document: Document, listed: Listed) -> Version:
    subject = ""
    with contextlib.suppress(RegistryError):  # not the manifest of an image: an artifact, or nothing that we know
        root = schema.root(document.data, f"the manifest {document.digest}")
        attached = root.object().get("subject")
        subject = str(attached.get("digest", "")) if isinstance(attached, dict) else ""
        config = manifest.config_of(document)
        if config.media_type not in _CONFIGS:
            return Version(listed=listed, subject=subject)
        found = pull.image_of(repository, document, repository.name)
        listing = asset_index.listed(found.labels, lambda _: None)
        return Version(
            listed=listed,
            created=time_of(found.config.get("created")),
            size=config.size + sum(layer.size for layer in found.layers),
            platforms=(found.platform,),
            release=found.labels.get(asset_index.RELEASE, ""),
            target=found.labels.get(asset_index.TARGET, ""),
            assets=tuple(listing.targets) if listing else (),
            subject=subject,
        )
    return Version(listed=listed, subject=subject)


def time_of(text: object) -> datetime | None:
    """Read a time of RFC 3339, whose fractions of a second may be longer than Python reads."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    with contextlib.suppress(ValueError):
        zone = "+00:00" if match[2] == "Z" else match[2]
        return datetime.fromisoformat(match[1] + zone).astimezone(timezone.utc)
    return None
