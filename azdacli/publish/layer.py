"""One part of the assets as a layer: an uncompressed tar that can be read from any byte on, with its digest.

Uncompressed, because weights hardly compress, because the bytes of a compressed stream depend on the machine's zlib,
and because so the digest and the diff_id are one and are taken in the pass that sends the bytes.
"""

import hashlib
import os
import struct
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from azdacli.errors import SpecError
from azdacli.image.assets import Part, Placed
from azdacli.oci import digest as digesting
from azdacli.publish.image_paths import landed
from azdacli.util import tarball

_SAMPLES = 16
_SAMPLE = 4096
_STAMP = struct.Struct("=qqqQQ")  # size, times in nanoseconds, inode, device


@dataclass(frozen=True, kw_only=True, slots=True)
class Digested:
    """What reading a layer once has shown.

    Attributes:
        digest: Of the layer, `sha256:…`; also its diff_id.
        files: Digest of each file by its path on this machine.
    """

    digest: str
    files: tuple[tuple[str, str], ...]


class Layer:
    """A reproducible layer that is not read until it must be.

    Args:
        label: What a user calls it.
        entries: Its contents, each folder before what it holds; gone through again for every reading.

    Raises:
        SpecError: A file cannot be read.
    """

    def __init__(self, label: str, entries: Iterable[tarball.Entry]) -> None:
        self.label = label
        self._entries = entries
        self._stamps: list[bytes] = []  # of the files, packed: there may be a hundred thousand
        self.newest = 0
        self.size = 2 * tarfile.BLOCKSIZE
        key, names = hashlib.sha256(), hashlib.sha256()
        here = Path.cwd()
        for entry in entries:
            header = tarball.header(entry)
            self.size += len(header) + _length(entry)
            key.update(header)
            names.update(entry.name.encode(errors="surrogateescape") + b"\0")
            if isinstance(entry, tarball.File):
                stamp = self._noted(entry)
                key.update(os.fsencode(os.path.join(here, entry.source)) + stamp)  # text
            elif isinstance(entry, tarball.Blob):
                key.update(entry.data)
        self.key, self.location = key.hexdigest(), names.hexdigest()

    @property
    def sources(self) -> frozenset[str]:
        """The files on this machine that it is made of."""
        return frozenset(str(entry.source) for entry in self._files())

    def read(self, offset: int = 0, digests: dict[str, str] | None = None) -> Iterator[bytes]:
        """Give the bytes from an offset on; a whole file that is passed on the way is digested into `digests`.

        Raises:
            SpecError: A file cannot be read or is not what it was when it was listed.
        """
        yield from tarball.joined(self._read(offset, digests))

    def _read(self, offset: int, digests: dict[str, str] | None) -> Iterator[bytes]:
        position = 0
        stamps = iter(self._stamps)
        for entry in self._entries:
            header, length = tarball.header(entry), _length(entry)
            stamp = next(stamps) if isinstance(entry, tarball.File) else b""
            if position + len(header) > offset:
                yield header[max(0, offset - position) :]
            position += len(header)
            if position + length > offset:
                yield from self._contents(entry, stamp, max(0, offset - position), digests)
            position += length
        yield b"\0" * min(2 * tarfile.BLOCKSIZE, self.size - offset)

    def digested(self, hear: Callable[[int], None] = lambda _: None) -> Digested:
        """Read the layer once for its digest.

        Args:
            hear: Called with the number of bytes that were read so far.
        """
        files: dict[str, str] = {}
        digest = hashlib.sha256()
        done = 0
        for piece in self.read(0, files):
            digest.update(piece)
            done += len(piece)
            hear(done)
        return Digested(digest=f"sha256:{digest.hexdigest()}", files=tuple(files.items()))

    def samples(self) -> str:
        """Digest a few blocks of each file: other samples prove other contents, the same ones prove nothing."""
        digest = hashlib.sha256()
        for entry in self._files():
            digest.update(f"{entry.size}\n".encode())
            with open(entry.source, "rb", buffering=0) as file:  # of a path that is text, often
                if entry.size <= _SAMPLES * _SAMPLE:
                    digest.update(file.read(_SAMPLES * _SAMPLE))
                    continue
                for number in range(_SAMPLES):
                    file.seek(number * (entry.size - _SAMPLE) // _SAMPLES)
                    digest.update(file.read(_SAMPLE))
        return digest.hexdigest()

    def _files(self) -> Iterator[tarball.File]:
        return (entry for entry in self._entries if isinstance(entry, tarball.File))

    def _noted(self, entry: tarball.File) -> bytes:
        """Take the stamp of a file."""
        try:
            status = os.stat(entry.source)  # of a path that is text
        except OSError as error:
            raise SpecError(f"cannot read '{entry.source}': {error.strerror}") from error
        self.newest = max(self.newest, status.st_mtime_ns, status.st_ctime_ns)
        self._stamps.append(_stamp(status))
        return self._stamps[-1]

    def _contents(
        self, entry: tarball.Entry, stamp: bytes, skip: int, digests: dict[str, str] | None
    ) -> Iterator[bytes]:
        if isinstance(entry, tarball.Blob):
            yield (entry.data + tarball.padding(len(entry.data)))[skip:]
        elif isinstance(entry, tarball.File):
            if digests is None or skip:
                yield from _bytes(entry, stamp, skip)
            else:
                yield from _proven(entry, stamp, digests)
            padding = -entry.size % tarfile.BLOCKSIZE - max(0, skip - entry.size)
            if padding:
                yield b"\0" * padding


def of_part(part: Part, *, release: str) -> Layer:
    """Make the layer of a part of the assets.

    Args:
        part: What goes in.
        release: The base's DeepStream release: its folder is what NVIDIA's link `deepstream` leads to.

    Raises:
        SpecError: It goes where a layer must not reach.
    """
    root = landed(part.root, release)
    return Layer(f"{part.name} of {part.root}", Placed(part=part, prefix=PurePosixPath(*root.parts[1:])))


def _length(entry: tarball.Entry) -> int:
    size = entry.size if isinstance(entry, tarball.File) else len(entry.data) if isinstance(entry, tarball.Blob) else 0
    return size + -size % tarfile.BLOCKSIZE


def _stamp(status: os.stat_result) -> bytes:
    """What a file looks like; another stamp means that it may have other bytes."""
    return _STAMP.pack(
        status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino % 2**64, status.st_dev % 2**64
    )


def _proven(entry: tarball.File, stamp: bytes, digests: dict[str, str]) -> Iterator[bytes]:
    proof = digesting.of_size(entry.size)
    try:
        for chunk in _bytes(entry, stamp, 0):
            proof.update(chunk)
            yield chunk
        digests[str(entry.source)] = proof.digest()
    finally:
        proof.close()


def _bytes(entry: tarball.File, stamp: bytes, skip: int) -> Iterator[bytes]:
    """Read a file's contents from an offset on; the file that is read must be the one that was listed."""
    count = min(skip, entry.size)
    try:
        with open(entry.source, "rb", buffering=0) as source:  # of a path that is text, often
            source.seek(count)
            while chunk := source.read(min(tarball.CHUNK, entry.size - count + 1)):
                count += len(chunk)
                if count > entry.size:
                    break
                yield chunk
            found = _stamp(os.fstat(source.fileno()))
    except OSError as error:
        raise SpecError(f"cannot read '{entry.source}': {error.strerror}") from error
    if count != entry.size or found != stamp:
        raise SpecError(f"'{entry.source}' changed while it was read", hint="Wait until it is whole, then run again.")
