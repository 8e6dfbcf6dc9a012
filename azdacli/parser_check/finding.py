"""What the checker has to say: findings as frozen values, each at a place in a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from azdacli.parser_check.rules.rule import Rule, Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A stretch of a file.

    Attributes:
        line: First line, counted from 1.
        column: First character, counted from 1.
        end_line: Last line, at least `line`.
        end_column: One past the last character, counted from 1.
    """

    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __post_init__(self) -> None:
        if min(self.line, self.column) < 1 or (self.end_line, self.end_column) < (self.line, self.column):
            raise ValueError(f"no span of a file: {self.line}:{self.column} to {self.end_line}:{self.end_column}")

    @classmethod
    def of_line(cls, line: int, text: str = "", start: int = 0, end: int | None = None) -> "Span":
        """Span characters `start` to `end` (from 0) of one line, by default all its text without the blanks around."""
        if end is None:
            start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return cls(line=line, column=start + 1, end_line=line, end_column=max(start, end) + 1)


WHOLE_FILE = Span()


class Certainty(Enum):
    """How sure a check is. Only what is certain may be an error."""

    SURE = "sure"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing found in one place.

    Attributes:
        rule: What was broken.
        message: One sentence that names the thing.
        cure: What to do about this one.
        path: The file.
        span: Where in the file.
        source: The text of the line at `span.line`; empty when the file has no text there.
        certainty: A finding that is not sure is a note, whatever its rule says.
    """

    rule: Rule
    message: str
    cure: str
    path: Path
    span: Span = WHOLE_FILE
    source: str = ""
    certainty: Certainty = Certainty.SURE

    def __post_init__(self) -> None:
        if not self.message or "\n" in self.message:
            raise ValueError("a finding is one sentence")

    @property
    def severity(self) -> Severity:
        """The rule's severity; a note when the checker cannot tell."""
        return self.rule.severity if self.certainty is Certainty.SURE else Severity.NOTE

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Sort findings as a reader meets them."""
        return (str(self.path), self.span.line, self.span.column, self.rule.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All findings of one run.

    Attributes:
        findings: Sorted by file, line and column; none twice.
        files: Every file that was read.
        release: The DeepStream release that was checked against.
    """

    findings: tuple[Finding, ...]
    files: tuple[Path, ...]
    release: str

    @classmethod
    def of(cls, findings: Iterable[Finding], files: Iterable[Path], release: str) -> "Report":
        """Sort the findings and drop what was said twice."""
        unique = {(f.order, f.message): f for f in findings}
        ordered = sorted(unique.values(), key=lambda f: (f.order, f.message))
        return cls(findings=tuple(ordered), files=tuple(sorted(set(files))), release=release)

    def count(self, severity: Severity) -> int:
        """How many findings have a severity."""
        return sum(f.severity is severity for f in self.findings)

    def failed(self, *, strict: bool = False) -> bool:
        """Whether there is an error, or with `strict` a warning."""
        return self.count(Severity.ERROR) > 0 or (strict and self.count(Severity.WARNING) > 0)

    @property
    def summary(self) -> str:
        """Count in words, as `2 errors and 1 warning in 3 files`."""
        counts = [(self.count(s), s.value) for s in Severity if self.count(s)]
        found = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in counts]
        files = f"{len(self.files)} file{'s' if len(self.files) != 1 else ''}"
        words = " and ".join(filter(None, [", ".join(found[:-1]), *found[-1:]]))
        return f"{words or 'no problems found'} in {files}"
