"""What was found out about the machine, and what to type when it is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Status(str, Enum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: The check's name, as the command line takes it.
        status: How it ended.
        message: One sentence that names the thing and what is wrong with it, or right.
        cure: The command that mends it, or the shortest way to it.
        exit_code: What the program ends with when this failed: the code of the family whose verbs would fail.
        details: What a program may want to know, for `--json`.
    """

    check: str
    status: Status
    message: str
    cure: str = ""
    exit_code: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.status is Status.FAILED) != bool(self.exit_code):
            raise ValueError(f"{self.check}: a failure has an exit code, and nothing else has one")
        if self.status in (Status.FAILED, Status.WARNING) and not self.cure:
            raise ValueError(f"{self.check}: what is wrong needs a cure")

    def as_json(self) -> dict[str, Any]:
        """Describe it for programs."""
        known = {"check": self.check, "status": self.status.value, "message": self.message}
        extra = {"cure": self.cure, "exitCode": self.exit_code, "details": dict(self.details)}
        return known | {name: value for name, value in extra.items() if value}


def passed(check: str, message: str, **details: Any) -> Finding:
    """Say that a thing is as it should be."""
    return Finding(check=check, status=Status.OK, message=message, details=details)


def warned(check: str, message: str, cure: str, **details: Any) -> Finding:
    """Say that a thing will cost time or quality, but no verb fails by it alone."""
    return Finding(check=check, status=Status.WARNING, message=message, cure=cure, details=details)


def failed(check: str, message: str, cure: str, exit_code: int, **details: Any) -> Finding:
    """Say that a thing makes verbs fail."""
    return Finding(check=check, status=Status.FAILED, message=message, cure=cure, exit_code=exit_code, details=details)


def unknown(check: str, message: str, cure: str = "", **details: Any) -> Finding:
    """Say that nothing is known about a thing, and how to find out."""
    return Finding(check=check, status=Status.UNKNOWN, message=message, cure=cure, details=details)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All findings, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0, or that of the first finding that failed."""
        return next((finding.exit_code for finding in self.findings if finding.exit_code), 0)

    def count(self, status: Status) -> int:
        """How many ended so."""
        return sum(finding.status is status for finding in self.findings)

    @property
    def summary(self) -> str:
        """One line for people."""
        names = {Status.FAILED: "failed", Status.WARNING: "warned", Status.UNKNOWN: "unknown", Status.OK: "ok"}
        return ", ".join(f"{self.count(status)} {name}" for status, name in names.items())

    def as_json(self, **about: Any) -> dict[str, Any]:
        """One object for programs."""
        return {
            **about,
            "ok": self.exit_code == 0,
            "exitCode": self.exit_code,
            "findings": [finding.as_json() for finding in self.findings],
        }

    def as_lines(self) -> Iterable[str]:
        """Lines for people: one per finding, and its cure below it."""
        width = max((len(finding.check) for finding in self.findings), default=0)
        for finding in self.findings:
            message = "".join(c if c.isprintable() else "?" for c in finding.message)  # other programs' words
            yield f"{finding.status.value:8}{finding.check:{width}}  {message}"
            for index, line in enumerate(finding.cure.splitlines()):
                yield f"{'':{width + 10}}{'cure: ' if not index else '      '}{line}"
        yield self.summary
