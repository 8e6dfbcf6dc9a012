"""The chunks of an upload: how long each one is, and how it is cut from a stream."""

import re
from collections.abc import Iterator

from azdacli.errors import RegistryError
from azdacli.oci.registry.answer import Answer

_SECONDS = 1.0  # a chunk is to take: what a killed run still has to bring to its end, and what a cut costs, stays short
_GROWTH = 4  # at once: at the end of each chunk a registry waits for its disk, and the line for the registry
_RANGE_HEADER = re.compile(r"(?:bytes=)?0-([0-9]{1,18})")


class Pace:
    """Chooses the length of the next chunk by how long the last one took.

    After a failure chunks have the first length again, and stay so: a gateway may refuse longer ones.

    Args:
        first: Bytes of the first chunk.
        largest: Bytes that a chunk may grow to.
    """

    def __init__(self, first: int, largest: int) -> None:
        self.length = first
        self._first = first
        self._largest = max(first, largest)

    @property
    def has_grown(self) -> bool:
        """Whether chunks are longer than the first."""
        return self.length > self._first

    def at_least(self, smallest: int) -> None:
        """Take no chunk below what a registry wants (OCI-Chunk-Min-Length)."""
        self._first = max(self._first, smallest)
        self._largest, self.length = max(self._largest, self._first), max(self.length, self._first)

    def went_well(self, length: int, seconds: float) -> None:
        """Note how long a chunk took; the next is at most four times as long."""
        wanted = min(_GROWTH * length, int(length * _SECONDS / max(seconds, 1e-6)), self._largest)
        self.length = max(self._first, wanted)

    def failed(self) -> None:
        """Go back to the first length for good."""
        self.length = self._largest = self._first


class Slicer:
    """Cuts a stream of pieces at the ends of chunks."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def take(self, length: int) -> Iterator[bytes]:
        """Give the next bytes; RegistryError when there are fewer."""
        while length:
            piece = self._rest or next(self._pieces, None)
            if piece is None:
                raise RegistryError("what is sent is shorter than it was announced", hint="Run the command again.")
            self._rest = piece[length:]
            taken = piece[:length] if self._rest else piece
            length -= len(taken)
            yield taken


class Body:
    """A body whose length is known before its bytes, so that it is sent with Content-Length."""

    def __init__(self, pieces: Iterator[bytes], length: int) -> None:
        self._pieces = pieces
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces


def arrived(response: Answer, default: int | None = None) -> int | None:
    """Read how many bytes have arrived from `Range: 0-N`; `0-0` means none, as the distribution project writes it."""
    header = response.headers.get("Range")
    if header is None:
        return default
    match = _RANGE_HEADER.fullmatch(header.strip())
    if match is None:
        return None
    return int(match[1]) + 1 if match[1] != "0" else 0
