"""What goes wrong in practice: each failure has its own sentence and exit code, and nothing is lost."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.azda import DEEPSTREAM, Azda, site_settings
from support.bases import Bases
from support.engines import Engine
from support.registries import Registry

from azdacli.engine import docker
from azdacli.errors import RegistryError

pytestmark = pytest.mark.engine

BASE = "azda-tests/plain:1"
BUILDERS = ("sdk", "buildx")
every_builder = pytest.mark.parametrize("builder", BUILDERS)


def dockerfile(folder: Path, *lines: str, base: str = BASE) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("\n".join([f"FROM {base}", *lines, ""]))
    return folder


@pytest.fixture
def azda(modern_engine: Engine, bases: Bases, tmp_path: Path) -> Azda:
    bases.load(modern_engine, "amd64", BASE)
    return Azda(modern_engine, tmp_path, {"AZDA_NETWORK": "host"})


@pytest.fixture
def small_image(azda: Azda, tmp_path: Path) -> str:
    """An image of a few megabytes that no registry has."""
    folder = dockerfile(tmp_path / "small", "COPY model.bin /model.bin", base="scratch")
    (folder / "model.bin").write_bytes(os.urandom(4_000_000))
    azda("build", "--path", str(folder), "--tag", "azda-small:1")
    return "azda-small:1"


@every_builder
def test_a_failing_run_names_the_step_and_shows_its_last_lines(azda: Azda, tmp_path: Path, builder: str) -> None:
    folder = dockerfile(tmp_path / "x", "RUN echo the-reason; exit 3")
    answer = azda("build", "--path", str(folder), "--tag", "azda-x:1", "--builder", builder, check=False)
    assert (answer.returncode, answer.stdout) == (6, "")
    assert "  | the-reason\nerror: the step `" in answer.stderr
    assert "RUN echo the-reason; exit 3` failed: " in answer.stderr
    assert "hint: The output of the step is above." in answer.stderr


@every_builder
def test_a_base_image_that_is_nowhere_is_named_with_the_ways_out(azda: Azda, builder: str) -> None:
    answer = azda(
        *("create", "--device-type", "cpu", "--tag", "azda-x:1", "--builder", builder),
        *("--base-image", "127.0.0.1:9/nvidia/deepstream:7.1-samples-multiarch"),
        check=False,
    )
    assert answer.returncode == 6
    assert "error: the engine cannot get the base image: " in answer.stderr
    assert "--base-registry" in answer.stderr


@every_builder
def test_a_full_disk_in_the_engine_is_said_as_such(
    modern_engine: Engine, bases: Bases, tmp_path: Path, builder: str
) -> None:
    folder = dockerfile(tmp_path / "big", "COPY big.bin /big.bin")
    (folder / "big.bin").write_bytes(os.urandom(300_000_000))
    with modern_engine.fresh(size=650_000_000) as small:
        bases.load(small, "amd64", BASE)
        azda = Azda(small, tmp_path)
        answer = azda("build", "--path", str(folder), "--tag", "azda-x:1", "--builder", builder, check=False)
    assert answer.returncode == 6
    assert "no space left on device" in answer.stderr
    assert "hint: The engine's disk is full" in answer.stderr


@every_builder
def test_an_engine_that_dies_in_the_middle_of_a_build_is_said_as_such(
    modern_engine: Engine, bases: Bases, tmp_path: Path, builder: str
) -> None:
    folder = dockerfile(tmp_path / "slow", "RUN echo started && sleep 600")
    with modern_engine.fresh() as engine:
        bases.load(engine, "amd64", BASE)
        azda = Azda(engine, tmp_path, {"AZDA_NETWORK": "host"})
        child = azda.start("build", "--path", str(folder), "--tag", "azda-x:1", "--builder", builder)
        assert child.stderr
        said = [line for line in iter(child.stderr.readline, "started\n") if line]
        engine.kill()
        _, rest = child.communicate(timeout=60)
    assert child.returncode == 5, [*said, rest]
    assert "error: the engine stopped answering" in rest


def test_an_engine_without_buildx_that_is_asked_for_it_says_so(classic_engine: Engine, tmp_path: Path) -> None:
    answer = Azda(classic_engine, tmp_path)(
        "create", "--device-type", "cpu", "--tag", "azda-x:1", "--builder", "buildx", check=False
    )
    assert answer.returncode == 5
    assert "error: BuildKit was requested, but this docker has no buildx" in answer.stderr


def test_a_bad_tag_is_refused_before_anything_is_sent(azda: Azda) -> None:
    answer = azda("create", "--device-type", "cpu", "--tag", "Not A Tag", check=False)
    assert answer.returncode == 3
    assert "error: 'Not A Tag'" in answer.stderr


def test_a_missing_asset_is_refused_before_anything_is_sent(azda: Azda) -> None:
    answer = azda("create", "--device-type", "cpu", "--tag", "x:1", "--add", "gone /x", check=False)
    assert answer.returncode == 3
    assert f"hint: Looked in '{azda.folder}'." in answer.stderr


def test_two_creates_at_once_both_succeed(azda: Azda, tmp_path: Path) -> None:
    folders = [dockerfile(tmp_path / name, f"RUN echo {name} > /name") for name in ("one", "two")]
    children = [
        azda.start("build", "--path", str(folder), "--tag", f"azda-{folder.name}:1", "--json") for folder in folders
    ]
    answers = [child.communicate(timeout=120) for child in children]
    assert [child.returncode for child in children] == [0, 0], answers
    ids = [json.loads(out)["id"] for out, _ in answers]
    assert len(set(ids)) == 2
    for folder, image in zip(folders, ids, strict=True):
        run = azda.engine.cli("run", "--rm", "--network", "none", image, "cat", "/name")
        assert run.stdout.decode().strip() == folder.name


@every_builder
def test_text_of_users_reaches_the_image_as_it_was_typed(
    azda: Azda, bases: Bases, tmp_path: Path, builder: str
) -> None:
    """On the real engines: quotes, blanks, dollars and backslashes in targets and labels."""
    bases.load(azda.engine, "amd64", DEEPSTREAM)
    site = tmp_path / "site"
    site.mkdir()
    azda.settings.update(site_settings(site, arch="amd64"))
    (tmp_path / "my assets").mkdir()
    (tmp_path / "my assets" / "a'b $HOME.txt").write_text("x")
    target = '/it\'s $HOME \\ "here"'
    azda(
        *("create", "--device-type", "dGPU", "--tag", "azda-text:1", "--builder", builder),
        *("--add", f"""'my assets' {shell_quoted(target)}"""),
        *("--label", r'com.example.text=say "$HOME" \ there'),
        *("--run", "echo one > /run1\nFROM nothing 2>/dev/null || echo two >> /run1"),
    )
    run = ("run", "--rm", "--network", "none", "--entrypoint", "ls", "azda-text:1", target)
    assert azda.engine.cli(*run).stdout.decode() == "a'b $HOME.txt\n"
    text = azda.engine.cli("run", "--rm", "--network", "none", "--entrypoint", "cat", "azda-text:1", "/run1")
    assert text.stdout.decode() == "one\ntwo\n"
    with azda.engine.client() as client:
        labels = client.api.inspect_image("azda-text:1")["Config"]["Labels"]
    assert labels["com.example.text"] == r'say "$HOME" \ there'


@every_builder
def test_certificates_are_trusted_in_the_build_and_nowhere_in_the_image(
    azda: Azda, bases: Bases, tmp_path: Path, builder: str
) -> None:
    bases.load(azda.engine, "amd64", DEEPSTREAM)
    settings = site_settings(tmp_path, arch="amd64")
    bundle = tmp_path / "ca.pem"
    given = settings.get("AZDA_CA_BUNDLE")
    marker = "# the site's own certificates\n"
    bundle.write_text(
        marker + (Path(given).read_text() if given else Path("/etc/ssl/certs/ca-certificates.crt").read_text())
    )
    azda.settings.update({**settings, "AZDA_CA_BUNDLE": str(bundle)})
    azda(
        *("create", "--device-type", "dGPU", "--tag", "azda-ca:1", "--builder", builder),
        *(
            "--run",
            'grep -q "the site\'s own" "$PIP_CERT" && pip install --break-system-packages --no-deps six==1.16.0',
        ),
    )
    program = "import six, sys; print(six.__version__)"
    run = ("run", "--rm", "--network", "none", "--entrypoint", "python3", "azda-ca:1", "-c")
    assert azda.engine.cli(*run, program).stdout.decode() == "1.16.0\n"
    saved = azda.engine.cli("save", "azda-ca:1").stdout
    assert b"the site's own" not in saved
    assert b"PIP_CERT" not in saved


def shell_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\"'\"'") + "'"


@pytest.fixture
def location(registry: Callable[[str], Registry]) -> Registry:
    return registry("token")


@pytest.mark.registry
def test_a_wrong_password_is_refused_and_never_printed(
    azda: Azda, small_image: str, registry: Callable[[str], Registry]
) -> None:
    for kind in ("htpasswd", "token"):
        location = registry(kind)
        answer = azda(
            *("push", "--image-name", small_image, "--container-registry", location.host),
            *("--username", location.username, "--password-stdin"),
            stdin="not-the-password\n",
            check=False,
        )
        assert (answer.returncode, answer.stdout) == (7, "")
        assert "error: the registry refused the push" in answer.stderr
        assert "hint: Check user and password" in answer.stderr
        assert "not-the-password" not in answer.stderr


@pytest.mark.registry
def test_a_registry_that_is_down_is_said_as_such(
    azda: Azda, small_image: str, registry: Callable[..., Registry]
) -> None:
    location = registry()
    location.stop()
    answer = azda("push", "--image-name", small_image, "--container-registry", location.host, check=False)
    assert answer.returncode == 7
    assert "does not answer" in answer.stderr


@pytest.mark.registry
def test_a_registry_that_dies_in_the_middle_leaves_no_tag_and_a_rerun_completes(
    azda: Azda, small_image: str, registry: Callable[..., Registry]
) -> None:
    location = registry()
    location.slow_down(1_000_000)
    words = ("push", "--image-name", small_image, "--container-registry", location.host)
    child = azda.start(*words)
    deadline = time.monotonic() + 60
    while location.under_way() < 1_000_000 and time.monotonic() < deadline:
        time.sleep(0.05)
    location.kill()
    _, said = child.communicate(timeout=300)
    assert child.returncode == 7, said
    location.start()
    assert not [r for r in location.requests if r.method == "PUT" and "/manifests/" in r.path]
    assert azda(*words).stdout.startswith(f"{location.host}/azda-small@sha256:")


@pytest.mark.registry
def test_a_token_that_expires_in_the_middle_of_a_push_is_renewed(
    azda: Azda, small_image: str, location: Registry
) -> None:
    location.tokens.lifetime = 2
    location.slow_down(1_000_000)
    answer = azda(
        *("push", "--image-name", small_image, "--container-registry", location.host),
        *("--username", location.username, "--password-stdin"),
        stdin=f"{location.password}\n",
    )
    assert answer.stdout.startswith(f"{location.host}/azda-small@sha256:")


@pytest.mark.registry
def test_a_push_that_stands_still_is_given_up_with_a_way_on(
    azda: Azda, small_image: str, registry: Callable[..., Registry], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As containerd does for ever when a registry hangs up in the middle: here the registry just never answers."""
    location = registry()
    over = threading.Event()
    answered = []

    def never(method: str, path: str) -> None:
        if method in {"PATCH", "PUT"} and not over.wait(60):
            answered.append(path)

    location.before_each(never)
    monkeypatch.setattr(docker, "_PUSH_SILENCE", 3)
    monkeypatch.setenv("DOCKER_HOST", azda.engine.url)
    monkeypatch.setenv("DOCKER_CONFIG", str(azda.engine.config))
    engine = docker.connect()
    engine.tag(small_image, f"{location.host}/azda-small:1")
    try:
        with pytest.raises(RegistryError, match="stalled: no progress for 3 seconds"):
            engine.push(f"{location.host}/azda-small:1", login=None, listener=lambda _: None)
        assert not answered
    finally:
        over.set()
        engine.close()


