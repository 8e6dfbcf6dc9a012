"""The protobuf text form, read without its schema: names, values, nested messages, and where each stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from azdacli.parser_check.config.settings import Config, Entry, Form
from azdacli.parser_check.finding import Finding, Span
from azdacli.parser_check.rules import configuration
from azdacli.parser_check.source import Source

_TOKEN = re.compile(
    r"(?P<blank>[ \t\f\v]+|#[^\n]*)|(?P<end>\n)"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<word>[A-Za-z_][\w.]*)|(?P<number>[-+]?\.?\d[\w.+-]*|-\s*(?:inf|nan)\w*)|(?P<mark>[{}<>\[\]:,;/-])"
)
_DEEPEST = 50
_ESCAPE = re.compile(r"\\(.)")


class _TextError(Exception):
    """What cannot be read, and where."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int
    column: int

    @property
    def span(self) -> Span:
        return Span(
            line=self.line, column=self.column + 1, end_line=self.line, end_column=self.column + 1 + len(self.text)
        )


def _tokens(source: Source) -> Iterator[_Token]:
    position, line, start = 0, 1, 0
    text = source.text
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            column = position - start
            raise _TextError(
                f"{text[position]!r} has no meaning here", Span.of_line(line, source.line(line), column, column + 1)
            )
        kind = match.lastgroup or ""
        if kind == "end":
            line, start = line + 1, match.end()
        elif kind != "blank":
            yield _Token(kind=kind, text=match.group(), line=line, column=position - start)
        position = match.end()
    yield _Token(kind="eof", text="", line=max(line, 1), column=0)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.tokens = list(_tokens(source))
        self.place = 0
        self.entries: list[Entry] = []
        self.groups: dict[str, Span] = {}

    @property
    def token(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.token
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def skip(self, *marks: str) -> bool:
        if self.token.kind == "mark" and self.token.text in marks:
            self.take()
            return True
        return False

    def message(self, path: str, close: str | None, depth: int = 0) -> None:
        """Read fields up to the closing brace (None: to the end of the file)."""
        if depth > _DEEPEST:
            raise _TextError("messages are nested too deeply", self.token.span)
        while True:
            token = self.token
            if close is not None and token.kind == "mark" and token.text == close:
                self.take()
                return
            if token.kind == "eof":
                if close is None:
                    return
                raise _TextError(f"'{close}' is missing: a message is opened and not closed", self._last().span)
            if token.kind != "word":
                raise _TextError(f"{token.text!r} stands where a field's name should be", token.span)
            self.field(path, depth)
            self.skip(",", ";")

    def field(self, path: str, depth: int) -> None:
        name = self.take()
        colon = self.skip(":")
        if self.token.kind == "mark" and self.token.text == "[":
            self.take()
            while not self.skip("]"):
                self.value(path, name, depth, colon=True)
                if not self.skip(",") and self.token.text != "]":
                    raise _TextError("a list's values are separated by commas and closed with ']'", self.token.span)
        else:
            self.value(path, name, depth, colon=colon)

    def value(self, path: str, name: _Token, depth: int, *, colon: bool) -> None:
        token = self.token
        if token.kind == "mark" and token.text in "{<":
            self.take()
            inner = f"{path}.{name.text}" if path else name.text
            self.groups.setdefault(inner, name.span)
            self.entries.append(Entry(group=path, key=name.text, value=inner, span=name.span))
            self.message(inner, "}" if token.text == "{" else ">", depth + 1)
            return
        if token.kind not in {"string", "word", "number"}:
            raise _TextError(f"'{name.text}' has no value", name.span)
        if not colon:
            raise _TextError(f"':' is missing between '{name.text}' and its value", name.span)
        self.take()
        text = _plain(token)
        while token.kind == "string" and self.token.kind == "string":
            text += _plain(self.take())
        end = Span(
            line=name.line, column=name.column + 1, end_line=token.line, end_column=token.column + 1 + len(token.text)
        )
        self.entries.append(Entry(group=path, key=name.text, value=text, span=end, quoted=token.kind == "string"))

    def _last(self) -> _Token:
        return self.tokens[max(self.place - 1, 0)]


def _plain(token: _Token) -> str:
    return _ESCAPE.sub(r"\1", token.text[1:-1]) if token.kind == "string" else token.text


def parse(source: Source) -> Config:
    """Read a whole file; what was read before a mistake is kept."""
    findings: list[Finding] = []
    entries: list[Entry] = []
    groups: dict[str, Span] = {}
    try:
        reader = _Reader(source)
        entries, groups = reader.entries, reader.groups
        reader.message("", None)
    except _TextError as error:
        findings.append(source.finding(configuration.UNREADABLE, error.span, str(error)))
    return Config(source=source, form=Form.PROTOBUF, entries=tuple(entries), groups=groups, findings=tuple(findings))
