"""How much of an unfinished mp4 file can be played.

While it is written, a file is a row of fragments: the frames (`mdat`), then where they lie (first `moov`, then a
`moof` each). What stands before the end of the last whole one of those can be played (GStreamer's mp4mux with
`fragment-mode=first-moov-then-finalise`; seen in 1.22).
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

_HEADER = 8
_LARGE_HEADER = 16
_LARGE = 1


def playable(file: BinaryIO) -> int:
    """How many bytes from the beginning on make a video; 0 when none do."""
    end = 0
    for kind, box_end in _boxes(file):
        if kind == b"moof" and end:
            end = box_end
        elif kind == b"moov":
            if end:  # the last one, of a file that was being finished: the fragments before it say the same
                break
            end = box_end
    return end


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """The whole boxes at the top level: kind and end."""
    size = file.seek(0, 2)
    location = 0
    while location + _HEADER <= size:
        file.seek(location)
        header = file.read(_LARGE_HEADER)
        length, kind = struct.unpack(">I4s", header[:_HEADER])
        if length == _LARGE and len(header) == _LARGE_HEADER:
            (length,) = struct.unpack(">Q", header[_HEADER:])
        if length < _HEADER or location + length > size:
            return
        location += length
        yield kind, location
