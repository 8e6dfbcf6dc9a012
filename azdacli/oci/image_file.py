"""One file of an image, read from its layers without an engine and without the layers that cannot hold it."""

import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LARGEST = 16 << 20  # bytes of a file, and of a layer that is searched without being named in the history
_NAMED = 16 * LARGEST  # bytes that are unpacked of a layer whose instruction names the file
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_STEP = 1 << 20
_LONGEST_HEADER = 1 << 20

Blob = Callable[[str], Iterator[bytes]]
"""Gives the pieces of a blob by its digest."""


class UnreadableLayerError(Exception):
    """A layer may hold the file, but is packed in a way that is not known here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A file of an image.

    Attributes:
        path: Relative to the root.
        digest: `sha256:…` of its contents.
        instructions: Words by which the history names the instruction that wrote it.
    """

    path: str
    digest: str
    instructions: tuple[str, ...]


def find(wanted: Wanted, manifest: Mapping[str, Any], config: Mapping[str, Any], blob: Blob) -> bytes | None:
    """Read a file whose digest is known; None when no layer that is small enough holds it.

    Args:
        wanted: The file.
        manifest: The image's.
        config: The image's.
        blob: Reads a layer.

    Raises:
        UnreadableLayerError: It is not there, but a layer was packed in a way that is not known here.
    """
    unreadable = None
    for layer, most in _candidates(wanted, manifest, config):
        try:
            found = member(unpacked(blob(layer), most), wanted.path)
        except UnreadableLayerError as error:
            unreadable = error
            continue
        if found is not None and f"sha256:{hashlib.sha256(found).hexdigest()}" == wanted.digest:
            return found
    if unreadable is not None:
        raise unreadable
    return None


def member(pieces: Iterable[bytes], path: str) -> bytes | None:
    """Find one file in a tar; the last of its name is what an extraction leaves. None when there is none."""
    found = None
    try:
        with tarfile.open(fileobj=_Stream(pieces), mode="r|", tarinfo=_Header) as archive:
            for entry in archive:
                if entry.isreg() and entry.size <= LARGEST and entry.name.removeprefix("./").lstrip("/") == path:
                    content = archive.extractfile(entry)
                    found = content.read() if content is not None else None
                vars(archive)["members"].clear()  # or each entry of a large layer stays in memory
    except (tarfile.TarError, EOFError, ValueError):
        return found
    return found


def unpacked(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Unpack a layer, at most so many bytes of it; gzip and plain tar are known.

    Raises:
        UnreadableLayerError: It is packed otherwise.
    """
    source = iter(pieces)
    head = b""
    for piece in source:
        head += piece
        if len(head) >= len(_ZSTD):
            break
    if head.startswith(_ZSTD):
        raise UnreadableLayerError("zstd")
    rest = _joined(head, source)
    yield from _limited(_gunzipped(rest) if head.startswith(_GZIP) else rest, most)


def _candidates(wanted: Wanted, manifest: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Order the layers: those whose instruction names the file, then the small ones; each time from the top."""
    layers = [entry for entry in manifest.get("layers") or () if isinstance(entry, Mapping)]
    history = config.get("history")
    reported = [entry for entry in (history if isinstance(history, list) else ()) if isinstance(entry, Mapping)]
    reported = [entry for entry in reported if not entry.get("empty_layer")]
    stories = (
        [str(entry.get("created_by", "")) for entry in reported] if len(reported) == len(layers) else [""] * len(layers)
    )
    named = [any(words in log for words in wanted.instructions) for log in stories]
    for layer, is_named in zip(reversed(layers), reversed(named), strict=True):
        if is_named:
            yield str(layer.get("digest")), _NAMED
    for layer, is_named in zip(reversed(layers), reversed(named), strict=True):
        if not is_named and isinstance(size := layer.get("size"), int) and size <= LARGEST:
            yield str(layer.get("digest")), LARGEST


def _joined(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _limited(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    for piece in pieces:
        most -= len(piece)
        if most < 0:
            return
        yield piece


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip of one or more members (estargz and pigz write several), never more than a step at a time."""
    engine = zlib.decompressobj(31)
    for piece in pieces:
        left = piece
        while left:
            try:
                yield engine.decompress(left, _STEP)
            except zlib.error:
                return
            left = engine.unconsumed_tail or engine.unused_data
            if engine.eof:
                engine = zlib.decompressobj(31)


class _Header(tarfile.TarInfo):
    """A header of an archive; one of those that describe the next is read into memory whole, so it must be short."""

    _DESCRIBING = (tarfile.XHDTYPE, tarfile.XGLTYPE, b"X", tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        found = super().frombuf(buf, encoding, errors)
        if found.type in cls._DESCRIBING and not 0 <= found.size <= _LONGEST_HEADER:
            raise tarfile.HeaderError(f"a header of {found.size} bytes")
        return found


class _Stream(io.BufferedIOBase):
    """What tarfile reads from: pieces, in the sizes that it asks for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._held = bytearray()

    def read(self, size: int | None = -1, /) -> bytes:
        size = LARGEST if size is None or size < 0 else size
        while len(self._held) < size and (piece := next(self._pieces, None)) is not None:
            self._held += piece
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken
