"""Protobuf's text format without a schema: fields, values, nested messages, and where each stands.

By the grammar of protobuf's text format language, as its C++ library (Triton and nvinferserver) reads it; a test
compares with the Python library.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from dsconfig.document import ConfigError, Location

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\f\v]+|#[^\n]*)|(?P<end>\n)"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>-?[ \t]*(?:\.?[0-9][0-9A-Za-z_.+-]*|(?i:inf(?:inity)?|nan)f?\b))"
    r"|(?P<mark>[{}<>\[\]:,;])"
)
_DEEPEST = 50
_ESCAPE = re.compile(
    rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv?\\'\"])|(.?))", re.DOTALL
)
_PLAIN_ESCAPES = dict(zip(b"abfnrtv?\\'\"", b"\a\b\f\n\r\t\v?\\'\"", strict=True))


class Kind(Enum):
    """What a single value is."""

    STRING = "a text in quotes"
    WORD = "a word"
    NUMBER = "a number"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """A single value; of a string its text, without quotes and escapes."""

    kind: Kind
    text: str
    location: Location


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A nested message."""

    fields: tuple["Field", ...]
    location: Location


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A field as it is written.

    Attributes:
        name: Its name.
        values: One value, or those of a list in brackets.
        listed: Whether it is a list in brackets.
        colon: Whether a colon stands behind the name.
        location: Where the name stands.
    """

    name: str
    values: tuple[Scalar | Block, ...]
    listed: bool
    colon: bool
    location: Location


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    kind: str
    text: str
    location: Location


class TextError(ConfigError):
    """A text that is not protobuf text; `place` says where."""

    def __init__(self, message: str, location: Location, *, hint: str | None = None) -> None:
        super().__init__(message, line=location.line, hint=hint)
        self.location = location


def parse(text: str) -> tuple[Field, ...]:
    """Read a whole text.

    Raises:
        TextError: It is not protobuf text.
    """
    reader = _Reader(list(_tokens(text)))
    return reader.fields(None, depth=0)


def _tokens(text: str) -> Iterator[_Token]:
    position, line, start = 0, 1, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        column = position - start + 1
        if match is None:
            location = Location(line=line, column=column, end_line=line, end_column=column + 1)
            quote = text[position] in "\"'"
            raise TextError(
                "a text in quotes is not closed" if quote else f"{text[position]!r} has no meaning here", location
            )
        if match.lastgroup == "end":
            line, start = line + 1, match.end()
        elif match.lastgroup != "blank":
            location = Location(line=line, column=column, end_line=line, end_column=column + len(match[0]))
            yield _Token(kind=match.lastgroup or "", text=match[0], location=location)
        position = match.end()
    column = max(position - start, 0) + 1
    yield _Token(kind="eof", text="", location=Location(line=line, column=column, end_line=line, end_column=column))


class _Reader:
    """Walks the tokens; each method takes what it reads."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _skip(self, *marks: str) -> bool:
        if self._token.kind == "mark" and self._token.text in marks:
            self._take()
            return True
        return False

    def fields(self, close: str | None, *, depth: int) -> tuple[Field, ...]:
        """Read fields up to the closing brace (None: to the end of the text)."""
        if depth > _DEEPEST:
            raise TextError("messages are nested too deeply", self._token.location)
        found: list[Field] = []
        while not (close is not None and self._skip(close)):
            token = self._token
            if token.kind == "eof":
                if close is None:
                    break
                before = self._tokens[max(self._next - 1, 0)].location
                raise TextError(f"'{close}' is missing: a message is opened and not closed", before)
            if token.kind != "word":
                raise TextError(f"{token.text!r} stands where a field's name should be", token.location)
            found.append(self._field(depth))
            self._skip(",", ";")
        return tuple(found)

    def _field(self, depth: int) -> Field:
        name = self._take()
        colon = self._skip(":")
        listed = self._skip("[")
        values: list[Scalar | Block] = []
        while not (listed and not values and self._skip("]")):
            values.append(self._value(name, depth, colon=colon or listed))
            if not listed or self._skip("]"):
                break
            if not self._skip(","):
                raise TextError("a list's values are separated by commas and closed with ']'", self._token.location)
        return Field(name=name.text, values=tuple(values), listed=listed, colon=colon, location=name.location)

    def _value(self, name: _Token, depth: int, *, colon: bool) -> Scalar | Block:
        token = self._token
        if self._skip("{", "<"):
            return Block(
                fields=self.fields("}" if token.text == "{" else ">", depth=depth + 1), location=token.location
            )
        if token.kind not in ("string", "word", "number"):
            raise TextError(f"'{name.text}' has no value", name.location)
        if not colon:
            raise TextError(f"':' is missing between '{name.text}' and its value", name.location)
        self._take()
        if token.kind != "string":
            return Scalar(kind=Kind(Kind[token.kind.upper()]), text=token.text, location=token.location)
        parts = [_unquoted(token)]
        end = token.location
        while self._token.kind == "string":  # texts side by side are one, as in C
            end = self._token.location
            parts.append(_unquoted(self._take()))
        location = Location(
            line=token.location.line, column=token.location.column, end_line=end.end_line, end_column=end.end_column
        )
        try:
            return Scalar(kind=Kind.STRING, text=b"".join(parts).decode("utf-8"), location=location)
        except UnicodeDecodeError:
            raise TextError(f"the text of '{name.text}' is not UTF-8", location) from None


def _unquoted(token: _Token) -> bytes:
    def replaced(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, short, long, plain, _ = match.groups()
        if octal:
            return bytes([int(octal, 8) & 0xFF])
        if hexadecimal:
            return bytes([int(hexadecimal, 16)])
        if short or long:
            return chr(int(short or long, 16)).encode("utf-8")
        if plain:
            return bytes([_PLAIN_ESCAPES[plain[0]]])
        raise TextError(f"'{match[0].decode(errors='replace')}' is not an escape of a text in quotes", token.location)

    try:
        return _ESCAPE.sub(replaced, token.text[1:-1].encode("utf-8"))
    except (ValueError, OverflowError):
        raise TextError("a text in quotes holds a character that does not exist", token.location) from None
