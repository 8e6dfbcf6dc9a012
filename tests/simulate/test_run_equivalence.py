"""What `validate-parser --run` accepts never fails in `simulate`, with the same model."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.simulate.conftest import ASSETS, Answer
from tests.simulator.parser_run import grammar


@pytest.mark.parametrize("seed", [1, 5])
@pytest.mark.slow
def test_what_is_accepted_fails_on_no_frame_of_a_video(
    simulate: Callable[..., Answer], ball: Path, tmp_path: Path, seed: int
) -> None:
    folder = tmp_path / "assets"
    shutil.copytree(ASSETS, folder)
    text = grammar.parser(seed, grammar.START_OF_BLOB, broken=0)
    (folder / "blob_parser.py").write_text(text, encoding="utf-8")
    read = CliRunner().invoke(app, ["validate-parser", str(folder), "--run", "--json"])
    refused = [each for each in json.loads(read.stdout)["findings"] if each["severity"] == "error"]
    assert refused == []
    sources = [word for _ in range(4) for word in ("--source", str(ball))]
    answer = simulate(folder, *sources, "--json", "--output", tmp_path / "out")
    assert answer.code == 0, answer.err
    (parser,) = answer.json["parsers"].values()
    assert (parser["calls"], parser["failures"]) == (240, 0)
