"""Child processes that are started late, ended by their process id, and leave nothing behind."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path


class DaemonError(Exception):
    """A daemon did not start, or ended by itself; carries the end of its log."""


class Daemon:
    """One program of a long life, with its log in a file.

    Args:
        command: The program and its arguments.
        log: Where its output goes, both streams.
        ready: Says whether it serves; asked until it says yes.
        environment: The child's whole environment; ours when None.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.command = [str(part) for part in command]
        self.log = log
        self._ready = ready
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; DaemonError when it does not run."""
        if self._process is None:
            raise DaemonError(f"{self.command[0]} is not running")
        return self._process.pid

    def start(self, *, seconds: float = 60) -> None:
        """Start it and return when it serves."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + seconds
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
                self.kill()
                raise DaemonError(f"{self.command[0]} did not start:\n{tail}")
            time.sleep(0.05)

    def stop(self, *, seconds: float = 30) -> None:
        """Ask it to end, and insist after a while."""
        self._end(signal.SIGTERM, seconds)

    def kill(self) -> None:
        """End it with no chance to say goodbye, as a crash does."""
        self._end(signal.SIGKILL, 10)

    def _end(self, sign: signal.Signals, seconds: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(sign)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def short_folder(name: str) -> Path:
    """Make a temporary folder whose path leaves room for sockets (108 bytes in all)."""
    base = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix=f"azda-{name}-", dir=base if len(base) < 40 else "/tmp"))


def running_in(folder: Path) -> Iterator[int]:
    """Name the processes whose command line holds a folder that is ours alone."""
    own = os.getpid()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != own:
            with suppress(OSError):
                if f"{folder}/".encode() in (entry / "cmdline").read_bytes():
                    yield int(entry.name)


def end_all_in(folder: Path) -> None:
    """Kill what runs in a folder that is ours alone, one process id at a time."""
    for _ in range(100):
        pids = list(running_in(folder))
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not pids:
            return
        time.sleep(0.05)


def members(group: Path) -> Iterator[int]:
    """Name the processes of a control group that is ours alone, and of those inside it."""
    for listed in group.rglob("cgroup.procs"):
        with suppress(OSError):
            yield from map(int, listed.read_text().split())


def end_all_of(pids: Iterable[int]) -> None:
    """Kill processes, and wait until the kernel has let them go."""
    for pid in set(pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        for _ in range(100):
            if not Path(f"/proc/{pid}").exists():
                break
            time.sleep(0.05)


def mounts_under(folder: Path) -> list[str]:
    """List the mount points in a folder, the innermost first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split(" ")[4] for line in lines]
    return [p for p in reversed(points) if p == str(folder) or p.startswith(f"{folder}/")]


def clear(folder: Path) -> None:
    """Remove a folder, what is mounted in it and what runs in it."""
    end_all_in(folder)
    for point in mounts_under(folder):
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)
    # rmtree of Python trips over the odd modes that image layers hold; rm of root does not.
    subprocess.run(["rm", "--recursive", "--force", "--one-file-system", folder], check=True)
