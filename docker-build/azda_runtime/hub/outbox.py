"""Messages that wait for the hub: bounded, in order, the oldest dropped first."""

from collections import OrderedDict

MESSAGES = 10_000
BYTES = 32 * 1024 * 1024


class Outbox:
    """Keeps messages until they are delivered. Not for several threads at once.

    A message on its way stays here, and is not dropped, until it is either delivered or back.

    Args:
        messages: How many may wait.
        size: How many bytes they may have in total; a single one that is longer still waits.

    Attributes:
        dropped: How many were dropped so far.
        size: Bytes of all that wait.
    """

    def __init__(self, messages: int = MESSAGES, size: int = BYTES) -> None:
        self.dropped = 0
        self.size = 0
        self._most = messages
        self._most_bytes = size
        self._waiting: OrderedDict[int, bytes] = OrderedDict()
        self._next = 0
        self._on_its_way: int | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, message: bytes) -> int:
        """Let a message wait; returns how many older ones were dropped for it."""
        ticket, self._next = self._next, self._next + 1
        self._waiting[ticket] = message
        self.size += len(message)
        dropped = 0
        while len(self._waiting) > self._most or self.size > self._most_bytes:
            oldest = next((t for t in self._waiting if t not in (self._on_its_way, ticket)), None)
            if oldest is None:
                break
            self._remove(oldest)
            dropped += 1
        self.dropped += dropped
        return dropped

    def take(self) -> tuple[int, bytes] | None:
        """The ticket and the bytes of the oldest message; None when the outbox is empty, or one is on its way."""
        if self._on_its_way is not None or not self._waiting:
            return None
        self._on_its_way = next(iter(self._waiting))
        return self._on_its_way, self._waiting[self._on_its_way]

    def delivered(self, ticket: int) -> None:
        """Forget a message: it has arrived, or the hub will never take it."""
        if ticket in self._waiting:
            self._remove(ticket)
        self.back(ticket)

    def back(self, ticket: int) -> None:
        """Let a message wait on: it did not arrive."""
        if self._on_its_way == ticket:
            self._on_its_way = None

    def _remove(self, ticket: int) -> None:
        self.size -= len(self._waiting.pop(ticket))
