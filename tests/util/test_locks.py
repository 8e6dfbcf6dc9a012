"""Locks between real processes."""

import subprocess
import sys
import time
from pathlib import Path

from azdacli.util import locks

HOLDS = """
import sys, time
from pathlib import Path
from azdacli.util import locks
with locks.claimed(Path(sys.argv[1])) as stream:
    print(stream is not None, flush=True)
    sys.stdin.read()
"""


WAITS = """
import sys
from pathlib import Path
from azdacli.util import locks
with locks.held(Path(sys.argv[1])):
    pass
"""


def test_one_process_has_a_file_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "below" / "file"
    with subprocess.Popen([sys.executable, "-c", HOLDS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"True\n"
        with locks.claimed(path) as stream:
            assert stream is None
        other.kill()
        other.wait()
    with locks.claimed(path) as stream:
        assert stream is not None
        stream.write(b"mine")
    assert path.read_bytes() == b"mine"


def test_waiting_ends_when_the_other_does(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with subprocess.Popen([sys.executable, "-c", HOLDS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdin
        other.stdout.readline()
        ends = subprocess.Popen(["sleep", "0.5"])
        start = time.monotonic()
        with subprocess.Popen([sys.executable, "-c", WAITS, path]) as second:
            ends.wait()
            assert second.poll() is None, "it did not wait"
            other.stdin.close()
            assert second.wait(30) == 0
        assert time.monotonic() - start > 0.5


def test_a_place_that_cannot_be_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with locks.claimed(tmp_path / "file" / "below") as stream:
        assert stream is None
