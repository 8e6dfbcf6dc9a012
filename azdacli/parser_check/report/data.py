"""A report as one JSON object, and as annotations of a GitHub workflow or an Azure pipeline."""

from collections.abc import Iterable, Mapping
from typing import Any

from azdacli.parser_check.finding import Finding, Report
from azdacli.parser_check.report.text import shown
from azdacli.parser_check.rules import Rule, Severity

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def as_json(report: Report, *, strict: bool = False) -> dict[str, Any]:
    """The report as plain data (`data/schemas/validate-parser.json`): `ok`, counts, files and findings."""
    return {
        "ok": not report.failed(strict=strict),
        "release": report.release,
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "notes": report.count(Severity.NOTE),
        "files": [shown(path) for path in report.files],
        "findings": [_finding(finding) for finding in report.findings],
    }


def rules_as_json(rules: Iterable[Rule]) -> dict[str, Any]:
    """What `--explain` says of rules as plain data, in the words of a finding."""
    return {
        "ok": True,
        "rules": [
            {
                "rule": rule.id,
                "name": rule.name,
                "severity": rule.severity.value,
                "title": rule.title,
                "why": rule.why,
                "cure": rule.cure,
                "bad": rule.bad,
                "good": rule.good,
            }
            for rule in rules
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "rule": finding.rule.id,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "certainty": finding.certainty.value,
        "message": finding.message,
        "cure": finding.cure,
        "file": shown(finding.path),
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def as_github(report: Report) -> str:
    """The report as workflow commands, one a line; GitHub shows each at its line of a pull request."""
    return "\n".join(_command(finding) for finding in report.findings)


def _command(finding: Finding) -> str:
    span = finding.span
    location = {
        "file": shown(finding.path),
        "line": span.line,
        "endLine": span.end_line,
        "title": f"{finding.rule.id} {finding.rule.name}",
    }
    if span.line == span.end_line:
        location |= {"col": span.column, "endColumn": span.end_column}
    properties = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in location.items())
    return f"::{_GITHUB[finding.severity]} {properties}::{_escaped(f'{finding.message}. {finding.cure}')}"


def _escaped(text: str, more: str = "") -> str:
    """Escape what would end a workflow command or one of its properties."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def as_azure(report: Report) -> str:
    """The report as logging commands of Azure Pipelines, one a line; it knows errors and warnings alone."""
    return "\n".join(_issue(finding) for finding in report.findings)


def _issue(finding: Finding) -> str:
    properties = {
        "type": "error" if finding.severity is Severity.ERROR else "warning",
        "sourcepath": shown(finding.path),
        "linenumber": finding.span.line,
        "columnnumber": finding.span.column,
        "code": finding.rule.id,
    }
    words = ";".join(f"{key}={_issue_text(str(value), {']': '%5D', ';': '%3B'})}" for key, value in properties.items())
    return f"##vso[task.logissue {words}]{_issue_text(f'{finding.rule.name}: {finding.message}. {finding.cure}')}"


def _issue_text(text: str, more: Mapping[str, str] | None = None) -> str:
    """Escape as Microsoft's own library does (azure-pipelines-task-lib, node/taskcommand.ts)."""
    for character, written in {"%": "%AZP25", "\r": "%0D", "\n": "%0A", **(more or {})}.items():
        text = text.replace(character, written)
    return text
