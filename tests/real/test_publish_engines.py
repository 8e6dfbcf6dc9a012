"""What `publish` makes, engines run: pulled from a registry with token authentication, and loaded from a layout."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bases import Bases
from support.engines import Engine
from support.registries import Registry

from tests.publish.test_publish import publish

pytestmark = [pytest.mark.engine, pytest.mark.registry]

BASE = "nvcr.io/nvidia/deepstream:7.1-samples-multiarch"
LABELS = "io.azda.release=7.1 io.azda.target=dgpu io.azda.python=3.10 io.azda.variant=samples"
# Everything about the files that an image holds below a folder, one line each.
LOOK = "find /custom-assets -printf '%p %m %U %G %s\\n' | sort; sha256sum /custom-assets/model.onnx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assets = tmp_path / "work" / "custom-assets"
    (assets / "sub").mkdir(parents=True)
    (assets / "model.onnx").write_bytes(bytes(range(256)) * 4000)
    (assets / "sub" / "parser.py").write_text("labels = ['person']\n")
    (assets / "run.sh").write_text("#!/bin/sh\n")
    (assets / "run.sh").chmod(0o755)
    for path in (assets, assets / "sub"):
        path.chmod(0o755)
    return assets


def look(engine: Engine, image: str) -> str:
    with engine.client() as client:
        return bytes(client.containers.run(image, ["sh", "-c", LOOK], network_mode="host", remove=True)).decode()


def build(engine: Engine, name: str, dockerfile: str, folder: Path | None = None) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(dockerfile)
        archive.addfile(info, io.BytesIO(dockerfile.encode()))
        if folder:
            archive.add(folder, "custom-assets")
    buffer.seek(0)
    with engine.client() as client:
        options = {"fileobj": buffer, "custom_context": True, "tag": name, "rm": True, "network_mode": "host"}
        for event in client.api.build(**options, platform="linux/amd64", decode=True):
            assert "error" not in event, event


@pytest.mark.parametrize("engine", ["modern_engine", "classic_engine"])
def test_an_engine_pulls_and_runs_the_same_files_as_it_would_build(
    request: pytest.FixtureRequest, bases: Bases, registry: Callable[..., Registry], folder: Path, engine: str
) -> None:
    running: Engine = request.getfixturevalue(engine)
    one = registry("token")
    account = {"username": one.username, "password": one.password}
    bases.load(running, "amd64", BASE)
    runtime = f"{one.host}/azda-runtime:7.1"
    build(running, runtime, f"FROM {BASE}\nLABEL {LABELS}\n")
    build(running, "azda-tests/built:1", f"FROM {runtime}\nCOPY custom-assets/ /custom-assets/\n", folder)
    with running.client() as client:
        for event in client.api.push(runtime, stream=True, decode=True, auth_config=account):
            assert "error" not in event, event

    done = publish(
        folder,
        *("--base", runtime, "--image", f"{one.host}/pose:1", "--add", "./custom-assets /custom-assets"),
        *("--platform", "linux/amd64"),
        registry=one,
    )
    assert done.returncode == 0, done.stderr
    with running.client() as client:
        client.images.pull(f"{one.host}/pose", tag="1", auth_config=account)
    assert look(running, f"{one.host}/pose:1") == look(running, "azda-tests/built:1")

    layout = folder.parent.parent / "layout"
    out = publish(
        folder,
        *("--base", runtime, "--image", f"oci:{layout}:1", "--add", "./custom-assets /custom-assets"),
        *("--platform", "linux/amd64"),
        registry=one,
    )
    assert out.returncode == 0, out.stderr
    archive = subprocess.run(["tar", "-C", layout, "-c", "."], check=True, capture_output=True).stdout
    loaded = running.cli("load", stdin=archive)
    assert b"layout:1" in loaded.stdout, loaded
    assert look(running, "layout:1") == look(running, "azda-tests/built:1")
