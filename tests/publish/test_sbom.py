"""Bills of materials attached to images in registries."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import runtimes
from support.registries import Registry
from typer.testing import CliRunner

from azdacli.cli import push_flow, sbom_flow
from azdacli.cli.app import app
from azdacli.errors import SpecError
from azdacli.image import sbom
from azdacli.oci.reference import Reference
from azdacli.oci.registry import referrers
from azdacli.oci.registry.transport import Transport
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


def test_a_pushed_image_has_its_bill_attached_before_the_connections_are_closed(
    registry: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine's part is done already: what it sent is in the registry."""
    one = registry("token")
    image = runtimes.put_runtime(repository(one, "pose"), "1")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("AZDA_REGISTRY_USERNAME", one.username)
    monkeypatch.setenv("AZDA_REGISTRY_PASSWORD", one.password)
    sent = push_flow.Pushed(reference=Reference.parse(f"{one.host}/pose:1"), digest=image.digest, labels={})
    monkeypatch.setattr(push_flow, "push", lambda *_: sent)
    order: list[str] = []
    attach, close = sbom_flow.attach, Transport.close
    monkeypatch.setattr(sbom_flow, "attach", lambda *words: (attach(*words), order.append("attached"))[0])
    monkeypatch.setattr(Transport, "close", lambda self: (close(self), order.append("closed"))[0])
    (bill := tmp_path / "sbom.json").write_bytes(BILL)
    done = CliRunner().invoke(app, ["push", "--image-name", f"{one.host}/pose:1", "--sbom", str(bill), "--json"])
    assert done.exit_code == 0, done.output
    artifact = repository(one, "pose").manifest(checked("push", done.stdout)["sbom"])
    assert artifact is not None
    manifest = json.loads(artifact.data)
    assert manifest["subject"]["digest"] == image.digest
    assert runtimes.read(repository(one, "pose"), manifest["layers"][0]) == BILL
    assert order[:2] == ["attached", "closed"]


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
