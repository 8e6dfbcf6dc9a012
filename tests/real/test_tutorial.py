"""The tutorial's lines, typed as they stand, on a real engine and a real registry, for both device types."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.azda import DEEPSTREAM, EXAMPLE, Azda, site_settings
from support.bases import Bases
from support.engines import Engine
from support.registries import Registry

pytestmark = [pytest.mark.engine, pytest.mark.registry]

CREATE = (
    'azdacli create --device-type {device} --tag azda-byom-example --add "./custom-assets /custom-assets" '
    "--build-dir ./docker-build"
)
PUSH = "azdacli push --image-name azda-byom-example --container-registry {registry} --username {user}"
DEVICES = [
    pytest.param(("dGPU", "amd64"), id="dGPU"),
    pytest.param(("Jetson", "arm64"), id="Jetson", marks=pytest.mark.emulation),
]


@pytest.fixture(scope="module", params=DEVICES)
def device(request: pytest.FixtureRequest) -> tuple[str, str]:
    if request.param[1] == "arm64":
        request.getfixturevalue("emulation")
    return request.param


@pytest.fixture(scope="module")
def azda(
    device: tuple[str, str], modern_engine: Engine, bases: Bases, tmp_path_factory: pytest.TempPathFactory
) -> Azda:
    """The tutorial's folder, with the example's model and parser, and a big model beside them."""
    folder = tmp_path_factory.mktemp("ds-ai-pipeline")
    (folder / "docker-build").mkdir()
    shutil.copytree(EXAMPLE, folder / "custom-assets")
    (folder / "custom-assets" / "big.onnx").write_bytes(os.urandom(3_000_000))
    bases.load(modern_engine, device[1], DEEPSTREAM)
    return Azda(modern_engine, folder, site_settings(tmp_path_factory.mktemp("site"), arch=device[1]))


@pytest.fixture(scope="module")
def created(azda: Azda, device: tuple[str, str]) -> str:
    code, shown = azda.typed(CREATE.format(device=device[0]), "")
    assert code == 0, shown[-4000:]
    return shown.strip().splitlines()[-1].strip()


@pytest.fixture
def pushed(azda: Azda, created: str, registry: Callable[[str], Registry]) -> tuple[Registry, str]:
    location = registry("htpasswd")
    code, shown = azda.typed(PUSH.format(registry=location.host, user=location.username), location.password)
    assert code == 0, shown[-4000:]
    assert location.password not in shown
    return location, shown.strip().splitlines()[-1].strip()


def test_create_prints_the_id_of_an_image_for_the_right_machine(
    azda: Azda, created: str, device: tuple[str, str]
) -> None:
    with azda.engine.client() as client:
        image = client.api.inspect_image("azda-byom-example")
    assert (image["Id"], image["Architecture"], image["Os"]) == (created, device[1], "linux")


def test_the_labels_say_what_is_in_the_image(azda: Azda, created: str, device: tuple[str, str]) -> None:
    with azda.engine.client() as client:
        labels = client.api.inspect_image(created)["Config"]["Labels"]
    assert (labels["io.azda.release"], labels["io.azda.target"]) == ("7.1", device[0].lower())
    assets = {row["path"]: row for row in json.loads(labels["io.azda.assets"])}
    for path in (azda.folder / "custom-assets").iterdir():
        content = path.read_bytes()
        assert assets[f"/custom-assets/{path.name}"] == {
            "path": f"/custom-assets/{path.name}",
            "size": len(content),
            "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
        }


def test_what_was_pushed_is_what_was_made_and_it_passes_its_own_check(
    azda: Azda, pushed: tuple[Registry, str], device: tuple[str, str]
) -> None:
    location, name = pushed
    assert name.startswith(f"{location.host}/azda-byom-example@sha256:")
    with azda.engine.fresh() as other:
        other.cli(
            "login",
            "--username",
            location.username,
            "--password-stdin",
            location.host,
            stdin=location.password.encode(),
        )
        other.cli("pull", "--platform", f"linux/{device[1]}", name)
        run = ("run", "--rm", "--network", "none", "--platform", f"linux/{device[1]}")
        answer = other.cli(
            *(*run, name, "check", "--json"),
            *("--pyfile", "/custom-assets/blob_parser.py", "--config", "/custom-assets/pgie_config.txt"),
            check=False,
        )
        report = json.loads(answer.stdout)
        found = {row["path"]: row["sha256"] for row in report["assets"]}
        listing = other.cli(
            *run,
            "--entrypoint",
            "bash",
            name,
            "-c",
            "id -un; which wget; uname -m; cd /opt/nvidia/"
            "deepstream/deepstream/samples/streams && touch video.mp4 && ls -la /custom-assets",
        )
    for path in (azda.folder / "custom-assets").iterdir():
        assert found[f"/custom-assets/{path.name}"] == hashlib.sha256(path.read_bytes()).hexdigest()
    # The stand-in base is Debian's, whose Python is newer than the release's: the check has to see just that.
    assert [p["message"] for p in report["problems"]] == [
        "The image's bindings are for Python 3.10, but this is Python 3.11."
    ]
    assert [(p["role"], p["labels"]) for p in report["parsers"]] == [("primary", 1)]
    user, wget, machine = listing.stdout.decode().splitlines()[:3]
    assert (user, wget) == ("azda", "/usr/bin/wget")
    assert machine == {"amd64": "x86_64", "arm64": "aarch64"}[device[1]]


def test_creating_again_without_a_change_does_no_work_and_gives_the_same_image(
    azda: Azda, created: str, device: tuple[str, str]
) -> None:
    again = azda(
        "create",
        "--device-type",
        device[0],
        "--tag",
        "azda-byom-example",
        "--add",
        "./custom-assets /custom-assets",
        "--build-dir",
        "./docker-build",
    )
    assert again.stdout.strip() == created
    steps = [line for line in again.stderr.splitlines() if line.startswith("[") and " RUN " in line]
    cached = [line for line in again.stderr.splitlines() if line.startswith("cached: [") and " RUN " in line]
    assert len(cached) == len(steps) > 3


def test_an_edit_of_the_parser_moves_only_the_parser(
    azda: Azda, pushed: tuple[Registry, str], device: tuple[str, str]
) -> None:
    location, first = pushed
    parser = azda.folder / "custom-assets" / "blob_parser.py"
    before = parser.read_text()
    blobs, since = location.blobs(), len(location.requests)
    try:
        parser.write_text(before.replace("BRIGHT = 0.1", "BRIGHT = 0.2"))
        azda(
            "create",
            "--device-type",
            device[0],
            "--tag",
            "azda-byom-example",
            "--add",
            "./custom-assets /custom-assets",
            "--build-dir",
            "./docker-build",
        )
        second = azda(
            *("push", "--image-name", "azda-byom-example", "--container-registry", location.host),
            *("--username", location.username, "--password-stdin"),
            stdin=f"{location.password}\n",
        ).stdout.strip()
    finally:
        parser.write_text(before)
    assert second != first
    sent = location.uploaded(since)
    assert 0 < sum(sent.values()) < 100_000
    model_layers = {digest for digest, size in blobs.items() if size >= 3_000_000}
    assert model_layers
    assert not model_layers & set(sent)
    assert location.bytes_received(since) < 100_000


def test_the_env_file_gets_the_name_that_was_pushed(
    azda: Azda, created: str, registry: Callable[..., Registry], tmp_path: Path
) -> None:
    location = registry()
    env = tmp_path / ".env"
    env.write_bytes(b"# mine\r\nA='1 2'\nDS_AI_PIPELINE_IMAGE_URI=old # why\nB=$A\n")
    answer = azda(
        "push",
        "--image-name",
        "azda-byom-example",
        "--container-registry",
        location.host,
        "--auth",
        "anonymous",
        "--env-file",
        str(env),
        "--json",
    )
    reported = json.loads(answer.stdout)
    assert reported["image"] == f"{location.host}/azda-byom-example:latest"
    assert reported["pinned"] == f"{location.host}/azda-byom-example@{reported['digest']}"
    lines = env.read_bytes().split(b"\n")
    assert lines[0] == b"# mine\r"
    assert f"DS_AI_PIPELINE_IMAGE_URI={reported['image']}".encode() in lines[2]
    assert lines[3] == b"B=$A"
