"""Finding out what a text file is, and reading it if it is a configuration. The readers are dsconfig's."""

import re
from pathlib import Path

from azdacli.parser_check import source as sources
from azdacli.parser_check.config.settings import Config, Entry, Form
from azdacli.parser_check.finding import Finding, Span
from azdacli.parser_check.rules import configuration, reading
from azdacli.parser_check.source import Source
from azdacli.util.suggest import near
from dsconfig import nvinfer, nvinfer_values, server
from dsconfig.keys import TELLING
from dsconfig.kinds import ConfigKind, kind_of, text_fault
from dsconfig.protobuf_text import Block, Field, Kind

_KEY = re.compile(r"^[ \t]*([A-Za-z][\w-]*)[ \t]*[=:]", re.MULTILINE)
_MANY = 4  # of nvinfer's own keys; with so many, a group that is nearly called `property` is meant to be
SUFFIXES = frozenset({".txt", ".yml", ".yaml", ".pbtxt", ".prototxt", ".cfg", ".conf", ".ini"})


def read(path: Path) -> Config | Finding:
    """Read a file that is said to be a configuration."""
    try:
        data = sources.read_bytes(path)
    except sources.UnreadableError as error:
        return error.finding
    kind = kind_of(data)
    if kind is ConfigKind.NVINFERSERVER:
        return _server(_source(path, data))
    if kind is ConfigKind.NVINFER:
        return _nvinfer(_source(path, data), data)
    if kind is not None:
        message = f"{path.name} configures {kind.value}; what is checked here configures nvinfer or nvinferserver"
        cure = "Leave the file out, or name the model's configuration."
        return _source(path, data).finding(configuration.UNREADABLE, 1, message, cure=cure)
    if reason := text_fault(data):
        message = f"{path.name} cannot be read: {reason}"
        return Finding(rule=reading.NOT_TEXT, message=message, cure=reading.NOT_TEXT.cure, path=path)
    message = (
        f"{path.name} has neither a 'property' group nor 'infer_config': it configures neither "
        "nvinfer nor nvinferserver"
    )
    return _source(path, data).finding(configuration.UNREADABLE, 1, message)


def found(path: Path) -> Config | None:
    """Read a file of a folder if it is a configuration; None if it is anything else."""
    try:
        data = sources.read_bytes(path)
    except sources.UnreadableError:
        return None
    kind = kind_of(data)
    if kind is ConfigKind.NVINFERSERVER:
        return _server(_source(path, data))
    source = _source(path, data)
    keys = {key.replace("_", "-") for key in _KEY.findall(source.text)}
    if kind is ConfigKind.NVINFER:
        return None if keys.isdisjoint(TELLING) else _nvinfer(source, data)  # others have a group of that name too
    if kind is None and len(keys & TELLING) >= _MANY:
        found_config = _nvinfer(source, data)
        return found_config if any(near(group, ("property",)) for group in found_config.groups) else None
    return None


def _source(path: Path, data: bytes) -> Source:
    """The text as DeepStream's readers count its lines; bytes that are not UTF-8 are shown as such."""
    text = data.decode("utf-8", errors="replace")
    return Source(path=path, text=text, lines=tuple(line.removesuffix("\r") for line in text.split("\n")))


def _nvinfer(source: Source, data: bytes) -> Config:
    yaml = nvinfer.is_yaml(source.path)
    read_config = nvinfer.read(nvinfer.parse(data, yaml=yaml))
    document = read_config.document
    entries = tuple(
        Entry(group=e.group, key=e.key, value=nvinfer_values.text_of(e, document.form), span=_line(source, e.line))
        for e in document.entries
    )
    groups = {name: _line(source, line) for name, line in document.groups.items()}
    form = Form.YAML if yaml else Form.INI
    return Config(
        source=source, form=form, entries=entries, groups=groups, faults=read_config.faults, values=read_config.values
    )


def _line(source: Source, number: int) -> Span:
    return Span.of_line(number, source.line(number))


def _server(source: Source) -> Config:
    found_message = server.read(source.text)
    entries: list[Entry] = []
    groups: dict[str, Span] = {}
    _walk(found_message.fields, "", entries, groups)
    return Config(
        source=source,
        form=Form.PROTOBUF,
        entries=tuple(entries),
        groups=groups,
        faults=found_message.faults,
        message=found_message.message,
    )


def _walk(fields: tuple[Field, ...], group: str, entries: list[Entry], groups: dict[str, Span]) -> None:
    for field in fields:
        location = field.location
        span = Span(
            line=location.line, column=location.column, end_line=location.end_line, end_column=location.end_column
        )
        for value in field.values:
            if isinstance(value, Block):
                inner = f"{group}.{field.name}" if group else field.name
                groups.setdefault(inner, span)
                entries.append(Entry(group=group, key=field.name, value=inner, span=span))
                _walk(value.fields, inner, entries, groups)
            else:
                end = value.location
                whole = Span(
                    line=location.line, column=location.column, end_line=end.end_line, end_column=end.end_column
                )
                quoted = value.kind is Kind.STRING
                entries.append(Entry(group=group, key=field.name, value=value.text, span=whole, quoted=quoted))
