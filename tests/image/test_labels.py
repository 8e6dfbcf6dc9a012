"""An image's labels say which assets it has, however many, and labels of earlier versions are still read."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from azdacli.errors import SpecError
from azdacli.image import catalog, context, dockerfile
from azdacli.image import labels as asset_index
from azdacli.image.labels import Listing
from azdacli.image.spec import Asset, ImageSpec, Target

CATALOG = catalog.load()
LINE = 65_535


def listing(count: int) -> Listing:
    files = [{"path": f"/custom-assets/{n:06}.txt", "size": n, "digest": f"sha256:{n:064}"} for n in range(count)]
    return Listing(files=files, targets=["/custom-assets"])


def never(digest: str) -> bytes | None:
    pytest.fail(f"the labels say it all, yet {digest} was asked for")


def written(what: Listing) -> tuple[dict[str, str], bytes]:
    document = asset_index.document(what, release="7.1", target="dgpu", python="3.10")
    return asset_index.labels(what, document), document


@pytest.mark.parametrize("count", [0, 1, 100, 500, 5_000, 50_000])
def test_every_number_of_files_is_read_back_as_it_was_written(count: int) -> None:
    labels, document = written(listing(count))
    asked: list[str] = []

    def read(digest: str) -> bytes:
        asked.append(digest)
        return document

    assert asset_index.listed(labels, read) == listing(count)
    assert sum(map(len, labels.values())) < LINE / 2
    assert asked == ([] if count <= 100 else [f"sha256:{hashlib.sha256(document).hexdigest()}"])


def test_many_targets_are_read_back_too() -> None:
    what = Listing(files=listing(2).files, targets=[f"/folder/{n:05}/{'x' * 100}" for n in range(1000)])
    labels, document = written(what)
    assert labels[asset_index.TARGETS] == ""
    assert asset_index.listed(labels, lambda _: document) == what


def test_the_labels_of_earlier_versions_are_read() -> None:
    files = list(listing(2000).files)
    labels = {"io.azda.assets": json.dumps(files), "io.azda.asset-targets": '["/custom-assets"]'}
    assert asset_index.listed(labels, never) == listing(2000)
    assert asset_index.listed({}, never) == Listing(files=[], targets=[])


def test_a_list_that_an_earlier_version_wrote_over_ours_goes_first() -> None:
    labels, _ = written(listing(5000))
    labels |= {"io.azda.assets": json.dumps(list(listing(3).files)), "io.azda.asset-targets": '["/custom-assets"]'}
    assert asset_index.listed(labels, never) == Listing(files=list(listing(3).files), targets=["/custom-assets"])


@pytest.mark.parametrize(
    "data", [None, b"", b"[]", b"{}", b'{"files": 1, "assets": []}', b'{"files": [], "assets": [1]}']
)
def test_a_list_that_cannot_be_read_is_not_taken_for_an_empty_one(data: bytes | None) -> None:
    labels, _ = written(Listing(files=listing(500).files, targets=["x" * 30_000]))
    assert asset_index.listed(labels, lambda _: data) is None


@pytest.mark.parametrize("count", [1, 500, 5_000])
def test_no_line_of_the_dockerfile_is_longer_than_an_engine_reads(tmp_path: Path, count: int) -> None:
    for number in range(count):
        (tmp_path / f'"{number:04} größe.txt').touch()
    spec = ImageSpec(release=CATALOG.default, target=Target.DGPU, platform="linux/amd64")
    made = context.gather(spec, [Asset(source=tmp_path, target="/custom-assets")], CATALOG)
    assert max(len(line.encode()) for line in made.dockerfile.splitlines()) < LINE
    (document,) = [entry for entry in made.entries if entry.name == "build/assets.json"]
    index: Any = json.loads(document.data)
    assert len(index["files"]) == count


@pytest.mark.parametrize("settings", [{"labels": (("a", "x" * 66_000),)}, {"run": ("echo " + "x" * 66_000,)}])
def test_a_line_that_engines_do_not_read_is_refused_before_one_is_asked(settings: dict[str, Any]) -> None:
    spec = ImageSpec(release=CATALOG.default, target=Target.DGPU, platform="linux/amd64", **settings)
    with pytest.raises(SpecError, match="a line of the Dockerfile has"):
        dockerfile.render(spec, CATALOG)
