"""Read ahead: one thread reads and digests while another sends."""

import contextlib
import queue
import threading
from collections.abc import Generator, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_POLL = 0.2  # seconds after which a reader that nobody listens to any more looks up


class _Reader(Generic[T]):
    """The thread's side."""

    def __init__(self, source: Iterator[T], depth: int) -> None:
        self.channel: queue.Queue[tuple[str, Any]] = queue.Queue(depth)
        self.over = threading.Event()
        self._source = source

    def run(self) -> None:
        try:
            for element in self._source:
                if not self._offer("element", element):
                    return
            self._offer("end", None)
        except BaseException as error:  # noqa: BLE001 # raised again where it is waited for
            self._offer("error", error)
        finally:
            close = getattr(self._source, "close", None)
            if close is not None:
                close()

    def _offer(self, kind: str, value: object) -> bool:
        while not self.over.is_set():
            with contextlib.suppress(queue.Full):
                self.channel.put((kind, value), timeout=_POLL)
                return True
        return False


def ahead(source: Iterator[T], depth: int) -> Generator[T, None, None]:
    """Yield what an iterator yields, made by a thread that is at most `depth` elements ahead.

    An exception of the iterator's is raised here. Closing the generator ends the thread and closes the iterator.
    """
    reader = _Reader(source, depth)
    thread = threading.Thread(target=reader.run, daemon=True)
    thread.start()
    try:
        while True:
            kind, value = reader.channel.get()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        reader.over.set()
        thread.join()
