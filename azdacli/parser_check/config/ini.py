"""The INI form (what GLib's key files take) and the two levels of YAML that nvinfer takes."""

import re

from azdacli.parser_check.config.settings import Config, Entry, Form
from azdacli.parser_check.finding import Finding, Span
from azdacli.parser_check.rules import configuration
from azdacli.parser_check.source import Source

_YAML_GROUP = re.compile(r"^([A-Za-z][\w-]*)\s*:\s*(#.*)?$")
_YAML_ENTRY = re.compile(r"^(\s+)([A-Za-z][\w-]*)\s*:(\s+(.*?))?\s*$")
_YAML_COMMENT = re.compile(r"\s+#.*$")


def parse_ini(source: Source) -> Config:
    """Read `[group]`, `key=value` and `# comment` lines; anything else is said to be wrong."""
    entries: list[Entry] = []
    groups: dict[str, Span] = {}
    findings: list[Finding] = []
    group = ""
    for number, text in enumerate(source.lines, start=1):
        stripped = text.strip()
        if not stripped or stripped.startswith("#"):
            continue
        span = Span.of_line(number, text)
        key, equals, value = text.partition("=")
        if stripped.startswith("["):
            if not stripped.endswith("]"):
                findings.append(
                    source.finding(
                        configuration.UNREADABLE, span, "a group's name stands in brackets, alone on its line"
                    )
                )
            group = stripped.strip("[]")
            groups.setdefault(group, span)
        elif not equals or not key.strip():
            cure = "Write it as `key=value`, or put `#` before a comment."
            findings.append(
                source.finding(
                    configuration.UNREADABLE,
                    span,
                    "this is neither a group, a key with a value, nor a comment",
                    cure=cure,
                )
            )
        elif not group:
            findings.append(
                source.finding(
                    configuration.UNREADABLE,
                    span,
                    f"'{key.strip()}' stands before the first group",
                    cure="Write `[property]` above it.",
                )
            )
        else:
            entries.append(Entry(group=group, key=key.strip(), value=value.strip(), span=span))
    return Config(source=source, form=Form.INI, entries=tuple(entries), groups=groups, findings=tuple(findings))


def parse_yaml(source: Source) -> Config:
    """Read `group:` lines and indented `key: value` lines, which is all that nvinfer's YAML has."""
    entries: list[Entry] = []
    groups: dict[str, Span] = {}
    findings: list[Finding] = []
    group = ""
    for number, text in enumerate(source.lines, start=1):
        stripped = text.strip()
        if not stripped or stripped.startswith(("#", "%", "---", "...")):
            continue
        span = Span.of_line(number, text)
        if match := _YAML_GROUP.match(text):
            group = match[1]
            groups.setdefault(group, span)
        elif (match := _YAML_ENTRY.match(text)) and group:
            value = _YAML_COMMENT.sub("", match[4] or "").strip()
            entries.append(Entry(group=group, key=match[2], value=value.strip("\"'"), span=span))
        else:
            cure = "Indent `key: value` below its group."
            findings.append(
                source.finding(
                    configuration.UNREADABLE, span, "this is neither a group nor a key with a value", cure=cure
                )
            )
    return Config(source=source, form=Form.YAML, entries=tuple(entries), groups=groups, findings=tuple(findings))
