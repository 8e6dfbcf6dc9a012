"""One recording on its way to the container: what is missing there is sent, compared, and made a blob."""

import hashlib
import threading
from collections.abc import Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from azda_runtime.uploader.blocks import block_id, ranges
from azda_runtime.uploader.naming import LONGEST_NAME, alternative
from azda_runtime.uploader.opened import Opened
from azda_runtime.uploader.store import FileError, Store, Stored

_LONGEST_PATIENCE = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Uploaded:
    """What came of it.

    Attributes:
        name: The blob's.
        sent: How many bytes were sent now; less than the file has when an earlier run sent some.
    """

    name: str
    sent: int


class Transfer:
    """Sends files, several blocks of one at the same time.

    Memory is bounded: each connection has one block, and one more is being read.

    Args:
        store: The container.
        parallel: How many blocks are sent at the same time.
    """

    def __init__(self, store: Store, *, parallel: int) -> None:
        self._store = store
        self._parallel = parallel
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="block")

    def close(self) -> None:
        """End its threads."""
        self._pool.shutdown(cancel_futures=True)

    def upload(self, file: Opened, size: int, name: str) -> Uploaded:
        """Upload a file; returns when the service has confirmed its length and its MD5.

        Raises:
            ServiceError: The service does not take it now.
            FileError: This file cannot be uploaded.
            InUseError: Somebody writes it.
        """
        if len(name) > LONGEST_NAME:
            raise FileError(f"The blob's name has {len(name)} characters; {LONGEST_NAME} are allowed.", hint=_SHORTER)
        there = self._store.find(name)
        if there is not None:
            digest = _digest(file, size)
            if _is(there, size, digest):
                return Uploaded(name=name, sent=0)
            name = alternative(name, digest)
            if _is(self._store.find(name), size, digest):
                return Uploaded(name=name, sent=0)
        digest, blocks, sent = self._send(file, size, name)
        file.check()
        self._store.commit(name, blocks, digest)
        there = self._store.find(name)
        if not _is(there, size, digest):
            said = f"{there.size} bytes" if there else "nothing"
            raise FileError(
                f"{name} was sent with {size} bytes, and the service has {said} or another MD5.", hint=_KEPT
            )
        return Uploaded(name=name, sent=sent)

    def _send(self, file: Opened, size: int, name: str) -> tuple[bytes, list[str], int]:
        """Send the blocks that the service has not; returns the MD5 of all, their ids, and how many bytes were sent."""
        known = self._store.uncommitted(name)
        whole = hashlib.md5(usedforsecurity=False)
        slots = threading.Semaphore(self._parallel)
        sending: list[Future[tuple[str, int]]] = []
        try:
            for number, (start, count) in enumerate(ranges(size)):
                while not slots.acquire(timeout=_LONGEST_PATIENCE):
                    _raise_first(sending)
                data = file.read(start, count)
                sending.append(self._pool.submit(self._block, name, number, data, known))
                sending[-1].add_done_callback(lambda _: slots.release())
                whole.update(data)
                del data
                _raise_first(sending[-2 * self._parallel :])
            wait(sending, return_when=FIRST_EXCEPTION)
            _raise_first(sending)
        finally:
            for each in sending:
                each.cancel()
            wait(sending)
        done = [each.result() for each in sending]
        return whole.digest(), [block for block, _ in done], sum(sent for _, sent in done)

    def _block(self, name: str, number: int, data: bytes, known: Mapping[str, int]) -> tuple[str, int]:
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        block = block_id(number, digest)
        if known.get(block) == len(data):
            return block, 0
        self._store.stage(name, block, data, digest)
        return block, len(data)


_SHORTER = "Use a shorter --name pattern."
_KEPT = "It stays in the folder, and is tried again."


def _raise_first(sending: list["Future[tuple[str, int]]"]) -> None:
    """Raise what a block failed with."""
    for each in sending:
        if each.done():
            each.result()


def _digest(file: Opened, size: int) -> bytes:
    whole = hashlib.md5(usedforsecurity=False)
    for start, count in ranges(size):
        whole.update(file.read(start, count))
    return whole.digest()


def _is(there: Stored | None, size: int, digest: bytes) -> bool:
    return there is not None and there.size == size and there.md5 == digest
