"""What images tell about themselves, and what a new manifest changes on a device."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from azdacli.edge.image_facts import EngineSource, RegistrySource
from azdacli.engine.base import Image
from azdacli.errors import EngineError
from azdacli.manifest import diff
from azdacli.manifest.images import ImageFacts, host_of, pinned
from azdacli.manifest.view import View
from azdacli.oci.manifest import Document
from azdacli.oci.reference import Reference
from tests.manifest import samples as s

LABELS = {
    "io.azda.release": "7.1",
    "io.azda.target": "jetson",
    "io.azda.assets": '[{"path": "/custom-assets/pgie.txt", "size": 3, "digest": "sha256:00"}]',
}


@pytest.mark.parametrize("label", ["", "{", "{}", "[1]", '[{"size": 1}]', "null"])
def test_a_label_that_cannot_be_read_counts_as_absent(label: str) -> None:
    facts = ImageFacts.from_labels({"io.azda.assets": label}, os="linux", architecture="arm64")
    assert facts.assets in (None, ())


@pytest.mark.parametrize(
    ("image", "host"),
    [
        ("shop.azurecr.io/a:1", "shop.azurecr.io"),
        ("localhost:5000/a:1", "localhost:5000"),
        ("localhost/a:1", "https://index.docker.io/v1/"),
        ("a/b:1", "https://index.docker.io/v1/"),
        ("a.b", None),
    ],
)
def test_a_registry_is_recognised_as_edge_agent_does(image: str, host: str | None) -> None:
    assert host_of(image) == host


@pytest.mark.parametrize(
    "image", ["r.io:5000/a/b:1", "r.io:5000/a/b", "r.io:5000/a/b@sha256:1", "r.io:5000/a/b:1@sha256:1"]
)
def test_a_pinned_name_has_a_digest_and_no_tag(image: str) -> None:
    assert pinned(image, "sha256:2") == "r.io:5000/a/b@sha256:2"


# -- an engine --------------------------------------------------------------------------------------------------------


class OneImage:
    """An engine that holds one image."""

    def inspect(self, image: str) -> Image:
        if image != s.IMAGE:
            raise EngineError("none")
        return Image(id="sha256:1", os="linux", architecture="arm64", labels=LABELS)


def test_an_engine_tells_architecture_and_labels() -> None:
    source = EngineSource(OneImage())
    assert source.look(s.IMAGE, platform=None) == ImageFacts(
        os="linux", architecture="arm64", release="7.1", target="jetson", assets=("/custom-assets/pgie.txt",)
    )
    assert source.look("other:1", platform=None) is None


# -- a registry -------------------------------------------------------------------------------------------------------


MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
CONFIG = "application/vnd.oci.image.config.v1+json"
A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


@dataclass
class Shelf:
    """A repository in memory: everything under its digest, manifests under their tag too."""

    documents: dict[str, Document] = field(default_factory=dict)

    def put(self, value: Any, media_type: str, tag: str | None = None) -> Document:
        data = json.dumps(value).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.documents[digest] = Document(digest=digest, media_type=media_type, data=data)
        if tag:
            self.documents[tag] = self.documents[digest]
        return self.documents[digest]

    def image(self, architecture: str, *layers: tuple[str, int], tag: str | None = None) -> str:
        config = self.put({"os": "linux", "architecture": architecture, "config": {"Labels": LABELS}}, CONFIG)
        sizes = [{"mediaType": LAYER, "digest": digest, "size": size} for digest, size in layers]
        named = {"mediaType": CONFIG, "digest": config.digest, "size": len(config.data)}
        return self.put({"config": named, "layers": sizes}, MANIFEST, tag).digest

    def manifest(self, selector: str) -> Document | None:
        return self.documents.get(selector)

    def blob(self, digest: str, offset: int = 0, *, size: int) -> Iterator[bytes]:
        data = self.documents[digest].data[offset:]
        assert len(data) == size
        yield data[:7]
        yield data[7:]


def look(shelf: Shelf, image: str = "r.io/pose:1", platform: str | None = None) -> ImageFacts | None:
    asked: list[Reference] = []

    def opened(reference: Reference) -> Shelf:
        asked.append(reference)
        return shelf

    return RegistrySource(opened).look(image, platform=platform)


def test_a_registry_tells_digest_labels_and_layers() -> None:
    shelf = Shelf()
    digest = shelf.image("arm64", (A, 5), (B, 7), tag="1")
    facts = look(shelf)
    assert facts is not None
    assert (facts.digest, facts.architecture, facts.target) == (digest, "arm64", "jetson")
    assert facts.layers == ((A, 5), (B, 7))


def test_out_of_an_index_comes_the_platforms_image_and_the_indexs_digest() -> None:
    shelf = Shelf()
    platforms = (("amd64", "unknown", "unknown"), ("amd64", "linux", "amd64"), ("arm64", "linux", "arm64"))
    entries = [
        {
            "mediaType": MANIFEST,
            "size": 1,
            "digest": shelf.image(own),
            "platform": {"os": system, "architecture": machine},
        }
        for own, system, machine in platforms
    ]
    index = shelf.put({"manifests": entries}, INDEX, "1").digest
    arm, first = look(shelf, platform="linux/arm64"), look(shelf)
    assert arm is not None
    assert first is not None
    assert (arm.architecture, first.architecture, arm.digest) == ("arm64", "amd64", index)
    assert look(shelf, platform="linux/s390x") is None


def test_an_image_that_is_not_there_is_not_known() -> None:
    assert look(Shelf()) is None
    assert look(Shelf(), "NO NAME") is None
    assert look(Shelf(), "$upstream:443/a:1") is None


# -- what changes -----------------------------------------------------------------------------------------------------


def compared(change: s.Change, **facts: ImageFacts) -> dict[str, diff.Change]:
    known = {name.replace("_", "/"): value for name, value in facts.items()}
    changes = diff.compare(View(document=s.good()), View(document=s.changed(change)), known)
    return {found.module: found for found in changes}


def test_nothing_changed_leaves_every_module_alone() -> None:
    assert {c.kind for c in compared(lambda d: None).values()} == {"unchanged"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: s.pipeline(d)["settings"].update(image="x.io/a:1"), "image"),
        (lambda d: s.options(d, {}), "createOptions"),
        (lambda d: s.pipeline(d)["env"].update(A={"value": "secret"}), "env"),
        (lambda d: s.pipeline(d).update(version="2"), "version"),
        (lambda d: s.pipeline(d).update(restartPolicy="never"), "restartPolicy"),
        (lambda d: s.pipeline(d).update(imagePullPolicy="never"), "imagePullPolicy"),
        (lambda d: s.pipeline(d).update(startupOrder=9), "startupOrder"),
    ],
)
def test_what_edge_agent_compares_restarts_the_module(change: s.Change, reason: str) -> None:
    found = compared(change)["ai-pipeline"]
    assert (found.kind, found.reasons) == ("restarts", (reason,))
    assert "secret" not in str(found)


def test_create_options_that_are_only_cut_otherwise_are_the_same() -> None:
    def recut(document: s.Document) -> None:
        settings = s.pipeline(document)["settings"]
        whole = settings["createOptions"]
        settings.update(createOptions=whole[:9], createOptions01=whole[9:])

    assert compared(recut)["ai-pipeline"].kind == "unchanged"


def test_a_twin_that_is_no_longer_mentioned_stays_as_it_is_on_the_device() -> None:
    assert compared(lambda d: d["modulesContent"].pop("ai-pipeline"))["ai-pipeline"].kind == "unchanged"


def test_routes_and_credentials_change_the_system_modules_twins() -> None:
    changed = compared(
        lambda d: (s.hub(d)["routes"].pop("up"), s.agent(d)["runtime"]["settings"].pop("registryCredentials"))
    )
    assert (changed["edgeHub"].kind, changed["edgeHub"].reasons) == ("twin", ("routes",))
    assert (changed["edgeAgent"].kind, changed["edgeAgent"].reasons) == ("twin", ("runtime",))


def test_modules_come_and_go() -> None:
    changed = compared(lambda d: s.modules(d).update(fresh=s.modules(d).pop("watcher")))
    assert (changed["fresh"].kind, changed["watcher"].kind) == ("added", "removed")


def layers(*pairs: tuple[str, int]) -> ImageFacts:
    return ImageFacts(os="linux", architecture="arm64", layers=pairs)


def test_a_device_pulls_only_the_layers_that_no_old_image_has() -> None:
    facts = {
        s.IMAGE: layers(("sha256:base", 5000), ("sha256:model", 300)),
        "shop.azurecr.io/watcher:2": layers(("sha256:slim", 40)),
        "shop.azurecr.io/pose:2": layers(
            ("sha256:base", 5000), ("sha256:slim", 40), ("sha256:new", 7), ("sha256:new", 7)
        ),
    }
    new = s.changed(lambda d: s.pipeline(d)["settings"].update(image="shop.azurecr.io/pose:2"))
    found = {c.module: c.pull for c in diff.compare(View(document=s.good()), View(document=new), facts)}
    assert (found["ai-pipeline"], found["watcher"]) == (7, 0)
    del facts["shop.azurecr.io/watcher:2"]
    found = {c.module: c.pull for c in diff.compare(View(document=s.good()), View(document=new), facts)}
    assert found["ai-pipeline"] is None
