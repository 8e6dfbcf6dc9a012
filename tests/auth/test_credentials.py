"""One chain finds the login; nothing of it is written, logged or put on a command line."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azdacli.auth import keychain
from azdacli.auth.keychain import Auth, LoginOptions
from azdacli.errors import RegistryError, SpecError
from azdacli.oci.credential import TOKEN_USERNAME, Credential

REGISTRY = "whatever.example"
SECRET = "s3 cret$HOME"

Find = Callable[..., Credential | None]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".docker").mkdir()
    return tmp_path


@pytest.fixture
def find(home: Path) -> Find:
    def find(registry: str = REGISTRY, environment: dict[str, str] | None = None, **options: Any) -> Credential | None:
        surroundings = {"HOME": str(home), "PATH": str(home / "bin") + ":/usr/bin:/bin", **(environment or {})}
        return keychain.find(
            registry, "pose", LoginOptions(registry=registry, environment=surroundings, **options), log=lambda _: None
        )

    return find


def store(home: Path, **settings: Any) -> Path:
    path = home / ".docker" / "config.json"
    path.write_text(json.dumps(settings))
    return path


def basic(username: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


def helper(home: Path, name: str, body: str) -> None:
    (home / "bin").mkdir(exist_ok=True)
    program = home / "bin" / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\nread -r server\n{body}\n")
    program.chmod(0o755)


def test_nothing_anywhere_is_no_login(find: Find) -> None:
    assert find() is None


def test_a_typed_user_name_is_asked_for_the_password(find: Find) -> None:
    asked: list[str] = []
    login = find(username="ada", ask=lambda text: asked.append(text) or SECRET)
    assert login == Credential(host=REGISTRY, username="ada", password=SECRET)
    assert asked == [f"Password of ada at {REGISTRY}"]


@pytest.mark.parametrize("line", [f"{SECRET}\n", f"{SECRET}\r\n", SECRET])
def test_a_password_comes_from_standard_input_without_its_line_end(find: Find, line: str) -> None:
    assert find(username="ada", read_stdin=lambda: line) == Credential(host=REGISTRY, username="ada", password=SECRET)


def test_a_password_comes_from_the_environment_before_anybody_is_asked(find: Find) -> None:
    environment = {"AZDA_REGISTRY_USERNAME": "ada", "AZDA_REGISTRY_PASSWORD": SECRET}
    assert find(environment=environment, ask=pytest.fail) == Credential(host=REGISTRY, username="ada", password=SECRET)


def test_a_typed_login_comes_before_dockers(find: Find, home: Path) -> None:
    store(home, auths={REGISTRY: basic("stored", "x")})
    login = find(username="ada", read_stdin=lambda: SECRET)
    assert login is not None
    assert login.username == "ada"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"read_stdin": lambda: SECRET}, "no user name"),
        ({"auth": Auth.PASSWORD}, "needs a user name"),
        ({"username": "ada"}, "no password"),
        ({"username": "ada", "read_stdin": lambda: "\n"}, "no password"),
        ({"username": "ada", "auth": Auth.ENTRA}, "takes no user name"),
        ({"read_stdin": lambda: SECRET, "auth": Auth.DOCKER}, "takes no user name"),
    ],
)
def test_half_a_login_is_refused(find: Find, options: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        find(**options)
    assert caught.value.hint
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("entry", [REGISTRY, f"https://{REGISTRY}", f"https://{REGISTRY}/v1/"])
def test_dockers_file_is_read_with_its_old_ways_of_naming_a_registry(find: Find, home: Path, entry: str) -> None:
    store(home, auths={"other.example": basic("no", "no"), entry: basic("ada", "a:b")})
    assert find() == Credential(host=REGISTRY, username="ada", password="a:b")


def test_docker_hub_is_stored_under_its_old_address(find: Find, home: Path) -> None:
    store(home, auths={"https://index.docker.io/v1/": basic("ada", SECRET)})
    assert find("docker.io") == Credential(host="docker.io", username="ada", password=SECRET)


def test_an_identity_token_is_told_from_a_password(find: Find, home: Path) -> None:
    store(home, auths={REGISTRY: {**basic(TOKEN_USERNAME, ""), "identitytoken": SECRET}})
    assert find() == Credential(host=REGISTRY, username=TOKEN_USERNAME, password=SECRET)


def test_podmans_file_is_read_too(find: Find, tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_text(json.dumps({"auths": {REGISTRY: basic("ada", SECRET)}}))
    assert find(environment={"REGISTRY_AUTH_FILE": str(path)}) == Credential(
        host=REGISTRY, username="ada", password=SECRET
    )


def test_dockers_folder_may_be_elsewhere_and_is_left_as_it_was(find: Find, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "config.json"
    path.write_text(json.dumps({"auths": {REGISTRY: basic("ada", SECRET)}}))
    before = path.read_bytes()
    assert find(environment={"DOCKER_CONFIG": str(folder)}) is not None
    assert path.read_bytes() == before
    assert [p.name for p in folder.iterdir()] == ["config.json"]


def test_the_helper_of_a_registry_is_asked(find: Find, home: Path) -> None:
    helper(home, "own", """echo '{"ServerURL":"'$server'","Username":"ada","Secret":"of '$server'"}'""")
    store(home, credHelpers={REGISTRY: "own"}, credsStore="absent")
    assert find() == Credential(host=REGISTRY, username="ada", password=f"of {REGISTRY}")


def test_the_store_of_all_registries_is_asked(find: Find, home: Path) -> None:
    helper(home, "all", """echo '{"Username":"<token>","Secret":"refresh"}'""")
    store(home, credsStore="all", auths={REGISTRY: {}})
    assert find() == Credential(host=REGISTRY, username=TOKEN_USERNAME, password="refresh")


def test_a_helper_that_knows_nothing_leaves_the_file(find: Find, home: Path) -> None:
    helper(home, "empty", "echo 'credentials not found in native keychain'; exit 1")
    store(home, credsStore="empty", auths={REGISTRY: basic("ada", SECRET)})
    assert find() == Credential(host=REGISTRY, username="ada", password=SECRET)


def test_a_missing_helper_is_named(find: Find, home: Path) -> None:
    store(home, credsStore="gone")
    with pytest.raises(RegistryError, match="docker-credential-gone, which is not installed") as caught:
        find()
    assert caught.value.hint == "Install it, take it out of the file, or choose another --auth."


@pytest.mark.parametrize(
    "body", [f"echo {SECRET!r}; exit 1", f"echo {SECRET!r}", "echo '[]'", f"echo {SECRET!r} >&2; exit 3"]
)
def test_what_a_broken_helper_prints_is_never_repeated(
    find: Find, home: Path, body: str, capfd: pytest.CaptureFixture[str]
) -> None:
    helper(home, "broken", body)
    store(home, credsStore="broken")
    with pytest.raises(RegistryError, match="docker-credential-broken gave no login") as caught:
        find()
    said = "".join(capfd.readouterr())
    assert "cret" not in said + str(caught.value) + str(caught.value.hint) + repr(caught.value.__cause__)


def test_a_broken_file_is_named(find: Find, home: Path) -> None:
    (home / ".docker" / "config.json").write_text("{")
    with pytest.raises(RegistryError, match=r"config\.json' is not JSON"):
        find()


def test_docker_may_be_insisted_on(find: Find) -> None:
    with pytest.raises(RegistryError, match=f"docker has no login for {REGISTRY}") as caught:
        find(auth=Auth.DOCKER)
    assert "docker login" in str(caught.value.hint)


def test_anonymous_asks_nobody(find: Find, home: Path) -> None:
    (home / ".docker" / "config.json").write_text("{")
    assert find(auth=Auth.ANONYMOUS) is None


def test_a_login_never_shows_its_password() -> None:
    assert SECRET not in repr(Credential(host=REGISTRY, username="ada", password=SECRET))
