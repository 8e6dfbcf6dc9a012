"""The user's assets: what each `--add` brings, where it goes in the image, and into which layer.

An edit of a parser must never move the model, nor the reverse, also when both stand in one folder. So each
asset is split into two parts, each a layer of its own: what is big or is a model, and everything else.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, overload

from azdacli.errors import SpecError
from azdacli.image.spec import Asset, check_names
from azdacli.util import files as on_disk
from azdacli.util import paths, tarball

MODELS = "models"
CODE = "code"

# A file of at least this size goes with the models: so the other part stays small whatever is in the folder.
BIG = 64 * 1024
_DIGEST = 32  # bytes of a SHA-256
_INLINE = 1 << 20  # bytes below which a thread of its own costs more than the digest
MODEL_SUFFIXES = frozenset(
    [
        *(".onnx", ".engine", ".plan", ".trt", ".etlt", ".tlt", ".uff", ".caffemodel", ".pb", ".pt", ".pth", ".ts"),
        *(".savedmodel", ".tflite", ".bin", ".xml", ".so"),
    ]
)

# What operating systems and editors leave behind; it would change digests and helps nobody in an image.
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "__pycache__", ".git"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """Where everything of one `--add` stands: here, and in the image; there may be a hundred thousand items below it.

    Attributes:
        source: The folder on this machine, or the file.
        root: The folder in the image.
    """

    source: str
    root: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One file, link or empty folder of an asset.

    Attributes:
        tree: What it is part of.
        name: Its path below the tree's root in the image.
        inside: Whether it stands under the same path below the tree's source; otherwise it is that source.
        size: Bytes; 0 for what is not a file.
        executable: Whether it may be run.
        link: What a symbolic link points to; None for what is not a link.
        folder: Whether it is a folder without contents.
    """

    tree: Tree
    name: str
    inside: bool = True
    size: int = 0
    executable: bool = False
    link: str | None = None
    folder: bool = False

    @property
    def path(self) -> PurePosixPath:
        """Absolute path in the image."""
        return PurePosixPath(self.tree.root, self.name)

    @property
    def target(self) -> str:
        """The same as text."""
        return f"{self.tree.root.rstrip('/')}/{self.name}"

    @property
    def source(self) -> str:
        """Where it is on this machine."""
        return os.path.join(self.tree.source, self.name) if self.inside else self.tree.source  # text

    @property
    def is_file(self) -> bool:
        """Whether it has contents."""
        return self.link is None and not self.folder

    @property
    def part(self) -> str:
        """The part of the asset that it belongs to."""
        is_model = self.size >= BIG or os.path.splitext(self.name)[1].lower() in MODEL_SUFFIXES  # text
        return MODELS if is_model and self.is_file else CODE


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What becomes one layer.

    Attributes:
        name: `models` or `code`.
        root: The folder in the image below which all items are; `COPY` copies into it.
        items: Sorted by path.
    """

    name: str
    root: PurePosixPath
    items: tuple[Item, ...]

    def entries(self, prefix: PurePosixPath) -> Iterator[tarball.Entry]:
        """Yield the part as entries of an archive below a folder, each parent before its contents."""
        made: set[str] = {""}
        start = "/".join(prefix.parts)
        for item in self.items:
            location = f"{start}/{item.name}" if start else item.name
            for folder in _missing(location if item.folder else location.rpartition("/")[0], made):
                yield tarball.Folder(name=folder)
            if item.link is not None:
                yield tarball.Link(name=location, to=item.link)
            elif not item.folder:
                yield tarball.File(name=location, source=item.source, size=item.size, executable=item.executable)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A part below a folder of an archive, as entries that can be gone through again and are never all in memory."""

    part: Part
    prefix: PurePosixPath

    def __iter__(self) -> Iterator[tarball.Entry]:
        return self.part.entries(self.prefix)


class Described(Sequence[Mapping[str, Any]]):
    """Files for the list of assets: path in the image, size in bytes, `sha256:…`; each made when it is asked for.

    Args:
        items: The files.
        digests: The SHA-256 of each, one after the other.
    """

    def __init__(self, items: Sequence[Item], digests: bytes | bytearray) -> None:
        self._items = items
        self._digests = digests

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> "Described": ...
    def __getitem__(self, index: int | slice) -> "Mapping[str, Any] | Described":
        if isinstance(index, slice):
            numbers = range(*index.indices(len(self)))
            return Described(self._items[index], b"".join(map(self._digest, numbers)))
        number = range(len(self))[index]
        item = self._items[number]
        return {"path": item.target, "size": item.size, "digest": f"sha256:{self._digest(number).hex()}"}

    def _digest(self, number: int) -> bytes | bytearray:
        return self._digests[number * _DIGEST : (number + 1) * _DIGEST]


def find(texts: Iterable[str], build_folder: Path | None) -> tuple[Asset, ...]:
    """Read every `--add`.

    A relative source is looked for beside the docker-build folder (as the tutorial has it), in it, and in the
    working directory.

    Raises:
        SpecError: A source does not exist, or an `--add` is not a source and a target.
    """
    bases = [Path.cwd()]
    if build_folder is not None:
        folder = build_folder.absolute()
        bases = [folder.parent, folder, *bases]
    return tuple(parse(text, bases=bases) for text in texts)


