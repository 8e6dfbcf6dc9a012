"""A token of Entra ID's travels encrypted, unless the user said that plain http will do."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azdacli.auth import acr, keychain
from azdacli.auth.acr import EntraToken
from azdacli.auth.keychain import Auth, LoginOptions
from azdacli.errors import RegistryError
from azdacli.oci.credential import Credential
from azdacli.oci.registry import Patience
from tests.fakes.azure import Azure, azure

BRIEF = Patience(tries=1, pause=0.01, longest=0.02, connect=5, silence=5)
NAME = "pose.localtest"

Plain = tuple[Azure, str]


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Plain]:
    """A registry of Azure's that speaks plain http, under a name that is not this machine's by its looks."""
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **options: Any) -> object:
        return real("127.0.0.1" if host == NAME else host, *rest, **options)

    with azure() as one:
        host = f"{NAME}:{one.fake.host.rpartition(':')[2]}"
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        for module in (acr, keychain):
            monkeypatch.setattr(module, "is_azure", lambda named: named == host)
        one.tokens.service = host
        monkeypatch.setattr(acr, "entra_token", lambda _: EntraToken(text=one.tokens.entra_token()))
        yield one, host


def test_a_token_is_sent_over_plain_http_only_where_that_was_allowed(plain: Plain) -> None:
    one, host = plain
    with pytest.raises(RegistryError, match="does not speak TLS"):
        acr.login(host, patience=BRIEF)
    assert one.fake.shown == []
    login = acr.login(host, insecure=True, patience=BRIEF)
    assert login.host == host
    assert login.renew is not None


def find(host: str, home: Path, said: list[str], **options: Any) -> Credential | None:
    surroundings = {"DOCKER_CONFIG": str(home), "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    return keychain.find(
        host, "pose", LoginOptions(registry=host, environment=surroundings, **options), log=said.append
    )


def test_what_entra_id_cannot_do_is_said_and_only_auto_goes_on_without(plain: Plain, tmp_path: Path) -> None:
    one, host = plain
    said: list[str] = []
    with pytest.raises(RegistryError, match="does not speak TLS"):
        find(host, tmp_path, said, auth=Auth.ENTRA)
    assert find(host, tmp_path, said) is None
    assert len(said) == 1
    assert said[0].endswith("does not speak TLS; going on without a login")
    assert one.fake.shown == []


def test_auto_takes_entra_ids_login_for_azures_registries(plain: Plain, tmp_path: Path) -> None:
    _, host = plain
    said: list[str] = []
    login = find(host, tmp_path, said, insecure=True)
    assert login is not None
    assert login.host == host
    assert said == [f"using Entra ID's login for {host}"]
