"""A mistake of ours is a full traceback, without the secrets of the run."""

import os
import subprocess
import sys

SCRIPT = """
import azdacli.cli.app as cli
from azdacli.__main__ import main

def broken(**_):
    raise RuntimeError("cannot reach rtsp://viewer:CANARYone@10.0.0.5/live with CANARYtwo \\x1b[2J")

cli.app = broken
main()
"""


def test_a_mistake_of_ours_shows_where_and_no_secret() -> None:
    environment = {**os.environ, "AZDA_REGISTRY_PASSWORD": "CANARYtwo"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "RuntimeError: cannot reach rtsp://***@10.0.0.5/live with ***" in done.stderr
    assert "CANARY" not in done.stderr
    assert "\x1b" not in done.stderr
