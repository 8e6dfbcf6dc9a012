"""The image for a CPU does what `azdacli simulate` does, for anyone, with nothing but a volume to write to."""

import json
import re
import shlex
import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from support.azda import CPU_BASE, Azda, site_settings
from support.azurite import Azurite
from support.bases import Bases
from support.engines import Engine

from tests.simulate import reading
from tests.simulate.conftest import decoded, detections_in

pytestmark = [pytest.mark.engine, pytest.mark.gstreamer, pytest.mark.models]

IMAGE = "azda-reading:1"
FRAMES = 30
CHECK = [
    *("check", "--pyfile", "/custom-assets/text_detector.py", "--pyfile", "/custom-assets/text_reader.py"),
    *("--config", "/custom-assets/pgie_config.txt", "--config", "/custom-assets/sgie_config.txt", "--json"),
]
# A user and a group that no image knows, and no place to write.
ANYONE = ("--read-only", "--user", "12345:12345", "--network", "none")


@pytest.fixture(scope="module")
def image(modern_engine: Engine, bases: Bases, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The engine that has the image."""
    bases.load(modern_engine, "amd64", CPU_BASE)
    folder = tmp_path_factory.mktemp("cpu-image")
    reading.assets_in(folder / "custom-assets")
    azda = Azda(modern_engine, folder, {**site_settings(folder, arch="amd64"), "AZDA_PYDS_WHEEL": ""})
    azda("create", "--device-type", "CPU", "--tag", IMAGE, "--add", "./custom-assets /custom-assets")
    return modern_engine


@pytest.fixture
def volume(image: Engine) -> Iterator[str]:
    name = "azda-output"
    yield name
    image.cli("volume", "rm", "--force", name)


@pytest.mark.azurite
def test_the_image_uploads_recordings_and_deletes_what_is_confirmed(image: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    folder.chmod(0o777)  # the image's user writes there
    name = "People_20261122T230501123Z_0001.mp4"
    (folder / name).write_bytes(b"video")
    azurite = Azurite()
    try:
        azurite.start()
        azurite.make_container("recordings")
        image.cli(
            *("run", "--rm", "--network", "host", "--volume", f"{folder}:/tmp/VideoUploaderCache"),
            *("--env", f"AZURE_STORAGE_CONNECTION_STRING={azurite.connection_string}", IMAGE),
            *("uploader", "--container", "recordings", "--device", "door", "--once"),
        )
        assert azurite.blobs() == {f"door/People/2026-11-22/{name}": b"video"}
    finally:
        azurite.close()
    assert list(folder.iterdir()) == []
    image.cli("run", "--rm", "--network", "none", "--entrypoint", "python3", IMAGE, "-c", "import azure.identity")


def copy_out(image: Engine, volume: str, folder: Path, *names: str) -> None:
    """Copy files of a volume out of the engine."""
    packed = image.cli(
        *("run", "--rm", "--network", "none", "--volume", f"{volume}:/output:ro", "--entrypoint", "tar"),
        *(IMAGE, "-C", "/output", "-c", *names),
    )
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        for name in names:
            file = archive.extractfile(name)
            assert file
            (folder / name).write_bytes(file.read())


def configuration_of(image: Engine) -> dict[str, Any]:
    with image.client() as client:
        return dict(client.api.inspect_image(IMAGE)["Config"])


def documented() -> tuple[str, list[str]]:
    """The settings and the command that docs/simulate.md shows."""
    page = (
        (reading.ROOT / "docs" / "simulate.md").read_text(encoding="utf-8").partition("## The same in a container")[2]
    )
    settings = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0]
    [line] = re.findall(r"^docker run (.*?[^\\])\n", page, re.DOTALL | re.MULTILINE)
    return settings, shlex.split(line.replace("\\\n", " "))


def test_text_is_read_right_by_a_user_without_rights(image: Engine, volume: str, tmp_path: Path) -> None:
    given = tmp_path / "input"
    given.mkdir()
    video = reading.make_video(given / "text.mp4", FRAMES)
    settings, words = documented()
    (given / "settings.json").write_text(settings, encoding="utf-8")
    for path in (tmp_path, given):
        path.chmod(0o755)

    assert IMAGE in words
    assert "--read-only" in words
    locations = {"output:/output": f"{volume}:/output", "$PWD/input:/input:ro": f"{given}:/input:ro"}
    done = image.cli("run", *(locations.get(word, word) for word in words))
    assert (done.stdout, done.stderr) == (b"", b"")
    copy_out(image, volume, tmp_path, "messages.jsonl", "annotated.mp4")
    found = detections_in(tmp_path / "messages.jsonl")
    assert reading.share_read(reading.boxes_in(decoded(video)), [found[number] for number in range(FRAMES)]) >= 0.95
    assert len(decoded(tmp_path / "annotated.mp4")) == FRAMES


def test_it_checks_itself_and_finds_nothing(image: Engine) -> None:
    done = image.cli("run", "--rm", *ANYONE, IMAGE, *CHECK)
    assert json.loads(done.stdout)["problems"] == []


def test_it_serves_unless_told_otherwise_and_has_its_health_checked(image: Engine) -> None:
    reported = configuration_of(image)
    assert (reported["Entrypoint"], reported["Cmd"]) == (["python3", "-m", "azda_runtime"], ["serve"])
    assert (reported["User"], reported["StopSignal"]) == ("10001", "SIGTERM")
    assert reported["Healthcheck"] == {
        "Test": ["CMD", "python3", "-m", "azda_runtime", "health"],
        "Interval": 30_000_000_000,
        "Timeout": 10_000_000_000,
        "StartPeriod": 120_000_000_000,
    }


def test_gstreamers_list_of_plugins_is_taken_as_it_is(image: Engine) -> None:
    """Looking at each plugin again would load numpy and ONNX Runtime in a process of their own at each start."""
    looks = "Validating plugins from registry cache"
    assert "reading registry cache: /opt/azda/gstreamer/registry.bin" in registry_log(image)
    assert looks not in registry_log(image)
    assert looks in registry_log(image, "--env", "GST_REGISTRY_UPDATE=yes"), "GStreamer says it so"


def registry_log(image: Engine, *words: str) -> str:
    debug = ("--env", "GST_DEBUG_NO_COLOR=1", "--env", "GST_DEBUG=GST_REGISTRY:4", *words)
    inspect = ("--entrypoint", "gst-inspect-1.0", IMAGE, "--exists", "nvinfer")
    return image.cli("run", "--rm", *ANYONE, *debug, *inspect).stderr.decode()


def test_nothing_is_reported_to_anybody(image: Engine) -> None:
    assert "ORT_DISABLE_TELEMETRY=1" in configuration_of(image)["Env"]


def test_an_element_that_a_command_adds_is_in_the_list(image: Engine, tmp_path: Path) -> None:
    """`--run` comes before the list is made."""
    azda = Azda(image, tmp_path, {**site_settings(tmp_path, arch="amd64"), "AZDA_PYDS_WHEEL": ""})
    code = (
        "from gi.repository import Gst",
        "class Own(Gst.Bin):",
        '    __gstmetadata__ = ("Own", "Bin", "A bin of a user", "a user")',
        '__gstelementfactory__ = ("ownbin", 0, Own)',
    )
    folder = "/opt/azda/simulator/plugins/python"
    lines = " ".join(f"'{line}'" for line in code)
    azda("create", "--device-type", "CPU", "--tag", "azda-own:1", "--run", f"printf '%s\\n' {lines} > {folder}/own.py")
    words = ("run", "--rm", *ANYONE, "--entrypoint", "gst-inspect-1.0")
    for name, there in (("nvinfer", True), ("ownbin", True), ("nobin", False)):
        found = image.cli(*words, "azda-own:1", "--exists", name, check=False)
        assert (found.returncode == 0) is there, name


def test_it_works_with_no_more_rights_than_a_manifest_gives_it(image: Engine, tmp_path: Path) -> None:
    """What `gen-manifest` writes, taken by a real engine: no root, no capability, no place but its volumes."""
    given = tmp_path / "input"
    given.mkdir()
    reading.make_video(given / "text.mp4", FRAMES)
    (given / "settings.json").write_text(documented()[0], encoding="utf-8")
    for path in (tmp_path, given):
        path.chmod(0o755)
    body = create_options()
    host = {**body["HostConfig"], "NetworkMode": "none", "Binds": [*body["HostConfig"]["Binds"], f"{given}:/input:ro"]}
    asked = {**body, "Image": IMAGE, "Cmd": ["serve", "--settings", "/input/settings.json"], "HostConfig": host}
    with image.client() as client:
        api: Any = client.api  # docker's types leave out what builds requests
        answer = api._post_json(api._url("/containers/create"), data=asked)
        container = api._result(answer, json=True)["Id"]
        try:
            client.api.start(container)
            deadline = time.monotonic() + 120
            while b'"inferences"' not in client.api.logs(container, stdout=True, stderr=False):
                assert client.api.inspect_container(container)["State"]["Running"], client.api.logs(container)
                assert time.monotonic() < deadline, client.api.logs(container)
                time.sleep(1)
            look = (
                "id -u; id -Gn; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/1/status; touch /x /opt/azda/x; touch /tmp/x"
            )
            seen = image.cli("exec", container, "sh", "-c", look, check=False).stdout.decode().split()
            made = client.api.inspect_container(container)["HostConfig"]
        finally:
            client.api.remove_container(container, v=True, force=True)
            for name in ("azda-state", "VideoUploaderCache"):
                image.cli("volume", "rm", "--force", name)
    assert seen[:4] == ["10001", "azda", "video", "render"]
    assert dict(zip(seen[4::2], seen[5::2], strict=True)) == {
        "CapBnd:": "0" * 16,
        "CapEff:": "0" * 16,
        "NoNewPrivs:": "1",
    }
    assert (made["Memory"], made["PidsLimit"], made["ReadonlyRootfs"]) == (4 << 30, 4096, True)


def create_options() -> dict[str, Any]:
    """What `gen-manifest` writes for a CPU."""
    golden = reading.ROOT / "tests" / "golden" / "manifests" / "cpu.json"
    content = json.loads(golden.read_text(encoding="utf-8"))["modulesContent"]
    settings = content["$edgeAgent"]["properties.desired"]["modules"]["ai-pipeline"]["settings"]
    return dict(json.loads("".join(settings[key] for key in sorted(settings) if key.startswith("createOptions"))))
