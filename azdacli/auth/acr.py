"""Azure Container Registry: an Entra ID token becomes a registry's refresh token.

The exchange is that of Azure's own documentation (Azure/acr, docs/AAD-OAuth.md).
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from azdacli.errors import RegistryError
from azdacli.oci.credential import TOKEN_USERNAME, Credential, is_azure
from azdacli.oci.registry import failures
from azdacli.oci.registry.retry import PATIENT, Patience
from azdacli.oci.registry.transport import Transport

AUDIENCE = "https://containerregistry.azure.net/.default"
_OK = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class EntraToken:
    """A token of Entra ID's for Azure's registries; `exchange` alone sends it, and to those alone."""

    text: str = field(repr=False)


def login(
    registry: str,
    *,
    audience: str = AUDIENCE,
    ca_bundle: Path | None = None,
    insecure: bool = False,
    patience: Patience = PATIENT,
) -> Credential:
    """Log in with the identity that Azure's libraries find: environment, managed identity, `az login`.

    Azure's refresh tokens end after three hours: the login makes its own successor, in the same way.

    Raises:
        RegistryError: It is not an Azure container registry, there is no identity, or the registry does not take it.
    """
    check_host(registry)
    transport = Transport(registry, ca_bundle=ca_bundle, insecure=insecure, patience=patience)

    def again() -> Credential:
        try:
            token = exchange(transport, entra_token(audience))
        finally:
            transport.close()
        return Credential(host=registry, username=TOKEN_USERNAME, password=token, renew=again)

    return again()


def check_host(registry: str) -> None:
    """Refuse to give a token of Entra ID's to anyone but Azure: it would open all registries of its owner.

    Raises:
        RegistryError: It is not an Azure container registry.
    """
    if not is_azure(registry):
        raise RegistryError(
            f"{registry} is not an Azure container registry, and Entra ID tokens are sent to those only",
            hint="Choose another --auth, for example docker after `docker login`.",
        )


def entra_token(audience: str) -> EntraToken:
    """Get a token of Entra ID's.

    Raises:
        RegistryError: No identity is at hand.
    """
    from azure.core.exceptions import AzureError  # heavy, and only this way of logging in needs it
    from azure.identity import DefaultAzureCredential  # same

    logging.getLogger("azure").addHandler(logging.NullHandler())  # it would warn on our stderr
    try:
        with DefaultAzureCredential() as credential:
            return EntraToken(text=credential.get_token(audience).token)
    except AzureError as error:
        raise RegistryError(
            "Entra ID gave no token: no identity is set up here",
            hint="Run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
        ) from error


def exchange(transport: Transport, token: EntraToken) -> str:
    """Exchange Entra ID's token for the registry's refresh token.

    Raises:
        RegistryError: The registry refuses, or is not one of Azure's.
    """
    check_host(transport.registry)
    url = f"{transport.root}/oauth2/exchange"
    form = {"grant_type": "access_token", "service": transport.registry, "access_token": token.text}
    response = transport.patiently(lambda: transport.send("POST", url, data=form), "exchange a token")
    if response.status_code != _OK:
        refused = failures.refused(transport.registry, "exchange Entra ID's token", response)
        raise RegistryError(
            str(refused), hint="Does the identity have AcrPull or AcrPush there, and is it an Azure registry?"
        )
    try:
        refresh = response.json()["refresh_token"]
    except (ValueError, KeyError, TypeError):
        refresh = None
    if not isinstance(refresh, str) or not refresh:
        raise RegistryError(f"{transport.registry} answered without a refresh token")
    return refresh
