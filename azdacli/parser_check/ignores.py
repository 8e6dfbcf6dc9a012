"""`# azda: ignore[RULE] reason`: what an author has decided to leave as it is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from azdacli.parser_check import source as sources
from azdacli.parser_check.finding import Finding, Span
from azdacli.parser_check.rules import BY_NAME, Rule, reading
from azdacli.parser_check.source import Source
from azdacli.util.suggest import near

_COMMENT = re.compile(r"[#]\s*azda:\s*ignore(?P<brackets>\[(?P<rules>[^\]]*)\])?(?P<reason>[^#]*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignore:
    """One comment: the rules that it silences on its line."""

    line: int
    span: Span
    rules: tuple[Rule, ...]


def apply(sources_read: Iterable[Source], findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what the files' own comments silence; say which comments are malformed or silence nothing."""
    by_file: dict[Path, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.path, []).append(finding)
    for source in {s.path: s for s in sources_read}.values():
        yield from _of_file(source, by_file.pop(source.path, []))
    for left in by_file.values():
        yield from left


def kept(path: Path, findings: Iterable[Finding]) -> list[Finding]:
    """What a file's comments do not silence, of findings that came of running it."""
    found = list(findings)
    if not found:
        return found
    silenced = set()
    for line, _, text in sources.comments(sources.read_python(path)):
        match = _COMMENT.search(text)
        if match:
            silenced |= {(line, rule.id) for rule in _read(match)[1]}
    return [each for each in found if (each.span.line, each.rule.id) not in silenced]


def _of_file(source: Source, found: list[Finding]) -> Iterator[Finding]:
    if "azda:" not in source.text:
        yield from found
        return
    ignores: list[Ignore] = []
    python = source.path.suffix == ".py"
    for line, column, text in sources.comments(source) if python else _config_comments(source):
        match = _COMMENT.search(text)
        if match:
            span = Span.of_line(line, source.line(line), column + match.start(), column + len(text.rstrip()))
            problem, rules = _read(match)
            if problem:
                yield source.finding(reading.IGNORE_MALFORMED, span, problem[0], cure=problem[1])
            if rules:
                ignores.append(Ignore(line=line if python else line + 1, span=span, rules=rules))
    silenced = {(i.line, rule.id) for i in ignores for rule in i.rules}
    yield from (f for f in found if (f.span.line, f.rule.id) not in silenced)
    broken = {(f.span.line, f.rule.id) for f in found}
    for ignore in ignores:
        # What needs a configuration or a model may not have been checked this time.
        checked = all(rule.id[2] in "0123" for rule in ignore.rules) or not python
        if checked and not any((ignore.line, rule.id) in broken for rule in ignore.rules):
            names = ", ".join(rule.id for rule in ignore.rules)
            yield source.finding(reading.IGNORE_UNUSED, ignore.span, f"nothing on this line breaks {names}")


def _read(match: re.Match[str]) -> tuple[tuple[str, str] | None, tuple[Rule, ...]]:
    names = [n.strip() for n in (match["rules"] or "").split(",") if n.strip()]
    rules = tuple(BY_NAME[n] for n in names if n in BY_NAME)
    unknown = [n for n in names if n not in BY_NAME]
    if not names:
        return ("this ignore names no rule", "Write `# azda: ignore[AZ301] reason`."), ()
    if unknown:
        like = near(unknown[0], BY_NAME)
        cure = f"Did you mean '{like}'?" if like else "`azdacli validate-parser --explain all` lists the rules."
        return (f"there is no rule '{unknown[0]}'", cure), rules
    if not match["reason"].strip():
        return ("this ignore gives no reason", f"Write why behind it: `# azda: ignore[{names[0]}] reason`."), rules
    return None, rules


def _config_comments(source: Source) -> Iterator[tuple[int, int, str]]:
    """A comment in a configuration stands on a line of its own and speaks about the next one."""
    for number, text in enumerate(source.lines, start=1):
        start = text.find("#")
        if start >= 0 and "azda:" in text:
            yield number, start, text[start:]
