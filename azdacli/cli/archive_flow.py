"""Zip files among what is checked: a folder each, and named as they were given."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from azdacli.edge import model_archive
from azdacli.parser_check.finding import Report


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """What is checked, with the folders that archives were unpacked into.

    Attributes:
        paths: What was given, a folder for each archive.
        archives: Each archive, and its folder.
    """

    paths: tuple[Path, ...]
    archives: tuple[tuple[Path, Path], ...]

    def named(self, found: Any) -> Any:
        """A text, or plain data, with the archives' own names."""
        for archive, folder in self.archives:
            found = model_archive.renamed(found, archive, folder)
        return found

    def report(self, found: Report) -> Report:
        """A report with the archives' own names."""
        findings = [
            replace(f, path=self._path(f.path), message=self.named(f.message), cure=self.named(f.cure))
            for f in found.findings
        ]
        return replace(found, findings=tuple(findings), files=tuple(map(self._path, found.files)))

    def _path(self, path: Path) -> Path:
        return Path(self.named(str(path)))


@contextmanager
def unpacked(paths: Sequence[Path]) -> Iterator[Unpacked]:
    """Unpack the zip files among paths, as `simulate` does.

    Raises:
        AzdaError: One of them cannot be unpacked; or the check's own failure, which names no scratch folder.
    """
    with tempfile.TemporaryDirectory(prefix="azdacli-") as scratch, ExitStack() as names:
        given, archives = [], []
        for number, path in enumerate(paths):
            if not model_archive.is_zip(path):
                given.append(path)
                continue
            folder = Path(scratch, str(number))
            given.append(model_archive.unpack(path, folder))
            names.enter_context(model_archive.named(path, folder))
            archives.append((path, folder))
        yield Unpacked(paths=tuple(given), archives=tuple(archives))
