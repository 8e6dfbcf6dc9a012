"""Bills of materials attached to images in registries."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import runtimes
from support.registries import Registry

from azdacli.cli import sbom_flow
from azdacli.errors import SpecError
from azdacli.image import sbom
from azdacli.oci.registry import referrers
from tests.cli.schemas import checked
from tests.publish.test_publish import folder, publish, repository, words

Start = Callable[..., Registry]

__all__ = ["folder"]  # a fixture

BILL = sbom.render(sbom.Materials(name="pose:1", base="base:1"))


def entries(one: Registry, digest: str) -> list[dict[str, Any]]:
    """What is attached to an image, as a client reads it where the registry has no API for it."""
    found = repository(one, "pose").manifest(digest.replace(":", "-"))
    listed: list[dict[str, Any]] = json.loads(found.data)["manifests"] if found else []
    return listed


def test_a_published_image_has_its_bill_attached(registry: Start, folder: Path) -> None:
    one = registry("token")
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    path = folder.parent / "sbom.json"
    done = publish(folder, *words(one), "--no-validate", "--sbom", str(path), "--json", registry=one)
    answer = checked("publish", done.stdout)
    written = json.loads(path.read_text())
    files = {c["name"]: c for c in written["components"] if c["name"].startswith("/custom-assets/")}
    assert files["/custom-assets/model.onnx"]["type"] == "machine-learning-model"
    assert "base" in {c["bom-ref"] for c in written["components"]}
    artifact = repository(one, "pose").manifest(answer["sbom"])
    assert artifact is not None
    manifest = json.loads(artifact.data)
    assert manifest["subject"]["digest"] == answer["digest"]
    assert manifest["artifactType"] == "application/vnd.cyclonedx+json"
    assert runtimes.read(repository(one, "pose"), manifest["layers"][0]) == path.read_bytes()
    assert [entry["digest"] for entry in entries(one, answer["digest"])] in ([], [answer["sbom"]])


def test_what_is_attached_twice_is_there_once_and_others_stay(registry: Start) -> None:
    one = registry()
    own = repository(one, "pose")
    image = runtimes.put_runtime(own, "1")
    first = referrers.attach(own, image.digest, BILL, media_type=sbom.MEDIA_TYPE, name="a")
    assert referrers.attach(own, image.digest, BILL, media_type=sbom.MEDIA_TYPE, name="a") == first
    other = referrers.attach(own, image.digest, b"{}", media_type="application/json", name="b")
    assert [entry["digest"] for entry in entries(one, image.digest)] in ([], [first, other])


def test_what_is_no_bill_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for text in ("", "[]", '{"bomFormat": "other"}', "{" * 1000):
        path.write_text(text)
        with pytest.raises(SpecError, match="no bill of materials"):
            sbom_flow.read(path)
    path.write_bytes(BILL)
    assert sbom_flow.read(path) == BILL
    with pytest.raises(SpecError):
        sbom_flow.read(tmp_path / "nowhere")


def test_where_the_base_comes_from_is_not_said_of_what_is_published(registry: Start, folder: Path) -> None:
    one = registry()
    origin = {f"org.opencontainers.image.{name}": "x" for name in ("title", "version", "revision", "source", "vendor")}
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson", labels={**runtimes.LABELS, **origin})
    done = publish(folder, *words(one), "--no-validate", "--label", "org.opencontainers.image.version=2")
    assert done.returncode == 0, done.stderr
    manifest = repository(one, "pose").manifest("1")
    assert manifest is not None
    config = json.loads(runtimes.read(repository(one, "pose"), json.loads(manifest.data)["config"]))
    labels = config["config"]["Labels"]
    kept = {name.rpartition(".")[2]: text for name, text in labels.items() if name in origin}
    assert kept == {"version": "2", "vendor": "x"}
