"""What is wrong with a configuration: every finding, each with its place, a sentence and a hint."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from enum import Enum

from dsconfig.redaction import redacted

_SHOWN = 60
_READ = 8192
_CANDIDATES = 200


class Severity(Enum):
    """Whether a finding takes something out of the configuration."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One finding.

    Attributes:
        path: Where it stands, as a JSON path from the configuration's root, ``$``.
        message: One sentence that names the thing.
        hint: What to do about it.
        severity: An error costs the element that it names; a warning costs nothing.
    """

    path: str
    message: str
    hint: str
    severity: Severity = Severity.ERROR

    def as_json(self) -> dict[str, str]:
        """The finding as plain data."""
        return {**asdict(self), "severity": self.severity.value}


class InvalidValueError(ValueError):
    """A value that cannot exist: the sentence and the hint of the problem that it makes."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def shown(text: str, *, limit: int = _SHOWN) -> str:
    """A user's text in quotes, escaped and short enough for one line of a message."""
    text = str(redacted(text[:_READ]))  # before it is cut: half of an address would not be known as one
    short = text if len(text) <= limit else f"{text[:limit]}…"
    return json.dumps(short, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The hint for a word that is not among the known ones: the nearest of them, or all."""
    words = sorted(known)
    folded = {w.lower(): w for w in words[:_CANDIDATES]}
    near = get_close_matches(word[:_SHOWN].lower(), folded, n=1)
    if near:
        return f"Did you mean {shown(folded[near[0]])}?"
    if not words:
        return "There are none."
    return f"Known here: {', '.join(shown(w) for w in words[:12])}{', …' if len(words) > 12 else ''}."  # noqa: PLR2004 # as many as fit a line or two
