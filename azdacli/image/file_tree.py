"""The files of an image before it exists: where each `--add` puts what is on this machine, and what its base has."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from azdacli.image import context
from azdacli.image.assets import Item, Part
from azdacli.image.spec import Target
from dsconfig.base_image import BaseImage
from dsconfig.lookup import Paths

_UNKNOWN = BaseImage()


def base_of(release: str, target: Target, build_folder: Path | None = None) -> BaseImage:
    """What is known of the base of an image.

    Args:
        release: DeepStream's.
        target: The device type.
        build_folder: The docker-build whose runtime is in it; without it the runtime's files count as unknown.
    """
    own = context.runtime_files(build_folder, simulator=target is Target.CPU) if build_folder else ()
    return BaseImage(release=release, deepstream=target is not Target.CPU, own=frozenset(own))


class FileTree:
    """An image's own files, the base's folders excepted.

    Attributes:
        paths: All of them.
        base: What is known of the base's own.
        complete: Whether no command may have made other files.

    Args:
        parts: What is added, in the order of `--add`: a later file takes an earlier one's path.
        listed: Files that earlier layers have, by their paths; nobody can read them from here.
        commands: The commands that run before anything is added.
        base: What is known of the base's own files.
    """

    def __init__(
        self,
        parts: Iterable[Part],
        *,
        listed: Iterable[str] = (),
        commands: Sequence[str] = (),
        base: BaseImage = _UNKNOWN,
    ) -> None:
        items: dict[str, Item] = {item.target: item for part in parts for item in part.items}
        self._items = {path: item for path, item in items.items() if item.is_file}
        links = {path: item.link for path, item in items.items() if item.link is not None}
        empty = [path for path, item in items.items() if item.folder]
        earlier = [path for path in listed if path not in links]
        self.paths = Paths([*earlier, *self._items], empty, links)
        self.complete = not commands
        self.base = base
        self._commands = "\n".join(commands)
        roots = {item.tree: os.path.realpath(item.tree.source) for item in self._items.values()}
        self._by_source: defaultdict[str, list[str]] = defaultdict(list)
        for path, item in self._items.items():
            root = roots[item.tree]
            self._by_source[os.path.join(root, item.name) if item.inside else root].append(path)  # text

    def file(self, path: str) -> Path | None:
        """The file on this machine that will have a path in the image."""
        found = self.paths.resolve(path)
        item = self._items.get(found) if found else None
        return Path(item.source) if item else None

    def folder(self, path: str) -> Path | None:
        """The folder on this machine whose contents are all that a folder in the image has; None when it is no such."""
        found = self.paths.resolve(path)
        if found is None or found not in self.paths.folders:
            return None
        start = "/" if found == "/" else f"{found}/"
        below = [file for file in self.paths.files if file.startswith(start)]
        items = [self._items.get(file) for file in below]
        trees = {item.tree if item and item.inside else None for item in items}
        tree = next(iter(trees)) if len(trees) == 1 else None
        root = tree.root.rstrip("/") if tree else ""
        return Path(tree.source, found[len(root) :].lstrip("/")) if tree and found.startswith(root) else None

    def of(self, source: Path) -> Sequence[str]:
        """The paths in the image that a file of this machine gets."""
        return self._by_source.get(os.path.realpath(source), ())

    def mentioned(self, path: str) -> bool:
        """Whether a command names the file or its folder: then it may be what makes it."""
        folder, _, name = path.rpartition("/")
        return any(text and text in self._commands for text in (name, folder))


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderInImage:
    """A folder of the image, whichever `--add` and earlier layers fill it.

    Attributes:
        tree: The image's files.
        path: The folder, without links on the way.
    """

    tree: FileTree
    path: str

    def folder(self, name: str) -> "FolderInImage | None":
        """The folder of a name in it."""
        found = self.tree.paths.resolve(f"{self.path}/{name}")
        return FolderInImage(tree=self.tree, path=found) if found and found in self.tree.paths.folders else None

    def names(self) -> Iterator[str]:
        """The names of the folders in it."""
        start = "/" if self.path == "/" else f"{self.path}/"
        below = (folder[len(start) :] for folder in self.tree.paths.folders if folder.startswith(start))
        return (name for name in below if name and "/" not in name)

    def file(self, name: str) -> Path | None:
        """The file on this machine that will have the name."""
        return self.tree.file(f"{self.path}/{name}")

    def hidden(self, name: str) -> bool:
        """Whether an earlier layer has a file of the name."""
        return self.tree.paths.resolve(f"{self.path}/{name}") in self.tree.paths.files and self.file(name) is None
