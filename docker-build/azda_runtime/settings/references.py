"""The files that a configuration names, and which of them are there."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from azda_runtime.problems import Problem, shown


class ReferenceKind(Enum):
    """What a file is to the pipeline that names it."""

    CONFIG = "config"
    PARSER = "parser"
    TRACKER = "tracker"
    DEWARP = "dewarp"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReference:
    """A file that the configuration names.

    Attributes:
        location: The JSON path where it is named.
        path: Its normalised path, absolute in the image or relative.
        kind: What it is to the pipeline.
        in_archive: Whether the pipeline has a model archive, where relative paths are looked up first.
    """

    location: str
    path: str
    kind: ReferenceKind
    in_archive: bool

    def as_json(self) -> dict[str, object]:
        """The reference as plain data."""
        return {"path": self.location, "value": self.path, "kind": self.kind.value, "inArchive": self.in_archive}


def missing(references: Iterable[FileReference], exists: Callable[[str], bool]) -> Iterator[Problem]:
    """Find the files that do not exist.

    Args:
        references: What the configuration names.
        exists: Whether a path, absolute or relative, leads to a file.

    Yields:
        One problem per missing file; files of an archive that has yet to be fetched are not looked for.
    """
    for reference in references:
        if not reference.in_archive and not exists(reference.path):
            yield Problem(
                path=reference.location,
                message=f"The {reference.kind.value} file {shown(reference.path)} does not exist.",
                hint="Put it into the image with `azdacli create --add`, and name it by its path there.",
            )
