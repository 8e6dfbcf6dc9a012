"""Stopping at any moment, and memory that stays flat."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import ball_models

pytestmark = pytest.mark.gstreamer
HERE = Path(__file__).parent
BENCH = HERE.parents[2] / "bench" / "elements.py"


def test_a_hundred_stops_at_random_moments_leave_nothing_behind(
    tmp_path: Path, run_program: Callable[..., Any], ball_video: Path
) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    config = tmp_path / "config.txt"
    config.write_text(
        f"[property]\nonnx-file={model}\nnum-detected-classes=1\ncluster-mode=4\nbatch-size=2\n"
        "net-scale-factor=0.00392156862745098\n[class-attrs-all]\npre-cluster-threshold=0.5\n"
    )
    left = run_program(HERE / "stops.py", config, ball_video.as_uri(), 100, 20261122)
    assert left == {"batches": 0, "threads": 1}


def test_memory_stays_flat_and_no_frame_is_lost_over_four_streams() -> None:
    """The short form of the ten minutes of `bench/elements.py --soak 600`: the last sixth against the second."""
    done = subprocess.run(
        [sys.executable, BENCH, "--frames", "60", "--soak", "24", "--json"],
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )
    measured = json.loads(done.stdout)
    assert measured["soak_frames"]["value"] > 0
    assert measured["soak_lost"]["value"] == 0
    assert measured["soak_growth"]["value"] < 0.05, measured
