"""A folder that came as a ZIP archive: unpacked within limits, and never outside of where it belongs."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from azdacli.errors import SpecError
from azdacli.util import files

_MOST_FILES = 10_000
_MOST_BYTES = 8 * 1024**3
_MOST_DEPTH = 64


def is_zip(path: Path) -> bool:
    """Whether a file is a ZIP archive of a folder: by its name, for models and numpy archives are ZIP files too."""
    return path.suffix.lower() == ".zip" and files.is_file(path)


def unpack(path: Path, folder: Path) -> Path:
    """Unpack an archive.

    Args:
        path: The archive.
        folder: Where its files go; it is made.

    Returns:
        The folder.

    Raises:
        SpecError: It is no whole archive, too large, or holds what belongs to no folder.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check(path, members)
            for member in members:
                target = folder.joinpath(*_parts(member.filename))
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("xb") as file:
                    shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise SpecError(
            f"'{path}' cannot be unpacked: {error}", hint="Pack the folder again, without a password."
        ) from None
    except OSError as error:
        raise SpecError(f"'{path}' cannot be unpacked: {error.strerror}", hint="Give the folder itself.") from None
    return folder


def _check(path: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > _MOST_FILES or sum(member.file_size for member in members) > _MOST_BYTES:
        raise SpecError(
            f"'{path}' holds {len(members)} files, or more than {_MOST_BYTES // 1024**3} GiB",
            hint="Give the folder itself.",
        )
    for member in members:
        name, parts = member.filename, PurePosixPath(member.filename).parts
        link = stat.S_ISLNK(member.external_attr >> 16)
        if link or not parts or ".." in parts or name.startswith("/") or "\\" in name or len(parts) > _MOST_DEPTH:
            what = "a link" if link else "a path that leaves the folder"
            raise SpecError(f"'{path}' holds {what}: '{name[:200]}'", hint="Pack the folder again.")


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name).parts
