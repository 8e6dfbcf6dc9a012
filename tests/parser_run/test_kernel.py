"""What the kernel refuses to a parser's child, by whatever it is called: in the real child."""

import errno
import os
import platform
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from azdacli.parser_run import programs
from azdacli.simulation.environment import own_packages
from azdacli.util import resources
from tests.parser_run.test_sandbox import ids, kinds, parsed, run_in

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() not in {"x86_64", "aarch64"},
    reason="the filter knows two architectures of Linux",
)
TRY = """
import ctypes, os, sys
from simulator.parser_run.kernel import restrict
assert restrict()
C = ctypes.CDLL(None, use_errno=True)
def failure(call):
    ctypes.set_errno(0)
    return ctypes.get_errno() if call() < 0 else 0
print(*(failure(call) for call in (
    lambda: C.socket(1, 1, 0),
    lambda: C.socket(2, 1, 0),
    lambda: C.memfd_create(b"x", 0),
    lambda: C.shmget(0, 4096, 0o1600),
    lambda: C.unshare(0x10000000),
    lambda: C.mount(b"none", b"/tmp", b"tmpfs", 0, None),
    lambda: C.dup(1),
)))
import threading
threading.Thread(target=lambda: print(failure(lambda: C.socket(1, 1, 0)))).start()
os.system("python3 -c 'import socket; socket.socket()' 2>&1 | tail -1")
"""


def test_connections_mounts_and_uncounted_memory_are_refused_in_every_thread_and_child() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(resources.DOCKER_BUILD), *own_packages()])}
    words = [sys.executable, "-c", TRY]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=True)
    first, second, third = done.stdout.splitlines()
    refused = str(errno.EPERM)
    assert first.split() == [refused] * 6 + ["0"]
    assert second == refused
    assert "PermissionError" in third


def test_a_socket_that_appears_after_the_start_cannot_be_reached(tmp_path: Path) -> None:
    """The sandbox covers those that are there when it starts."""
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as one:
        path = os.fsencode(f"{name}/later.sock")
        body = (
            "C = ctypes.CDLL(None, use_errno=True)\n"
            "    fd = C.socket(1, 1, 0)\n"
            f"    done = C.connect(fd, b'\\1\\0' + {path!r} + bytes(90), 110)\n"
            "    assert fd < 0 and done < 0, 'connected'"
        )
        one.bind(f"{name}/later.sock")
        one.listen()
        ran = parsed(tmp_path, body)
        assert "AZ731" in ids(ran)
        assert "AZ702" not in ids(ran), ran.findings
        one.settimeout(0)
        with pytest.raises(BlockingIOError):
            one.accept()


def test_what_ctypes_opens_is_said_and_hides_no_failure(tmp_path: Path) -> None:
    ran = parsed(tmp_path, "ctypes.CDLL(None).getpid(); raise KeyError('mine')")
    assert {"AZ731", "AZ702"} <= set(ids(ran))
    assert next(each for each in ran.findings if each.rule.id == "AZ731").severity.value == "note"
    assert "AZ731" not in ids(parsed(tmp_path, "pass"))


FILL = """
import os, sys
for folder in ("/run", "/dev", "/dev/shm"):
    try:
        with open(f"{folder}/filled", "wb") as file:
            for _ in range(64):
                file.write(bytes(1 << 20))
    except OSError:
        continue
    print(folder)
"""


def test_no_file_that_is_memory_grows_without_limit(tmp_path: Path) -> None:
    (inside := tmp_path / "work").mkdir()
    for kind in kinds(inside):
        done = run_in(kind, inside, FILL)
        assert (done.returncode, done.stdout) == (0, ""), (kind, done.stderr)


def test_a_program_is_taken_from_folders_that_only_root_can_change(tmp_path: Path) -> None:
    (mine := tmp_path / "bin").mkdir()
    mine.chmod(0o777)
    link = tmp_path / "link"
    link.symlink_to("/usr/sbin")
    found = programs.search_path(os.pathsep.join([str(mine), ".", "", "/nowhere", str(link)]))
    assert found.split(os.pathsep)[:2] == ["/usr/bin", "/bin"]
    assert not {str(mine), ".", "", "/nowhere", str(link)} & set(found.split(os.pathsep))


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root makes what belongs to root")
def test_a_folder_of_roots_is_taken_wherever_it_is() -> None:
    with tempfile.TemporaryDirectory(dir="/opt") as name:
        Path(name).chmod(0o755)
        assert programs.search_path(name).split(os.pathsep)[-1] == name
        Path(name).chmod(0o775)
        assert name not in programs.search_path(name).split(os.pathsep)
