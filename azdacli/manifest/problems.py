"""What is wrong with a manifest: one value per finding, and where it stands."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]

_WORD = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_SHORTEST_SECRET = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One finding.

    Attributes:
        rule: Which rule of `azdacli.manifest.rules` found it.
        path: Keys and list positions from the top of the document.
        message: One sentence.
        hint: What to do about it; empty when the message says it.
        severity: An error stops the work; a warning does so with `--strict`.
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
    return [p for p in problems if strict or p.severity == "error"]


def without_secrets(problems: Iterable[Problem], secrets: Iterable[str]) -> list[Problem]:
    """Take known secrets out of every text, whoever wrote it.

    Args:
        problems: The findings.
        secrets: The secret values.
    """
    hidden = forms(secrets)
    return [
        replace(p, message=masked(p.message, hidden), hint=masked(p.hint, hidden), path=_masked_path(p.path, hidden))
        for p in problems
    ]


def forms(secrets: Iterable[str]) -> list[str]:
    """How secrets may be written in a text: as they are, in JSON, and as Python shows them; the longest first.

    Very short ones are left out, for they are in every text by chance.
    """
    written = {
        form
        for secret in secrets
        if len(secret) >= _SHORTEST_SECRET
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])
    }
    return sorted(written, key=lambda form: (-len(form), form))


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret replaced by asterisks."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _masked_path(path: Path, secrets: list[str]) -> Path:
    return tuple(masked(step, secrets) if isinstance(step, str) else step for step in path)
