"""The engines that other tests build in are real: they build, run, push, and refuse a wrong password."""

import io
import random
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from docker.errors import BuildError, ImageNotFound
from support.bases import Bases
from support.engines import Engine
from support.registries import Registry, StartRegistry

ENGINES = [
    pytest.param("modern_engine", marks=pytest.mark.engine),
    pytest.param("classic_engine", marks=pytest.mark.engine),
    pytest.param("podman_engine", marks=pytest.mark.podman),
]
REGISTRIES = [pytest.param(kind, marks=pytest.mark.registry) for kind in ("none", "htpasswd", "token")]
BASE = "nvcr.io/nvidia/deepstream:7.1-samples-multiarch"


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


on_every_engine = pytest.mark.parametrize("engine", ENGINES, indirect=True)


def context(dockerfile: str, **files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in {"Dockerfile": dockerfile.encode(), **files}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def build(engine: Engine, name: str, context: bytes, *, arch: str = "amd64") -> str:
    """Build through the SDK from a streamed tar; return what the steps printed."""
    with engine.client() as client:
        events = client.api.build(
            fileobj=io.BytesIO(context),
            custom_context=True,
            tag=name,
            platform=f"linux/{arch}",
            network_mode="host",
            rm=True,
            forcerm=True,
            decode=True,
        )
        all_of_them = list(events)
    printed = [event["stream"] for event in all_of_them if "stream" in event]
    if failed := errors(all_of_them):
        raise BuildError(failed, iter(printed))
    return "".join(printed)


def run(engine: Engine, name: str, command: str, *, arch: str = "amd64") -> str:
    with engine.client() as client:
        printed = client.containers.run(
            name, command, network_mode="host", remove=True, platform=f"linux/{arch}", stderr=True
        )
        return bytes(printed).decode().strip()


def push(engine: Engine, name: str, login: dict[str, str] | None) -> list[dict[str, Any]]:
    with engine.client() as client:
        return list(client.api.push(name, stream=True, decode=True, auth_config=login))


def errors(events: list[dict[str, Any]]) -> str:
    return " ".join(str(event["error"]) for event in events if "error" in event)


ASSET = random.Random(1).randbytes(1_000_000)


@pytest.fixture
def built(engine: Engine) -> Iterator[str]:
    """A small image of two layers that has no base."""
    name = "azda-tests/small:1"
    files = {"asset": ASSET, "other": b"another layer"}
    build(engine, name, context("FROM scratch\nCOPY asset /asset\nCOPY other /other\n", **files))
    yield name
    with engine.client() as client:
        client.images.remove(name, force=True)


def file_in(engine: Engine, name: str, path: str) -> bytes:
    with engine.client() as client:
        container = client.containers.create(name, "/none", network_mode="host")
        stream, _ = container.get_archive(path)
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as tar:
            content = tar.extractfile(tar.getmembers()[0])
            assert content
            data = content.read()
        container.remove()
    return data


@on_every_engine
def test_an_engine_builds_from_a_streamed_tar_with_the_hosts_network(engine: Engine, bases: Bases) -> None:
    bases.load(engine, "amd64", BASE)
    steps = (
        f"FROM {BASE}\nCOPY asset /asset\nRUN apt-get update\n"
        "RUN /opt/nvidia/deepstream/deepstream/user_additional_install.sh\n"
    )
    build(engine, "azda-tests/apt:1", context(steps, asset=b"an asset"))
    assert run(engine, "azda-tests/apt:1", "cat /asset codecs/installed") == "an assetcodecs for x86_64"


@pytest.mark.engine
def test_buildkit_builds_from_a_tar_on_standard_input(modern_engine: Engine, bases: Bases) -> None:
    bases.load(modern_engine, "amd64", BASE)
    dockerfile = f"FROM {BASE}\nRUN --mount=type=tmpfs,target=/scratch apt-get update\nCOPY asset /asset\n"
    name = "azda-tests/buildkit:1"
    modern_engine.cli(
        *("buildx", "build", "--platform=linux/amd64", "--network=host", "--provenance=false", f"--tag={name}", "-"),
        stdin=context(dockerfile, asset=b"an asset"),
    )
    assert run(modern_engine, name, "cat /asset") == "an asset"


@pytest.mark.engine
@pytest.mark.podman
def test_the_other_engines_have_no_buildkit_plugin(classic_engine: Engine, podman_engine: Engine) -> None:
    for engine in (classic_engine, podman_engine):
        assert engine.cli("buildx", "version", check=False).returncode != 0


@on_every_engine
@pytest.mark.parametrize("kind", REGISTRIES)
def test_an_engine_pushes_to_every_kind_of_registry(
    engine: Engine, built: str, registry: StartRegistry, kind: str
) -> None:
    one: Registry = registry(kind)
    name = f"{one.host}/team/app:1"
    engine.cli("tag", built, name)
    login = {"username": one.username, "password": one.password} if one.username else None
    assert not errors(push(engine, name, login))
    assert len(one.uploaded()) == 3  # the two layers and the configuration
    assert one.bytes_received() > len(ASSET)
    # Docker 20.10 asks a token service that refuses it five times, for 50 seconds, before it says so.
    if login and (engine.name, kind) != ("classic", "token"):
        before = len(one.requests)
        assert errors(push(engine, name, {**login, "password": "wrong"}))
        assert not one.uploaded(since=before)


@on_every_engine
@pytest.mark.registry
def test_an_unchanged_image_moves_no_layer_again(engine: Engine, built: str, registry: StartRegistry) -> None:
    one: Registry = registry()
    name = f"{one.host}/team/app:1"
    engine.cli("tag", built, name)
    assert not errors(push(engine, name, None))
    before = len(one.requests)
    assert not errors(push(engine, name, None))
    assert one.bytes_received(since=before) < 100_000


@on_every_engine
@pytest.mark.registry
def test_what_one_engine_pushed_an_empty_one_pulls(engine: Engine, built: str, registry: StartRegistry) -> None:
    one: Registry = registry()
    name = f"{one.host}/team/app:1"
    engine.cli("tag", built, name)
    push(engine, name, None)
    with engine.fresh() as other:
        with other.client() as client, pytest.raises(ImageNotFound):
            client.images.get(name)
        other.cli("pull", name)
        assert file_in(other, name, "/asset") == ASSET


@on_every_engine
@pytest.mark.emulation
def test_an_arm64_image_runs_under_emulation(engine: Engine, bases: Bases, emulation: None) -> None:
    bases.load(engine, "arm64", BASE)
    try:
        assert "aarch64" in build(engine, "azda-tests/arm:1", context(f"FROM {BASE}\nRUN uname -m\n"), arch="arm64")
        assert run(engine, "azda-tests/arm:1", "uname -m", arch="arm64") == "aarch64"
    finally:
        bases.load(engine, "amd64", BASE)


@pytest.mark.engine
def test_the_triton_stand_in_has_the_folders_that_our_dockerfiles_copy(classic_engine: Engine, bases: Bases) -> None:
    bases.load(classic_engine, "amd64", "nvcr.io/nvidia/deepstream:7.1-triton-multiarch", triton=True)
    listed = run(classic_engine, "nvcr.io/nvidia/deepstream:7.1-triton-multiarch", "ls /opt/tritonserver/backends")
    assert listed.split() == ["identity", "onnxruntime", "python"]


@on_every_engine
def test_an_engine_survives_a_restart_and_a_crash(engine: Engine, bases: Bases) -> None:
    image = bases.load(engine, "amd64", BASE)
    engine.restart()
    engine.kill()
    engine.start()
    with engine.client() as client:
        assert client.api.inspect_image(BASE)["Id"] == image


@on_every_engine
def test_a_small_engine_runs_out_of_disk(engine: Engine, bases: Bases) -> None:
    with engine.fresh(size=1_000_000_000) as small:
        bases.load(small, "amd64", BASE)
        with pytest.raises(BuildError) as failed:
            build(small, "azda-tests/big:1", context(f"FROM {BASE}\nRUN head -c 1000000000 /dev/zero >/big\n"))
        assert "No space left on device" in "".join(failed.value.build_log)
