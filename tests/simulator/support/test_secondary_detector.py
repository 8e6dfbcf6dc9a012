"""A secondary detector sees the crop of its parent: what it finds there stands in the frame, below that parent."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[3] / "docker-build"
FOLDERS = (BUILD, BUILD / "simulator" / "site-packages")


@pytest.mark.skipif(importlib.util.find_spec("gi") is None, reason="elements need GStreamer's Python binding")
def test_its_boxes_are_shifted_to_where_their_parents_stand() -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("secondary_boxes.py"))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, FOLDERS))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    dx, dy, width, height = seen["found"]

    assert sorted(seen["crops"]) == sorted(parent[:2] for parent in seen["parents"])
    assert sorted(plate["parent"] for plate in seen["plates"]) == sorted(seen["parents"])
    for plate in seen["plates"]:
        left, top = plate["parent"][:2]
        assert plate["box"] == [left + dx, top + dy, width, height]
        assert plate["original"] == plate["box"]
