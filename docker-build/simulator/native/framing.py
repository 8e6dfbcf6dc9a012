"""What the pipeline and the process of a native parser say to each other: a line of JSON, then bytes."""

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

_LENGTHS = struct.Struct("<IQ")


def send(stream: IO[bytes], said: Mapping[str, Any], *parts: bytes) -> None:
    """Write one message."""
    text = json.dumps(said).encode()
    stream.write(_LENGTHS.pack(len(text), sum(len(part) for part in parts)))
    stream.write(text)
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Read one message.

    Raises:
        EOFError: The other side is gone.
    """
    text, rest = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    said: dict[str, Any] = json.loads(_exactly(stream, text))
    return said, _exactly(stream, rest)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise EOFError
    return found


def send_arrays(stream: IO[bytes], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write named arrays."""
    held = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    described = [[name, _described(array.dtype), array.shape] for name, array in held.items()]
    send(stream, {"arrays": described}, *(array.tobytes() for array in held.values()))


def arrays_of(said: Mapping[str, Any], data: bytes) -> dict[str, npt.NDArray[Any]]:
    """Read named arrays; they share the memory of `data`, and can be written to."""
    memory, begin, found = bytearray(data), 0, {}
    for name, kind, shape in said["arrays"]:
        dtype, count = (
            np.dtype(kind if isinstance(kind, str) else [tuple(field) for field in kind]),
            int(np.prod(shape, dtype=np.int64)),
        )
        found[name] = np.frombuffer(memory, dtype, count, begin).reshape(shape)
        begin += count * dtype.itemsize
    return found


def _described(dtype: np.dtype[Any]) -> Any:
    return dtype.str if dtype.names is None else [[name, dtype[name].str] for name in dtype.names]
