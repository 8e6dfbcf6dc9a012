"""The same `--add` through `publish` and through `create` makes images that hold and do the same."""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.azda import CPU_BASE, EXAMPLE, Azda, site_settings
from support.bases import Bases
from support.engines import Engine
from support.registries import Registry

pytestmark = [pytest.mark.engine, pytest.mark.registry]

ADD = ("--add", "./custom-assets /custom-assets", "--add", "./site.ini /etc/site/")
CHECK = ("check", "--pyfile", "/custom-assets/blob_parser.py", "--config", "/custom-assets/pgie_config.txt", "--json")


@pytest.fixture
def azda(modern_engine: Engine, bases: Bases, tmp_path: Path) -> Azda:
    """The example's assets, and beside them what copying could get wrong."""
    bases.load(modern_engine, "amd64", CPU_BASE)
    assets = tmp_path / "custom-assets"
    shutil.copytree(EXAMPLE, assets)
    (assets / "tools").mkdir()
    (assets / "tools" / "run.sh").write_text("#!/bin/sh\n")
    (assets / "tools" / "run.sh").chmod(0o700)
    (assets / "private.txt").write_text("readable in the image\n")
    (assets / "private.txt").chmod(0o600)
    (assets / "latest.onnx").symlink_to("blob.onnx")
    (assets / "empty").mkdir(mode=0o700)
    (assets / "tools" / "setuid").write_text("#!/bin/sh\n")
    (assets / "tools" / "setuid").chmod(0o6755)
    (assets / "hard.txt").hardlink_to(assets / "private.txt")
    (assets / "größe-模型.txt").write_text("no ASCII\n")
    (assets / ("n" * 150 + ".txt")).write_text("longer than a header's field\n")
    (tmp_path / "site.ini").write_text("[site]\n")
    return Azda(modern_engine, tmp_path, {**site_settings(tmp_path, arch="amd64"), "AZDA_PYDS_WHEEL": ""})


def files(engine: Engine, image: str, into: Path) -> dict[str, tuple[object, ...]]:
    """Everything that an image holds: path -> kind, mode, owner, group, link, digest of the contents."""
    with engine.client() as client:
        container = client.containers.create(image)
        try:
            with into.open("wb") as archive:
                for piece in container.export():
                    archive.write(piece)
        finally:
            container.remove()
    with tarfile.open(into) as archive:
        return dict(_described(archive))


def _described(archive: tarfile.TarFile) -> Iterator[tuple[str, tuple[object, ...]]]:
    for member in archive:
        content = archive.extractfile(member) if member.isreg() else None
        proof = hashlib.sha256(content.read()).hexdigest() if content else ""
        yield member.name, (member.type, oct(member.mode), member.uid, member.gid, member.linkname, proof)


def test_the_image_of_publish_is_that_of_create(azda: Azda, registry: Callable[..., Registry], tmp_path: Path) -> None:
    location, engine = registry(), azda.engine
    runtime, published = f"{location.host}/azda-runtime:cpu", f"{location.host}/blob:1"
    azda("create", "--device-type", "CPU", "--tag", runtime)
    azda("push", "--image-name", runtime, "--auth", "anonymous")
    azda("create", "--device-type", "CPU", "--tag", "azda-created:1", *ADD)
    azda("publish", "--base", runtime, "--image", published, "--auth", "anonymous", *ADD)

    engine.cli("pull", published)
    created = files(engine, "azda-created:1", tmp_path / "created.tar")
    assert "custom-assets/empty" in created
    assert files(engine, published, tmp_path / "published.tar") == created

    reports = [engine.cli("run", "--rm", "--network", "none", image, *CHECK) for image in ("azda-created:1", published)]
    assert json.loads(reports[0].stdout)["problems"] == []
    assert reports[0].stdout == reports[1].stdout

    with engine.client() as client:
        settings = [client.api.inspect_image(image)["Config"] for image in ("azda-created:1", published)]
    for name in ("User", "Env", "Entrypoint", "Cmd", "WorkingDir", "StopSignal"):
        assert settings[0].get(name) == settings[1].get(name), name
    listed = [config["Labels"]["io.azda.assets"] for config in settings]
    assert json.loads(listed[0]) == json.loads(listed[1])
