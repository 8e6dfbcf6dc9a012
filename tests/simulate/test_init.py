"""What `azdacli init` writes runs at once, on the simulated DeepStream."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.model import graphs
from tests.simulate.conftest import Answer

pytestmark = pytest.mark.gstreamer

Simulate = Callable[..., Answer]


def init(folder: Path, *words: object) -> Path:
    result = CliRunner().invoke(app, ["init", str(folder), *map(str, words)])
    assert result.exit_code == 0, result.output
    return folder / "custom-assets"


@pytest.mark.parametrize(("example", "found"), [("detector", {"blob": 90}), ("cascade", {"blob": 90}), ("custom", {})])
def test_an_example_runs(example: str, found: dict[str, int], simulate: Simulate, tmp_path: Path) -> None:
    assets = init(tmp_path / "new", "--example", example)
    answer = simulate(assets, "--source", "test:ball", "--output", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["objects"] == found
    wanted = {"parser.py", "secondary_parser.py"} if example == "cascade" else {"parser.py"}
    assert {Path(file).name for file in answer.json["parsers"]} == wanted
    if example == "cascade":  # the ball is white
        assert '"grey"' in (tmp_path / "out" / "messages.jsonl").read_text()


@pytest.mark.parametrize("name", ["yolov8", "yolox", "scrfd", "detectnet", "classifier", "yolov8-seg", "unknown"])
def test_a_new_folder_of_each_kind_runs(name: str, simulate: Simulate, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(graphs.FAMILIES[name][1]())
    assets = init(tmp_path / "new", "--model", tmp_path / "model.onnx")
    answer = simulate(assets, "--source", "test:ball:1", "--output", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["frames"], answer.json["failure"]) == (30, None)
    assert all(parser["failures"] == 0 for parser in answer.json["parsers"].values())
