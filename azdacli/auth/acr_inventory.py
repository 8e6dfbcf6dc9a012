"""The versions of a repository of Azure Container Registry's, through Microsoft's own client."""

import contextlib
import itertools
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from azdacli.auth.acr import check_host
from azdacli.errors import RegistryError
from azdacli.oci.versions import Listed

AUDIENCE = "https://containerregistry.azure.net"
_SECONDS = 30
_MOST = 100_000  # manifests: each version of an image for several platforms is some


class NoIdentityError(RegistryError):
    """Azure's libraries find no identity here."""


class AzureInventory:
    """Lists, deletes and locks manifests, those without a tag too; close it after use.

    Args:
        registry: Host, and port if it has one.
        repository: The repository.
        address: The registry's web address; https and the host without it.
        credential: A credential of azure-identity's; without it the identity that Azure's libraries find.
        ca_bundle: Certificates to trust, for networks that open TLS.

    Raises:
        RegistryError: It is not an Azure container registry.
    """

    lists_untagged = True

    def __init__(
        self,
        registry: str,
        repository: str,
        *,
        address: str = "",
        credential: Any = None,
        ca_bundle: Path | None = None,
    ) -> None:
        check_host(registry)
        from azure.containerregistry import ContainerRegistryClient  # heavy, and only Azure's registries need it
        from azure.identity import DefaultAzureCredential  # same

        logging.getLogger("azure").addHandler(logging.NullHandler())  # it would warn on our stderr
        self._registry, self._repository = registry, repository
        self._open = contextlib.ExitStack()
        where = address or f"https://{registry}"
        self._options = {} if where.startswith("https:") else {"enforce_https": False}
        limits: dict[str, Any] = {"connection_timeout": _SECONDS, "read_timeout": _SECONDS}
        limits |= {"connection_verify": str(ca_bundle)} if ca_bundle else {}
        identity = credential or self._open.enter_context(DefaultAzureCredential())
        self._client = self._open.enter_context(ContainerRegistryClient(where, identity, audience=AUDIENCE, **limits))

    def close(self) -> None:
        """Close its connections."""
        self._open.close()

    def listed(self) -> Sequence[Listed]:
        """List all manifests, also those without a tag, and what is attached to others."""
        with self._translated(f"list {self._repository}"):
            properties = self._client.list_manifest_properties(self._repository, **self._options)
            found = list(itertools.islice(properties, _MOST + 1))
            if len(found) > _MOST:
                raise RegistryError(f"{self._registry}/{self._repository} has more than {_MOST} manifests")
            return [
                Listed(
                    digest=str(one.digest),
                    tags=tuple(one.tags or ()),
                    stored=one.created_on,
                    locked=one.can_delete is False or one.can_write is False,
                )
                for one in found
            ]

    def delete(self, digest: str) -> None:
        """Delete a manifest with all its tags."""
        with self._translated(f"delete {self._repository}@{digest}"):
            self._client.delete_manifest(self._repository, digest, **self._options)

    def lock(self, digest: str, *, locked: bool) -> None:
        """Forbid or allow that a manifest is deleted or changed."""
        with self._translated(f"{'lock' if locked else 'unlock'} {self._repository}@{digest}"):
            self._client.update_manifest_properties(
                self._repository, digest, can_delete=not locked, can_write=not locked, **self._options
            )

    def digest(self, tag: str) -> str | None:
        """Ask which digest a tag has; None when there is none."""
        from azure.core.exceptions import ResourceNotFoundError  # loaded by now

        with self._translated(f"show {self._repository}:{tag}"):
            try:
                return str(self._client.get_tag_properties(self._repository, tag, **self._options).digest)
            except ResourceNotFoundError:
                return None

    @contextlib.contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        from azure.core.exceptions import (  # loaded by now
            AzureError,
            ClientAuthenticationError,
            HttpResponseError,
            ResourceNotFoundError,
        )
        from azure.identity import CredentialUnavailableError  # same

        try:
            yield
        except ResourceNotFoundError as error:
            raise RegistryError(
                f"there is no repository {self._registry}/{self._repository}",
                hint="Check the name; a first push makes a repository.",
            ) from error
        except ClientAuthenticationError as error:
            if isinstance(error, CredentialUnavailableError) or "DefaultAzureCredential" in str(error):
                raise NoIdentityError(
                    f"{self._registry}: no identity of Entra ID's is set up here",
                    hint="Run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
                ) from error
            raise RegistryError(
                f"{self._registry} does not take this identity", hint="Run `az login` in the registry's tenant."
            ) from error
        except HttpResponseError as error:
            raise RegistryError(
                f"{self._registry} refused to {doing}: {str(error.reason or error).partition(chr(10))[0][:200]}",
                hint="The identity needs AcrPull to list, AcrDelete to delete and AcrPush to lock.",
            ) from error
        except AzureError as error:
            raise RegistryError(
                f"{self._registry} does not answer: {str(error).partition(chr(10))[0][:200]}"
            ) from error
