"""What a parser does besides computing: processes, sockets, files, tracing. Refused, and kept for a finding.

The kernel's own limits are what holds; this says which line asked, on every system alike. An audit hook
(docs.python.org/3/library/sys.html#sys.addaudithook) cannot be removed.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.parser_run.streams import Streams

if TYPE_CHECKING:
    from types import FrameType


_PROCESSES = ("os.fork", "os.forkpty", "os.posix_spawn", "subprocess.Popen", "os.system", "os.exec", "os.spawn", "pty.")
_SOCKETS = ("socket.__new__", "socket.connect", "socket.bind")
_CHANGES = (
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.chown", "os.link"),
    *("os.symlink", "os.utime", "os.setxattr", "shutil.rmtree", "shutil.move"),
)
# Only the opening of a library: pyds hands out addresses, and reading them is what a parser may do.
_NATIVE = ("ctypes.dlopen",)
_TRACING = ("sys.settrace", "sys.setprofile")
_ALLOWED = frozenset({"native", "streams", "tracing"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True, slots=True)
class Deed:
    """What was asked for.

    Attributes:
        kind: `process`, `socket`, `file`, `native`, `streams` or `tracing`.
        what: In words.
        line: The parser's line, 0 when it is not known.
    """

    kind: str
    what: str
    line: int

    @property
    def is_refused(self) -> bool:
        """Whether it was refused; the rest is only said."""
        return self.kind not in _ALLOWED


@dataclass(slots=True)
class Watch:
    """Watches while a parser's code runs.

    Attributes:
        parser: The parser's file; what lies in its folder is the user's.
        deeds: What was seen and not yet taken.
        kept: Whether deeds are kept; over many frames each would be the same again.
        streams: Standard input, output and error as they were.
    """

    parser: Path
    deeds: list[Deed] = field(default_factory=list)
    kept: bool = True
    streams: Streams = field(default_factory=Streams)
    _on: bool = False

    def install(self) -> "Watch":
        """Begin to listen; for the rest of the process."""
        sys.addaudithook(self._hear)
        return self

    @contextmanager
    def looking(self) -> Iterator[None]:
        """While a user's code runs."""
        self._on = True
        try:
            yield
        finally:
            self._on = False
            if self.kept:
                self.look_at_streams()

    def look_at_streams(self) -> None:
        """Keep what became of standard input, output and error, and put them back."""
        self.deeds.extend(Deed("streams", change, 0) for change in self.streams.restored())

    def take(self) -> list[Deed]:
        """What was seen since the last time."""
        taken, self.deeds = self.deeds, []
        return taken

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        found = _deed(event, arguments)
        if found is None:
            return
        kind, what = found
        self._on = False
        try:
            line = self._line()
        finally:
            self._on = True
        if line is not None and self.kept:
            self.deeds.append(Deed(kind, what, line))
        if kind not in _ALLOWED:
            raise PermissionError(f"{what}: not while `azdacli validate-parser --run` looks")

    def _line(self) -> int | None:
        """The parser's line; 0 for one of its siblings, None for a package that is being imported."""
        folder = str(self.parser.parent.resolve())
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 # the one way to see who asked
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(f"{folder}{os.sep}"):
                return frame.f_lineno if file == str(self.parser.resolve()) else 0
            if file.startswith("<frozen importlib"):
                return None  # a package that is being imported, as it makes its cache
            frame = frame.f_back
        return None


def _deed(event: str, arguments: tuple[Any, ...]) -> tuple[str, str] | None:
    first = arguments[0] if arguments else ""
    if event.startswith(_PROCESSES):
        return "process", f"a process is started ({event})"
    if event in _SOCKETS:
        return "socket", "a socket is opened"
    if event in _TRACING:
        return "tracing", f"{event}() is called"
    if event in _NATIVE:
        return "native", f"the library '{_text(first)}' is opened" if first else "the C library is called with ctypes"
    return _change(event, first, arguments)


def _change(event: str, first: Any, arguments: tuple[Any, ...]) -> tuple[str, str] | None:
    if event in _CHANGES:
        return "file", f"'{_text(first)}' is changed ({event})"
    if event == "open" and _writes(arguments):
        return "file", f"'{_text(first)}' is opened for writing"
    return None


def _writes(arguments: tuple[Any, ...]) -> bool:
    path, _, flags = (*arguments, 0, 0, 0)[:3]
    return isinstance(flags, int) and bool(flags & _WRITING) and path != os.devnull and not isinstance(path, int)


def _text(value: Any) -> str:
    return os.fsdecode(value)[:200] if isinstance(value, str | bytes | os.PathLike) else str(value)[:200]
