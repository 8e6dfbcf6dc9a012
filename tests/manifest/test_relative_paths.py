"""A path means the same file to `gen-manifest` and to the runtime on the device."""

import json
from pathlib import Path

import pytest
from azda_runtime.models.resolver import locate
from azda_runtime.settings import Model, Pipeline

from azdacli.manifest.asset_paths import Files, NamedPath
from azdacli.manifest.images import ImageFacts

FILES = ("models/pgie.txt", "models/deep/config.txt", "other/config.txt", "other/models/x.txt", "single.txt")
TARGETS = ("models", "other", "single.txt")


@pytest.fixture
def image(tmp_path: Path) -> tuple[Path, ImageFacts]:
    """A file tree, and what the labels of an image with it say."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    labels = {
        "io.azda.assets": json.dumps([{"path": str(tmp_path / name)} for name in FILES]),
        "io.azda.asset-targets": json.dumps([str(tmp_path / name) for name in TARGETS]),
    }
    return tmp_path, ImageFacts.from_labels(labels, os="linux", architecture="amd64")


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("pgie.txt", True),
        ("deep/config.txt", True),
        ("config.txt", True),
        ("models/x.txt", True),
        ("models/pgie.txt", False),
        ("single.txt", False),
        ("nowhere.txt", False),
        ("{0}/single.txt", True),
        ("{0}/models/pgie.txt", True),
        ("{0}/pgie.txt", False),
    ],
)
def test_both_find_the_same(image: tuple[Path, ImageFacts], path: str, *, there: bool) -> None:
    root, facts = image
    named = path.format(root)

    files = Files("r.io/a:1", facts.assets or (), facts.folders)
    found = list(files.check(("place",), NamedPath(location="$", value=named, kind="config")))
    pipeline = Pipeline(id="a", primary=Model(config_file=named))
    _, missing = locate(pipeline, [Path(folder) for folder in facts.folders])

    assert (not missing, not found) == (there, there)
