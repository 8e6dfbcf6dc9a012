"""`gen-manifest` with a real registry: digests, labels, architecture and the bytes that a device must pull."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.registries import Registry
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.oci import registry as oci_registry
from azdacli.oci.credential import Credential
from azdacli.oci.manifest import Document
from azdacli.oci.repository import Content

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
ASSETS = [{"path": "/custom-assets/pgie_config.txt", "size": 1, "digest": "sha256:00"}]


class Pusher:
    """Puts small images into one repository."""

    def __init__(self, registry: Registry) -> None:
        login = Credential(host=registry.host, username=registry.username, password=registry.password)
        self._to = oci_registry.connect(registry.host, login).repository("team/pose", push=True)

    def image(self, tag: str | None, architecture: str, *layers: bytes) -> str:
        labels = {"io.azda.release": "7.1", "io.azda.target": "jetson", "io.azda.assets": json.dumps(ASSETS)}
        config = {
            "os": "linux",
            "architecture": architecture,
            "config": {"Labels": labels},
            "rootfs": {"type": "layers"},
        }
        stored = [self._blob(layer) for layer in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                **self._blob(json.dumps(config).encode()),
            },
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **layer} for layer in stored],
        }
        return self._document(manifest, MANIFEST, tag)

    def index(self, tag: str, **images: str) -> str:
        entries = [
            {"mediaType": MANIFEST, "digest": digest, "size": 1, "platform": {"os": "linux", "architecture": name}}
            for name, digest in images.items()
        ]
        return self._document({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}, INDEX, tag)

    def _blob(self, data: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"

        def read(offset: int) -> Iterator[bytes]:
            yield data[offset:]

        self._to.put(Content(size=len(data), key=digest, read=read, digest=digest), lambda _: None)
        return {"digest": digest, "size": len(data)}

    def _document(self, value: Any, media_type: str, tag: str | None) -> str:
        data = json.dumps(value).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self._to.put_manifest(Document(digest=digest, media_type=media_type, data=data), tag)
        return digest


@pytest.fixture
def shop(registry: Callable[..., Registry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry with a password, whose pull credentials stand in the .env file of the folder."""
    one = registry("htpasswd")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "none"))
    (tmp_path / ".env").write_text(
        f"CONTAINER_REGISTRY_NAME={one.host}\nCONTAINER_REGISTRY_USERNAME={one.username}\n"
        f"CONTAINER_REGISTRY_PASSWORD={one.password}\nDS_AI_PIPELINE_IMAGE_URI={one.host}/team/pose:1\n"
    )
    return one


def run(*words: str) -> tuple[int, str, str]:
    base = ["gen-manifest", "--stream", "door=rtsp://camera/1", "--pipeline", "id=pose", *words]
    result = CliRunner().invoke(app, base)
    return result.exit_code, result.stdout, result.stderr


def pipeline(path: str) -> Any:
    document = json.loads(Path(path.strip()).read_text())
    return document["modulesContent"]["$edgeAgent"]["properties.desired"]["modules"]["ai-pipeline"]


def test_the_registry_fills_device_type_configuration_and_digest(shop: Registry) -> None:
    digest = Pusher(shop).image("1", "arm64", b"base", b"model")
    code, out, err = run("--pin")
    assert (code, out) == (0, "config/deployment.arm64.json\n"), err
    assert pipeline(out)["settings"]["image"] == f"{shop.host}/team/pose@{digest}"
    assert '"Runtime":"nvidia"' in pipeline(out)["settings"]["createOptions"]
    assert "/custom-assets/pgie_config.txt" in Path(out.strip()).read_text()
    assert shop.password not in err


def test_an_index_is_pinned_whole_and_checked_for_the_devices_machine(shop: Registry) -> None:
    pusher = Pusher(shop)
    amd64, arm64 = pusher.image(None, "amd64", b"a"), pusher.image(None, "arm64", b"b")
    index = pusher.index("1", amd64=amd64, arm64=arm64)
    code, out, err = run("--pin", "--device-type", "jetson")
    assert code == 0, err
    assert pipeline(out)["settings"]["image"].endswith(f"@{index}")


def test_an_image_for_another_machine_is_an_error(shop: Registry) -> None:
    Pusher(shop).image("1", "amd64", b"a")
    code, _, err = run("--inspect", "registry", "--device-type", "jetson")
    assert code == 8
    assert "is built for amd64, and the device is arm64 [architecture]" in err


def test_a_manifest_whose_pipeline_was_never_pushed_is_found_by_check(shop: Registry) -> None:
    code, out, err = run("--inspect", "none", "--device-type", "jetson")
    assert code == 0, err
    made = out.strip()
    words = ["gen-manifest", "--check", made, "--inspect", "registry", "--env-file", ".env"]
    assert (
        f"no engine or registry that was asked has '{shop.host}/team/pose:1' [assets-unknown]"
        in CliRunner().invoke(app, words).stderr
    )
    Pusher(shop).image("1", "arm64", b"base")
    assert "assets-unknown" not in CliRunner().invoke(app, words).stderr


def test_an_image_that_was_never_pushed_cannot_be_pinned(shop: Registry) -> None:
    code, _, err = run("--pin", "--device-type", "jetson")
    assert code == 8
    assert f"no registry gave the digest of {shop.host}/team/pose:1" in err
    assert not Path("config").exists()


def test_a_wrong_password_is_the_registrys_error(shop: Registry) -> None:
    Pusher(shop).image("1", "arm64", b"a")
    source = Path(".env").read_text()
    Path(".env").write_text(source.replace(shop.password, "hunter2hunter2"))
    code, out, err = run("--pin", "--device-type", "jetson")
    assert (code, out) == (7, "")
    assert "hunter2" not in err


def test_diff_counts_only_the_layers_that_the_old_image_lacks(shop: Registry) -> None:
    pusher = Pusher(shop)
    pusher.image("1", "arm64", b"base" * 1000, b"model")
    pusher.image("2", "arm64", b"base" * 1000, b"a newer model")
    _, old, _ = run("--inspect", "registry")
    os.rename(old.strip(), "old.json")  # noqa: PTH104 # one call
    code, out, err = run("--inspect", "registry", "--image", f"{shop.host}/team/pose:2", "--diff", "old.json", "--json")
    assert code == 0, err
    changes = {c["module"]: c for c in json.loads(out)["changes"]}
    assert (changes["ai-pipeline"]["change"], changes["ai-pipeline"]["pullBytes"]) == (
        "restarts",
        len(b"a newer model"),
    )
    assert "ai-pipeline restarts (image), pulls 13 bytes" in err
