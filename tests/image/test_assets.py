"""What --add brings, and into which layer."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from azdacli.errors import SpecError
from azdacli.image import assets
from azdacli.image.spec import Asset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "custom-assets"
    made.mkdir()
    (made / "model.onnx").write_bytes(b"small, but a model")
    (made / "weights.dat").write_bytes(b"0" * assets.BIG)
    (made / "parser.py").write_text("labels = []\n")
    (made / "labels.txt").write_text("person\n")
    return made


def parts(source: Path, target: str = "/custom-assets") -> dict[str, list[str]]:
    return {p.name: [str(i.path) for i in p.items] for p in assets.scan(Asset(source=source, target=target))}


def test_models_and_code_of_one_folder_become_two_layers_models_first(folder: Path) -> None:
    found = parts(folder)
    assert list(found) == ["models", "code"]
    assert found["models"] == ["/custom-assets/model.onnx", "/custom-assets/weights.dat"]
    assert found["code"] == ["/custom-assets/labels.txt", "/custom-assets/parser.py"]


def test_a_file_goes_to_the_path_that_is_named(folder: Path) -> None:
    assert parts(folder / "parser.py", "/opt/p.py") == {"code": ["/opt/p.py"]}


def test_a_file_goes_into_a_folder_that_ends_with_a_slash(folder: Path) -> None:
    assert parts(folder / "parser.py", "/opt/") == {"code": ["/opt/parser.py"]}


def test_litter_is_left_out(folder: Path) -> None:
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "parser.pyc").write_bytes(b"x")
    (folder / ".DS_Store").write_bytes(b"x")
    assert parts(folder)["code"] == ["/custom-assets/labels.txt", "/custom-assets/parser.py"]


def test_a_link_inside_the_folder_stays_a_link(folder: Path) -> None:
    (folder / "current.onnx").symlink_to("model.onnx")
    scanned = assets.scan(Asset(source=folder, target="/a"))
    (link,) = [i for part in scanned for i in part.items if i.link]
    assert (link.path, link.link) == (PurePosixPath("/a/current.onnx"), "model.onnx")


@pytest.mark.parametrize("to", ["../secret", "/etc/passwd", "sub/../../secret"])
def test_a_link_that_leaves_the_folder_is_an_error(folder: Path, to: str) -> None:
    (folder.parent / "secret").write_text("x")
    (folder / "sub").mkdir()
    (folder / "link").symlink_to(to)
    with pytest.raises(SpecError, match="leaves the folder"):
        assets.scan(Asset(source=folder, target="/a"))


def test_a_folder_that_is_a_link_to_the_outside_is_an_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (folder / "sub").symlink_to("../outside")
    with pytest.raises(SpecError, match="leaves the folder"):
        assets.scan(Asset(source=folder, target="/a"))


def test_a_link_to_nothing_is_an_error(folder: Path) -> None:
    (folder / "link").symlink_to("gone")
    with pytest.raises(SpecError, match="does not exist"):
        assets.scan(Asset(source=folder, target="/a"))


def test_a_pipe_is_an_error_and_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(SpecError, match="neither a file nor a folder"):
        assets.scan(Asset(source=folder, target="/a"))


def test_an_unreadable_file_is_an_error_before_anything_is_sent() -> None:
    with as_nobody(), tempfile.TemporaryDirectory() as location:
        folder = Path(location)
        folder.chmod(0o755)
        (folder / "parser.py").write_text("labels = []")
        (folder / "parser.py").chmod(0)
        with pytest.raises(SpecError, match=r"cannot read .*Permission denied"):
            assets.digests(assets.scan(Asset(source=folder, target="/a")))


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so root becomes somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is empty"):
        assets.scan(Asset(source=tmp_path, target="/a"))


def test_an_empty_folder_inside_is_kept(folder: Path) -> None:
    (folder / "engines").mkdir()
    assert "/custom-assets/engines" in parts(folder)["code"]


def test_the_first_base_that_has_the_source_wins(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    asset = assets.parse("./custom-assets /custom-assets", bases=[other, folder.parent])
    assert (asset.source, asset.target) == (folder, "/custom-assets")


def test_a_quoted_path_with_blanks_is_one_word(tmp_path: Path) -> None:
    (tmp_path / "my assets").mkdir()
    assert assets.parse("'my assets' '/my assets'", bases=[tmp_path]).target == "/my assets"


@pytest.mark.parametrize("text", ["", "only-one", "a b c", "'open /x"])
def test_what_is_no_source_and_target_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError):
        assets.parse(text, bases=[tmp_path])


def test_a_missing_source_is_an_error_that_says_where_was_looked(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no 'gone' to add") as caught:
        assets.parse("gone /x", bases=[tmp_path / "a", tmp_path])
    assert str(tmp_path / "a") in str(caught.value.hint)


def test_digests_name_the_file_that_ends_up_in_the_image(folder: Path, tmp_path: Path) -> None:
    later = tmp_path / "new.py"
    later.write_text("x = 1\n")
    scanned = [
        *assets.scan(Asset(source=folder, target="/a")),
        *assets.scan(Asset(source=later, target="/a/parser.py")),
    ]
    found = {row["path"]: row for row in assets.digests(scanned)}
    assert found["/a/parser.py"]["size"] == 6
    assert found["/a/model.onnx"]["digest"] == (
        "sha256:" + __import__("hashlib").sha256(b"small, but a model").hexdigest()
    )


@pytest.mark.parametrize("name", [".wh.model.onnx", ".wh..wh..opq", "sub/.wh.x/file"])
def test_a_name_that_would_delete_files_of_the_base_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "assets"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("x")
    with pytest.raises(SpecError, match=r"begins with '\.wh\.'"):
        assets.scan(Asset(source=folder, target="/custom-assets"))
    with pytest.raises(SpecError, match=r"begins with '\.wh\.'"):
        assets.scan(Asset(source=folder / name, target="/custom-assets/" if "/" not in name else "/.wh.x/"))
    with pytest.raises(SpecError, match=r"begins with '\.wh\.'"):
        Asset(source=folder, target="/a/.wh.b")
