"""Where the files are that a configuration names: beside it on this machine, or in the image that it goes into."""

import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from azdacli.image.file_tree import FileTree, FolderInImage
from azdacli.util import files
from azdacli.util.suggest import near
from dsconfig import lookup
from dsconfig.triton_repository import Folder, FolderOnDisk

_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """Why a file that is named is not there.

    Attributes:
        message: One sentence.
        cure: What to do; None for what the rule says.
        sure: Whether it is certain that the device will not find it either.
    """

    message: str
    cure: str | None = None
    sure: bool = True


class Location(Protocol):
    """The surroundings of one file, in which the paths that it names are resolved."""

    def find(self, name: str) -> Path | None:
        """The file on this machine that a path leads to; None when there is none that can be read."""

    def folder(self, name: str) -> Path | None:
        """The folder on this machine that a path leads to; None when there is none that can be read."""

    def repository(self, name: str) -> Folder | None:
        """The folder that a path leads to, also where several sources fill it; None when there is none."""

    def beside(self, name: str) -> "Location":
        """The surroundings of a file that this one names."""

    def absence(self, name: str) -> Absence | None:
        """Why a path leads to no file; None when it does, or when nobody can tell."""

    def holds(self, names: Sequence[str], compiled: str) -> bool:
        """Whether one of some paths is there, or a compiled module that begins so, whoever has its bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OnDisk:
    """The folder that a file is in.

    Attributes:
        path: The file, as the user named it.
    """

    path: Path

    def find(self, name: str) -> Path | None:
        """The file that a path leads to."""
        found = self._path(name)
        return found if files.is_file(found) else None

    def folder(self, name: str) -> Path | None:
        """The folder that a path leads to."""
        found = self._path(name)
        return found if files.is_folder(found) else None

    def repository(self, name: str) -> Folder | None:
        """The folder that a path leads to."""
        found = self.folder(name)
        return FolderOnDisk(path=found) if found else None

    def beside(self, name: str) -> Location:
        """The surroundings of a file that this one names."""
        return OnDisk(path=self._path(name))

    def absence(self, name: str) -> Absence | None:
        """Why a path leads to no file. An absolute path is one in the image: nobody can look there from here."""
        path = self._path(name)
        if PurePosixPath(name).is_absolute() or files.exists(path):
            return None
        return Absence(
            message=f"there is no '{shortened(name)}' beside {self.path.name}", cure=self._instead(path, name)
        )

    def holds(self, names: Sequence[str], compiled: str) -> bool:
        """Whether one of some paths is there, or a compiled module that begins so."""
        start = self._path(compiled)
        libraries = start.parent.glob(f"{start.name}*so") if files.is_folder(start.parent) else ()
        return any(files.exists(self._path(name)) for name in names) or any(True for _ in libraries)

    def _path(self, name: str) -> Path:
        return self.path.parent / name

    def _instead(self, path: Path, name: str) -> str | None:
        if name != name.rstrip() and files.exists(self._path(name.rstrip())):
            return "Remove the blank at the end of the line: it is part of the name."
        names = [p.name for p in sorted(path.parent.iterdir())] if files.is_folder(path.parent) else []
        return like(path.name, names)


@dataclass(frozen=True, kw_only=True, slots=True)
class InImage:
    """A folder of the image that is being made.

    Attributes:
        tree: The image's files.
        path: The file in the image.
        source: The file on this machine.
    """

    tree: FileTree
    path: str
    source: Path

    def find(self, name: str) -> Path | None:
        """The file on this machine that will be where a path leads."""
        return self.tree.file(self._path(name))

    def folder(self, name: str) -> Path | None:
        """The folder on this machine that will be where a path leads."""
        return self.tree.folder(self._path(name))

    def repository(self, name: str) -> Folder | None:
        """The folder of the image that a path leads to."""
        found = self.tree.paths.resolve(self._path(name))
        return FolderInImage(tree=self.tree, path=found) if found in self.tree.paths.folders else None

    def beside(self, name: str) -> Location:
        """The surroundings of a file that this one names."""
        path = self._path(name)
        return InImage(
            tree=self.tree, path=self.tree.paths.resolve(path) or path, source=self.tree.file(path) or self.source
        )

    def absence(self, name: str) -> Absence | None:
        """Why a path leads to no file of the image. What the base has, and what commands make, nobody can look at."""
        path = self._path(name)
        plain = posixpath.normpath(path)
        paths = self.tree.paths
        if paths.holds(path) or self.tree.mentioned(plain):
            return None
        if paths.holds(plain):
            message = f"'{shortened(name)}' leads through a folder that the image does not have"
            return Absence(message=message, cure=f"Write {plain}.")
        meant = self._like(plain, name)
        if lack := self.tree.base.lack(plain):
            message = f"'{shortened(plain)}' {lack.message}"
            return Absence(message=message, cure=lack.hint, sure=lack.sure and self.tree.complete)
        if lookup.in_base(plain):
            # A folder that an asset fills holds what the asset brings; any other is the base's own.
            if not paths.within(posixpath.dirname(plain)) or meant is None:
                return None
            return Absence(
                message=f"'{shortened(plain)}' is not among the files that --add puts there", cure=meant, sure=False
            )
        sure = paths.owns(plain) or (self.tree.complete and not name.startswith("/"))
        leads = "" if name == plain else f", where '{shortened(name)}' leads"
        doubt = "" if sure else ", unless a volume brings it"
        return Absence(
            message=f"the image has no {shortened(plain)}{leads}{doubt}",
            cure=meant or self._add(plain, name),
            sure=sure,
        )

    def holds(self, names: Sequence[str], compiled: str) -> bool:
        """Whether one of some paths will be there, or a compiled module that begins so, whichever layer has it."""
        start, paths = self._path(compiled), self.tree.paths
        libraries = (path for path in paths.within(posixpath.dirname(start)) if path.endswith("so"))
        return any(paths.holds(self._path(name)) for name in names) or any(path.startswith(start) for path in libraries)

    def _path(self, name: str) -> str:
        return lookup.beside(self.path, name)

    def _like(self, plain: str, name: str) -> str | None:
        """What was probably meant: the blank, the same name elsewhere in the image, or a similar one in the folder."""
        paths = self.tree.paths
        if name != name.rstrip() and paths.holds(self._path(name.rstrip())):
            return "Remove the blank at the end of the line: it is part of the name."
        folder, _, own = plain.rpartition("/")
        if cure := like(own, [path.rpartition("/")[2] for path in paths.within(folder)]):
            return cure
        elsewhere = paths.named(own)
        return f"It is in the image as {elsewhere[0]}: name that, or change --add." if elsewhere else None

    def _add(self, plain: str, name: str) -> str | None:
        """The option that brings the file, where it stands beside the configuration on this machine."""
        here = self.source.parent / name
        if name.startswith("/") or not files.exists(here):
            return "Bring it with an --add of its own, or correct the path."
        return f'Add it: --add "{_shown(here)} {plain}".'


def _shown(path: Path) -> str:
    whole = Path(os.path.normpath(path))
    text = (whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole).as_posix()
    return f"'{text}'" if " " in text else text


def like(name: str, names: list[str]) -> str | None:
    """Suggest a name of the same folder."""
    if f"{name}.so" in names:
        return f"The folder has '{name}.so': write the name with its ending."
    close = near(name, names, cutoff=0.7)
    return f"The folder has '{close}': did you mean that?" if close else None


def shortened(name: str) -> str:
    """A name as a message shows it."""
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
