"""A report as a compiler would write it."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from azdacli.parser_check.finding import Finding, Report
from azdacli.parser_check.rules import Severity
from dsconfig.printable import printable

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_WIDEST = 160
# Nobody reads more of them in a terminal, and a file of 200,000 mistakes would take longer to print than to check.
_MOST = 500


def render(report: Report, *, colour: bool = False) -> str:
    """Write each finding with its place, rule, line with a caret below, and cure; of very many, the worst."""
    parts = ["\n".join(_finding(finding, colour=colour)) for finding in _listed(report)]
    left = len(report.findings) - len(parts)
    if left > 0:
        parts.append(f"{left} more finding{'s are' if left > 1 else ' is'} not shown: --json lists all of them.")
    return "\n\n".join([*parts, f"{report.summary} (DeepStream {report.release})"])


def shown(path: Path) -> str:
    """A path as a user types it: below the working directory without it."""
    try:
        return str(path.relative_to(Path.cwd())) if path.is_absolute() else str(path)
    except ValueError:
        return str(path)


def _listed(report: Report) -> Sequence[Finding]:
    if len(report.findings) <= _MOST:
        return report.findings
    return sorted(report.findings, key=lambda finding: list(Severity).index(finding.severity))[:_MOST]


def _finding(finding: Finding, *, colour: bool) -> list[str]:
    span, severity = finding.span, finding.severity
    label = f"{severity.value}[{finding.rule.id}]"
    if colour:
        label = f"\x1b[1;{_COLOURS[severity]}m{label}\x1b[0m"
    location = f"{printable(shown(finding.path))}:{span.line}:{span.column}"
    lines = [f"{location}: {label} {printable(finding.message)} ({finding.rule.name})"]
    if finding.source.strip():
        gutter = f"{span.line:>5} | "
        text, caret = _marked(finding)
        lines += [f"{gutter}{text}", f"{'':>5} | {caret}"]
    return [*lines, f"{'':>5} = {printable(finding.cure)}"]


def _marked(finding: Finding) -> tuple[str, str]:
    """The source line and the carets below it; a long line is cut around the place."""
    span, text = finding.span, finding.source
    start = min(span.column - 1, len(text))
    end = len(text.rstrip()) if span.end_line > span.line else min(span.end_column - 1, len(text))
    first = max(0, start - _WIDEST // 2) if len(text) > _WIDEST else 0
    cut = text[first : first + _WIDEST]
    before, marked = text[first:start], text[start : max(end, start + 1)][: _WIDEST - (start - first)]
    blanks = "".join("\t" if c == "\t" else " " * _width(c) for c in before)
    return _printable(cut), blanks + "^" * max(1, sum(map(_width, marked)))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
