"""The batch that an ONNX file was exported for.

The file is a protobuf message. Only its outline is walked, and weights are stepped over without being read, so that a
large model costs a few pages of its file. The numbers of the fields are those of ONNX's own onnx.proto.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

from azda_runtime.files import is_file

Data = mmap.mmap | bytes
Span = tuple[int, int]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SKIPPED = {_FIXED64: 8, _FIXED32: 4}
_GRAPH = 7  # of ModelProto
_WEIGHT, _INPUT = 5, 11  # of GraphProto
_WEIGHT_NAME, _INPUT_NAME = 8, 1
_SHAPE_OF_INPUT = (2, 1, 2)  # ValueInfoProto.type, TypeProto.tensor_type, Tensor.shape
_DIMENSION, _VALUE = 1, 1
_LONGEST_NAME, _LARGEST_BATCH = 4096, 65536
# A model of many thousand layers has fewer; more are there to keep us busy.
_MOST_FIELDS = 500_000


def fixed_batch(path: Path) -> int | None:
    """The first dimension of a model's first input.

    Returns:
        None when that is open or not said, and when the file cannot be read or is no ONNX model: who loads it tells.
    """
    if not is_file(path):  # a pipe would let us wait for ever
        return None
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return batch_of(data)
    except (OSError, ValueError):
        return None


def batch_of(data: Data) -> int | None:
    """The same, of a model's bytes."""
    fields = _Fields(data)
    try:
        graph = fields.last(_GRAPH, (0, len(data)))
        if graph is None:
            return None
        weights: set[bytes] = set()
        inputs: list[Span] = []
        for number, span in fields.messages(graph):
            if number == _WEIGHT:
                weights.add(fields.text(_WEIGHT_NAME, span))
            elif number == _INPUT:
                inputs.append(span)
        # Old models list their weights among the inputs.
        named = ((fields.text(_INPUT_NAME, span), span) for span in inputs)
        first = next((span for name, span in named if name not in weights), None)
        return fields.batch(first) if first is not None else None
    except IndexError:  # cut short, or something else
        return None


class _Fields:
    """Walks the fields of messages in bytes; raises IndexError where they are none, or too many."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._left = _MOST_FIELDS

    def batch(self, tensor: Span) -> int | None:
        """The first dimension of an input, None when it is open."""
        shape = tensor
        for number in _SHAPE_OF_INPUT:
            found = self.last(number, shape)
            if found is None:
                return None
            shape = found
        first = next((place for number, place in self.messages(shape) if number == _DIMENSION), None)
        if first is None:
            return None
        values = [value for number, wire, (value, _) in self._walk(first) if (number, wire) == (_VALUE, _VARINT)]
        return values[-1] if values and 0 < values[-1] <= _LARGEST_BATCH else None

    def last(self, number: int, span: Span) -> Span | None:
        """Where a field's message is; a later one replaces an earlier one."""
        found = None
        for each, place in self.messages(span):
            if each == number:
                found = place
        return found

    def text(self, number: int, span: Span) -> bytes:
        """A field's text; empty when it is not there."""
        place = self.last(number, span)
        if place is None:
            return b""
        if place[1] - place[0] > _LONGEST_NAME:
            raise IndexError(place[0])
        return self._data[place[0] : place[1]]

    def messages(self, span: Span) -> Iterator[tuple[int, Span]]:
        """Number and place of each message, text or packed field."""
        return ((number, place) for number, wire, place in self._walk(span) if wire == _BYTES)

    def _walk(self, span: Span) -> Iterator[tuple[int, int, Span]]:
        place, end = span
        while place < end:
            self._left -= 1
            tag, place = self._varint(place)
            number, wire = tag >> 3, tag & 7
            value, after = 0, place
            if wire in (_VARINT, _BYTES):
                value, after = self._varint(place)
            start = after
            if wire == _BYTES:
                after += value
            elif wire != _VARINT:
                after = place + _SKIPPED.get(wire, end)
            if number == 0 or after > end or self._left < 0:
                raise IndexError(place)
            if wire in (_VARINT, _BYTES):
                yield number, wire, (start, after) if wire == _BYTES else (value, 0)
            place = after

    def _varint(self, place: int) -> tuple[int, int]:
        value = 0
        for index in range(10):  # of seven bits each
            byte = self._data[place + index]
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:  # noqa: PLR2004 # the last byte has no high bit
                return value, place + index + 1
        raise IndexError(place)
