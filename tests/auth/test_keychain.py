"""What the options of a login mean, value by value."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from azdacli.auth import docker_config, keychain
from azdacli.auth.keychain import Auth, LoginOptions
from azdacli.errors import RegistryError, SpecError
from azdacli.oci.credential import TOKEN_USERNAME, Credential

OWN = "own.example.com"
CURE = "Name the registry with --container-registry."


@pytest.mark.parametrize("auth", list(Auth))
def test_each_way_is_read_by_its_name_in_any_case(auth: Auth) -> None:
    assert Auth.parse(auth.value) is auth
    assert Auth.parse(f" {auth.value.upper()} ") is auth


@pytest.mark.parametrize("text", ["", "auto,docker", "zzz", "aaa", "token"])
def test_another_way_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        Auth.parse(text, option="--base-auth")
    assert str(caught.value) == f"there is no --base-auth '{text}'"
    assert caught.value.hint == "Choose one of: auto, docker, password, entra, anonymous."


@pytest.mark.parametrize(
    "options",
    [
        {"auth": Auth.ENTRA},
        {"auth": Auth.PASSWORD},
        {"username": "ada"},
        {"read_stdin": lambda: "secret"},
        {"username": "ada", "auth": Auth.PASSWORD},
    ],
)
def test_a_login_that_was_asked_for_needs_a_registry_that_was_named(options: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="for which registry") as caught:
        LoginOptions(registry="", environment={}, **options).check_named(CURE, pytest.fail)
    assert caught.value.hint == CURE
    LoginOptions(registry=OWN, environment={}, **options).check_named(CURE, pytest.fail)


@pytest.mark.parametrize("auth", [Auth.AUTO, Auth.DOCKER, Auth.ANONYMOUS])
def test_where_no_login_was_asked_for_no_registry_need_be_named(auth: Auth) -> None:
    LoginOptions(registry="", auth=auth, environment={}).check_named(CURE, pytest.fail)


def test_a_password_in_the_environment_that_is_for_no_registry_is_mentioned_and_not_used() -> None:
    said: list[str] = []
    password = {keychain.PASSWORD_VARIABLE: "secret"}
    LoginOptions(registry="", environment=password).check_named(CURE, said.append)
    assert said == ["AZDA_REGISTRY_PASSWORD is not used: name the registry with --container-registry."]
    LoginOptions(registry="", environment={**password, "AZDA_REGISTRY": OWN}).check_named(CURE, pytest.fail)
    LoginOptions(registry=OWN, environment=password).check_named(CURE, pytest.fail)


def test_the_variables_are_for_the_registry_that_they_name_or_else_for_that_of_the_command() -> None:
    assert LoginOptions(registry=OWN, environment={}).preset_for == OWN
    named = {"AZDA_REGISTRY": "https://Other.example.com/v2/"}
    assert LoginOptions(registry=OWN, environment=named).preset_for == "other.example.com"


def test_a_typed_password_is_for_no_other_registry() -> None:
    with pytest.raises(SpecError, match="one registry alone"):
        LoginOptions(registry=OWN, elsewhere=Auth.PASSWORD)


def stored(tmp_path: Path, settings: dict[str, Any]) -> dict[str, str]:
    (tmp_path / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    return {"DOCKER_CONFIG": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}


def helper(tmp_path: Path, answer: str, *, code: int = 0) -> None:
    program = tmp_path / "docker-credential-own"
    program.write_text(
        f"#!/bin/sh\ncat > {tmp_path}/asked\ncat <<'END'\n{answer}\nEND\nexit {code}\n", encoding="utf-8"
    )
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("username", "kept"), [("<token>", TOKEN_USERNAME), ("!ada", "!ada"), ("ada", "ada"), ("<tokens>", "<tokens>")]
)
def test_a_helper_says_by_the_user_name_alone_that_its_secret_is_a_token(
    tmp_path: Path, username: str, kept: str
) -> None:
    helper(tmp_path, json.dumps({"Username": username, "Secret": "s"}))
    found = docker_config.find(OWN, "a", stored(tmp_path, {"credsStore": "own"}))
    assert found == Credential(host=OWN, username=kept, password="s")
    assert (tmp_path / "asked").read_text() == OWN


@pytest.mark.parametrize("registry", ["docker.io", "a.example.com", "z.example.com"])
def test_a_helpers_login_is_for_the_registry_that_was_asked_for(tmp_path: Path, registry: str) -> None:
    helper(tmp_path, json.dumps({"Username": "ada", "Secret": "s"}))
    found = docker_config.find(registry, "a", stored(tmp_path, {"credsStore": "own"}))
    assert found == Credential(host=registry, username="ada", password="s")
    hub = "https://index.docker.io/v1/"
    assert (tmp_path / "asked").read_text() == (hub if registry == "docker.io" else registry)


@pytest.mark.parametrize("answer", ["[]", "{}", '{"Username": "ada"}', '{"Secret": "s"}', "no JSON", ""])
def test_what_a_helper_should_not_answer_is_its_failure(tmp_path: Path, answer: str) -> None:
    helper(tmp_path, answer)
    with pytest.raises(RegistryError, match="docker-credential-own gave no login for own") as caught:
        docker_config.find(OWN, "a", stored(tmp_path, {"credsStore": "own"}))
    assert caught.value.hint.startswith(f"Run `docker login {OWN}`")


def test_a_helper_that_fails_is_named_and_one_without_a_secret_has_none(tmp_path: Path) -> None:
    surroundings = stored(tmp_path, {"credsStore": "own"})
    helper(tmp_path, "no", code=2)
    with pytest.raises(RegistryError, match="gave no login"):
        docker_config.find(OWN, "a", surroundings)
    helper(tmp_path, '{"Username": "ada", "Secret": ""}')
    assert docker_config.find(OWN, "a", surroundings) is None


@pytest.mark.parametrize("kind", ["no program", "sleeper"])
def test_a_helper_that_cannot_start_or_does_not_answer_is_its_failure(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_config, "_PATIENCE", 0.2)
    helper(tmp_path, "")
    text = "neither a script nor a program" if kind == "no program" else "#!/bin/sh\nexec sleep 60\n"
    (tmp_path / "docker-credential-own").write_bytes((b"\0" if kind == "no program" else b"") + text.encode())
    with pytest.raises(RegistryError, match="docker-credential-own gave no login for own"):
        docker_config.find(OWN, "a", stored(tmp_path, {"credsStore": "own"}))


def entry(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("broken", [entry("no colon"), {"auth": "%%%"}, {"auth": "/w=="}, {}, [], None, "ada:secret"])
def test_an_entry_that_holds_no_login_leaves_the_next_file_its_chance(tmp_path: Path, broken: object) -> None:
    surroundings = stored(tmp_path, {"auths": {OWN: broken}})
    assert docker_config.find(OWN, "a", surroundings) is None
    podman = tmp_path / "auth.json"
    podman.write_text(json.dumps({"auths": {OWN: entry("ada:se:cret\0\0")}}), encoding="utf-8")
    found = docker_config.find(OWN, "a", {**surroundings, "REGISTRY_AUTH_FILE": str(podman)})
    assert found == Credential(host=OWN, username="ada", password="se:cret")


@pytest.mark.parametrize(
    ("repository", "expected"), [("team/pose/a", "pose"), ("team/pose", "pose"), ("team/other", "team"), ("x", "host")]
)
def test_of_logins_for_repositories_the_longest_that_covers_it_is_taken(
    tmp_path: Path, repository: str, expected: str
) -> None:
    auths = {f"{OWN}/team": entry("team:1"), f"{OWN}/team/pose": entry("pose:1"), OWN: entry("host:1")}
    found = docker_config.find(OWN, repository, stored(tmp_path, {"auths": auths}))
    assert found is not None
    assert found.username == expected


@pytest.mark.parametrize("auths", [[], None, "text", 3])
def test_a_list_of_logins_that_is_none_holds_none(tmp_path: Path, auths: object) -> None:
    assert docker_config.find(OWN, "a", stored(tmp_path, {"auths": auths, "credHelpers": auths})) is None
