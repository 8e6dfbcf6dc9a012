"""Unpacking an archive that nobody vouches for: plain files within its own folder, or nothing."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from azda_runtime.models.errors import ModelError
from azda_runtime.models.limits import Limits
from azda_runtime.models.space import check_space
from azda_runtime.models.zip_directory import check_directory
from azda_runtime.problems import shown

_CHUNK = 256 * 1024
_LONGEST_NAME = 255
_LONGEST_PATH = 1024
_ENCRYPTED = 0x1
# Both unpack in constant memory. The others do not: 3 kB of bzip2 may become 8 GB in one piece.
_TAKEN = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_METHODS = {9: "Deflate64", zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "LZMA", 93: "Zstandard", 95: "xz"}
_LITTER = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini"}
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


def unpack(archive: Path, folder: Path, *, limits: Limits) -> Path:
    """Unpack a zip file.

    Args:
        archive: The file.
        folder: Where to; exists and is empty.
        limits: Bounds of sizes and counts.

    Returns:
        The model's root: the folder itself, or its one top folder when the archive has nothing beside that.

    Raises:
        ModelError: It is not a zip file, or one that could do harm. The caller removes what was unpacked by then.
    """
    try:
        check_directory(archive, limits)
        with zipfile.ZipFile(archive) as opened:
            entries = list(_trusted(opened, archive.stat().st_size, limits))
            folders = _folders([path for path, _ in entries], limits)
            size = sum(info.file_size for _, info in entries)
            check_space(folder, size=size, files=len(entries) + folders, limits=limits)
            for path, info in entries:
                _write(opened, info, folder / path, info.file_size)
    except _BROKEN as error:
        raise ModelError(
            f"The archive is broken: {error}.", hint="Make the zip file again and upload it whole."
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelError(f"The archive cannot be unpacked: {reason}.", hint="Make room on the disk.") from error
    if not entries:
        raise ModelError("The archive holds no file.", hint="Put the model, its configuration and its parser into it.")
    return _root(folder, [path for path, _ in entries])


def _trusted(opened: zipfile.ZipFile, size: int, limits: Limits) -> Iterator[tuple[PurePosixPath, zipfile.ZipInfo]]:
    infos = opened.infolist()
    if sum(info.file_size for info in infos) > limits.unpacked:
        raise ModelError("The archive is too large unpacked.", hint=f"At most {limits.unpacked} bytes are taken.")
    if sum(info.compress_size for info in infos) > size:
        raise ModelError("The archive's entries overlap.", hint="Make the zip file with an ordinary program.")
    files: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for info in infos:
        path = _path_of(info)
        if len(path.parts) > limits.depth:
            hint = "Zip the model's folder alone, not the folders around it."
            raise ModelError(f"The archive's entry {_name(info)} lies {len(path.parts)} folders deep.", hint=hint)
        if _is_litter(path) or info.is_dir() or info.filename.endswith("\\"):
            continue
        if path in files:
            raise ModelError(f"The archive holds {_name(info)} twice.", hint="Make the zip file again.")
        _refuse_other_methods(info)
        files[path] = info
    _refuse_files_that_are_folders(files)
    yield from files.items()


def _path_of(info: zipfile.ZipInfo) -> PurePosixPath:
    """The entry's path below the model's folder; programs on Windows write it with backslashes."""
    text = info.orig_filename.replace("\\", "/")
    path = PurePosixPath(text)
    unsafe = (
        text.startswith("/")
        or ".." in path.parts
        or (len(text) > 1 and text[1] == ":")
        or not text.rstrip("/").strip(".")
    )
    if unsafe:
        raise ModelError(
            f"The archive's entry {_name(info)} would leave the model's folder.", hint="Zip the folder's own contents."
        )
    if not text.isprintable() or len(text.encode()) > _LONGEST_PATH or any(_too_long(part) for part in path.parts):
        raise ModelError(f"The archive's entry {_name(info)} has no usable name.", hint="Rename the file.")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a link" if kind == stat.S_IFLNK else "no plain file"
        raise ModelError(f"The archive's entry {_name(info)} is {what}.", hint="Put the file itself into the archive.")
    if info.flag_bits & _ENCRYPTED:
        raise ModelError(
            f"The archive's entry {_name(info)} is encrypted.", hint="Make the zip file without a password."
        )
    return path


def _refuse_other_methods(info: zipfile.ZipInfo) -> None:
    if info.compress_type not in _TAKEN:
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        raise ModelError(
            f"The archive's entry {_name(info)} is compressed by {method}.",
            hint="Make the zip file with deflate, as any program does by default, or without compression.",
        )


def _folders(paths: Iterable[PurePosixPath], limits: Limits) -> int:
    """How many folders the paths need; none of them has an entry of its own to count."""
    found: set[PurePosixPath] = set()
    for count, path in enumerate(paths, 1):
        found.update(path.parents)
        if count + len(found) > limits.entries + 1:  # the top one is there
            raise ModelError(
                f"The archive has more than {limits.entries} files and folders.",
                hint="Leave out what the model does not need.",
            )
    return len(found) - 1


def _too_long(part: str) -> bool:
    return len(part.encode()) > _LONGEST_NAME


def _is_litter(path: PurePosixPath) -> bool:
    return any(part.lower() in _LITTER for part in path.parts) or path.name.startswith("._")


def _refuse_files_that_are_folders(files: Iterable[PurePosixPath]) -> None:
    known = set(files)
    for path in known:
        if known.intersection(path.parents):
            raise ModelError(
                f"The archive holds {shown(str(path))} below a name that is a file.", hint="Make the zip file again."
            )


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, announced: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    count = 0
    with os.fdopen(handle, "wb") as file, opened.open(info) as source:
        while chunk := source.read(_CHUNK):
            count += len(chunk)
            if count > announced:
                raise ModelError(f"The archive's entry {_name(info)} is larger than it says.", hint="Make it again.")
            file.write(chunk)
    if count != announced:
        raise ModelError(f"The archive's entry {_name(info)} is smaller than it says.", hint="Make it again.")


def _root(folder: Path, paths: Iterable[PurePosixPath]) -> Path:
    tops = {path.parts[0] if len(path.parts) > 1 else "" for path in paths}
    return folder / tops.pop() if len(tops) == 1 else folder


def _name(info: zipfile.ZipInfo) -> str:
    return shown(info.orig_filename)
