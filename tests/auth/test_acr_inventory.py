"""Azure's list of manifests through Microsoft's own client, and every failure of that client as a sentence."""

from collections.abc import Iterator

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.identity import CredentialUnavailableError

from azdacli.auth import acr
from azdacli.auth.acr_inventory import AzureInventory, NoIdentityError
from azdacli.errors import RegistryError
from tests.fakes.azure import Azure, azure


class Entra:
    def __init__(self, one: Azure) -> None:
        self._one = one

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._one.tokens.entra_token(), 2_000_000_000)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Azure, AzureInventory, str]]:
    with azure() as one:
        monkeypatch.setattr(acr, "is_azure", lambda host: host == one.fake.host)
        digest = one.fake.image("pose", "1", labels={})
        inventory = AzureInventory(one.fake.host, "pose", address=one.address, credential=Entra(one))
        yield one, inventory, digest
        inventory.close()


Cloud = tuple[Azure, AzureInventory, str]


def test_an_image_is_locked_against_deletion_and_change_and_freed_of_both(cloud: Cloud) -> None:
    one, inventory, digest = cloud
    assert [each.locked for each in inventory.listed()] == [False]
    inventory.lock(digest, locked=True)
    assert (one.locked, one.fixed) == ({digest}, {digest})
    inventory.lock(digest, locked=False)
    assert (one.locked, one.fixed) == (set(), set())


@pytest.mark.parametrize(("locked", "fixed"), [(True, False), (False, True), (True, True), (False, False)])
def test_what_may_not_be_deleted_or_not_be_changed_is_locked(cloud: Cloud, locked: bool, fixed: bool) -> None:
    one, inventory, digest = cloud
    one.locked |= {digest} if locked else set()
    one.fixed |= {digest} if fixed else set()
    (listed,) = inventory.listed()
    assert (listed.digest, listed.tags, listed.locked) == (digest, ("1",), locked or fixed)


@pytest.mark.parametrize(("locked", "verb"), [(True, "lock"), (False, "unlock")])
def test_a_refusal_names_what_was_to_be_done(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, locked: bool, verb: str
) -> None:
    one, inventory, digest = cloud
    monkeypatch.setattr(one, "_allowed", lambda handler, _: handler.reply(403, b"{}") or True)
    with pytest.raises(RegistryError, match=rf"^{one.fake.host} refused to {verb} pose@{digest}"):
        inventory.lock(digest, locked=locked)


def test_a_tag_has_a_digest_or_there_is_none(cloud: Cloud) -> None:
    _, inventory, digest = cloud
    assert inventory.digest("1") == digest
    assert inventory.digest("absent") is None


def test_a_repository_that_there_is_none_of_is_named(cloud: Cloud) -> None:
    one, _, _ = cloud
    other = AzureInventory(one.fake.host, "other", address=one.address, credential=Entra(one))
    with pytest.raises(RegistryError, match=f"^there is no repository {one.fake.host}/other$"):
        other.listed()
    other.close()


@pytest.mark.parametrize(
    ("raised", "kind", "text", "hint"),
    [
        (ResourceNotFoundError("x"), RegistryError, "there is no repository {host}/pose", "Check the name"),
        (
            CredentialUnavailableError("no managed identity"),
            NoIdentityError,
            "{host}: no identity of Entra ID's is set up here",
            "Run `az login`, or set AZURE_TENANT_ID",
        ),
        (
            ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token"),
            NoIdentityError,
            "{host}: no identity of Entra ID's is set up here",
            "Run `az login`, or set AZURE_TENANT_ID",
        ),
        (
            ClientAuthenticationError("refused"),
            RegistryError,
            "{host} does not take this identity",
            "Run `az login` in the registry's tenant.",
        ),
        (
            HttpResponseError(f"denied {'x' * 300}\nand more"),
            RegistryError,
            f"{{host}} refused to look: denied {'x' * 193}",
            "The identity needs AcrPull to list, AcrDelete to delete and AcrPush to lock.",
        ),
        (ServiceRequestError("no route\nat all"), RegistryError, "{host} does not answer: no route", ""),
        (AzureError("odd"), RegistryError, "{host} does not answer: odd", ""),
    ],
)
def test_every_failure_of_the_client_is_one_sentence(
    cloud: Cloud, raised: AzureError, kind: type[RegistryError], text: str, hint: str
) -> None:
    one, inventory, _ = cloud
    with pytest.raises(RegistryError) as caught, inventory._translated("look"):
        raise raised
    assert type(caught.value) is kind
    assert str(caught.value) == text.format(host=one.fake.host)
    assert (caught.value.hint or "").startswith(hint)
    assert bool(caught.value.hint) is bool(hint)
