"""A folder of assets may hold any number of files: the check before `create` and `publish` goes through all of them."""

from pathlib import Path

import pytest

from azdacli.errors import SpecError
from azdacli.parser_check import discover


def test_a_parser_among_very_many_files_is_found(tmp_path: Path) -> None:
    for number in range(21_000):
        (tmp_path / f"{number:05}.jpg").touch()
    parser = tmp_path / "z.py"
    parser.write_text(
        'model_type = 0\nname = "a"\nlabels = []\ndef parse_det_model(config, raw):\n    return [], [], [], None\n'
    )
    assert discover.in_folder(tmp_path) == ([parser], [], [])


def test_a_disk_by_mistake_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discover, "_MOST", 3)
    for number in range(4):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(SpecError, match="holds more than 3 files"):
        discover.in_folder(tmp_path)
