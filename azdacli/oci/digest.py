"""A SHA-256 that a thread of its own counts, so that two digests of one stream take the time of one."""

import hashlib
import queue
import threading

WORTH = 8 << 20  # bytes from which a thread pays
_DEPTH = 4  # pieces that wait at most: memory stays bounded


class Inline:
    """Counts at once, in the caller's thread."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, piece: bytes) -> None:
        """Add bytes."""
        self._hash.update(piece)

    def digest(self) -> str:
        """Give `sha256:…` of all bytes so far."""
        return f"sha256:{self._hash.hexdigest()}"

    def close(self) -> None:
        """There is nothing to let go of."""


class Beside(Inline):
    """Counts in a thread of its own; close it, however the work ends."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_DEPTH)
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def update(self, piece: bytes) -> None:
        """Hand bytes over; waits while too many wait already."""
        self._waiting.put(piece)

    def digest(self) -> str:
        """Wait for the rest to be counted, and give `sha256:…` of it all."""
        self.close()
        return super().digest()

    def close(self) -> None:
        """End the thread; nothing more can be added."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def _count(self) -> None:
        while (piece := self._waiting.get()) is not None:
            self._hash.update(piece)


def of_size(size: int) -> Inline:
    """Choose by the number of bytes to come."""
    return Beside() if size >= WORTH else Inline()
