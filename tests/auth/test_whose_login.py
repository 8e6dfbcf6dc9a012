"""A login is for one registry: no other is shown the name or the password that was typed, piped or set for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from azdacli.auth import keychain
from azdacli.auth.keychain import Auth, LoginOptions
from azdacli.oci.credential import Credential

OWN, OTHER = "own.example.com", "other.example.com"


def no_question(_: str) -> str:
    raise AssertionError("nobody is asked for a password of another registry")


def found(
    registry: str,
    *,
    environment: dict[str, str] | None = None,
    ask: Callable[[str], str] | None = None,
    read_stdin: Callable[[], str] | None = None,
    username: str = "",
    auth: Auth = Auth.AUTO,
    home: Path,
) -> Credential | None:
    variables = {"DOCKER_CONFIG": str(home), "HOME": str(home), "XDG_RUNTIME_DIR": str(home), **(environment or {})}
    options = LoginOptions(
        registry=OWN, auth=auth, username=username, ask=ask, read_stdin=read_stdin, environment=variables
    )
    return keychain.find(registry, "byom", options, log=lambda _: None)


@pytest.mark.parametrize("auth", [Auth.AUTO, Auth.PASSWORD])
def test_a_typed_password_goes_to_its_own_registry_alone(tmp_path: Path, auth: Auth) -> None:
    own = found(OWN, username="me", ask=lambda _: "typed-one", auth=auth, home=tmp_path)
    assert own == Credential(host=OWN, username="me", password="typed-one")
    assert found(OTHER, username="me", ask=no_question, auth=auth, home=tmp_path) is None


def test_a_piped_password_goes_to_its_own_registry_alone(tmp_path: Path) -> None:
    own = found(OWN, username="me", read_stdin=lambda: "piped-one\r\n", home=tmp_path)
    assert own == Credential(host=OWN, username="me", password="piped-one")
    assert found(OTHER, username="me", read_stdin=lambda: no_question(""), home=tmp_path) is None


def test_the_variables_password_goes_to_the_registry_of_the_command_or_to_the_one_they_name(tmp_path: Path) -> None:
    variables = {keychain.USERNAME_VARIABLE: "me", keychain.PASSWORD_VARIABLE: "set-one"}
    mine = Credential(host=OWN, username="me", password="set-one")
    assert found(OWN, environment=variables, home=tmp_path) == mine
    assert found(OTHER, environment=variables, home=tmp_path) is None

    named = {**variables, keychain.REGISTRY_VARIABLE: OTHER}
    assert found(OWN, environment=named, home=tmp_path) is None
    other = Credential(host=OTHER, username="me", password="set-one")
    assert found(OTHER, environment=named, home=tmp_path) == other


def test_a_registry_whose_name_begins_alike_is_another(tmp_path: Path) -> None:
    for registry in (f"{OWN}:5000", f"{OWN}.evil.test", OWN.upper(), OWN.removesuffix(".com")):
        assert found(registry, username="me", ask=no_question, home=tmp_path) is None


@pytest.mark.parametrize("given", [keychain.USERNAME_VARIABLE, keychain.PASSWORD_VARIABLE])
def test_half_a_login_in_the_variables_is_no_login_for_the_registry_that_they_name(tmp_path: Path, given: str) -> None:
    assert found(OTHER, environment={given: "half", keychain.REGISTRY_VARIABLE: OTHER}, home=tmp_path) is None


def test_the_variables_login_is_not_used_where_other_registries_are_to_be_read_anonymously(tmp_path: Path) -> None:
    variables = {
        keychain.USERNAME_VARIABLE: "me",
        keychain.PASSWORD_VARIABLE: "set-one",
        keychain.REGISTRY_VARIABLE: OTHER,
        "DOCKER_CONFIG": str(tmp_path),
    }
    options = LoginOptions(registry=OWN, elsewhere=Auth.ANONYMOUS, environment=variables)
    assert keychain.find(OTHER, "byom", options, log=pytest.fail) is None
