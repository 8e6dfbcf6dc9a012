"""A model's zip file, unpacked by the runtime's own rules: what a device refuses is refused here, in its words.

The runtime's `fetch` does it, in a child process with bounds of memory, of computing and of what it writes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azdacli.errors import AzdaError, SpecError
from azdacli.util import files, resources

_FILES = "files"
# A device keeps room free for its other work; what is unpacked here is gone a little later.
_LIMITS = {"reserve": 0, "reserve_files": 0}


def is_zip(path: Path) -> bool:
    """Whether a file is a ZIP archive of a folder: by its name, for models and numpy archives are ZIP files too."""
    return path.suffix.lower() == ".zip" and files.is_file(path)


def unpack(path: Path, folder: Path) -> Path:
    """Unpack an archive.

    Args:
        path: The archive.
        folder: Where its files go; it is made.

    Returns:
        The model's root: the folder with its files, or its one top folder.

    Raises:
        SpecError: The runtime would not take it either.
    """
    folder.mkdir(parents=True, exist_ok=True)
    orders = {"file": str(path.resolve()), "folder": str(folder), "limits": _LIMITS}
    code, answer = _asked(json.dumps(orders))
    if code == 0 and answer.get("event") == "fetched":
        return Path(folder, _FILES, answer["root"])
    if answer.get("event") == "failed":
        raise SpecError(f"'{path}': {answer['message'].rstrip('.')}", hint=answer["hint"] or None)
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    raise SpecError(
        f"'{path}' cannot be unpacked: the process that reads it {how}",
        hint="Make the zip file again with an ordinary program, or give the folder itself.",
    )


@contextmanager
def named(path: Path, folder: Path) -> Iterator[None]:
    """Name the archive that was given where a failure names the folder that it was unpacked into.

    Raises:
        AzdaError: The failure, which names no scratch folder.
    """
    try:
        yield
    except AzdaError as error:
        hint = None if error.hint is None else renamed(error.hint, path, folder)
        raise type(error)(renamed(str(error), path, folder), hint=hint) from None


def renamed(found: Any, path: Path, folder: Path) -> Any:
    """A text, or plain data with texts, with the archive's own name for the folder that it was unpacked into."""
    if isinstance(found, Mapping):
        return {renamed(key, path, folder): renamed(value, path, folder) for key, value in found.items()}
    if isinstance(found, list):
        return [renamed(each, path, folder) for each in found]
    if isinstance(found, str):
        for each in dict.fromkeys((folder.resolve(), folder)):  # with a link on the way they differ
            found = found.replace(str(each / _FILES), str(path))
    return found


def _asked(orders: str) -> tuple[int, Mapping[str, Any]]:
    """How the runtime's `fetch` ended, and the last that it said. It ends when its input is closed, thus with us."""
    # Not in the user's folder: a types.py of theirs there would be imported for Python's own.
    here = str(resources.DOCKER_BUILD)
    environment = {**os.environ, "PYTHONPATH": here, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "azda_runtime", "fetch"]  # our own interpreter and module
    pipe = subprocess.PIPE
    try:
        with subprocess.Popen(
            command, cwd=here, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        ) as child:
            assert child.stdin is not None  # noqa: S101 # for mypy: it was asked for
            assert child.stdout is not None  # noqa: S101 # as well
            child.stdin.write(f"{orders}\n")
            child.stdin.flush()
            lines = child.stdout.read().splitlines()
            child.wait()  # before its input is closed, at which it ends as one that is not wanted
    except OSError as error:
        raise SpecError(
            f"the archive could not be handed to the runtime ({type(error).__name__})", hint="Give the folder itself."
        ) from error
    return child.returncode, json.loads(lines[-1]) if lines else {}
