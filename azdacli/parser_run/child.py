"""The child that runs a parser: what it says, and how it ended."""

import contextlib
import json
import queue
import re
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from azdacli.parser_run import events
from azdacli.util import signals

_LONGEST = 1800.0  # seconds for all of it, whatever the child says meanwhile
_SILENCE = 10.0  # more than a call's own time, which the child watches itself
_TURN = 0.25
_MOST_PROCESSES = 64
_KEPT_LINES = 400
_LONGEST_EVENT, _LONGEST_LINE = 1 << 20, 1 << 14
_STOP_SECONDS = 5
_CRASH = re.compile(
    r"^(?:Fatal Python error: )?(Segmentation fault|Aborted|Bus error|Illegal instruction|Floating)", re.MULTILINE
)
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>[0-9]+) in', re.MULTILINE)


@dataclass(slots=True)
class Ended:
    """How the child ended.

    Attributes:
        events: What it said.
        code: Its exit code; negative for a signal.
        errors: The end of what it wrote on standard error.
        hung: Whether it was ended since a call did not come back.
        crowded: Whether it was ended since it had too many processes.
    """

    events: list[Mapping[str, Any]] = field(default_factory=list)
    code: int = 0
    errors: str = ""
    hung: bool = False
    crowded: bool = False

    def last(self, event: str) -> Mapping[str, Any] | None:
        """The last event of a kind."""
        return next((each for each in reversed(self.events) if each["event"] == event), None)

    def line_in(self, parser: Path) -> int:
        """The parser's line in the stacks that were written when it hung or crashed; 0 where there is none."""
        own = str(parser.resolve())
        return next((int(m["line"]) for m in _FRAME.finditer(self.errors) if m["file"] == own), 0)

    @property
    def crash(self) -> str:
        """What a crash is called; empty when it was none."""
        found = _CRASH.search(self.errors)
        return found[1] if found else ""

    @property
    def timed_out(self) -> bool:
        """Whether a call took longer than it may."""
        return self.hung or "Timeout (" in self.errors


def run(
    command: Sequence[str], job: Mapping[str, Any], *, environment: Mapping[str, str], folder: Path, seconds: float
) -> Ended:
    """Start the child and listen to its end.

    Args:
        command: Its words.
        job: Goes to its standard input.
        environment: Its environment.
        folder: Its working directory.
        seconds: How long one call may take.
    """
    child = subprocess.Popen(  # our own module behind the distribution's sandbox
        command,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **signals.own_session(),
    )
    ended = Ended()
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    errors: deque[bytes] = deque(maxlen=_KEPT_LINES)
    readers = [
        threading.Thread(target=_read_all, args=(child.stdout, lines), daemon=True),
        threading.Thread(target=_read, args=(child.stderr, errors.append, _LONGEST_LINE), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        _hand_in(child, json.dumps(job))
        _listen(child, lines, ended, seconds + _SILENCE)
    finally:
        _end(child)
        for reader in readers:
            reader.join(_STOP_SECONDS)
        for stream in (child.stdout, child.stderr):
            with contextlib.suppress(OSError):
                cast("IO[bytes]", stream).close()
    ended.code = child.returncode
    ended.errors = b"".join(errors).decode("utf-8", "replace")
    return ended


def _hand_in(child: "subprocess.Popen[bytes]", text: str) -> None:
    with contextlib.suppress(OSError), cast("IO[bytes]", child.stdin) as stream:
        stream.write(text.encode())


def _listen(child: "subprocess.Popen[bytes]", lines: "queue.SimpleQueue[Any]", ended: Ended, silence: float) -> None:
    began = heard = time.monotonic()
    gone = False
    while True:
        try:
            line = lines.get(timeout=_TURN)
        except queue.Empty:
            if time.monotonic() - heard > silence:
                ended.hung = True
                return
            if _count(child.pid) > _MOST_PROCESSES:
                ended.crowded = True
                return
            if gone:
                return  # something that it started still holds the other end
            gone = child.poll() is not None  # what it wrote last may not have been read yet: one turn more
            continue
        if line is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_STOP_SECONDS)
            return
        heard = time.monotonic()
        with contextlib.suppress(ValueError):
            event = events.read(json.loads(line))
            if event is not None and event["event"] != "alive":
                ended.events.append(event)
        if len(ended.events) > events.MOST or heard - began > _LONGEST:
            ended.hung = True
            return


def _read_all(stream: IO[bytes], lines: "queue.SimpleQueue[bytes | None]") -> None:
    _read(stream, lines.put, _LONGEST_EVENT)
    lines.put(None)


def _read(stream: IO[bytes], take: Any, longest: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := stream.readline(longest):
            take(line)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child with all that it started; of namespaces the kernel ends the rest."""
    others = list(_descendants(child.pid))
    signals.kill_session(child)
    for pid in others:
        with contextlib.suppress(OSError):
            signals.kill(pid)
    child.wait()


def _count(pid: int) -> int:
    return sum(1 for _ in _descendants(pid))


def _descendants(pid: int) -> Iterator[int]:
    """All processes below one, where /proc says so."""
    children: dict[int, list[int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            text = file.read_text(encoding="utf-8", errors="replace")
            children.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(file.parent.name))
    waiting = [pid]
    while waiting:
        below = children.pop(waiting.pop(), [])
        waiting.extend(below)
        yield from below
