"""Which files and folders of this machine an image will have, and where."""

from pathlib import Path

import pytest

from azdacli.image import assets
from azdacli.image.file_tree import FileTree


@pytest.fixture
def tree(tmp_path: Path) -> FileTree:
    (tmp_path / "mine" / "models").mkdir(parents=True)
    (tmp_path / "mine" / "models" / "one.onnx").write_bytes(b"\1")
    (tmp_path / "mine" / "parser.py").write_bytes(b"x = 1\n")
    added = assets.find([f"{tmp_path}/mine /custom-assets"], None)
    parts = [part for asset in added for part in assets.scan(asset)]
    return FileTree(parts, listed=["/base/models/old.onnx", "/custom-assets/models/earlier.onnx"])


def test_a_file_is_found_by_its_path_in_the_image(tree: FileTree, tmp_path: Path) -> None:
    assert tree.file("/custom-assets/parser.py") == tmp_path / "mine" / "parser.py"
    assert tree.file("/base/models/old.onnx") is None, "it is in an earlier layer, and not on this machine"
    assert tree.file("/nowhere") is None


def test_a_folder_is_here_only_where_all_that_it_holds_is(tree: FileTree) -> None:
    assert tree.folder("/base/models") is None
    assert tree.folder("/custom-assets/models") is None
    assert tree.folder("/custom-assets/parser.py") is None


def test_a_folder_of_one_source_is_found(tmp_path: Path) -> None:
    (tmp_path / "mine" / "models").mkdir(parents=True)
    (tmp_path / "mine" / "models" / "one.onnx").write_bytes(b"\1")
    parts = [part for asset in assets.find([f"{tmp_path}/mine /a"], None) for part in assets.scan(asset)]
    assert FileTree(parts).folder("/a/models") == tmp_path / "mine" / "models"
    assert FileTree(parts).of(tmp_path / "mine" / "models" / "one.onnx") == ["/a/models/one.onnx"]
