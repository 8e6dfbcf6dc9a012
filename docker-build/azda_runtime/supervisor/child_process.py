"""Child processes: lines in, lines out, and an end that leaves nothing behind."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, cast

import azda_runtime
from azda_runtime.keeper import children
from azda_runtime.log import RELAYED_FORM
from azda_runtime.rtsp_access import PREFIX
from azda_runtime.supervisor.output_reader import OutputReader
from azda_runtime.supervisor.policy.protocol import LONGEST_LINE

# Lines that are on their way when a process has ended.
_LAST_LINES_SECONDS = 2.0

# In the environment of each child, and of all that is started there.
_MARK = ("AZDA_SUPERVISOR", f"{os.getpid()}-{secrets.token_hex(8)}")

# The processes that a `Child` waits for. Held while one starts: it must not be taken for an orphan in between.
_ours: set[int] = set()
_ours_lock = threading.Lock()


class Child:
    """A child of ours: a module of the runtime in an interpreter, a session and a process group of its own.

    What a parser starts in it is killed with it, and what it prints goes into our log within bounds. When we are gone
    its standard input ends, at which it ends.

    Args:
        words: The subcommand with its options; no secret.
        first: The first line on its standard input, empty for none.
        take: Gets each line of its standard output, in a thread of the child's own.
        ended: Gets the exit code (negative for a signal) when it is gone, after its last line, in another thread.
        about: Names it in the log.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(
        self,
        words: Sequence[str],
        first: str,
        *,
        take: Callable[[str], None],
        ended: Callable[[int], None],
        about: str = "",
    ) -> None:
        self._take = take
        self._ended = ended
        with _ours_lock:
            self._process = subprocess.Popen(  # our own module in our own interpreter
                [sys.executable, "-m", "azda_runtime", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(words[0]),
                start_new_session=True,
            )
            self.pid = self._process.pid
            _ours.add(self.pid)
        self._lock = threading.Lock()
        self._gone = False
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        if first:
            self.write(first)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._printed = OutputReader(cast("BinaryIO", self._process.stderr), about or words[0])
        for each in (self._reader, self._printed, threading.Thread(target=self._feed, daemon=True)):
            each.start()
        threading.Thread(target=self._wait, daemon=True).start()

    def write(self, line: str) -> None:
        """Hand in a line for its standard input; never waits for it."""
        self._lines.put(line)

    def terminate(self) -> None:
        """Ask it to end, as the system does."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, and all that it started."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with self._lock:
            if not self._gone:  # else the number may be another's
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, number)

    def _feed(self) -> None:
        stream = cast("BinaryIO", self._process.stdin)
        with contextlib.suppress(OSError, ValueError):  # its end says that it is gone
            while (line := self._lines.get()) is not None:
                stream.write(f"{line}\n".encode())
                stream.flush()
        with contextlib.suppress(OSError, ValueError):
            stream.close()

    def _read(self) -> None:
        stream = cast("BinaryIO", self._process.stdout)
        whole = False
        try:
            while line := stream.readline(LONGEST_LINE):
                if len(line) >= LONGEST_LINE:
                    return  # no line of ours is that long
                self._take(line.decode("utf-8", "replace").rstrip("\n"))
            whole = True
            stream.close()
        except (OSError, ValueError):
            return
        finally:
            if not whole:
                self.kill()  # whom nobody listens to any more would wait for ever

    def _wait(self) -> None:
        # It stays a zombie until its group is killed, so that the number belongs to no one else.
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        self.kill()
        with self._lock:
            self._gone = True
            code = self._process.wait()
        with _ours_lock:
            _ours.discard(self.pid)
        end_orphans()
        self._reader.join(_LAST_LINES_SECONDS)
        self._printed.join(_LAST_LINES_SECONDS)
        self._lines.put(None)
        self._ended(code)


def _environment(command: str) -> dict[str, str]:
    """What a child gets: the password for the video does not concern a parser."""
    home = str(Path(azda_runtime.__file__).parent.parent)
    # Threads come and go with each camera that does; glibc would leave memory behind in an arena of its own for each.
    arenas = {"MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2")}
    own = {key: value for key, value in os.environ.items() if command == "rtsp" or not key.startswith(PREFIX)}
    return {
        **own,
        **arenas,
        _MARK[0]: _MARK[1],
        **RELAYED_FORM,
        "PYTHONPATH": os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])]),
    }


def end_orphans() -> None:
    """Kill what a child of ours started and left behind, and reap what ended and is nobody's any more.

    We inherit both, as the first process of a container or as a subreaper. What somebody started in the container by
    other means is left alone.
    """
    with _ours_lock:
        for pid in children():
            if pid not in _ours and _is_marked(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid not in _ours:
                os.waitpid(ended.si_pid, os.WNOHANG)


def _is_marked(pid: int) -> bool:
    try:
        return "=".join(_MARK).encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # it has just ended
        return False
