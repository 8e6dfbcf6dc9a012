"""The Python packages that an image gets: requirements with their hashes, as pip reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[\w.+!-]+)\s*(?:;(?P<marker>[^\\#]*))?", re.MULTILINE)
_PYTHON = re.compile(r"python(?:_full)?_version\s*(?P<sign><|>=)\s*['\"](?P<version>3\.\d+)['\"]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """One package of a list of requirements."""

    name: str
    version: str


def read(text: str, *, python: str) -> Iterator[Pin]:
    """The packages that a Linux with a Python (`3.10`) gets from a list of requirements."""
    for match in _LINE.finditer(text):
        if _applies(match["marker"] or "", _numbers(python)):
            yield Pin(name=match["name"].lower(), version=match["version"])


def _applies(marker: str, python: tuple[int, ...]) -> bool:
    """Whether a marker of `uv pip compile --universal` holds: its lists ask for the Python and for Windows alone."""
    if "win32" in marker and "!=" not in marker:
        return False
    for match in _PYTHON.finditer(marker):
        wanted = _numbers(match["version"])
        if (python < wanted) is not (match["sign"] == "<"):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
