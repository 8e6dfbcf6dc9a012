"""Keeps on disk what waits in an outbox, in a thread of its own: no disk holds up who brings messages."""

import logging
import threading
import time
from collections.abc import Callable

from azda_runtime.hub.disk.database import Database
from azda_runtime.hub.disk.errors import DamagedError, DiskError, UsedError, set_aside
from azda_runtime.hub.disk.space import DiskSpace
from azda_runtime.hub.kept_thread import KeptThread
from azda_runtime.hub.outbox import Entry, Outbox
from azda_runtime.log import limited, over
from azda_runtime.problems import InvalidValueError

_log = logging.getLogger(__name__)

# So many are written at once.
_BATCH, _BATCH_BYTES = 2000, 4 * 1024 * 1024
# What is delivered within this time is never written: a hub that is there costs the disk nothing.
_UNDER_WAY_SECONDS = 0.1
# What comes within this time is written in one transaction.
_COLLECT_SECONDS = 0.02
_SYNC_SECONDS = 5.0
_RETRY_SECONDS = 5.0
_MOST_READS = 3
_CLOSING_SECONDS = 2.0


class DiskKeeper:
    """Writes what is not delivered at once, reads it when its turn comes, and forgets it when it has arrived.

    While the disk takes nothing (full, read-only, damaged), messages wait in memory, and `problem` says why.

    Args:
        space: The file.
        lock: Whoever holds it has the outbox.
        outbox: Messages that wait.
        ready: Called with the lock, when there are messages to take.
        dropped: Called without the lock, with how many messages the file had no room for.
        damaged: Called without the lock, with a sentence about a file that had to be replaced.
    """

    def __init__(  # noqa: PLR0913 # what it works on, and whom it calls
        self,
        space: DiskSpace,
        lock: threading.RLock,
        outbox: Outbox,
        *,
        ready: Callable[[], None],
        dropped: Callable[[int], None],
        damaged: Callable[[str], None],
    ) -> None:
        self._space = space
        self._database = Database(space)
        self._lock = lock
        self._outbox = outbox
        self._ready = ready
        self._dropped = dropped
        self._damaged = damaged
        self._unwritable = self._unreadable = ""
        self._opened = False
        self._failed_reads = 0
        self._retry_at = self._reread_at = self._sync_at = 0.0
        self._due: float | None = None
        self._unsynced = self._idle = self._closing = False
        self._wake = threading.Condition(lock)
        self._thread = KeptThread("messages on disk", self._run)

    @property
    def problem(self) -> str:
        """Why messages are not kept on disk, empty when they are."""
        return self._thread.problem or self._unwritable or self._unreadable

    def open(self) -> None:
        """Open the file, and begin.

        Raises:
            InvalidValueError: Another process has it.
        """
        try:
            self._open()
        except UsedError as error:
            hint = "Stop it, or give each its own folder with --state."
            raise InvalidValueError(f"{self._space.file}: {error}", hint=hint) from None
        except DiskError as error:
            self._failed(error)
        self._thread.start()

    def changed(self) -> None:
        """The outbox has changed; with the lock held."""
        if self._idle and (self._due is None or self._outbox.wanted()):
            self._idle = False
            self._wake.notify()

    def close(self) -> bool:
        """Write what waits, and end; returns whether all of it is on disk."""
        with self._lock:
            self._closing = True
            self._wake.notify()
        self._thread.end()
        if self._thread.ident is not None:
            self._thread.join(_CLOSING_SECONDS)
        if self._thread.is_alive():
            return False
        self._database.close()
        with self._lock:
            return self._opened and not self._outbox.has_unwritten

    def _run(self) -> None:
        while True:
            self._wait()
            try:
                if not self._opened:
                    self._open()
                elif wanted := self._wanted():
                    self._read(*wanted)
                else:
                    self._write()
            except DamagedError as error:
                self._renew(error)
            except DiskError as error:
                self._failed(error)
            self._thread.works()
            with self._lock:
                if self._closing and (self._unwritable or not self._is_due(time.monotonic())):
                    return

    def _wait(self) -> None:
        """Wait until there is something to do."""
        with self._lock:
            while not self._closing and not self._is_due(now := time.monotonic()):
                times = [self._retry_at, self._reread_at, self._due or 0.0, self._sync_at if self._unsynced else 0.0]
                due = [each for each in times if each > now]
                self._idle = True
                self._wake.wait(min(due) - now if due else None)
                self._idle = False

    def _wanted(self) -> tuple[int, int, int] | None:
        with self._lock:
            if self._closing or time.monotonic() < self._reread_at:
                return None
            return self._outbox.wanted()

    def _is_due(self, now: float) -> bool:
        """Whether there is something to do now; else sets when there is. With the lock held."""
        is_blocked = now < self._retry_at and not self._closing
        if not self._opened:
            return not is_blocked
        if self._wanted():
            return True
        if self._outbox.has_unwritten or self._forgets():
            if self._due is None:
                self._due = now + (_UNDER_WAY_SECONDS if self._outbox.busy else _COLLECT_SECONDS)
            return not is_blocked and (self._closing or now >= self._due)
        self._due = None
        return self._unsynced and not is_blocked and (self._closing or now >= self._sync_at)

    def _forgets(self) -> bool:
        return self._outbox.finished >= self._database.first <= self._database.last

    def _read(self, after: int, count: int, size: int) -> None:
        try:
            rows = self._database.read(after, count, size)
        except DamagedError:
            raise
        except DiskError as error:
            self._failed_reads += 1
            self._reread_at = time.monotonic() + _RETRY_SECONDS
            self._unreadable = f"Messages cannot be read from {self._space.file}: {error}."
            if self._failed_reads < _MOST_READS:
                return
            raise DamagedError(str(error)) from None
        self._failed_reads, self._unreadable, self._reread_at = 0, "", 0.0
        with self._lock:
            lost = self._outbox.loaded(rows)
            self._ready()
        if lost:
            self._damaged(f"{self._space.file} lacks {lost} of its messages.")

    def _write(self) -> None:
        with self._lock:
            entries = self._outbox.unwritten(_BATCH, _BATCH_BYTES)
            finished = self._outbox.finished
            self._due = None
            changes = bool(entries) or self._forgets()
        try:
            if changes:
                self._change([entry.body for entry in entries], entries, finished)
            if self._unsynced and (self._closing or time.monotonic() >= self._sync_at):
                self._unsynced = not self._database.sync() and not self._closing
                self._sync_at = time.monotonic() + _SYNC_SECONDS
        finally:
            with self._lock:
                self._outbox.unheld(entries)
        self._works()

    def _change(self, bodies: list[bytes], entries: list[Entry], finished: int) -> None:
        first = self._database.last + 1
        trimmed = self._database.change(bodies, finished)
        with self._lock:
            self._outbox.written(entries, first)
            dropped = self._outbox.trimmed(trimmed) if trimmed else 0
            self._ready()
        if dropped:
            self._dropped(dropped)
        if not self._unsynced:
            self._unsynced, self._sync_at = True, time.monotonic() + _SYNC_SECONDS

    def _open(self) -> None:
        try:
            self._database.open()
        except DamagedError as error:
            self._replace(error)
            self._database.open()
        with self._lock:
            self._outbox.found(len(self._database), self._database.last)
            self._opened = True
            self._ready()
        self._works()
        if waiting := len(self._database):
            _log.info("%s messages of before wait in %s", waiting, self._space.file)

    def _renew(self, error: DamagedError) -> None:
        self._database.close()
        with self._lock:
            self._opened = False
            lost = self._outbox.lost_disk()
        try:
            self._replace(error, lost)
            self._open()
        except DiskError as another:
            self._failed(another)

    def _replace(self, error: DamagedError, lost: int | None = None) -> None:
        aside = set_aside(self._space.file)
        count = "its messages" if lost is None else f"{lost} messages"
        sentence = f"{self._space.file} is damaged ({error}): {count} are lost, and it is kept as {aside.name}."
        self._damaged(sentence)

    def _failed(self, error: DiskError) -> None:
        self._unwritable = f"Messages wait in memory alone: {self._space.file}: {error}."
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        _log.error("%s", self._unwritable, extra=limited("disk"))

    def _works(self) -> None:
        if self._unwritable:
            _log.info("%s takes messages again", self._space.file, extra=over("disk"))
        self._unwritable, self._retry_at = "", 0.0
