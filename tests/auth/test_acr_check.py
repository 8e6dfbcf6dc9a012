"""Microsoft's own client signs in to registries that exchange Entra ID's tokens as Azure's do."""

import gc
import sys

import pytest
from azure.core.credentials import AccessToken
from azure.identity import CredentialUnavailableError
from support import runtimes
from support.registries import Registry, StartRegistry

from azdacli.auth import acr_check
from azdacli.errors import RegistryError
from azdacli.oci.credential import Credential
from azdacli.oci.repository import Repository

# Microsoft's client leaves the connection open over which it exchanged the token.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


AZURE = "pose.azurecr.io"  # only there do Entra ID's tokens go; the address is that of a stand-in


class Identity:
    def __init__(self, registry: Registry, lifetime: int) -> None:
        self._registry = registry
        self._lifetime = lifetime

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._registry.tokens.entra_token(lifetime=self._lifetime), 2_000_000_000)


class Nobody:
    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        raise CredentialUnavailableError("DefaultAzureCredential failed to retrieve a token")


def test_an_identity_that_the_registry_takes_is_signed_in(any_registry: StartRegistry) -> None:
    one = any_registry("token")
    runtimes.put_runtime(_repository(one), "1")
    acr_check.check_sign_in(AZURE, address=one.url, credential=Identity(one, 3600))


def test_an_identity_that_it_does_not_take_is_refused(any_registry: StartRegistry) -> None:
    one = any_registry("token")
    with pytest.raises(RegistryError, match="does not take this identity") as caught:
        acr_check.check_sign_in(AZURE, address=one.url, credential=Identity(one, -1))
    assert "AcrPull" in str(caught.value.hint)


def test_without_an_identity_it_says_so(any_registry: StartRegistry) -> None:
    one = any_registry("token")
    with pytest.raises(RegistryError, match="no identity is set up here") as caught:
        acr_check.check_sign_in(AZURE, address=one.url, credential=Nobody())
    assert "az login" in str(caught.value.hint)


def test_a_token_goes_to_no_other_registry() -> None:
    with pytest.raises(RegistryError, match="not an Azure container registry"):
        acr_check.check_sign_in("registry.example", credential=Nobody())


def test_a_registry_that_is_away_is_a_sentence() -> None:
    with pytest.raises(RegistryError, match="does not answer"):
        acr_check.check_sign_in(AZURE, address="http://127.0.0.1:1", credential=Nobody())


def _repository(one: Registry) -> Repository:
    login = Credential(host=one.host, username=one.username, password=one.password)
    return runtimes.connect(one.host, login).repository("a", push=True)


def test_no_connection_is_left_for_the_collector(any_registry: StartRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its warning would come in the middle of whatever runs then."""
    one = any_registry("token")
    runtimes.put_runtime(_repository(one), "1")
    gc.collect()
    warned: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: warned.append(str(found.exc_value)))
    acr_check.check_sign_in(AZURE, address=one.url, credential=Identity(one, 3600))
    gc.collect()
    assert warned == []
