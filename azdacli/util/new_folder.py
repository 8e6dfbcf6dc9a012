"""A folder that is there whole, or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.util import signals


def make(folder: Path, texts: Mapping[str, str], copies: Mapping[str, Path]) -> None:
    """Make a folder with files in it; it appears under its name when it is whole.

    Args:
        folder: Where; nothing may be there.
        texts: Path within it -> text.
        copies: Path within it -> the file to copy.

    Raises:
        SpecError: Something is there already, or it cannot be written.
    """
    refuse_existing(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (
            signals.caught(_end),
            tempfile.TemporaryDirectory(prefix=f".{folder.name[:100]}-", dir=folder.parent) as made,
        ):
            whole = Path(made, "new")
            _fill(whole, texts, copies)
            refuse_existing(folder)
            os.rename(whole, folder)  # noqa: PTH104 # it never replaces a folder with something in it, nor a file
    except OSError as error:
        raise SpecError(
            f"'{folder}' cannot be written: {error.strerror or error}", hint="Name a folder where you may write."
        ) from None


def refuse_existing(folder: Path) -> None:
    """Refuse what is there already.

    Raises:
        SpecError: It is.
    """
    with contextlib.suppress(ValueError):
        if os.path.lexists(folder):
            raise SpecError(f"'{folder}' exists already", hint="Name a folder that is not there yet.")


def _fill(whole: Path, texts: Mapping[str, str], copies: Mapping[str, Path]) -> None:
    for name, text in texts.items():
        path = whole / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if name == ".env":
            path.chmod(0o600)
    for name, source in copies.items():
        (whole / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, whole / name)


def _end(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
