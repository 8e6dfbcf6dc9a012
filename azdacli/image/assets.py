"""The user's assets: what each `--add` brings, where it goes in the image, and into which layer.

An edit of a parser must never move the model, nor the reverse, also when both stand in one folder. So each
asset is split into two parts, each a layer of its own: what is big or is a model, and everything else.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from azdacli.errors import SpecError
from azdacli.image.spec import Asset, check_names
from azdacli.util import files as on_disk
from azdacli.util import paths, tarball

MODELS = "models"
CODE = "code"

# A file of at least this size goes with the models: so the other part stays small whatever is in the folder.
BIG = 64 * 1024
MODEL_SUFFIXES = frozenset(
    [
        *(".onnx", ".engine", ".plan", ".trt", ".etlt", ".tlt", ".uff", ".caffemodel", ".pb", ".pt", ".pth", ".ts"),
        *(".savedmodel", ".tflite", ".bin", ".xml", ".so"),
    ]
)

# What operating systems and editors leave behind; it would change digests and helps nobody in an image.
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "__pycache__", ".git"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One file, link or empty folder of an asset.

    Attributes:
        path: Absolute path in the image.
        source: Where it is on this machine.
        size: Bytes; 0 for what is no file.
        executable: Whether it may be run.
        link: What a symbolic link points to; None for what is no link.
        folder: Whether it is a folder without contents.
    """

    path: PurePosixPath
    source: Path
    size: int = 0
    executable: bool = False
    link: str | None = None
    folder: bool = False

    @property
    def part(self) -> str:
        """The part of the asset that it belongs to."""
        is_model = self.size >= BIG or self.path.suffix.lower() in MODEL_SUFFIXES
        return MODELS if is_model and self.link is None and not self.folder else CODE


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
        made: set[PurePosixPath] = set()
        for item in self.items:
            place = prefix / item.path.relative_to(self.root)
            for parent in [*reversed(place.parents), *([place] if item.folder else [])]:
                if parent not in made and parent.parts:
                    made.add(parent)
                    yield tarball.Folder(name=str(parent))
            if item.link is not None:
                yield tarball.Link(name=str(place), to=item.link)
            elif not item.folder:
                yield tarball.File(name=str(place), source=item.source, size=item.size, executable=item.executable)


def find(texts: Iterable[str], build_folder: Path | None) -> tuple[Asset, ...]:
    """Read every `--add`.

    A relative source is looked for beside the docker-build folder (as the tutorial has it), in it, and in the
    working directory.

    Raises:
        SpecError: A source does not exist, or an `--add` is no source and target.
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
    places = ", ".join(f"'{base}'" for base in dict.fromkeys(bases))
    raise SpecError(f"there is no '{source}' to add", hint=f"Looked in {places}.")


def scan(asset: Asset) -> tuple[Part, ...]:
    """List what an asset brings, split into the parts that become layers; models come first.

    Raises:
        SpecError: Something cannot be read, is no file, or a link leaves the folder.
    """
    source = asset.source
    if on_disk.is_folder(source):
        root = PurePosixPath(asset.target)
        items = sorted(_walk(source, root), key=lambda item: item.path.parts)
        if not items:
            raise SpecError(f"the folder '{source}' to add is empty")
        for item in items:
            check_names(item.path, item.source)
    else:
        into_folder = asset.target.endswith("/")
        path = PurePosixPath(asset.target) / source.name if into_folder else PurePosixPath(asset.target)
        root = path.parent
        check_names(path, source)
        items = [_file(source.resolve(), path)]
    return tuple(
        Part(name=name, root=root, items=tuple(i for i in items if i.part == name))
        for name in (MODELS, CODE)
        if any(i.part == name for i in items)
    )


def digests(parts: Iterable[Part]) -> list[dict[str, str | int]]:
    """Describe all files for a label: path in the image, size in bytes, `sha256:…`. Later assets win."""
    files = {item.path: item for part in parts for item in part.items if item.link is None and not item.folder}
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        hashes = pool.map(lambda item: _sha256(item.source), files.values())
        return [
            {"path": str(item.path), "size": item.size, "digest": digest}
            for item, digest in zip(files.values(), hashes, strict=True)
        ]


def _walk(folder: Path, root: PurePosixPath) -> Iterator[Item]:
    for place, folders, files in os.walk(folder, onerror=_refuse):
        here = Path(place)
        inside = root / PurePosixPath(*here.relative_to(folder).parts)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in LITTER and name not in links)
        names = [name for name in [*files, *links] if name not in LITTER]
        for name in names:
            path = here / name
            yield _link(path, inside / name, folder) if path.is_symlink() else _file(path, inside / name)
        if not names and not folders and here != folder:
            yield Item(path=inside, source=here, folder=True)


def _file(source: Path, path: PurePosixPath) -> Item:
    try:
        status = source.stat()
    except OSError as error:
        raise SpecError(f"cannot read '{source}': {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        raise SpecError(f"'{source}' is neither a file nor a folder")
    return Item(path=path, source=source, size=status.st_size, executable=bool(status.st_mode & 0o111))


def _link(source: Path, path: PurePosixPath, folder: Path) -> Item:
    to = source.readlink()
    landed = Path(os.path.realpath(source))
    if to.is_absolute() or not landed.is_relative_to(folder.resolve()):
        raise SpecError(
            f"the link '{source}' leaves the folder '{folder}'",
            hint="Put the file itself into the folder, or add it with an --add of its own.",
        )
    if not on_disk.exists(landed):
        raise SpecError(f"the link '{source}' points to '{to}', which does not exist")
    return Item(path=path, source=source, link=to.as_posix())


def _refuse(error: OSError) -> None:
    raise SpecError(f"cannot read '{error.filename}': {error.strerror}") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in tarball.chunks(path):
        digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"
