"""Every secret goes to the host that it was given for, and to no other: canaries on real sockets, verb by verb.

Three registries stand side by side; each login that exists has a secret of its own, so that whatever arrives says whose
it was.
"""

import base64
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from azdacli.engine.docker import DockerEngine
from azdacli.oci.credential import Credential, MisdirectedCredentialError
from tests.fakes.registry import Fake, Handler, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TYPED, PRESET, PULL, ENTRA = "canary-typed", "canary-preset", "canary-pull", "canary-entra"
SECRETS = (TYPED, PRESET, PULL, ENTRA, "canary-stored-a", "canary-stored-b", "canary-stored-c")


@dataclass
class Site:
    """Three registries, a folder, and an identity that Entra ID would give tokens to."""

    a: Fake
    b: Fake
    c: Fake
    folder: Path
    identity: str

    def run(
        self, *words: str, stdin: str = "", expected: int | None = 0, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run azdacli as a user does; `{a}`, `{b}` and `{c}` are the registries."""
        hosts = {"a": self.a.host, "b": self.b.host, "c": self.c.host}
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AZDA_", "AZURE_"))}
        done = subprocess.run(
            [sys.executable, "-m", "azdacli", *(word.format(**hosts) for word in words)],
            cwd=self.folder,
            env={
                **clean,
                "PYTHONPATH": str(ROOT),
                "HOME": str(self.folder),
                "DOCKER_CONFIG": str(self.folder),
                "AZDA_CACHE_DIR": str(self.folder / "cache"),
                "IDENTITY_ENDPOINT": self.identity,
                "IDENTITY_HEADER": "x",
                **{name: value.format(**hosts) for name, value in environment.items()},
            },
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert expected is None or done.returncode == expected, done.stderr
        assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
        return done

    def given(self) -> dict[str, set[str]]:
        """Which secrets each registry was shown."""
        locations = {"a": self.a, "b": self.b, "c": self.c}
        return {name: {secret for secret in SECRETS if location.saw(secret)} for name, location in locations.items()}

    def store(self, *names: str) -> None:
        """Store docker's logins of some registries."""
        entries = {}
        for name in names:
            pair = base64.b64encode(f"me:canary-stored-{name}".encode()).decode()
            entries[getattr(self, name).host] = {"auth": pair}
        (self.folder / "config.json").write_text(json.dumps({"auths": entries}))


@contextlib.contextmanager
def identity() -> Iterator[str]:
    """Give a managed identity's token, as Azure's own endpoint does."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = {"access_token": ENTRA, "expires_on": str(int(time.time()) + 3600), "resource": "x"}
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({**token, "token_type": "Bearer"}).encode())

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with (
        serving("127.0.0.1") as a,
        serving("127.0.0.1", named="localhost") as b,
        serving("127.0.0.2") as c,
        identity() as endpoint,
    ):
        for registry in (a, b, c):
            registry.challenge = 'Basic realm="x"'
            if getattr(request, "param", "bearer") == "bearer":
                registry.challenge = f'Bearer realm="http://{registry.host}/token",service="x"'
            registry.image("runtime", "7.1")
            registry.image("pose", "1", published=True)
        (tmp_path / "assets").mkdir()
        (tmp_path / "assets" / "labels.txt").write_text("person\n")
        yield Site(a, b, c, tmp_path, endpoint)


ADD = ("--add", "./assets /custom-assets", "--no-validate")
LOGIN = ("--username", "ada", "--password-stdin")


@pytest.mark.parametrize("site", ["basic", "bearer"], indirect=True)
def test_a_typed_password_goes_to_the_images_registry_alone(site: Site) -> None:
    site.store("a", "b", "c")
    site.run("publish", "--base", "{b}/runtime:7.1", *ADD, "--image", "{a}/pose:2", *LOGIN, stdin=TYPED)
    assert site.given() == {"a": {TYPED}, "b": {"canary-stored-b"}, "c": set()}


@pytest.mark.parametrize("site", ["basic", "bearer"], indirect=True)
def test_a_rebase_over_three_registries_takes_three_logins(site: Site) -> None:
    site.store("a", "b", "c")
    words = ("--base", "{b}/runtime:7.1", "--rebase", "{c}/pose:1", "--image", "{a}/pose:2")
    site.run("publish", *words, *LOGIN, stdin=TYPED)
    assert site.given() == {"a": {TYPED}, "b": {"canary-stored-b"}, "c": {"canary-stored-c"}}


def test_a_registry_without_a_login_of_its_own_gets_none(site: Site) -> None:
    site.b.challenge = site.c.challenge = ""
    site.store("a")
    words = ("--base", "{b}/runtime:7.1", "--rebase", "{c}/pose:1", "--image", "{a}/pose:2")
    site.run("publish", *words, *LOGIN, stdin=TYPED, AZDA_REGISTRY_PASSWORD=PRESET, AZDA_REGISTRY_USERNAME="ada")
    assert site.given() == {"a": {TYPED}, "b": set(), "c": set()}


def test_what_goes_to_a_folder_takes_the_typed_password_for_the_base(site: Site) -> None:
    site.store("b", "c")
    words = ("--base", "{b}/runtime:7.1", "--rebase", "{c}/pose:1", "--image", "oci:out:1")
    site.run("publish", *words, *LOGIN, stdin=TYPED)
    assert site.given() == {"a": set(), "b": {TYPED}, "c": {"canary-stored-c"}}


def test_what_comes_from_a_folder_takes_the_typed_password_for_the_image(site: Site) -> None:
    site.store("a", "b", "c")
    site.run("publish", "--base", "{b}/runtime:7.1", *ADD, "--image", "oci:out:1", "--auth", "docker")
    for registry in (site.a, site.b, site.c):
        registry.shown.clear()
    site.run("publish", "--base", "oci:out:1", *ADD, "--image", "{a}/pose:2", *LOGIN, stdin=TYPED)
    assert site.given() == {"a": {TYPED}, "b": set(), "c": set()}


def test_the_variables_login_goes_to_the_registry_that_they_name(site: Site) -> None:
    site.store("a", "c")
    preset = {"AZDA_REGISTRY_USERNAME": "ada", "AZDA_REGISTRY_PASSWORD": PRESET}
    words = ("publish", "--base", "{b}/runtime:7.1", *ADD, "--image", "{a}/pose:2")
    site.run(*words, **preset, AZDA_REGISTRY="{b}")
    assert site.given() == {"a": {"canary-stored-a"}, "b": {PRESET}, "c": set()}


def test_the_variables_login_goes_to_the_image_where_they_name_no_registry(site: Site) -> None:
    site.store("b")
    preset = {"AZDA_REGISTRY_USERNAME": "ada", "AZDA_REGISTRY_PASSWORD": PRESET}
    site.run("publish", "--base", "{b}/runtime:7.1", *ADD, "--image", "{a}/pose:2", **preset)
    assert site.given() == {"a": {PRESET}, "b": {"canary-stored-b"}, "c": set()}


@pytest.mark.parametrize("base_auth", ["auto", "entra"])
def test_a_token_of_entras_goes_to_no_registry_but_azures(site: Site, base_auth: str) -> None:
    site.store("b", "c")
    words = ("publish", "--base", "{b}/runtime:7.1", *ADD, "--image", "{a}/pose:2")
    done = site.run(*words, "--auth", "entra", "--base-auth", base_auth, expected=7)
    assert "not an Azure container registry" in done.stderr
    assert site.run(*words[:-1], "oci:out:1", "--auth", "entra", expected=7)
    assert not any(ENTRA in secrets for secrets in site.given().values())


def test_the_bases_registry_gets_no_token_of_entras_that_was_asked_for_the_image(site: Site) -> None:
    """The image's registry is one of Azure's by its name; here nobody answers for it."""
    site.store("b")
    words = ("publish", "--base", "{b}/runtime:7.1", *ADD, "--image", "nobody-is-here.azurecr.io/pose:2")
    site.run(*words, "--auth", "entra", expected=7, HTTPS_PROXY="http://127.0.0.1:9")
    assert site.given() == {"a": set(), "b": set(), "c": set()}


def template(folder: Path, *images: str) -> None:
    modules = {
        f"m{number}": {
            "type": "docker",
            "status": "running",
            "restartPolicy": "always",
            "settings": {"image": image, "createOptions": {}},
        }
        for number, image in enumerate(images)
    }
    system = {"type": "docker", "settings": {"image": "mcr.microsoft.com/azureiotedge-agent:1.5", "createOptions": ""}}
    hub = {**system, "status": "running", "restartPolicy": "always"}
    agent = {
        "schemaVersion": "1.1",
        "runtime": {"type": "docker", "settings": {"minDockerVersion": "v1.25"}},
        "systemModules": {"edgeAgent": system, "edgeHub": hub},
        "modules": modules,
    }
    routes = {"schemaVersion": "1.2", "routes": {}, "storeAndForwardConfiguration": {"timeToLiveSecs": 7200}}
    content = {"$edgeAgent": {"properties.desired": agent}, "$edgeHub": {"properties.desired": routes}}
    (folder / "t.template.json").write_text(json.dumps({"modulesContent": content}))


@pytest.fixture
def filled(site: Site) -> Site:
    template(site.folder, f"{site.a.host}/runtime:7.1", f"{site.b.host}/runtime:7.1", f"{site.c.host}/runtime:7.1")
    return site


GENERATE = ("gen-manifest", "--template", "t.template.json", "--output", "out.json")
VARIABLES = {"AZDA_REGISTRY_USERNAME": "ada", "AZDA_REGISTRY_PASSWORD": PRESET}


@pytest.mark.parametrize("asking", [("--pin",), ("--inspect", "registry")])
def test_registries_that_a_template_names_get_their_stored_logins_alone(filled: Site, asking: tuple[str, ...]) -> None:
    filled.store("a", "b")
    filled.c.challenge = ""
    done = filled.run(*GENERATE, *asking, **VARIABLES)
    assert filled.given() == {"a": {"canary-stored-a"}, "b": {"canary-stored-b"}, "c": set()}
    assert "AZDA_REGISTRY_PASSWORD is not used" in done.stderr


@pytest.mark.parametrize("naming", [("--registry", "{b}"), ()])
def test_the_variables_login_goes_to_the_one_registry_that_is_named(filled: Site, naming: tuple[str, ...]) -> None:
    filled.store("a")
    filled.c.challenge = ""
    named = {} if naming else {"AZDA_REGISTRY": "{b}"}
    filled.run(*GENERATE, "--pin", *naming, **VARIABLES, **named)
    assert filled.given() == {"a": {"canary-stored-a"}, "b": {PRESET}, "c": set()}


# The registries of this test list no tags: who was shown a login is asked, not what came of it.
LIST = ("images", "--manifest", "one.template.json")


@pytest.fixture
def listed(site: Site) -> Site:
    template(site.folder, f"{site.b.host}/runtime:7.1")
    (site.folder / "t.template.json").rename(site.folder / "one.template.json")
    return site


def test_listing_what_a_manifest_names_gives_its_registry_the_stored_login_alone(listed: Site) -> None:
    listed.store("a", "b")
    done = listed.run(*LIST, expected=7, **VARIABLES)
    assert listed.given() == {"a": set(), "b": {"canary-stored-b"}, "c": set()}
    assert "AZDA_REGISTRY_PASSWORD is not used: name the repository" in done.stderr


@pytest.mark.parametrize("asking", [LOGIN, ("--auth", "entra"), ("--username", "ada")])
def test_a_login_for_a_registry_that_only_a_manifest_names_goes_nowhere(listed: Site, asking: tuple[str, ...]) -> None:
    done = listed.run(*LIST, *asking, stdin=TYPED, expected=3)
    assert "does not say for which registry" in done.stderr
    assert listed.given() == {"a": set(), "b": set(), "c": set()}


def test_listing_a_repository_that_is_named_takes_its_login(listed: Site) -> None:
    listed.store("a", "b", "c")
    listed.run("images", "{b}/runtime", "--manifest", "one.template.json", *LOGIN, stdin=TYPED, expected=7)
    assert listed.given() == {"a": set(), "b": {TYPED}, "c": set()}


def test_checking_and_comparing_ask_no_less_carefully(filled: Site) -> None:
    filled.store("a", "b", "c")
    filled.run(*GENERATE, "--inspect", "none")
    filled.run("gen-manifest", "--check", "out.json", "--inspect", "registry", "--registry", "{b}", **VARIABLES)
    filled.run(*GENERATE, "--inspect", "registry", "--registry", "{b}", "--diff", "out.json", **VARIABLES)
    assert filled.given() == {"a": {"canary-stored-a"}, "b": {PRESET}, "c": {"canary-stored-c"}}


def test_the_pull_credentials_of_the_env_file_go_to_their_registry(filled: Site) -> None:
    filled.store("b", "c")
    (filled.folder / ".env").write_text(
        f"CONTAINER_REGISTRY_NAME={filled.a.host}\nCONTAINER_REGISTRY_USERNAME=ada\nCONTAINER_REGISTRY_PASSWORD={PULL}\n"
    )
    filled.run(*GENERATE, "--pin")
    assert filled.given() == {"a": {PULL}, "b": {"canary-stored-b"}, "c": {"canary-stored-c"}}


def test_a_template_gets_no_token_of_entras(filled: Site) -> None:
    filled.store("a", "b", "c")
    assert "--registry" in filled.run(*GENERATE, "--pin", "--auth", "entra", expected=3).stderr
    filled.run(*GENERATE, "--pin", "--auth", "entra", "--registry", "nobody-is-here.azurecr.io")
    filled.run(*GENERATE, "--pin", "--auth", "entra", "--registry", "{a}", expected=7)
    assert not any(ENTRA in secrets for secrets in filled.given().values())


def test_a_look_at_the_workstation_shows_each_registry_its_own_stored_login(site: Site) -> None:
    site.store("a", "b")
    site.c.challenge = ""
    words = ("doctor", "registry", *(f"--container-registry={{{name}}}" for name in "abc"))
    site.run(*words, **VARIABLES, AZDA_REGISTRY="{c}", expected=None)
    assert site.given() == {"a": {"canary-stored-a"}, "b": {"canary-stored-b"}, "c": set()}


def test_an_engine_is_handed_no_login_of_another_registry(site: Site) -> None:
    """`push` hands the login to the engine, which sends it to the registry of the name that is pushed."""
    engine = DockerEngine(SimpleNamespace(timeout=0))
    login = Credential(host=site.a.host, username="ada", password=TYPED)
    with pytest.raises(MisdirectedCredentialError, match="is not sent to"):
        engine.push(f"{site.b.host}/pose:1", login=login, listener=lambda _: None)


def test_where_a_registry_sends_us_no_login_follows(site: Site) -> None:
    site.store("a")

    def elsewhere(handler: Handler) -> bool:
        path, command = handler.path, handler.command
        authorized = handler.headers.get("Authorization")
        if not authorized or command not in ("GET", "HEAD") or "/blobs/" not in path:
            return False
        handler.reply(307, Location=f"http://{site.c.host}{path}")
        return True

    site.c.challenge = ""
    site.a.intercept = elsewhere
    site.run("publish", "--base", "{a}/runtime:7.1", *ADD, "--image", "oci:out:1")
    assert site.c.shown
    assert site.given() == {"a": {"canary-stored-a"}, "b": set(), "c": set()}
    assert not any("a-token-of" in text for text in site.c.shown)


def test_uploads_that_go_elsewhere_take_no_login_along(site: Site) -> None:
    site.c.challenge = ""

    def elsewhere(handler: Handler) -> bool:
        if handler.command != "POST" or not handler.headers.get("Authorization"):
            return False
        if "mount=" in handler.path or "/uploads" not in handler.path:
            return False
        handler.reply(202, Location=f"http://{site.c.host}{handler.path}")
        return True

    site.a.intercept = elsewhere
    words = ("publish", "--base", "{a}/runtime:7.1", *ADD, "--image", "{a}/pose:2", *LOGIN)
    site.run(*words, stdin=TYPED, expected=None)
    assert any(text.startswith("PUT") for text in site.c.shown)
    assert site.given() == {"a": {TYPED}, "b": set(), "c": set()}
    assert not any("a-token-of" in text for text in site.c.shown)


def test_a_token_service_on_another_host_is_named_before_the_login_goes_there(site: Site) -> None:
    site.a.challenge = f'Bearer realm="http://{site.c.host}/token",service="x"'
    site.store("a", "c")
    done = site.run("publish", "--base", "{a}/runtime:7.1", *ADD, "--image", "oci:out:1")
    assert f"{site.a.host} delegates its logins to {site.c.host}" in done.stderr
    assert site.given() == {"a": set(), "b": set(), "c": {"canary-stored-a"}}


def test_podmans_login_for_one_repository_is_for_that_one(site: Site) -> None:
    pair = base64.b64encode(b"me:canary-stored-c").decode()
    stored = base64.b64encode(b"me:canary-stored-a").decode()
    hosts = {f"{site.a.host}/runtime": {"auth": pair}, site.b.host: {"auth": stored}}
    (site.folder / "config.json").write_text(json.dumps({"auths": hosts}))
    site.run("publish", "--base", "{a}/runtime:7.1", *ADD, "--image", "oci:out:1")
    assert site.given()["a"] == {"canary-stored-c"}
    site.a.shown.clear()
    site.run("publish", "--base", "{a}/runtime:7.1", "--rebase", "{a}/pose:1", "--image", "oci:out:2", expected=None)
    assert all("canary-stored-c" not in text for text in site.a.shown if "/pose/" in text)
