"""A bound for the bandwidth, shared by all connections."""

import threading
import time
from collections.abc import Callable
from io import BytesIO


class Pace:
    """Lets so many bytes a second pass; any thread may ask.

    Args:
        rate: Bytes a second; None for no bound.
        clock: Seconds that only grow.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        rate: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = clock()

    def take(self, count: int) -> None:
        """Wait until so many bytes may be sent."""
        if self._rate is None:
            return
        with self._lock:
            now = self._clock()
            begin = max(now, self._free_at)
            self._free_at = begin + count / self._rate
        if begin > now:
            self._sleep(begin - now)

    def body(self, data: bytes) -> bytes | BytesIO:
        """Data as a request sends it, as slowly as that."""
        return data if self._rate is None else _Slow(data, self)


class _Slow(BytesIO):
    """Is read by the HTTP client in pieces of 16 KiB (urllib3's ``blocksize``)."""

    def __init__(self, data: bytes, pace: Pace) -> None:
        super().__init__(data)
        self._pace = pace

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._pace.take(len(piece))
        return piece
