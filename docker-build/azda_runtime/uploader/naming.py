"""What a recording is called in the container: a pattern, filled in by device, pipeline and date."""

import re
import string
from dataclasses import dataclass
from datetime import datetime

from azda_runtime.problems import InvalidValueError, did_you_mean, shown

DEFAULT = "{device}/{pipeline}/{date}/{file}"

# What Azure takes: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
LONGEST_NAME = 1024
_MOST_SEGMENTS = 254

_FIELDS = ("device", "pipeline", "date", "year", "month", "day", "hour", "file")
# A slash would make another folder of the name; a backslash becomes a slash in the SDKs of some languages.
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f]+")
_LONGEST_PATTERN = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class Naming:
    """A pattern that checks itself.

    Attributes:
        pattern: Text with fields in braces; `{file}` is one of them, so that two recordings never share a name.
        device: What stands for `{device}`.
    """

    pattern: str = DEFAULT
    device: str

    def __post_init__(self) -> None:
        where = f"The name pattern {shown(self.pattern, limit=120)}"
        try:
            parts = list(string.Formatter().parse(self.pattern))
        except ValueError as error:
            raise InvalidValueError(f"{where} cannot be read: {error}.", hint=f"Write it as {DEFAULT}.") from None
        fields = [name for _, name, _, _ in parts if name is not None]
        for _, name, form, conversion in parts:
            if name is not None and name not in _FIELDS:
                raise InvalidValueError(f"{where} has an unknown field {{{name[:60]}}}.", hint=_near(name))
            if form or conversion:
                raise InvalidValueError(
                    f"{where} formats {{{name}}}, which it cannot.", hint=f"Write {{{name}}} alone."
                )
        if "file" not in fields:
            hint = "Add {file}: without it, recordings would get the same name."
            raise InvalidValueError(f"{where} has no {{file}}.", hint=hint)
        segments = self.pattern.split("/")
        if not all(segments) or any(part.endswith(".") for part in segments) or self.pattern.startswith("."):
            hint = "Write names with one slash between them; none begins the pattern, and no name ends with a dot."
            raise InvalidValueError(f"{where} does not make a blob's name.", hint=hint)
        if len(self.pattern) > _LONGEST_PATTERN or len(segments) > _MOST_SEGMENTS:
            raise InvalidValueError(f"{where} is too long.", hint=f"Use {_LONGEST_PATTERN} characters at most.")
        if not _plain(self.device):
            raise InvalidValueError("The device has no name.", hint="Give it with --device.")

    def name(self, file: str, pipeline: str, time: datetime) -> str:
        """The name of a file's blob.

        Args:
            file: Its name in the folder.
            pipeline: Whose recording it is.
            time: When it begins, in UTC.
        """
        values = {
            "device": _plain(self.device),
            "pipeline": _plain(pipeline),
            "date": f"{time:%Y-%m-%d}",
            "year": f"{time:%Y}",
            "month": f"{time:%m}",
            "day": f"{time:%d}",
            "hour": f"{time:%H}",
            "file": _plain(file),
        }
        return self.pattern.format_map(values)


def alternative(name: str, digest: bytes) -> str:
    """The name for other bytes than those that the container has under the first one.

    Two devices without a field that distinguishes them may record in the same millisecond; nothing is overwritten.
    """
    folder, slash, file = name.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    mark = digest.hex()[:8]
    return f"{folder}{slash}{stem}-{mark}{dot}{suffix}" if dot else f"{folder}{slash}{file}-{mark}"


def _plain(text: str) -> str:
    """A text as one segment of a name: it makes no folders, and does not end with a dot."""
    return _UNSAFE.sub("-", text).rstrip(".")


def _near(name: str) -> str:
    return did_you_mean(name, _FIELDS)
