"""A child that Ctrl-C in our terminal does not reach, and that ends with all that it started."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from azdacli.util import signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sessions")

# Starts a child of its own, says which, and waits until it is ended.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_child_has_a_session_of_its_own_and_ends_with_all_that_it_started() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, **signals.own_session()
    ) as child:
        try:
            assert child.stdout
            grandchild = int(child.stdout.readline())
            own = os.getsid(0)
            assert os.getsid(child.pid) == child.pid != own
            assert os.getpgid(grandchild) == child.pid
        except BaseException:
            child.kill()  # not its group, which may be ours
            raise
        signals.kill_session(child)
        assert child.wait(60) < 0
    for _ in range(600):
        if not runs(grandchild):
            return
        time.sleep(0.1)
    pytest.fail("what the child started still runs")
