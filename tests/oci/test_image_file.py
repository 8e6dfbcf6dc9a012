"""One file of an image is found in its layers, and nothing that a layer holds costs more than its limit."""

import gzip
import hashlib
import io
import tarfile
import tracemalloc
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from azdacli.oci import image_file
from azdacli.oci.image_file import UnreadableLayerError, Wanted, find

PATH = "opt/azda/assets.json"
NEW = b'{"files": ["new"]}'


def wanted(data: bytes = NEW) -> Wanted:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Wanted(path=PATH, digest=digest, instructions=(f"/{PATH}", "the list"))


def archive(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


class Image:
    """Layers, lowest first: what the history says of each, and its bytes."""

    def __init__(self, *layers: tuple[str, bytes], sizes: Mapping[int, int] | None = None) -> None:
        self.read: list[str] = []
        self._blobs = {f"sha256:{number}": data for number, (_, data) in enumerate(layers)}
        self.manifest = {
            "layers": [
                {"digest": digest, "size": (sizes or {}).get(number, len(data))}
                for number, (digest, data) in enumerate(self._blobs.items())
            ]
        }
        history: list[Any] = [{"created_by": name} for name, _ in layers]
        self.config = {"history": [*history, {"created_by": "LABEL a=b", "empty_layer": True}]}

    def blob(self, digest: str) -> Iterator[bytes]:
        self.read.append(digest)
        data = self._blobs[digest]
        for start in range(0, len(data), 1000):
            yield data[start : start + 1000]

    def find(self, what: Wanted | None = None) -> bytes | None:
        return find(what or wanted(), self.manifest, self.config, self.blob)


COPY = f"COPY build/assets.json /{PATH} # buildkit"
PACKINGS = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "two-members": lambda data: gzip.compress(data[:700]) + gzip.compress(data[700:]),
}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("name", [PATH, f"./{PATH}", f"/{PATH}"])
def test_the_layer_that_the_history_names_is_the_only_one_that_is_read(packing: str, name: str) -> None:
    layer = PACKINGS[packing](archive({"opt/azda/other": b"x" * 3000, name: NEW, "z": b"after"}))
    image = Image(("RUN apt-get", b"a" * 100), (COPY, layer), ("COPY models", b"b" * 100))
    assert image.find() == NEW
    assert image.read == ["sha256:1"]


def test_of_two_versions_the_one_with_the_digest_is_taken() -> None:
    old = b'{"files": ["old"]}'
    layers = [("azdacli publish: the list of assets", archive({PATH: data})) for data in (old, NEW, b"{}")]
    image = Image(*layers)
    assert image.find() == NEW
    assert image.read == ["sha256:2", "sha256:1"]
    assert image.find(wanted(old)) == old
    assert image.find(wanted(b"neither")) is None


def test_without_a_history_the_small_layers_are_searched_from_the_top() -> None:
    image = Image(("", archive({"a": b""})), ("", archive({PATH: NEW})), ("", b"model"), sizes={2: 5_000_000_000})
    del image.config["history"]
    assert image.find() == NEW
    assert image.read == ["sha256:1"]


def test_a_layer_of_zstd_is_told_only_when_no_other_holds_the_file() -> None:
    packed = b"\x28\xb5\x2f\xfd" + b"x" * 100
    assert Image((COPY, archive({PATH: NEW})), (COPY, packed)).find() == NEW
    with pytest.raises(UnreadableLayerError, match="zstd"):
        Image(("RUN a", archive({"a": b""})), (COPY, packed)).find()


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\x1f\x8b", b"\x1f\x8bgarbage" * 100, archive({PATH: NEW})[:520], b"no archive" * 200]
)
def test_what_is_no_archive_holds_nothing(data: bytes) -> None:
    assert Image((COPY, data)).find() is None


@pytest.mark.parametrize(
    "layer", [{}, {"digest": "sha256:0"}, {"digest": "sha256:0", "size": "1"}, "text", None, {"size": -1}]
)
def test_a_manifest_of_another_shape_holds_nothing(layer: Any) -> None:
    image = Image(("RUN a", b""))
    image.manifest["layers"] = [layer] if isinstance(layer, dict) else layer
    for history in (None, [], ["text", None], "text", [{"created_by": 5}]):
        image.config["history"] = history
        if isinstance(layer, dict) and layer.get("size") == -1:
            continue
        assert image.find() is None


def test_a_layer_that_unpacks_without_end_is_left_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "LARGEST", 1 << 20)
    packed = gzip.compress(archive({"zeros": b"\0" * (64 << 20), PATH: NEW}), 9)
    image = Image(("RUN a", packed))
    tracemalloc.start()
    try:
        assert image.find() is None
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_a_file_above_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "LARGEST", 1000)
    assert Image((COPY, archive({PATH: b"x" * 2000}))).find(wanted(b"x" * 2000)) is None


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
@pytest.mark.slow
def test_a_header_that_describes_the_next_is_short(kind: bytes) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, 128 << 20
    packed = gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(128 << 20) + archive({PATH: NEW}), 9)
    tracemalloc.start()
    try:
        assert Image((COPY, packed)).find() is None
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
