"""Image documents that are not what they should be: each ends in one clear sentence, wherever it was read."""

import contextlib
import copy
import io
import json
import os
import random
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import tiers

from azdacli.cli import publish_flow
from azdacli.edge.image_facts import RegistrySource
from azdacli.errors import AzdaError
from azdacli.manifest.images import ImageFacts
from azdacli.oci.layout import OciLayout
from tests.fakes import measured
from tests.fakes.registry import CONFIG, LAYER, MANIFEST, RUNTIME_LABELS, digest

INDEX = "application/vnd.oci.image.index.v1+json"
# `make fuzz` makes more rounds.
ROUNDS = int(os.environ.get("AZDA_FUZZ_EXAMPLES", "100"))
ODD: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        125,
        1 << 70,
        1e308,
        "",
        "x",
        "linux",
        "../../../etc",
        "\x1b[31m",
        "\u00bd",
        "9" * 5000,
    ),
    *(
        [],
        {},
        [1],
        [None],
        [[]],
        ["x"],
        {"a": 1},
        {"digest": "x"},
        [[[[[[[[[[]]]]]]]]]],
        "sha256:" + "0" * 64,
        "x" * 100_000,
    ),
]


class Documents:
    """A layout with an image that was published, as values that can be changed before they are written."""

    def __init__(self) -> None:
        layers = [b"system", b"assets"]
        self.layers = layers
        labels = {**RUNTIME_LABELS, "io.azda.base-layers": "1", "io.azda.assets": '[{"path": "/a", "size": 1}]'}
        self.config: Any = {
            "architecture": "arm64",
            "os": "linux",
            "created": "2026-01-01T00:00:00Z",
            "config": {"Labels": {**labels, "io.azda.asset-targets": '["/a"]'}, "Env": ["A=b"]},
            "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
            "history": [{"created_by": "create"}, {"created_by": "x", "comment": "azdacli publish"}],
        }
        self.manifest: Any = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": "", "size": 0},
            "layers": [{"mediaType": LAYER, "digest": digest(layer), "size": len(layer)} for layer in layers],
        }
        self.index: Any = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [
                {
                    "mediaType": MANIFEST,
                    "digest": "",
                    "size": 0,
                    "platform": {"os": "linux", "architecture": "arm64"},
                    "annotations": {"org.opencontainers.image.ref.name": "1"},
                }
            ],
        }

    def write(self, folder: Path) -> None:
        """Write all, each named by its digest where nobody changed that."""
        blobs = folder / "blobs" / "sha256"
        blobs.mkdir(parents=True, exist_ok=True)
        config = self._blob(blobs, self.config)
        named = self.manifest.get("config") if isinstance(self.manifest, dict) else None
        if isinstance(named, dict) and named.get("digest") == "":
            named.update(digest=digest(config), size=len(config))
        manifest = self._blob(blobs, self.manifest)
        entries = self.index.get("manifests") if isinstance(self.index, dict) else None
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and entry.get("digest") == "":
                entry.update(digest=digest(manifest), size=len(manifest))
        for layer in self.layers:
            (blobs / digest(layer)[7:]).write_bytes(layer)
        (folder / "index.json").write_bytes(json.dumps(self.index).encode())

    def _blob(self, folder: Path, value: Any) -> bytes:
        data = json.dumps(value).encode()
        (folder / digest(data)[7:]).write_bytes(data)
        return data


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from nodes(value[key])


def mutate(chance: random.Random, documents: Documents) -> str:
    """Change one place of one document."""
    name = chance.choice(["config", "manifest", "index"])
    locations = list(nodes(getattr(documents, name)))
    odd = copy.deepcopy(chance.choice(ODD))
    if chance.random() < 0.03 or not locations:
        setattr(documents, name, odd)
        return f"{name} = {odd!r:.40}"
    holder, key = chance.choice(locations)
    if chance.random() < 0.2:
        del holder[key]
        return f"{name}: {key} gone"
    holder[key] = odd
    return f"{name}: {key} = {odd!r:.40}"


def published(folder: Path, **words: str) -> None:
    added = (f"{folder}/labels.txt /custom-assets/",) if "rebase" not in words else ()
    options = publish_flow.PublishOptions
    request = publish_flow.Publication(
        options(base=f"oci:{folder}/base:1", image=f"oci:{folder}/out:1", add=added, validate=False, **words)
    )
    request.publish(threading.Event())


def looked(folder: Path) -> ImageFacts | None:
    return RegistrySource(lambda _: OciLayout(folder / "base")).look("r.io/pose:1", platform=None)


def tried(attempt: Callable[[Path], object], folder: Path, what: str) -> None:
    """Try something that is most often refused, and sometimes right."""
    try:
        with contextlib.suppress(AzdaError):
            attempt(folder)
    except Exception as error:
        raise AssertionError(what) from error


def rebased(folder: Path) -> None:
    published(folder, rebase=f"oci:{folder}/base:1")


def chosen(folder: Path) -> None:
    published(folder, platform="linux/arm64")


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AZDA_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "labels.txt").write_text("person\n")
    return tmp_path


def test_the_documents_as_they_are_are_right(room: Path) -> None:
    Documents().write(room / "base")
    published(room)
    published(room, rebase=f"oci:{room}/base:1")
    facts = looked(room)
    assert facts is not None
    assert facts.architecture == "arm64"


