"""What a server may send us at most, and how slowly: limits that hold while its bytes arrive.

Python's HTTP client reads as long as something comes: chunk sizes and trailers without end, interim answers without
end, one byte every few seconds. Here every byte of an answer passes one reader that counts.
"""

import http.client
import io
import re
import time
import zlib
from dataclasses import dataclass
from email.message import Message
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

LARGEST_HEADERS = 256 << 10
_LONGEST_CHUNK_LINE = 256
_MOST_TRAILERS = 20
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_LENGTH = re.compile(r"[0-9]{1,18}")
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class LimitError(Exception):
    """A server sent what no honest one sends; the text goes on after its name ("sends …")."""


class SlowAnswerError(Exception):
    """A server sends so slowly that it would never end."""


# What reading an answer raises when its bytes end, or all but end, before it does.
BROKEN_OFF: tuple[type[Exception], ...] = (HTTPError, SlowAnswerError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How slowly bytes may come.

    Attributes:
        window: Seconds of waiting, counted from the first byte of an answer.
        least: Bytes that each such time must bring, unless the answer ends in it.
    """

    window: float = 120.0
    least: int = 16 << 10


def number(text: str) -> int | None:
    """Read a number of a header (RFC 9110: digits alone); None when it is none or absurd."""
    bare = text.strip()
    return int(bare) if _LENGTH.fullmatch(bare) else None


def inflated(data: bytes, encoding: str, *, most: int) -> bytes:
    """Undo a content coding, which we never ask for, without ever holding more than `most` bytes.

    Raises:
        LimitError: It is larger, broken, or of a kind that we do not know.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return data
    if name not in _WINDOWS:
        raise LimitError(f"sends an answer in an encoding that was not requested ({name:.40})")
    try:
        coder = zlib.decompressobj(_WINDOWS[name])
        plain = coder.decompress(data, most + 1)
    except zlib.error as error:
        raise LimitError("sends a broken compressed answer") from error
    if len(plain) > most:
        raise LimitError(f"sends an answer of more than {most} bytes when unpacked")
    if not coder.eof:
        raise LimitError("sends a broken compressed answer")
    return plain


class _Counted(io.RawIOBase):
    """A connection's bytes, with their pace watched and, for a while, their number bounded.

    Only the time that we wait for bytes counts: what the reader does in between is its own.
    """

    def __init__(self, raw: Any, pace: Pace) -> None:
        self._raw = raw
        self._pace = pace
        self._waited = 0.0
        self._came = -1
        self.budget: int | None = LARGEST_HEADERS

    def readable(self) -> bool:
        """See io."""
        return True

    def fileno(self) -> int:
        """See io."""
        return int(self._raw.fileno())

    def readinto(self, buffer: Any) -> int | None:
        """Read once, and refuse what comes too slowly or is too much."""
        started = time.monotonic()
        count: int | None = self._raw.readinto(buffer)
        if self._came < 0:
            self._came = 0  # how long a server thinks before its first byte is not its pace
        else:
            self._waited += time.monotonic() - started
        self._came += count or 0
        if self.budget is not None:
            self.budget -= count or 0
            if self.budget < 0:
                raise LimitError("sends endless headers")
        if count and self._waited >= self._pace.window:
            if self._came < self._pace.least:
                raise SlowAnswerError
            self._waited, self._came = 0.0, 0
        return count

    def close(self) -> None:
        """Close the connection's side too."""
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer whose headers, lengths and chunks are checked before anything is made of them."""

    pace = Pace()

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self._counted = _Counted(sock.makefile("rb", buffering=0), self.pace)
        self.fp = io.BufferedReader(self._counted)

    def begin(self) -> None:
        """Read the headers, within their budget, and refuse lengths that cannot be."""
        try:
            super().begin()
        except http.client.HTTPException as error:
            if isinstance(error, http.client.LineTooLong) or type(error) is http.client.HTTPException:
                raise LimitError("sends endless headers") from error  # the second: more than a hundred
            raise
        self._counted.budget = None
        _check_lengths(self.headers)

    def _read_next_chunk_size(self) -> int:
        """Read the line before a chunk; Python's own reads 64 kB of it, and takes a sign and underscores."""
        line = self.fp.readline(_LONGEST_CHUNK_LINE + 1)
        if not line:
            raise http.client.IncompleteRead(b"")
        size = line.partition(b";")[0].strip()
        if len(line) > _LONGEST_CHUNK_LINE or not _CHUNK_SIZE.fullmatch(size):
            raise LimitError("sends a chunk of an invalid size")
        return int(size, 16)

    def _read_and_discard_trailer(self) -> None:
        """Pass over what follows the last chunk; Python's own would go on for ever."""
        for _ in range(_MOST_TRAILERS):
            line = self.fp.readline(_LONGEST_CHUNK_LINE + 1)
            if line in (b"\r\n", b"\n", b""):
                return
        raise LimitError("sends endless trailers")


def _check_lengths(headers: Message) -> None:
    lengths = {str(text).strip() for text in headers.get_all("Content-Length") or ()}
    if len(lengths) > 1 or any(number(text) is None for text in lengths):
        raise LimitError("sends an invalid length")
    coding = str(headers.get("Transfer-Encoding", "identity")).strip().lower()
    if coding not in ("identity", "chunked"):
        raise LimitError("sends an answer in a transfer coding that was not requested")


def pools(pace: Pace) -> dict[str, type[HTTPConnectionPool]]:
    """Make urllib3's kinds of connection pools, by scheme, with our answers in them."""
    response = type("Response", (_Response,), {"pace": pace})
    plain = type("Plain", (HTTPConnection,), {"response_class": response})
    secure = type("Secure", (HTTPSConnection,), {"response_class": response})
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
