"""After a session of engines nothing is left on the machine: no process, no mount, no file, no registration."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.processes import clear, mounts_under, running_in, short_folder

SESSION = """
import os, signal

def test_it(modern_engine, classic_engine, podman_engine, bases, emulation, registry):
    registry("token")
    for engine in (modern_engine, classic_engine, podman_engine):
        bases.load(engine, "amd64", "a/b:1")
        engine.cli("run", "--detach", "--network=host", "a/b:1", "sleep", "1000")
    classic_engine.kill()
    os.kill(os.getpid(), signal.SIGTERM)
"""


def state() -> set[str]:
    """What a session could leave outside its own folder."""
    groups = {str(p) for p in Path("/sys/fs/cgroup").glob("*/azda-*")}
    return (
        groups
        | {str(p) for p in Path("/proc/sys/fs/binfmt_misc").glob("azda-*")}
        | {*map(str, Path("/etc/docker").glob("*"))}
    )


@pytest.mark.engine
@pytest.mark.podman
@pytest.mark.registry
@pytest.mark.emulation
def test_a_session_that_is_ended_in_the_middle_leaves_nothing_behind() -> None:
    own = short_folder("left")
    here = Path(__file__).parent
    session = here / f"test_session_{own.name.replace('-', '_')}.py"
    temporary = own / "t"
    temporary.mkdir()
    before = state()
    session.write_text(SESSION)
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(session)]
        environment = os.environ | {"TMPDIR": str(temporary)}
        done = subprocess.run(
            command, cwd=here.parent.parent, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == pytest.ExitCode.INTERRUPTED, done.stdout
        assert {p.name for p in temporary.iterdir()} <= {"pytest-of-root"}
        assert not list(running_in(own))
        assert not mounts_under(own)
        assert state() <= before
    finally:
        session.unlink()
        clear(own)
