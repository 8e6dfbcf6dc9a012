"""One part of the assets as a layer: an uncompressed tar that can be read from any byte on, with its digest.

Uncompressed, because weights hardly compress, because the bytes of a compressed stream depend on the machine's zlib,
and because so the digest and the diff_id are one and are taken in the pass that sends the bytes.
"""

import hashlib
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from azdacli.errors import SpecError
from azdacli.image.assets import Part
from azdacli.oci import digest as digesting
from azdacli.publish.image_paths import landed
from azdacli.util import tarball

_SAMPLES = 16
_SAMPLE = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """What a file looked like when it was listed; another stamp means that it may have other bytes."""

    size: int
    modified: int
    changed: int
    inode: int
    device: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        """Take the stamp of a file; times in nanoseconds."""
        try:
            status = path.stat()
        except OSError as error:
            raise SpecError(f"cannot read '{path}': {error.strerror}") from error
        return cls(
            size=status.st_size,
            modified=status.st_mtime_ns,
            changed=status.st_ctime_ns,
            inode=status.st_ino,
            device=status.st_dev,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Digested:
    """What reading a layer once has told.

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
        entries: Its contents, each folder before what it holds.

    Raises:
        SpecError: A file cannot be read.
    """

    def __init__(self, label: str, entries: Sequence[tarball.Entry]) -> None:
        self.label = label
        self.entries = tuple(entries)
        self._headers = tuple(tarball.header(entry) for entry in self.entries)
        self._lengths = tuple(_length(entry) for entry in self.entries)
        self._stamps = {e.source: Stamp.of(e.source) for e in self.entries if isinstance(e, tarball.File)}
        self.size = sum(map(len, self._headers)) + sum(self._lengths) + 2 * tarfile.BLOCKSIZE
        self.key = self._key()
        self.place = _named(entry.name for entry in self.entries)

    @property
    def sources(self) -> frozenset[str]:
        """The files on this machine that it is made of."""
        return frozenset(map(str, self._stamps))

    @property
    def newest(self) -> int:
        """When its youngest file was changed last, in nanoseconds since 1970; 0 without files."""
        return max((max(stamp.modified, stamp.changed) for stamp in self._stamps.values()), default=0)

    def read(self, offset: int = 0, digests: dict[str, str] | None = None) -> Iterator[bytes]:
        """Give the bytes from an offset on; a whole file that is passed on the way is digested into `digests`.

        Raises:
            SpecError: A file cannot be read or is not what it was when it was listed.
        """
        position = 0
        for entry, header, length in zip(self.entries, self._headers, self._lengths, strict=True):
            if position + len(header) > offset:
                yield header[max(0, offset - position) :]
            position += len(header)
            if position + length > offset:
                yield from self._contents(entry, max(0, offset - position), digests)
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
        for path, stamp in self._stamps.items():
            digest.update(f"{stamp.size}\n".encode())
            with path.open("rb", buffering=0) as file:
                if stamp.size <= _SAMPLES * _SAMPLE:
                    digest.update(file.read(_SAMPLES * _SAMPLE))
                    continue
                for number in range(_SAMPLES):
                    file.seek(number * (stamp.size - _SAMPLE) // _SAMPLES)
                    digest.update(file.read(_SAMPLE))
        return digest.hexdigest()

    def _contents(self, entry: tarball.Entry, skip: int, digests: dict[str, str] | None) -> Iterator[bytes]:
        if isinstance(entry, tarball.Blob):
            yield (entry.data + b"\0" * (-len(entry.data) % tarfile.BLOCKSIZE))[skip:]
        elif isinstance(entry, tarball.File):
            if digests is None or skip:
                yield from self._file(entry, skip)
            else:
                yield from self._proven(entry, digests)
            padding = -entry.size % tarfile.BLOCKSIZE - max(0, skip - entry.size)
            if padding:
                yield b"\0" * padding

    def _proven(self, entry: tarball.File, digests: dict[str, str]) -> Iterator[bytes]:
        proof = digesting.of_size(entry.size)
        try:
            for chunk in self._file(entry, 0):
                proof.update(chunk)
                yield chunk
            digests[str(entry.source)] = proof.digest()
        finally:
            proof.close()

    def _file(self, entry: tarball.File, skip: int) -> Iterator[bytes]:
        count = min(skip, entry.size)
        for chunk in _chunks(entry.source, count):
            count += len(chunk)
            if count > entry.size:
                break
            yield chunk
        if count != entry.size or Stamp.of(entry.source) != self._stamps[entry.source]:
            raise SpecError(
                f"'{entry.source}' changed while it was read", hint="Wait until it is whole, then run again."
            )

    def _key(self) -> str:
        digest = hashlib.sha256()
        for entry, header in zip(self.entries, self._headers, strict=True):
            digest.update(header)
            if isinstance(entry, tarball.File):
                digest.update(repr((str(entry.source.absolute()), self._stamps[entry.source])).encode())
            elif isinstance(entry, tarball.Blob):
                digest.update(entry.data)
        return digest.hexdigest()


def of_part(part: Part, *, release: str) -> Layer:
    """Make the layer of a part of the assets.

    Args:
        part: What goes in.
        release: The base's DeepStream release: its folder is what NVIDIA's link `deepstream` leads to.

    Raises:
        SpecError: It goes where a layer must not reach.
    """
    root = landed(part.root, release)
    return Layer(f"{part.name} of {part.root}", tuple(part.entries(PurePosixPath(*root.parts[1:]))))


def _named(names: Iterable[str]) -> str:
    """Digest file names, also those that are no UTF-8."""
    return hashlib.sha256("\0".join(names).encode(errors="surrogateescape")).hexdigest()


def _length(entry: tarball.Entry) -> int:
    size = entry.size if isinstance(entry, tarball.File) else len(entry.data) if isinstance(entry, tarball.Blob) else 0
    return size + -size % tarfile.BLOCKSIZE


def _chunks(path: Path, offset: int) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as source:
            source.seek(offset)
            while chunk := source.read(tarball.CHUNK):
                yield chunk
    except OSError as error:
        raise SpecError(f"cannot read '{path}': {error.strerror}") from error
