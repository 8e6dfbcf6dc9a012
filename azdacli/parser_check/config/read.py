"""Finding out what a text file is, and reading it if it is a configuration. The readers are dsconfig's."""

import dataclasses
import re
from pathlib import Path

from azdacli.parser_check import source as sources
from azdacli.parser_check.config.settings import Config, Entry, Form
from azdacli.parser_check.finding import Certainty, Finding, Span
from azdacli.parser_check.rules import configuration, reading
from azdacli.parser_check.source import Source
from azdacli.util.suggest import near
from dsconfig import nvinfer, nvinfer_values, server
from dsconfig.keys import TELLING
from dsconfig.kinds import ConfigKind, kind_of, text_fault, utf16
from dsconfig.protobuf_text import Block, Field, Kind

_KEY = re.compile(r"^[ \t]*([A-Za-z][\w-]*)[ \t]*[=:]", re.MULTILINE)
_MANY = 4  # of nvinfer's own keys; with so many, a group that is nearly called `property` is meant to be
_SEVERAL = 2  # of them above any group: a configuration without its group's line
_NAMED = re.compile(r"config|pgie|sgie|infer")  # as NVIDIA's samples and most people call them
_GROUP = re.compile(r"[ \t]*\[[^\]\[]+\][ \t]*")
_PAIR = re.compile(r"[ \t]*([A-Za-z][\w-]*)[ \t]*=")
_YAML_GROUP = re.compile(r"[\"']?[A-Za-z][\w-]*[\"']?[ \t]*:[ \t]*(?:#.*)?")
_YAML_PAIR = re.compile(r"[ \t]*([A-Za-z][\w-]*)[ \t]*:(?=[ \t])")
SUFFIXES = frozenset({".txt", ".yml", ".yaml", ".pbtxt", ".prototxt", ".cfg", ".conf", ".ini"})


def read(path: Path) -> Config | Finding:
    """Read a file that is said to be a configuration."""
    try:
        data = sources.read_bytes(path)
    except sources.UnreadableError as error:
        return error.finding
    kind, source = kind_of(data), _source(path, data)
    if kind is ConfigKind.NVINFERSERVER:
        return _server(source)
    if kind is None and text_fault(data):
        return _not_text(path, data)
    if kind is ConfigKind.NVINFER or (kind is None and _groupless(source)):
        return _nvinfer(source, data)
    if kind is not None:
        message = f"{path.name} configures {kind.value}; what is checked here configures nvinfer or nvinferserver"
        cure = "Leave the file out, or name the model's configuration."
        return source.finding(configuration.UNREADABLE, 1, message, cure=cure)
    message = (
        f"{path.name} has neither a 'property' group nor 'infer_config': it configures neither "
        "nvinfer nor nvinferserver"
    )
    return source.finding(configuration.UNREADABLE, 1, message)


def found(path: Path) -> Config | Finding | None:
    """Read a file of a folder if it is meant as a configuration; None if it is anything else.

    A configuration that DeepStream cannot read is not passed over: it is a configuration with faults, or a finding.
    """
    try:
        data = sources.read_bytes(path)
    except sources.UnreadableError as error:
        return dataclasses.replace(error.finding, certainty=Certainty.CANNOT_TELL) if _named_so(path) else None
    wide = utf16(data)
    if wide is not None:
        return _not_text(path, data) if _found(path, wide.replace("\0", "").encode()) is not None else None
    config = _found(path, data)
    if config is None and _named_so(path) and text_fault(data):
        return dataclasses.replace(_not_text(path, data), certainty=Certainty.CANNOT_TELL)
    return config


def _found(path: Path, data: bytes) -> Config | None:
    kind = kind_of(data)
    source = _source(path, data)
    if kind is ConfigKind.NVINFERSERVER:
        return _server(source)
    if kind not in (ConfigKind.NVINFER, None):
        return None
    keys = {key.replace("_", "-") for key in _KEY.findall(source.text)} & TELLING
    if kind is ConfigKind.NVINFER:
        if keys:
            return _nvinfer(source, data)
        config = _nvinfer(source, data) if _named_so(path) else None  # others have a group of that name too
        return config if config is not None and config.unreadable else None
    if len(keys) >= _MANY and any(near(group, ("property",)) for group in _nvinfer(source, data).groups):
        return _nvinfer(source, data)
    return _nvinfer(source, data) if len(_groupless(source)) >= (1 if _named_so(path) else _SEVERAL) else None


def _groupless(source: Source) -> frozenset[str]:
    """Keys of nvinfer's own above the first group of a file; none where there is other text among them."""
    yaml = nvinfer.is_yaml(source.path)
    group, pair = (_YAML_GROUP, _YAML_PAIR) if yaml else (_GROUP, _PAIR)
    keys: list[str] = []
    others = 0
    for line in source.lines:
        text = line.removeprefix("\ufeff")
        if group.fullmatch(text):
            break
        if key := pair.match(text):
            keys.append(key[1])
        elif text.strip() and not text.lstrip().startswith(("#", ";", "[")):
            others += 1
    return frozenset(keys) & TELLING if others < len(keys) else frozenset()


def _named_so(path: Path) -> bool:
    return _NAMED.search(path.stem.lower()) is not None


def _not_text(path: Path, data: bytes) -> Finding:
    message = f"{path.name} cannot be read: {text_fault(data)}"
    return Finding(rule=reading.NOT_TEXT, message=message, cure=reading.NOT_TEXT.cure, path=path)


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
