"""What came back for a request: read to its end within a limit, or as it arrives."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from azdacli.oci.registry.limits import LimitError, inflated, number
from azdacli.util import json_text

LARGEST = 1 << 20  # tokens, errors and the answers to uploads have some kilobytes
_ENOUGH = 64 << 10  # of an error
_PIECE = 1 << 18
_SUCCESS = range(200, 300)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer that is here whole; of a failure that is very long, its start."""

    status_code: int
    headers: Mapping[str, str]
    url: str
    content: bytes = b""

    def json(self) -> Any:
        """Read the body; ValueError when it is not JSON, see `json_text.read`."""
        return json_text.read(self.content)

    def whole(self) -> "Answer":
        """See `Arriving.whole`."""
        return self


class Arriving:
    """An answer whose body is still to come."""

    def __init__(self, response: requests.Response) -> None:
        self.status_code = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.url = response.url
        self._response = response

    def close(self) -> None:
        """Let go of the connection; what has not been read never will be."""
        self._response.close()

    def pieces(self, most: int) -> Iterator[bytes]:
        """Read the body as it was sent, coded or not.

        Raises:
            LimitError: There are more than `most` bytes.
        """
        announced = number(self.headers.get("Content-Length", ""))
        count = 0
        if announced is not None and announced > most and self._response.request.method != "HEAD":
            raise LimitError(f"sends {announced} bytes where at most {most} are possible")
        while piece := self._response.raw.read(min(_PIECE, most + 1 - count), decode_content=False):
            count += len(piece)
            if count > most:
                raise LimitError(f"sends more than {most} bytes where no more are possible")
            yield piece

    def whole(self, most: int = LARGEST) -> Answer:
        """Read the body to its end, or of a failure as much as an error message can need.

        Raises:
            LimitError: There is more than any such answer has.
        """
        with contextlib.closing(self):
            data = b"".join(self.pieces(most)) if self.status_code in _SUCCESS else self._start()
        coding = self.headers.get("Content-Encoding", "")
        if self.status_code in _SUCCESS:
            data = inflated(data, coding, most=most)
        elif coding:
            data = b""
        return Answer(status_code=self.status_code, headers=self.headers, url=self.url, content=data)

    def _start(self) -> bytes:
        data = bytearray()
        while len(data) < _ENOUGH and (piece := self._response.raw.read(_ENOUGH, decode_content=False)):
            data += piece
        return bytes(data[:_ENOUGH])
