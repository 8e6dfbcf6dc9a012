"""Whether Azure Container Registry knows us: asked through Microsoft's own client, as a second opinion on ours."""

import contextlib
import logging
from typing import Any

from azdacli.auth.acr import check_host
from azdacli.errors import RegistryError

AUDIENCE = "https://containerregistry.azure.net"
_SECONDS = 15
_NOBODYS, _NO_TAG = "azdacli/doctor", "none"


def check_sign_in(registry: str, *, repository: str = "", address: str = "", credential: Any = None) -> None:
    """Sign in, and ask for an image that need not be there: who may not pull is refused before.

    Args:
        registry: Host, and port if it has one.
        repository: A repository there that we may pull from; one that there is none of without it.
        address: Its web address; https and the host without it.
        credential: A credential of azure-identity's; without it the identity that Azure's libraries find.

    Raises:
        RegistryError: It is not an Azure container registry, there is no identity, the registry does not take it, or it
            does not answer.
    """
    check_host(registry)
    from azure.containerregistry import ContainerRegistryClient  # heavy, and only `doctor` needs it
    from azure.core.exceptions import (  # same
        AzureError,
        ClientAuthenticationError,
        HttpResponseError,
        ResourceNotFoundError,
    )
    from azure.core.pipeline.transport import RequestsTransport  # same
    from azure.identity import CredentialUnavailableError, DefaultAzureCredential  # same

    logging.getLogger("azure").addHandler(logging.NullHandler())  # it would warn on our stderr
    limits: dict[str, Any] = {"connection_timeout": _SECONDS, "read_timeout": _SECONDS, "retry_total": 0}
    try:
        with contextlib.ExitStack() as stack:
            identity = credential or stack.enter_context(DefaultAzureCredential())
            where = address or f"https://{registry}"
            limits["transport"] = RequestsTransport(session=_reading_refusals(), session_owner=True, **limits)
            client = stack.enter_context(ContainerRegistryClient(where, identity, audience=AUDIENCE, **limits))
            https = where.startswith("https:")
            client.get_manifest(repository or _NOBODYS, _NO_TAG, enforce_https=https)
    except ResourceNotFoundError:
        return  # it let us in, and looked
    except ClientAuthenticationError as error:
        unavailable = isinstance(error, CredentialUnavailableError) or "DefaultAzureCredential" in str(error)
        reason = "no identity is set up here" if unavailable else "the registry does not take this identity"
        raise RegistryError(
            f"{registry}: Entra ID's login fails: {reason}",
            hint="Run `az login`; the identity needs the role AcrPull or AcrPush.",
        ) from error
    except HttpResponseError as error:
        raise RegistryError(
            f"{registry} refuses this identity: {error.reason or error}",
            hint="Run `az login`; the identity needs the role AcrPull or AcrPush.",
        ) from error
    except AzureError as error:
        raise RegistryError(f"{registry} does not answer: {str(error).partition(chr(10))[0][:200]}") from error


def _reading_refusals() -> Any:
    """Make a session that reads what refuses us to its end: Microsoft's client leaves it, and its connection, open."""
    from requests import Session  # heavy, as above

    def read(response: Any, *_: Any, **__: Any) -> None:
        if not response.ok:
            _ = response.content

    session = Session()
    session.hooks["response"].append(read)
    return session
