"""`validate-parser` on the zip file of a folder."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.cli.schemas import checked

ASSETS = Path(__file__).parents[2] / "examples" / "blob-detector" / "custom-assets"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(ASSETS, tmp_path / "in" / "mine"))
    parser = folder / "blob_parser.py"
    parser.write_text(parser.read_text(encoding="utf-8").replace("model_type", "modle_type", 1), encoding="utf-8")
    return Path(shutil.make_archive(str(tmp_path / "mine"), "zip", folder))


def test_an_archive_is_checked_as_its_folder_and_keeps_its_name(archive: Path) -> None:
    done = CliRunner().invoke(app, ["validate-parser", str(archive), "--json"])
    report = checked("validate-parser", done.stdout)
    assert done.exit_code == 4
    assert {finding["file"] for finding in report["findings"]} == {f"{archive}/blob_parser.py"}
    assert "azdacli-" not in done.output
    sarif = json.loads(CliRunner().invoke(app, ["validate-parser", str(archive), "--sarif"]).stdout)
    uris = {each["location"]["uri"] for each in sarif["runs"][0]["artifacts"]}
    assert f"{archive.as_uri()}/blob_parser.py" in uris


def test_an_archive_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 nothing")
    done = CliRunner().invoke(app, ["validate-parser", str(tmp_path / "broken.zip")])
    assert done.exit_code == 3
    assert "broken.zip'" in done.output
    assert "hint: " in done.output
