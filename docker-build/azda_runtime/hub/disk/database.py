"""A file of messages in the order in which they came, by SQLite."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from azda_runtime.hub.disk.errors import DamagedError, DiskError, translated
from azda_runtime.hub.disk.space import DiskSpace

_VERSION = 1
# A page holds several messages, and a commit writes three pages at least.
_PAGE = 8192
_VACUUM_PAGES = 1024


class Database:
    """Not for several threads at once. What is committed survives the end of the process; of the machine, `sync`.

    Args:
        space: The file, and how long it may be.

    Attributes:
        first: The first row, one more than the last when there is none.
        last: The last row.
    """

    def __init__(self, space: DiskSpace) -> None:
        self._space = space
        self._connection: sqlite3.Connection | None = None
        self.first, self.last = 1, 0

    def open(self) -> None:
        """Open the file, or make it; nobody else can from then on.

        Raises:
            DiskError: It cannot be.
        """
        with translated():
            # Messages say who was seen where: SQLite's journal takes the mode of its file.
            os.close(os.open(self._space.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                self._space.file, timeout=0.0, isolation_level=None, check_same_thread=False
            )
            try:
                self._begin(self._connection)
            except BaseException:
                self.close()
                raise

    def _begin(self, connection: sqlite3.Connection) -> None:
        for pragma in (
            f"page_size = {_PAGE}",  # of a new file
            "auto_vacuum = INCREMENTAL",
            "locking_mode = EXCLUSIVE",  # and no file of shared memory, which network file systems lack
            "journal_mode = WAL",
            "synchronous = NORMAL",
            f"journal_size_limit = {4 * 2**20}",
            "cache_size = -1024",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        if _number(connection, "PRAGMA user_version") not in (0, _VERSION):
            connection.execute("ROLLBACK")
            raise DamagedError("a newer version of the runtime wrote it")
        connection.execute("CREATE TABLE IF NOT EXISTS messages (row INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
        self.last = _number(connection, "SELECT max(row) FROM messages")
        self.first = _number(connection, "SELECT min(row) FROM messages") or self.last + 1

    def __len__(self) -> int:
        return self.last - self.first + 1

    def change(self, bodies: Sequence[bytes], finished: int) -> int:
        """Forget rows and add others, in one transaction.

        Args:
            bodies: The messages to add, at `last` + 1 and the next rows.
            finished: Rows up to this one are forgotten.

        Returns:
            All rows up to this one were dropped because the file is full; 0 for none.

        Raises:
            DiskError: Nothing has changed.
        """
        with self._transaction() as connection:
            connection.execute("DELETE FROM messages WHERE row <= ?", (finished,))
            rows = enumerate(bodies, self.last + 1)
            connection.executemany("INSERT INTO messages (row, body) VALUES (?, ?)", rows)
            last = self.last + len(bodies)
            first = min(max(self.first, finished + 1), last + 1)
            kept = self._trimmed(connection, first, last)
        self.first, self.last = kept, last
        return kept - 1 if kept > first else 0

    def read(self, after: int, count: int, size: int) -> list[tuple[int, bytes]]:
        """The messages after a row, one at least where there is one.

        Raises:
            DiskError: They cannot be read.
        """
        found: list[tuple[int, bytes]] = []
        with translated():
            query = "SELECT row, body FROM messages WHERE row > ? ORDER BY row LIMIT ?"
            for row, body in self._opened().execute(query, (after, count)):
                if not isinstance(body, bytes):
                    raise DamagedError(f"row {row} is not a message")
                found.append((row, body))
                size -= len(body)
                if size <= 0:
                    break
        return found

    def sync(self) -> bool:
        """Let what is written survive a power cut; give space back that an outage took, a part at a time.

        Returns:
            Whether all of it is given back.

        Raises:
            DiskError: It cannot be.
        """
        with translated():
            connection = self._opened()
            free = 0 if len(self) else _number(connection, "PRAGMA freelist_count")
            if free:  # each step of this statement frees a page, and `execute` takes the first one only
                connection.executescript(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return free <= _VACUUM_PAGES

    def close(self) -> None:
        """Close it, if it is open."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _trimmed(self, connection: sqlite3.Connection, first: int, last: int) -> int:
        """Drop the oldest rows until the file is short enough; returns the first row that is left."""
        while first < last:
            free, pages = (_number(connection, f"PRAGMA {each}") for each in ("freelist_count", "page_count"))
            used, most = pages - free, self._space.size // _PAGE
            if used <= most:
                break
            first += max(1, (last - first) * (used - most) // used)
            connection.execute("DELETE FROM messages WHERE row < ?", (first,))
        return first

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with translated():
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # some errors have rolled back already
                    connection.execute("ROLLBACK")
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise DiskError("it is closed")
        return self._connection


def _number(connection: sqlite3.Connection, query: str) -> int:
    found: Any = connection.execute(query).fetchone()[0]
    return int(found or 0)
