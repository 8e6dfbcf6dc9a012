"""Azure Container Registry: an Entra ID token becomes a registry's refresh token.

The exchange is that of Azure's own documentation (Azure/acr, docs/AAD-OAuth.md).
"""

import logging
from pathlib import Path

from azdacli.errors import RegistryError
from azdacli.oci.login import Login
from azdacli.oci.registry import failures
from azdacli.oci.registry.retry import PATIENT, Patience
from azdacli.oci.registry.transport import Transport
from azdacli.oci.repository import TOKEN_USERNAME

AUDIENCE = "https://containerregistry.azure.net/.default"
_DOMAINS = (".azurecr.io", ".azurecr.cn", ".azurecr.us")
_OK = 200


def is_azure(registry: str) -> bool:
    """Whether a host is one of Azure's registries, by its name."""
    return registry.endswith(_DOMAINS)


def login(
    registry: str,
    *,
    audience: str = AUDIENCE,
    ca_bundle: Path | None = None,
    insecure: bool = False,
    patience: Patience = PATIENT,
) -> Login:
    """Log in with the identity that Azure's libraries find: environment, managed identity, `az login`.

    Azure's refresh tokens end after three hours: the login makes its own successor, in the same way.

    Raises:
        RegistryError: There is no identity, or the registry does not take it.
    """
    transport = Transport(registry, ca_bundle=ca_bundle, insecure=insecure, patience=patience)

    def again() -> Login:
        token = exchange(transport, entra_token(audience))
        return Login(username=TOKEN_USERNAME, password=token, renew=again)

    return again()


def entra_token(audience: str) -> str:
    """Get a token of Entra ID's.

    Raises:
        RegistryError: No identity is at hand.
    """
    from azure.core.exceptions import AzureError  # noqa: PLC0415 # heavy, and only this way of logging in needs it
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 # same

    logging.getLogger("azure").addHandler(logging.NullHandler())  # it would warn on our stderr
    try:
        with DefaultAzureCredential() as credential:
            return credential.get_token(audience).token
    except AzureError as error:
        raise RegistryError(
            "Entra ID gave no token: no identity is set up here",
            hint="Run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
        ) from error


def exchange(transport: Transport, token: str) -> str:
    """Exchange Entra ID's token for the registry's refresh token.

    Raises:
        RegistryError: The registry refuses, or is not one of Azure's.
    """
    url = f"{transport.root}/oauth2/exchange"
    form = {"grant_type": "access_token", "service": transport.registry, "access_token": token}
    response = transport.patiently(lambda: transport.send("POST", url, data=form), "exchange a token")
    if response.status_code != _OK:
        refused = failures.refused(transport.registry, "exchange Entra ID's token", response)
        raise RegistryError(
            str(refused), hint="Does the identity have AcrPull or AcrPush there, and is it an Azure registry?"
        )
    try:
        return str(response.json()["refresh_token"])
    except (ValueError, KeyError, TypeError) as error:
        raise RegistryError(f"{transport.registry} answered without a refresh token") from error
