"""The versions of a repository over the distribution API: tags, and deleting where the registry allows it."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

from azdacli.errors import RegistryError, SpecError
from azdacli.oci.registry import failures
from azdacli.oci.registry.client import RegistryRepository
from azdacli.oci.versions import Listed
from azdacli.util import json_text

_OK, _ACCEPTED, _NO_CONTENT, _NOT_FOUND, _BAD, _NOT_ALLOWED = 200, 202, 204, 404, 400, 405
_PAGE = 500
_MOST = 20_000  # tags; a repository with more is not a folder of versions
_NEXT = re.compile(r'<([^>\s]+)>\s*;[^,]*\brel="?next"?')


class TagInventory:
    """Names what has a tag: the distribution API has no list of manifests.

    Args:
        repository: The repository.
    """

    lists_untagged = False

    def __init__(self, repository: RegistryRepository) -> None:
        self._repository = repository

    def listed(self) -> Sequence[Listed]:
        """List the manifests that have tags."""
        tags: dict[str, list[str]] = {}
        for tag in self._tags():
            found = self._repository.manifest(tag)
            if found is not None:  # deleted meanwhile
                tags.setdefault(found.digest, []).append(tag)
        return [Listed(digest=digest, tags=tuple(names)) for digest, names in tags.items()]

    def delete(self, digest: str) -> None:
        """Delete a manifest with all its tags.

        Raises:
            RegistryError: The registry refuses, or deletes nothing at all.
        """
        own = self._repository
        scopes = (f"repository:{own.path}:pull,push,delete",)
        answer = own.call("DELETE", own.url(f"manifests/{digest}"), scopes=scopes)
        if answer.status_code in (_BAD, _NOT_ALLOWED) and failures.code(answer) in ("", "UNSUPPORTED"):
            raise RegistryError(
                f"{own.registry.name} deletes nothing over its API",
                hint="Delete the version where the registry is administered, or have deleting switched on.",
            )
        if answer.status_code not in (_OK, _ACCEPTED, _NO_CONTENT, _NOT_FOUND):
            raise failures.refused(own.registry.name, f"delete {own.name}@{digest}", answer)

    def lock(self, digest: str, *, locked: bool) -> None:
        """Refuse: the distribution API locks nothing."""
        del digest, locked
        raise SpecError(
            f"{self._repository.registry.name} locks no versions", hint="Only Azure Container Registry does."
        )

    def _tags(self) -> Iterator[str]:
        own = self._repository
        url, count = own.url(f"tags/list?n={_PAGE}"), 0
        seen: set[str] = set()
        while url:
            seen.add(url)
            answer = own.call("GET", url)
            if answer.status_code == _NOT_FOUND:
                raise RegistryError(
                    f"there is no repository {own.name}", hint="Check the name; a first push makes a repository."
                )
            if answer.status_code != _OK:
                raise failures.refused(own.registry.name, f"list the tags of {own.name}", answer)
            try:
                tags = json_text.read_object(answer.content).get("tags") or []
            except ValueError:
                tags = None
            if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
                raise RegistryError(f"{own.registry.name} sent an invalid list of tags")
            count += len(tags)
            if count > _MOST:
                raise RegistryError(f"{own.name} has more than {_MOST} tags")
            yield from tags
            following = _NEXT.search(answer.headers.get("Link", ""))
            url = urljoin(url, following[1]) if following and tags else ""
            if url and not own.transport.is_own(url):
                raise RegistryError(f"{own.registry.name} continues its list of tags on another host")
            if url in seen:
                raise RegistryError(f"{own.registry.name} sends the same page of its list of tags again and again")
