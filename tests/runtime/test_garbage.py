"""A pipeline's process runs the garbage collector less often, and never over what was loaded before."""

import subprocess
import sys
from pathlib import Path

import azda_runtime

PROGRAM = """
import gc
import json, argparse, subprocess
from azda_runtime.worker import garbage
before = gc.get_threshold()[0]
garbage.settle()
print(gc.isenabled(), gc.get_threshold()[0] > 10 * before, gc.get_freeze_count() > 1000, len(gc.get_objects()) < 500)
"""


def test_what_is_loaded_is_left_out_and_thresholds_rise() -> None:
    folder = Path(azda_runtime.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 4
