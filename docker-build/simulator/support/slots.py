"""A pool's slots: how many batches of one element are under way at a time.

A batch's buffer is a descriptor of 64 bytes, so that queues, which count bytes, buffers and seconds, would take as many
frames as they find. NVIDIA's muxer has so many surfaces as `buffer-pool-size` says, and waits for one that comes back.
This one waits too, but never for good: where a pipeline holds more batches than there are slots, the pool grows.
"""

import queue
import time

_PATIENCE = 1.0
_SLOWER = 4.0  # a pool grows only when none came back in so many times the longest wait so far


class Slot:
    """One place in a pool; it comes back when nothing refers to it any more."""

    __slots__ = ("_home",)

    def __init__(self, home: "queue.SimpleQueue[None]") -> None:
        self._home = home

    def __del__(self) -> None:
        # In whatever thread drops the last reference, in the middle of `take` too: SimpleQueue's put is made for that.
        self._home.put(None)


class Slots:
    """A pool.

    Args:
        count: How many slots it begins with.
    """

    def __init__(self, count: int) -> None:
        self.size = count
        self._free: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._patience = _PATIENCE
        for _ in range(count):
            self._free.put(None)

    def take(self) -> Slot:
        """Wait for a free slot; where none comes back for too long, the pool gets one more."""
        begun = time.monotonic()
        try:
            self._free.get(timeout=self._patience)
        except queue.Empty:
            self.size += 1
        else:
            self._patience = max(self._patience, _SLOWER * (time.monotonic() - begun))
        return Slot(self._free)

    def wake(self) -> None:
        """Let a `take` that waits return now; for the end of a pool's use."""
        self._free.put(None)
