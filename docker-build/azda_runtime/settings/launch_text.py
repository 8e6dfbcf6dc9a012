"""Tokens of GStreamer's own notation for pipelines, as `gst-launch-1.0` and `Gst.parse_launch` read it.

The rules are those of GStreamer's `gst/parse/parse.l`: at each place the longest token counts. What is not in them is
refused, so that a text is never read here in another way than there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from azda_runtime.problems import InvalidValueError, shown

_IDENTIFIER = r"[A-Za-z0-9_][A-Za-z0-9_%:-]*"
_WORD = re.compile(_IDENTIFIER)
_ASSIGN = re.compile(rf"({_IDENTIFIER})\s*=\s*")
_STRINGS = (
    re.compile(r"(?:\\.|\S)+"),
    re.compile(r'"(?:\\"|[^"])*"', re.DOTALL),
    re.compile(r"'(?:\\'|[^'])*'", re.DOTALL),
)
_REFERENCE = re.compile(rf"{_IDENTIFIER}\.(?:{_IDENTIFIER})?|\.{_IDENTIFIER}")
_BIN = re.compile(rf"({_IDENTIFIER})\s*\.\s*\(")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[.A-Za-z0-9_]?/(?=\S)")
_CAPS = re.compile(r"[!:]\s*[A-Za-z0-9-]+/[A-Za-z0-9-]+")
_CAPS_REST = re.compile(r"(?:\\.|[^!])*!", re.DOTALL)
_OPERATORS = "(){}.!:,;="


class TokenKind(Enum):
    """What a token is."""

    ELEMENT = "element"
    ASSIGNMENT = "assignment"
    ADDRESS = "address"
    OTHER = "other"
    """A link, with or without formats, a reference to an element, or a bracket."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: What it is.
        name: The element's factory, or the property that is set.
        value: What the property is set to, or the address that stands for an element.
    """

    kind: TokenKind
    name: str = ""
    value: str = ""


def tokens(text: str) -> Iterator[Token]:
    """Read a pipeline token by token.

    Raises:
        InvalidValueError: GStreamer would not read it either.
    """
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        end, token = _longest(text, position)
        yield token
        position = end


def _longest(text: str, start: int) -> tuple[int, Token]:
    """The longest token at a place, the first of those of equal length."""
    found = [each for rule in _RULES if (each := rule(text, start)) is not None]
    if not found:
        raise InvalidValueError(
            f"The passthrough pipeline cannot be read at {shown(text[start : start + 20])}.",
            hint="Try it with gst-launch-1.0 inside the image.",
        )
    return max(found, key=lambda each: each[0])


def _assignment(text: str, start: int) -> tuple[int, Token] | None:
    head = _ASSIGN.match(text, start)
    end = _string_end(text, head.end()) if head else None
    if head is None or end is None:
        return None
    return end, Token(kind=TokenKind.ASSIGNMENT, name=head[1], value=_plain(text[head.end() : end]))


def _reference(text: str, start: int) -> tuple[int, Token] | None:
    match = _REFERENCE.match(text, start)
    return (match.end(), Token(kind=TokenKind.OTHER)) if match else None


def _bin(text: str, start: int) -> tuple[int, Token] | None:
    match = _BIN.match(text, start)
    return (match.end(), Token(kind=TokenKind.ELEMENT, name=match[1])) if match else None


def _element(text: str, start: int) -> tuple[int, Token] | None:
    match = _WORD.match(text, start)
    return (match.end(), Token(kind=TokenKind.ELEMENT, name=match[0])) if match else None


def _link(text: str, start: int) -> tuple[int, Token] | None:
    if text[start] not in "!:":
        return None
    caps = _CAPS.match(text, start)
    rest = _CAPS_REST.match(text, caps.end()) if caps else None
    return (rest.end() if rest else start + 1), Token(kind=TokenKind.OTHER)


def _address(text: str, start: int) -> tuple[int, Token] | None:
    head = _ADDRESS.match(text, start)
    if head is None:
        return None
    end = _string_end(text, head.end()) or head.end()
    return end, Token(kind=TokenKind.ADDRESS, value=_plain(text[start:end]))


def _operator(text: str, start: int) -> tuple[int, Token] | None:
    return (start + 1, Token(kind=TokenKind.OTHER)) if text[start] in _OPERATORS else None


_RULES = (_assignment, _reference, _bin, _element, _link, _address, _operator)


def _string_end(text: str, start: int) -> int | None:
    return max((match.end() for each in _STRINGS if (match := each.match(text, start))), default=None)


def _plain(text: str) -> str:
    """A value without its quotes and backslashes (`gst_parse_unescape`)."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
