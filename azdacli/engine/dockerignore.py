"""The context of any other Dockerfile: its folder, less what its .dockerignore leaves out."""

from collections.abc import Iterator
from pathlib import Path

import docker.utils.build

from azdacli.errors import SpecError
from azdacli.util import files, tarball


def find(path: Path) -> tuple[Path, str]:
    """Find the folder and the Dockerfile's name in it, from either of the two.

    Raises:
        SpecError: There is no Dockerfile.
    """
    dockerfile = path / "Dockerfile" if files.is_folder(path) else path
    if not files.is_file(dockerfile):
        raise SpecError(
            f"there is no Dockerfile at '{path}'", hint="Name the folder that holds it, or the file itself."
        )
    return dockerfile.parent, dockerfile.name


def entries(folder: Path, dockerfile: str) -> list[tarball.Entry]:
    """List the folder in the order of names; `.dockerignore` is read as docker reads it.

    Raises:
        SpecError: Something cannot be read.
    """
    ignored = folder / ".dockerignore"
    lines = files.read_text(ignored).splitlines() if files.is_file(ignored) else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    names = docker.utils.build.exclude_paths(str(folder), patterns, dockerfile=dockerfile)
    return list(_entries(folder, sorted(names, key=lambda name: Path(name).parts)))


def _entries(folder: Path, names: list[str]) -> Iterator[tarball.Entry]:
    for name in names:
        path, inside = folder / name, Path(name).as_posix()
        if path.is_symlink():
            yield tarball.Link(name=inside, to=path.readlink().as_posix())
        elif files.is_folder(path):
            yield tarball.Folder(name=inside)
        elif files.is_file(path):
            status = path.stat()
            yield tarball.File(name=inside, source=path, size=status.st_size, executable=bool(status.st_mode & 0o111))
        elif files.exists(path):
            raise SpecError(f"'{path}' is neither a file nor a folder", hint="Name it in .dockerignore.")
