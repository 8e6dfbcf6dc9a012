"""Which files of a folder are parsers and which are configurations, by what is in them."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.parser_check.config import read
from azdacli.parser_check.config.settings import Config
from azdacli.parser_check.finding import Finding
from azdacli.util import files as on_disk

# A parser's names at the start of a line: a definition, or an import that brings one.
_PARSER = re.compile(
    rb"^[ \t]*(?:(?:async[ \t]+)?def[ \t]+parse_(?:det|custom|sgie)_model\b"
    rb"|(?:model_type|gie_unique_id|parse_(?:det|custom|sgie)_model)\b[^=\n(]*=(?!=))",
    re.MULTILINE,
)
_SKIPPED = frozenset({".git", "__pycache__", "__MACOSX", ".venv", "node_modules"})
_BIGGEST = 4 * 1024 * 1024
_MOST = 1_000_000  # a disk by mistake, not a folder of assets


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the regular files of a folder and its folders, sorted and without litter; no links to folders."""
    number = 0
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        for name in sorted(files):
            number += 1
            if number > _MOST:
                raise SpecError(
                    f"'{folder}' holds more than {_MOST} files",
                    hint="Give the folder with the parser and its configuration.",
                )
            yield Path(root, name)


def looks_like_parser(path: Path) -> bool:
    """Whether a Python file binds one of a parser's names; one that cannot be read may, and is not passed over."""
    try:
        if not path.is_file() or path.stat().st_size > _BIGGEST:
            return False
        # A file in UTF-16, as some Windows programs save it, has the names with null bytes in between.
        return _PARSER.search(path.read_bytes().replace(b"\0", b"")) is not None
    except OSError:
        return True


def in_folder(folder: Path) -> tuple[list[Path], list[Config], list[Finding]]:
    """The parsers and the configurations of a folder, and what is meant as a configuration and is no text."""
    parsers: list[Path] = []
    configs: list[Config] = []
    refused: list[Finding] = []
    for path in files_below(folder):
        suffix = path.suffix.lower()
        if suffix == ".py" and looks_like_parser(path):
            parsers.append(path)
        elif suffix in read.SUFFIXES and (found := read.found(path)) is not None:
            if isinstance(found, Finding):
                refused.append(found)
            else:
                configs.append(found)
    return parsers, configs, refused


def given(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Split what was asked for into files and folders.

    Raises:
        SpecError: One of them does not exist.
    """
    missing = [p for p in paths if not on_disk.exists(p)]
    if missing:
        raise SpecError(
            f"there is no file or folder '{missing[0]}'", hint="Check the path; it is taken from the working directory."
        )
    return [p for p in paths if not on_disk.is_folder(p)], [p for p in paths if on_disk.is_folder(p)]


def unique(paths: Iterable[Path]) -> list[Path]:
    """Each file once, in order."""
    return list({p.resolve(): p for p in paths}.values())
