"""A report as SARIF 2.1.0, for code scanning services and editors."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from azdacli.parser_check.finding import Finding, Report
from azdacli.parser_check.report.text import shown
from azdacli.parser_check.rules import ALL, Rule
from azdacli.util import resources

# The only fingerprint that GitHub's code scanning compares (docs.github.com, "SARIF support for code scanning").
_FINGERPRINT = "primaryLocationLineHash"


def as_sarif(report: Report, version: str) -> dict[str, Any]:
    """The report as a SARIF 2.1.0 log, for code scanning services and editors.

    Args:
        report: What was found.
        version: Of azdacli.
    """
    order = {rule.id: index for index, rule in enumerate(ALL)}
    docs = _documentation()
    driver = {"name": "azdacli", "version": version, "rules": [_rule(rule, docs) for rule in ALL]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, order, mark) for f, mark in zip(report.findings, _marks(report), strict=True)],
        "artifacts": [{"location": _location(path)} for path in report.files],
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return {"$schema": schema, "version": "2.1.0", "runs": [run]}


def _location(path: Path) -> dict[str, str]:
    written = shown(path)
    if Path(written).is_absolute():
        return {"uri": Path(written).as_uri()}
    return {"uri": quote(Path(written).as_posix())}


def _documentation() -> str:
    """Where the documentation is: as the package itself says it, else in the checkout; empty where it is nowhere."""
    try:
        urls = metadata.metadata("azdacli").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        urls = []
    pairs = (url.partition(", ") for url in urls)
    own = resources.CHECKOUT / "docs"
    checkout = own.as_uri() if (own / "rules").is_dir() else ""
    return next((url for name, _, url in pairs if name == "Documentation"), checkout)


def _rule(rule: Rule, docs: str) -> dict[str, Any]:
    page = {"helpUri": f"{docs}/rules/{rule.id}.md"} if docs else {}
    return {
        **page,
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.cure},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(finding: Finding, order: Mapping[str, int], mark: str) -> dict[str, Any]:
    span = finding.span
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    physical = {"artifactLocation": _location(finding.path), "region": region}
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": order[finding.rule.id],
        "level": finding.severity.value,
        "message": {"text": f"{finding.message}. {finding.cure}"},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {_FINGERPRINT: mark},
    }


def _marks(report: Report) -> Iterator[str]:
    """What each finding is known by in the next run: it stays when lines above are added, and no two have the same."""
    seen: Counter[str] = Counter()
    for finding in report.findings:
        words = (finding.rule.id, shown(finding.path), finding.source.strip() or finding.message)
        digest = hashlib.sha256("\0".join(words).encode("utf-8", "backslashreplace")).hexdigest()[:16]
        seen[digest] += 1
        yield f"{digest}:{seen[digest]}"
