"""Whether Azure Container Registry knows us: asked through Microsoft's own client, as a second opinion on ours."""

import contextlib
import logging
from typing import Any

from azdacli.auth.acr import check_host
from azdacli.errors import RegistryError

AUDIENCE = "https://containerregistry.azure.net"
_SECONDS = 15
_FORBIDDEN = 403


def check_sign_in(registry: str) -> None:
    """Sign in with the identity that Azure's libraries find, and read the first name of the catalogue.

    Args:
        registry: Host, and port if it has one.

    Raises:
        RegistryError: It is none of Azure's registries, there is no identity, the registry does not take it, or it
            does not answer.
    """
    check_host(registry)
    from azure.containerregistry import ContainerRegistryClient  # noqa: PLC0415 # heavy, and only `doctor` needs it
    from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError  # noqa: PLC0415 # same
    from azure.identity import CredentialUnavailableError, DefaultAzureCredential  # noqa: PLC0415 # same

    logging.getLogger("azure").addHandler(logging.NullHandler())  # it would warn on our stderr
    limits: dict[str, Any] = {"connection_timeout": _SECONDS, "read_timeout": _SECONDS, "retry_total": 0}
    try:
        with (
            DefaultAzureCredential() as credential,
            ContainerRegistryClient(f"https://{registry}", credential, audience=AUDIENCE, **limits) as client,
        ):
            next(iter(client.list_repository_names(results_per_page=1)), None)
    except ClientAuthenticationError as error:
        unavailable = isinstance(error, CredentialUnavailableError) or "DefaultAzureCredential" in str(error)
        reason = "no identity is set up here" if unavailable else "the registry does not take this identity"
        raise RegistryError(
            f"{registry}: Entra ID's login fails: {reason}",
            hint="Run `az login`; the identity needs the role AcrPull or AcrPush.",
        ) from error
    except HttpResponseError as error:
        with contextlib.suppress(AttributeError):
            if error.status_code == _FORBIDDEN:  # it knows us: reading the catalogue is a right of its own
                return
        raise RegistryError(f"{registry} refused to list its repositories: {error.reason or error}") from error
    except AzureError as error:
        raise RegistryError(f"{registry} does not answer: {str(error).partition(chr(10))[0][:200]}") from error
