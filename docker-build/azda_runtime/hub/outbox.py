"""Messages that wait for the hub: bounded, in order, the oldest dropped first.

Without a disk all of them are in memory. With one, its keeper writes what is not written, and in memory are only those
that are delivered next and those that are not on disk yet::

    front (delivered next) | on disk alone | tail (came last, and is not on disk yet)
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

MESSAGES = 10_000
BYTES = 32 * 1024 * 1024

PREFETCH = 512
_PREFETCH_BYTES = 2 * 1024 * 1024
# With a disk only what comes faster than it is written waits in memory.
_MOST_UNWRITTEN = 50_000


@dataclass(kw_only=True, slots=True, eq=False)
class Entry:
    """A message in memory.

    Attributes:
        ticket: Its own.
        body: Its text.
        row: Where it is on disk; None while it is not there.
        held: Whether it is being written just now.
    """

    ticket: int
    body: bytes
    row: int | None = None
    held: bool = False


class Outbox:
    """Keeps messages until they are delivered. Not for several threads at once.

    A message on its way stays here, and is not dropped, until it is either delivered or back.

    Args:
        messages: How many may wait in memory.
        size: How many bytes they may have in total; a single one that is longer still waits.
        prefetch: How many of those on disk are in memory, too.

    Attributes:
        dropped: How many were dropped so far.
        sent: How many were delivered so far.
        size: Bytes of all that wait in memory.
        finished: No row on disk up to this one is needed any more.
        on_disk: How many are on disk and not in memory.
    """

    def __init__(self, messages: int = MESSAGES, size: int = BYTES, *, prefetch: int = PREFETCH) -> None:
        self.dropped = 0
        self.sent = 0
        self.size = 0
        self.finished = 0
        self.on_disk = 0
        self._most = messages
        self._most_bytes = size
        self._prefetch = prefetch
        self._front: OrderedDict[int, Entry] = OrderedDict()
        self._tail: OrderedDict[int, Entry] = OrderedDict()
        self._front_bytes = 0
        self._next = 0
        self._on_its_way: int | None = None
        self._last_loaded = 0
        self._has_disk = False

    def __len__(self) -> int:
        return len(self._front) + self.on_disk + len(self._tail)

    @property
    def busy(self) -> bool:
        """Whether a message is on its way."""
        return self._on_its_way is not None

    def add(self, message: bytes) -> int:
        """Let a message wait; returns how many older ones were dropped for it."""
        entry = Entry(ticket=self._next, body=message)
        self._next += 1
        self.size += len(message)
        if self.on_disk or self._tail or (self._has_disk and self._is_far()):
            self._tail[entry.ticket] = entry
        else:
            self._append(entry)
        return self._drop(entry.ticket)

    def take(self) -> tuple[int, bytes] | None:
        """The ticket and the bytes of the oldest message; None when the outbox is empty, or one is on its way."""
        if self._on_its_way is not None or not self._front:
            return None
        self._on_its_way = next(iter(self._front))
        return self._on_its_way, self._front[self._on_its_way].body

    def delivered(self, ticket: int) -> None:
        """Forget a message: it has arrived, or the hub will never take it."""
        if ticket in self._front:
            self._remove(ticket)
            self.sent += 1
        self.back(ticket)

    def back(self, ticket: int) -> None:
        """Let a message wait on: it did not arrive."""
        if self._on_its_way == ticket:
            self._on_its_way = None

    # For whoever keeps messages on disk.

    def found(self, count: int, last: int) -> None:
        """There is a disk now, with messages of before: they are older than what waits here.

        Args:
            count: How many they are.
            last: The row of the last one.
        """
        self._has_disk, self._most = True, max(self._most, _MOST_UNWRITTEN)
        self.on_disk = count
        self.finished = self._last_loaded = last - count
        for ticket in list(self._front) if count else ():
            if ticket == self._on_its_way:  # it arrives before those of before, and would stand behind them on disk
                self._front[ticket].row = self.finished
                continue
            entry = self._front.pop(ticket)
            self._front_bytes -= len(entry.body)
            self._tail[ticket] = entry

    def lost_disk(self) -> int:
        """The disk's messages are gone: what is in memory is to be written anew; returns how many are lost."""
        lost, self.on_disk = self.on_disk, 0
        self.dropped += lost
        self.finished = self._last_loaded = 0
        for entry in chain(self._front.values(), self._tail.values()):
            entry.row, entry.held = None, False
        self._pull()
        return lost

    def unwritten(self, count: int, size: int) -> list[Entry]:
        """The oldest messages that are not on disk; they are held until `written` or `unheld` is called."""
        waiting: list[Entry] = []
        for entry in reversed(self._front.values()):
            if entry.row is not None:
                break
            waiting.append(entry)
        chosen: list[Entry] = []
        for entry in chain(reversed(waiting), self._tail.values()):
            size -= len(entry.body)
            if chosen and (size < 0 or len(chosen) == count):
                break
            entry.held = True
            chosen.append(entry)
        return chosen

    @property
    def has_unwritten(self) -> bool:
        """Whether anything is in memory alone."""
        return bool(self._tail) or bool(self._front and next(reversed(self._front.values())).row is None)

    @property
    def written_count(self) -> int:
        """How many of those that wait are on disk."""
        return self.on_disk + sum(each.row is not None for each in self._front.values())

    def written(self, entries: Iterable[Entry], first: int) -> None:
        """Messages are on disk now, at the first row and the next ones."""
        for row, entry in enumerate(entries, first):
            entry.row, entry.held = row, False
            if entry.ticket in self._tail:
                del self._tail[entry.ticket]
                if self.on_disk or self._is_far():
                    self.on_disk += 1
                    self.size -= len(entry.body)
                else:
                    self._append(entry)
            elif entry.ticket not in self._front:  # it was delivered meanwhile
                self.finished = max(self.finished, row)
            if not self.on_disk:
                self._last_loaded = row

    def unheld(self, entries: Iterable[Entry]) -> None:
        """Messages could not be written."""
        for entry in entries:
            entry.held = False

    def wanted(self) -> tuple[int, int, int] | None:
        """What to read from the disk, so that it is here when it is delivered.

        Returns:
            After which row, and at most how many messages and bytes; None when nothing is wanted.
        """
        if not self.on_disk or 2 * len(self._front) > self._prefetch or 2 * self._front_bytes > _PREFETCH_BYTES:
            return None
        return self._last_loaded, self._prefetch - len(self._front), _PREFETCH_BYTES - self._front_bytes

    def loaded(self, rows: Sequence[tuple[int, bytes]]) -> int:
        """Take what was read from the disk; returns how many messages are lost because there are no more."""
        for row, body in rows:
            self._append(Entry(ticket=self._next, body=body, row=row))
            self._next += 1
            self.size += len(body)
            self._last_loaded = row
        lost = 0 if rows else self.on_disk
        self.on_disk = max(0, self.on_disk - len(rows)) if rows else 0
        self.dropped += lost
        self._pull()
        return lost

    def trimmed(self, last: int) -> int:
        """Rows up to the last one were dropped, for the disk may hold no more; returns how many messages that are."""
        gone = [each.ticket for each in self._front.values() if each.row is not None and each.row <= last]
        gone = [ticket for ticket in gone if ticket != self._on_its_way]
        for ticket in gone:
            self._remove(ticket)
        gone_unseen = min(self.on_disk, max(0, last - self._last_loaded))
        self.on_disk -= gone_unseen
        self.finished, self._last_loaded = max(self.finished, last), max(self._last_loaded, last)
        self.dropped += len(gone) + gone_unseen
        self._pull()
        return len(gone) + gone_unseen

    def _is_far(self) -> bool:
        return len(self._front) >= self._prefetch or self._front_bytes >= _PREFETCH_BYTES

    def _pull(self) -> None:
        """Bring what came last to the front, where nothing on disk is older."""
        while self._tail and not self.on_disk and not (self._has_disk and self._is_far()):
            self._append(self._tail.popitem(last=False)[1])

    def _append(self, entry: Entry) -> None:
        self._front[entry.ticket] = entry
        self._front_bytes += len(entry.body)

    def _drop(self, newest: int) -> int:
        dropped = 0
        while len(self._front) + len(self._tail) > self._most or self.size > self._most_bytes:
            entries = chain(self._front.values(), self._tail.values())
            keep = (newest, self._on_its_way)
            oldest = next((e for e in entries if e.row is None and not e.held and e.ticket not in keep), None)
            if oldest is None:
                break
            self._remove(oldest.ticket)
            dropped += 1
        self.dropped += dropped
        return dropped

    def _remove(self, ticket: int) -> None:
        entry = self._tail.pop(ticket, None)
        if entry is None:
            entry = self._front.pop(ticket)
            self._front_bytes -= len(entry.body)
            self.finished = max(self.finished, entry.row or 0)
            self._pull()
        self.size -= len(entry.body)
