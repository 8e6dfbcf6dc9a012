"""How a path is typed, and where the user's folders are, on every system."""

import os
from pathlib import Path

import pytest
from support import runtimes

from azdacli.auth import keychain
from azdacli.cli.locations_flow import Locations
from azdacli.errors import SpecError
from azdacli.image import assets
from azdacli.oci.layout import OciLayout
from azdacli.oci.registry import Resumables
from azdacli.util import paths


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"C:\work\assets /custom-assets", ["C:\\work\\assets", "/custom-assets"]),
        (r"C:\work\assets\ /custom-assets", ["C:\\work\\assets\\", "/custom-assets"]),
        (r'"C:\My Models\new" /custom-assets', ["C:\\My Models\\new", "/custom-assets"]),
        (r'C:\"My Models"\new /custom-assets', ["C:\\My Models\\new", "/custom-assets"]),
        (r"\\server\share\models /m", ["\\\\server\\share\\models", "/m"]),
        (r".\custom-assets   /custom-assets", [".\\custom-assets", "/custom-assets"]),
        ("./custom-assets /custom-assets", ["./custom-assets", "/custom-assets"]),
        (r"C:\John's\models /m", ["C:\\John's\\models", "/m"]),
        ('"" /m', ["", "/m"]),
        ("  ", []),
    ],
)
def test_on_windows_a_backslash_separates_folders(text: str, words: list[str]) -> None:
    assert paths.words(text, windows=True) == words


@pytest.mark.parametrize("text", ['"C:\\open /m', 'C:\\work" /m'])
def test_a_quotation_that_is_not_closed_is_an_error_on_windows_too(text: str) -> None:
    with pytest.raises(ValueError, match="quotation"):
        paths.words(text, windows=True)


def test_elsewhere_words_are_read_as_a_shell_reads_them() -> None:
    assert paths.words(r"./my\ assets '/custom assets'", windows=False) == ["./my assets", "/custom assets"]


def test_an_asset_with_a_path_of_windows_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file of that very name stands for the folder that Windows would find there.
    (tmp_path / "C:\\work\\model.onnx").write_bytes(b"x")
    monkeypatch.setattr(paths, "IS_WINDOWS", True)
    asset = assets.parse(r"C:\work\model.onnx /custom-assets/", bases=[tmp_path])
    assert (asset.source, asset.target) == (tmp_path / "C:\\work\\model.onnx", "/custom-assets/")
    with pytest.raises(SpecError, match="open quotation"):
        assets.parse('"C:\\work /m', bases=[tmp_path])


def test_the_cache_is_where_each_system_keeps_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.cache_folder({"AZDA_CACHE_DIR": "/c"}) == Path("/c")
    assert paths.cache_folder({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == Path("/x/azdacli")
    assert paths.cache_folder({"XDG_CACHE_HOME": "relative", "HOME": "/h"}) == Path("/h/.cache/azdacli")
    monkeypatch.setattr(paths, "IS_WINDOWS", True)
    assert paths.cache_folder({"LOCALAPPDATA": "/local"}) == Path("/local/azdacli/cache")


def test_a_user_without_a_home_has_a_cache_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert paths.home({}) is None
    assert paths.cache_folder({}).name == f"azdacli-{os.getuid()}"
    monkeypatch.delattr(os, "getuid")
    assert paths.cache_folder({}).name == "azdacli-0"


@pytest.mark.parametrize(
    ("name", "folder", "tag"),
    [
        (r"oci:C:\work\layout", "C:\\work\\layout", "latest"),
        (r"oci:C:\work\layout:1.4", "C:\\work\\layout", "1.4"),
        ("oci:C:layout", "C:layout", "latest"),
        ("oci:layout:1", "layout", "1"),
        ("oci:./layout", "layout", "latest"),
    ],
)
def test_a_layout_on_a_drive_of_windows(
    name: str, folder: str, tag: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    runtimes.put_runtime(OciLayout(Path(folder)), tag)
    monkeypatch.setattr(paths, "IS_WINDOWS", True)
    found = Locations(name, keychain.LoginOptions(registry=""), Resumables(None)).source(name, None)
    assert (found.repository.name, found.selector) == (f"oci:{folder}", tag)
