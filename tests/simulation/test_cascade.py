"""What `simulate` takes from a folder, and what it does not pass over in silence."""

from pathlib import Path

import pytest

from azdacli.errors import ParserError, SpecError
from azdacli.simulation.cascade import Cascade, cascade

CONFIG = "[property]\ngie-unique-id=1\nonnx-file=m.onnx\nnetwork-type=100\noutput-tensor-meta=1\n"
RIGHT = (
    'model_type = 0\nname = "p"\nlabels = ["a"]\n\n\n'
    "def parse_det_model(config, raw_outputs):\n    return [], [], [], None\n"
)
NESTED_QUOTES = RIGHT + '\n\nNAMES = {"a": 1}\nTEXT = f"{NAMES["a"]}"\n'
BROKEN: dict[str, tuple[bytes, int]] = {
    "a colon is missing": (RIGHT.replace("outputs):", "outputs)").encode(), 6),
    "quotes as Python 3.12 takes them": (NESTED_QUOTES.encode(), 11),
    "UTF-16": (RIGHT.encode("utf-16"), 1),
    "an encoding that it is not in": (("# coding: ascii\nAUTHOR = 'José'\n" + RIGHT).encode(), 1),
}


def found(folder: Path, parser: Path | None = None) -> Cascade:
    return cascade(folder, config=None, parser=parser, secondaries=(), tracker="")


@pytest.mark.parametrize("what", BROKEN)
def test_a_parser_that_cannot_be_read_is_no_folder_without_a_parser(what: str, tmp_path: Path) -> None:
    data, line = BROKEN[what]
    (tmp_path / "pgie.txt").write_text(CONFIG)
    (tmp_path / "det_parser.py").write_bytes(data)
    with pytest.raises(ParserError, match=rf"det_parser\.py:{line}: ") as caught:
        found(tmp_path)
    assert caught.value.exit_code == 4
    assert caught.value.hint


def test_a_draft_that_cannot_be_read_may_lie_beside_the_parser_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "pgie.txt").write_text(CONFIG)
    (tmp_path / "parser.py").write_text(RIGHT)
    (tmp_path / "draft.py").write_bytes(BROKEN["a colon is missing"][0])
    assert found(tmp_path, tmp_path / "parser.py").primary.parser == tmp_path / "parser.py"
    with pytest.raises(ParserError, match=r"draft\.py:6"):
        found(tmp_path)


@pytest.mark.parametrize("name", ["models.zip", "models.tar.gz", "without_a_suffix"])
def test_an_archive_is_named_as_one(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x1f\x8b\x08rest" if "gz" in name else b"PK\x03\x04rest")
    with pytest.raises(SpecError, match="is an archive"):
        found(path)