def parse(text: str, *, bases: Sequence[Path]) -> Asset:
    """Read one `--add "SOURCE TARGET"`.

    Args:
        text: Two words as a shell would read them; quote what has blanks.
        bases: The folders in which a relative source is looked for, first found wins.

    Raises:
        SpecError: There are not two words, or the source does not exist.
    """
    try:
        words = paths.words(text)
    except ValueError as error:
        raise SpecError(f"--add {text!r} has an open quotation") from error
    if len(words) != 2:  # noqa: PLR2004 # a source and a target
        raise SpecError(
            f"--add {text!r} is not a source and a target",
            hint='Write --add "./custom-assets /custom-assets"; quote a path that has blanks.',
        )
    source, target = words
    for base in bases:
        found = base / source
        if os.path.lexists(found):
            return Asset(source=Path(os.path.normpath(found)), target=target)
    locations = ", ".join(f"'{base}'" for base in dict.fromkeys(bases))
    raise SpecError(f"there is no '{source}' to add", hint=f"Looked in {locations}.")


def scan(asset: Asset) -> tuple[Part, ...]:
    """List what an asset brings, split into the parts that become layers; models come first.

    Raises:
        SpecError: Something cannot be read, is not a file, or a link leaves the folder.
    """
    items = _items(asset)
    split: dict[str, list[Item]] = {MODELS: [], CODE: []}
    root = PurePosixPath("/")
    for item in items:
        check_names(item.name, item.source)
        split[item.part].append(item)
        root = PurePosixPath(item.tree.root)
    if not any(split.values()):
        raise SpecError(f"the folder '{asset.source}' to add is empty")
    return tuple(Part(name=name, root=root, items=tuple(found)) for name, found in split.items() if found)


def digests(parts: Iterable[Part]) -> Described:
    """Describe all files for the list of assets. Later assets win."""
    groups = [[item for item in part.items if item.is_file] for part in parts]
    if len({part.tree for group in groups for part in group[:1]}) > 1:  # files of one tree have a path each
        files = list({item.target: item for group in groups for item in group}.values())
    else:
        files = [item for group in groups for item in group]
    found = bytearray(len(files) * _DIGEST)

    def digest(number: int) -> None:
        found[number * _DIGEST : (number + 1) * _DIGEST] = _sha256(files[number])

    large = [number for number, item in enumerate(files) if item.size >= _INLINE]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = pool.map(digest, large)
        for number, item in enumerate(files):
            if item.size < _INLINE:
                digest(number)
        list(running)  # raises what a thread raised
    return Described(files, found)


def _items(asset: Asset) -> Iterator[Item]:
    source = asset.source
    if on_disk.is_folder(source):
        yield from _walk(Tree(source=str(source), root=str(PurePosixPath(asset.target))))
        return
    path = PurePosixPath(asset.target)
    path = path / source.name if asset.target.endswith("/") else path
    tree = Tree(source=str(source.resolve()), root=str(path.parent))
    yield _file(tree, path.name, tree.source, inside=False)


def _walk(tree: Tree) -> Iterator[Item]:
    """List a folder in the order of the paths' parts."""
    real = os.path.realpath(tree.source)
    waiting = [_listed(tree.source, "")]
    while waiting:
        found = next(waiting[-1], None)
        if found is None:
            waiting.pop()
            continue
        entry, name = found
        if entry.is_symlink():
            yield _link(tree, name, entry.path, real)
        elif not entry.is_dir(follow_symlinks=False):
            yield _file(tree, name, entry.path)
        elif inner := list(_listed(entry.path, name)):
            waiting.append(iter(inner))
        else:
            yield Item(tree=tree, name=name, folder=True)


def _listed(folder: str, name: str) -> Iterator[tuple["os.DirEntry[str]", str]]:
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry for entry in entries if entry.name not in LITTER), key=lambda entry: entry.name)
    except OSError as error:
        raise SpecError(f"cannot read '{folder}': {error.strerror}") from error
    return iter([(entry, f"{name}/{entry.name}" if name else entry.name) for entry in found])


def _file(tree: Tree, name: str, source: str, *, inside: bool = True) -> Item:
    try:
        status = os.stat(source)  # of a path that is text
    except OSError as error:
        raise SpecError(f"cannot read '{source}': {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        raise SpecError(f"'{source}' is neither a file nor a folder")
    executable = bool(status.st_mode & 0o111)
    return Item(tree=tree, name=name, inside=inside, size=status.st_size, executable=executable)


def _link(tree: Tree, name: str, source: str, folder: str) -> Item:
    to = Path(source).readlink()
    landed = Path(os.path.realpath(source))
    if to.is_absolute() or not landed.is_relative_to(folder):
        raise SpecError(
            f"the link '{source}' leaves the folder '{tree.source}'",
            hint="Put the file itself into the folder, or add it with an --add of its own.",
        )
    if not on_disk.exists(landed):
        raise SpecError(f"the link '{source}' points to '{to}', which does not exist")
    return Item(tree=tree, name=name, link=to.as_posix())


def _missing(folder: str, made: set[str]) -> Iterator[str]:
    """The folders on the way to one that are not in an archive yet, the highest first; notes them."""
    if folder in made:
        return
    yield from _missing(folder.rpartition("/")[0], made)
    made.add(folder)
    yield folder


def _sha256(item: Item) -> bytes:
    if item.size < tarball.BLOCK:
        return hashlib.sha256(tarball.whole(item.source, item.size)).digest()
    digest = hashlib.sha256()
    for chunk in tarball.chunks(item.source):
        digest.update(chunk)
    return digest.digest()
