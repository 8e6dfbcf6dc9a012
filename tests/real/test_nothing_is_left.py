"""After a session of engines nothing is left on the machine: no process, no mount, no file, no registration."""

import os
import re
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
        print("engine", engine.root.name)
    classic_engine.kill()
    os.kill(os.getpid(), signal.SIGTERM)
"""


def left_by(process: int, engines: list[str]) -> list[Path]:
    """What a session left outside its own folder; other sessions may run beside it."""
    groups = [path for name in engines for path in Path("/sys/fs/cgroup").glob(f"**/{name}")]
    return groups + list(Path("/proc/sys/fs/binfmt_misc").glob(f"azda-*-{process}"))


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
    docker = set(Path("/etc/docker").glob("*"))
    session.write_text(SESSION)
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", str(session)]
        environment = os.environ | {"TMPDIR": str(temporary)}
        with subprocess.Popen(
            command, cwd=here.parent.parent, env=environment, stdout=subprocess.PIPE, text=True
        ) as child:
            said = child.communicate()[0]
        assert child.returncode == pytest.ExitCode.INTERRUPTED, said
        engines = re.findall(r"^engine (\S+)$", said, re.MULTILINE)
        assert len(engines) == 3, said
        assert {p.name for p in temporary.iterdir()} <= {"pytest-of-root"}
        assert not list(running_in(own))
        assert not mounts_under(own)
        assert not left_by(child.pid, engines)
        assert set(Path("/etc/docker").glob("*")) == docker
    finally:
        session.unlink()
        clear(own)
