"""The body of an answer, bounded: what a server says about it is checked before it is believed.

`http.client` reads a chunk whose size is negative up to the end of the connection in one piece, and stops counting
where a length is negative; so lengths, chunks and encodings are read here, from the buffered stream below it.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from io import BufferedReader

from azda_runtime.models.errors import ModelError, PassingError

_PIECE = 256 * 1024
_LONGEST_LINE = 1024
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_GZIP = 16 + zlib.MAX_WBITS
_CUT_SHORT = "the connection ended in the middle of the archive"

Count = Callable[[int], None]


def announced_length(response: HTTPResponse) -> int | None:
    """The length that an answer announces, None when it does not.

    Raises:
        ModelError: It announces one that cannot be.
    """
    reported = {part.strip() for line in response.headers.get_all("Content-Length", []) for part in line.split(",")}
    if not reported:
        return None
    if len(reported) > 1 or not all(map(_LENGTH.fullmatch, reported)):
        raise _malformed("announces a length that cannot be")
    return int(reported.pop())


def pieces(response: HTTPResponse, count: Count) -> Iterator[bytes]:
    """Read the body of an answer.

    Args:
        response: The answer.
        count: Gets how many bytes have just arrived; raises when they are too many or took too long.

    Yields:
        The content, a gzip encoding undone, in pieces of bounded size.

    Raises:
        ModelError: The answer is malformed.
        PassingError: It ended early.
    """
    encodings = _words(response, "Content-Encoding")
    transfer = _words(response, "Transfer-Encoding")
    if transfer not in ([], ["chunked"]) or encodings not in ([], ["gzip"], ["x-gzip"]):
        raise _malformed(f"encodes it as {' '.join(encodings + transfer)[:60]!r}, which was not asked for")
    if response.isclosed():  # there is nothing to read
        return
    stream = response.fp
    raw = _chunks(stream, count) if transfer else _plain(stream, announced_length(response), count)
    yield from _inflated(raw) if encodings else raw


def _words(response: HTTPResponse, name: str) -> list[str]:
    words = [word.strip().lower() for line in response.headers.get_all(name, []) for word in line.split(",")]
    return [word for word in words if word not in {"", "identity"}]


def _plain(stream: BufferedReader, length: int | None, count: Count) -> Iterator[bytes]:
    received = 0
    while (left := _PIECE if length is None else min(_PIECE, length - received)) > 0:
        piece = stream.read1(left)  # what is there: a stream that trickles may not hold up the count
        if not piece:
            break
        received += len(piece)
        count(len(piece))
        yield piece
    if length is not None and received != length:
        raise PassingError(f"{received} of {length} bytes arrived")


def _chunks(stream: BufferedReader, count: Count) -> Iterator[bytes]:
    while left := _chunk_size(stream, count):
        while left:
            piece = stream.read1(min(_PIECE, left))
            if not piece:
                raise PassingError(_CUT_SHORT)
            left -= len(piece)
            count(len(piece))
            yield piece
        if _line(stream, count):
            raise _malformed("sends chunks that are longer than they say")


def _chunk_size(stream: BufferedReader, count: Count) -> int:
    size = _line(stream, count).partition(b";")[0].strip()
    if not _CHUNK_SIZE.fullmatch(size):
        raise _malformed("sends a chunk whose size is not a number")
    return int(size, 16)


def _line(stream: BufferedReader, count: Count) -> bytes:
    line = bytearray()
    while (byte := stream.read(1)) != b"\n":
        if not byte:
            raise PassingError(_CUT_SHORT)
        line += byte
        count(1)
        if len(line) > _LONGEST_LINE:
            raise _malformed("sends a chunk whose size is not a number")
    return bytes(line.rstrip(b"\r"))


def _inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip in pieces of bounded size, whatever they would become in one."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        for piece in raw:
            rest = piece
            while rest:
                if inflater.eof:  # another member follows
                    inflater = zlib.decompressobj(_GZIP)
                yield inflater.decompress(rest, _PIECE)
                rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        while not inflater.eof and (piece := inflater.decompress(b"", _PIECE)):  # what is left in its window
            yield piece
    except zlib.error:
        raise _malformed("declares gzip encoding, but the body is not gzip") from None
    if not inflater.eof:
        raise PassingError(_CUT_SHORT)


def _malformed(what: str) -> ModelError:
    return ModelError(f"The archive's server {what}.", hint="Serve the file as it is, from an ordinary web server.")