def test_a_document_that_was_changed_anywhere_is_refused_or_right(room: Path) -> None:
    for number in range(ROUNDS):
        chance = random.Random(number)
        documents = Documents()
        reported = [mutate(chance, documents) for _ in range(chance.choice([1, 1, 1, 2, 5]))]
        base = room / str(number)
        documents.write(base / "base")
        (base / "labels.txt").write_text("person\n")
        for attempt in (published, rebased, chosen, looked):
            tried(attempt, base, f"round {number}: {reported}")
        shutil.rmtree(base)


# -- folders that are not layouts --------------------------------------------------------------------------------------


def run(room: Path, name: str = "oci:base:1") -> measured.Measured:
    words = ("--image", "oci:out:1", "--add", "labels.txt /custom-assets/", "--no-validate")
    return measured.run(room, "publish", "--base", name, *words, seconds=20)


@pytest.mark.parametrize(
    ("what", "kind"),
    tiers.first(
        3,
        [
            *(("index.json", "fifo"), ("layer", "zero"), ("manifest", "folder"), ("manifest", "fifo")),
            *(("config", "fifo"), ("layer", "fifo"), ("index.json", "zero"), ("config", "zero")),
        ],
    ),
)
def test_what_is_no_regular_file_is_never_waited_for(what: str, kind: str, room: Path) -> None:
    documents = Documents()
    documents.write(room / "base")
    index = json.loads((room / "base" / "index.json").read_bytes())
    blobs = room / "base" / "blobs" / "sha256"
    manifest = blobs / index["manifests"][0]["digest"][7:]
    location = {
        "index.json": room / "base" / "index.json",
        "manifest": manifest,
        "config": blobs / json.loads(manifest.read_bytes())["config"]["digest"][7:],
        "layer": blobs / digest(b"system")[7:],
    }[what]
    location.unlink()
    if kind == "fifo":
        os.mkfifo(location)
    elif kind == "zero":
        location.symlink_to("/dev/zero")
    else:
        location.mkdir()
    run(room).check_refused(7)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b'{"manifests":[' + b"[]," * 900_000 + b"[]]}",
        b'{"manifests":[{"annotations":"x"}]}',
        b"[1]",
        b" " * (5 << 20),
        b"\xff",
        b'{"manifests": NaN}',
    ],
    ids=["deep", "wide", "annotations", "list", "large", "bytes", "nan"],
)
def test_an_index_of_any_bytes_ends_in_a_sentence(text: bytes, room: Path) -> None:
    Documents().write(room / "base")
    (room / "base" / "index.json").write_bytes(text)
    run(room).check_refused(7)


@pytest.mark.parametrize(
    "data",
    tiers.first(2, [b"[1]", b"[" * 100_000, b"1", b"{}", b'{"mediaType": 5}', b'{"mediaType": "\\u001b[31m"}']),
)
def test_a_digest_that_names_anything_else_ends_in_a_sentence(data: bytes, room: Path) -> None:
    Documents().write(room / "base")
    (room / "base" / "blobs" / "sha256" / digest(data)[7:]).write_bytes(data)
    run(room, f"oci:base@{digest(data)}").check_refused(7)


@pytest.mark.parametrize(
    "name", tiers.first(1, ["oci:" + "x" * 300, "oci:base@sha256:" + "x" * 64, "oci:base@sha256:../../etc", "oci:a\nb"])
)
def test_a_strange_name_of_a_folder_ends_in_a_sentence(name: str, room: Path) -> None:
    Documents().write(room / "base")
    run(room, name).check_refused(3, 7)


def test_a_base_cannot_lead_a_layer_elsewhere_by_its_labels(room: Path) -> None:
    for label, value in (
        ("io.azda.release", "../../etc"),
        ("io.azda.python", "3.999999999"),
        ("io.azda.target", "a b"),
    ):
        documents = Documents()
        documents.config["config"]["Labels"][label] = value
        documents.write(room / "base")
        with pytest.raises(AzdaError, match=f"no label {label}"):
            published(room)


@pytest.mark.parametrize(
    "document",
    [
        b'{"assets":[],"files":[' + b",".join([b"{}"] * 290_000) + b"]}",
        b'{"assets":[],"files":[' + b",".join(b'{"path":"/a%06d","b":1}' % number for number in range(190_000)) + b"]}",
        b'{"assets":[],"files":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"assets":[],"files":["' + b"x" * (17 << 20) + b'"]}',
    ],
    ids=["empty", "rows", "deep", "large"],
)
def test_a_list_of_assets_in_a_layer_costs_little_memory(document: bytes, room: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("opt/azda/assets.json")
        member.size = len(document)
        archive.addfile(member, io.BytesIO(document))
    documents = Documents()
    documents.layers[1] = packed.getvalue()
    name = digest(documents.layers[1])
    documents.config["rootfs"]["diff_ids"][1] = name
    documents.manifest["layers"][1].update(digest=name, size=len(documents.layers[1]))
    labels = documents.config["config"]["Labels"]
    labels.update({"io.azda.assets": "", "io.azda.asset-index": digest(document)})
    documents.config["history"][1]["created_by"] = "azdacli publish: the list of assets"
    documents.write(room / "base")
    done = run(room)
    assert done.code in (0, 7), done.err
    assert "Traceback" not in done.err
    assert done.peak < measured.MOST
