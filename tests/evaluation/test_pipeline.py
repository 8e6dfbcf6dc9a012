"""What `evaluate` finds is what the pipeline finds, but for its pictures' way through NV12."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.evaluation import blobs

pytestmark = pytest.mark.gstreamer
SURE = 0.5  # no object of the set is as near to it as what half the resolution of colour takes


def test_evaluate_finds_what_simulate_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZDA_CACHE_DIR", str(tmp_path / "cache"))
    blobs.write_set(tmp_path, 1)
    blobs.write_config(tmp_path / "model")
    picture, out = tmp_path / "images" / "picture-00.png", tmp_path / "out"
    words = ["simulate", str(tmp_path / "model"), "--source", str(picture), "--output", str(out)]
    subprocess.run([sys.executable, "-m", "azdacli", *words], check=True, capture_output=True)
    (message,) = [json.loads(line) for line in (out / "messages.jsonl").read_text().splitlines()]
    played = [(each["label"], each["confidence"]) for each in message["inferences"][0]["detections"]]
    words = [
        "evaluate",
        str(tmp_path / "model"),
        "--images",
        str(picture.parent),
        "--truth",
        str(tmp_path / "truth.json"),
    ]
    done = CliRunner().invoke(app, [*words, "--save-results", str(tmp_path / "results.json")])
    assert done.exit_code == 0, done.stderr
    found = json.loads((tmp_path / "results.json").read_text())
    mine = [(blobs.COLOURS[each["category_id"] - 7], each["score"]) for each in found]
    for label in blobs.COLOURS:
        scores = [sorted(score for name, score in each if name == label and score > SURE) for each in (mine, played)]
        assert scores[0] == pytest.approx(scores[1], abs=0.05)
    assert max(score for _, score in mine) > SURE