@pytest.mark.registry
def test_the_password_is_on_no_command_line_and_in_no_file(azda: Azda, small_image: str, location: Registry) -> None:
    seen: set[bytes] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    seen.add(path.read_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        azda(
            *("push", "--image-name", small_image, "--container-registry", location.host),
            *("--username", location.username, "--password-stdin"),
            stdin=f"{location.password}\n",
        )
    finally:
        stop.set()
        watcher.join()
    assert any(b"azdacli" in line for line in seen)
    assert not any(location.password.encode() in line for line in seen)
    assert location.password not in (azda.engine.config / "config.json").read_text()


def test_a_name_without_a_registry_is_an_error(azda: Azda, small_image: str) -> None:
    answer = azda("push", "--image-name", small_image, check=False)
    assert answer.returncode == 3
    assert "does not say which registry it goes to" in answer.stderr


@pytest.mark.registry
def test_a_name_that_has_its_registry_is_not_prefixed_twice(
    azda: Azda, small_image: str, registry: Callable[..., Registry]
) -> None:
    location = registry()
    with azda.engine.client() as client:
        client.api.tag(small_image, f"{location.host}/team/small", "2")
    answer = azda(
        "push",
        "--image-name",
        f"{location.host}/team/small:2",
        "--container-registry",
        location.host,
        "--auth",
        "anonymous",
    )
    assert answer.stdout.startswith(f"{location.host}/team/small@sha256:")
