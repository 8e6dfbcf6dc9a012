"""What is wrong with a manifest: one value per finding, and where it stands."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from dsconfig.redaction import redacted

Severity = Literal["error", "warning", "note"]
Path = tuple[str | int, ...]

_WORD = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One finding.

    Attributes:
        rule: Which rule of `azdacli.manifest.rules` found it.
        path: Keys and list positions from the top of the document.
        message: One sentence.
        hint: What to do about it; empty when the message says it.
        severity: An error stops the work; a warning does so with `--strict`; a note never does.
    """

    rule: str
    path: Path
    message: str
    hint: str = ""
    severity: Severity = "error"

    def as_json(self) -> dict[str, Any]:
        """The finding as `--json` prints it."""
        return {
            "severity": self.severity,
            "rule": self.rule,
            "path": json_path(self.path),
            "message": self.message,
            "hint": self.hint,
        }


def json_path(path: Path) -> str:
    """Write a place as JSONPath: `$.modulesContent['$edgeAgent']['properties.desired']`."""
    parts = ["$"]
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _WORD.match(step):
            parts.append(f".{step}")
        else:
            quoted = step.replace("\\", "\\\\").replace("'", "\\'")
            parts.append(f"['{quoted}']")
    return "".join(parts)


def errors(problems: Iterable[Problem], *, strict: bool = False) -> list[Problem]:
    """The findings that stop the work."""
    return [p for p in problems if p.severity == "error" or (strict and p.severity == "warning")]


def without_secrets(problems: Iterable[Problem], secrets: Iterable[str]) -> list[Problem]:
    """Take secrets out of every text, whoever wrote it: those that are known, and what looks like one.

    Args:
        problems: The findings.
        secrets: The secret values.
    """
    known = frozenset(secrets)

    def hidden(text: str) -> str:
        return str(redacted(text, known))

    return [
        replace(
            p,
            message=hidden(p.message),
            hint=hidden(p.hint),
            path=tuple(hidden(step) if isinstance(step, str) else step for step in p.path),
        )
        for p in problems
    ]
