"""What the simulator says of an interpreter that cannot run it."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

PREFLIGHT = Path(__file__).parents[2] / "docker-build" / "simulator" / "preflight.py"


def test_an_empty_folder_in_the_bindings_place_counts_as_no_binding(tmp_path: Path) -> None:
    (tmp_path / "gi").mkdir()
    path = os.pathsep.join([sysconfig.get_path("purelib"), str(tmp_path)])
    answer = subprocess.run(
        [sys.executable, "-S", PREFLIGHT],  # without the distribution's packages, the real binding among them
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        check=True,
    )
    assert list(json.loads(answer.stdout)) == ["binding"]
