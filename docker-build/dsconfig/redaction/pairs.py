"""Secrets beside their names: `password=…`, `"password": "…"`, `--password …`, also inside JSON inside text."""

import re
from collections.abc import Iterator

from dsconfig.redaction.names import Level, level_of
from dsconfig.redaction.span import Span

# `password=…`, `"password": "…"`, `user-pw = …`, `environ['PASSWORD'] = …`, `[password]=…`, `sig%3D…`, and the same
# inside JSON inside text: \"password\": \"…\".
_PAIR = re.compile(
    r"(?:(?<![\w.-])|(?<=%26)|(?<=%3[Bb]))(?P<name>[A-Za-z_-][\w.-]*)(?P<closed>\\{0,15}[\"'])?"
    r"\]?[ \t]{0,8}(?P<sign>:?=|:(?!//|\\/)|%3[Dd])\s{0,8}"
)
# A message of gst_parse_launch: could not set property "user-pw" in element "source" to "…".
_SET = re.compile(
    r"property \\{0,15}\"(?P<name>[^\"\s\\]{1,200})\\{0,15}\" in element \\{0,15}\"[^\"\s\\]{1,200}\\{0,15}\""
    r" to (?=\\{0,15}\")"
)
# {"name": "PASSWORD", "value": "…"}, and the same in YAML: how others write an environment.
_NAMED = re.compile(
    r"(?<![\w.-])(?i:name|key)\\{0,15}[\"']?\s{0,8}:\s{0,8}\\{0,15}[\"']?(?P<name>[\w.-]{1,200})\\{0,15}[\"']?"
    r"(?:[\s,]|\\{1,15}[nr]){0,40}\\{0,15}[\"']?(?i:value)\\{0,15}[\"']?\s{0,8}:\s{0,8}"
)
_ELEMENT = re.compile(
    r"<(?P<name>[A-Za-z_][\w.:-]{0,200})(?:\s[^<>]{0,512})?>(?:<!\[CDATA\[)?(?P<value>[^<]+(?=</)|\w[^<]*\Z)"
)
# The rest of a value with blanks in a list of pairs, `Server=h;Pwd=two words;Database=d`.
_LISTED = re.compile(
    r"[^;\r\n\"]{1,512};(?=\s{0,8}(?:[A-Za-z][\w -]{0,40}=|\Z)|[ \t]{0,8}(?:[\r\n]|\\{0,15}[\"']|\\{1,15}[nr]))"
)
# Before a name that begins a line of variables or of YAML: its value may have blanks, and ends with the line.
_LINE = re.compile(r"(?:^|[\r\n])[ \t]{0,64}(?:(?:export|ENV|-)[ \t]{1,8})?\Z")
_NEXT_PAIR = re.compile(r"[ \t]{1,64}[A-Za-z_][\w.-]{0,64}=|[\r\n]")
_OPTION = re.compile(r"(?<![^\s\"'])--?(?P<name>[A-Za-z][\w-]*)(?:[ \t]{1,8}(?=[^\s-])|\\{0,15}[\"'],\s{0,8})")
# A string whose end is missing matches up to the end of the text: tried again at each quote, it would be quadratic.
_BRACKET = re.compile(r"\"(?:[^\"\\]|\\.)*(?:\"|\\?\Z)|[\[\]{}]", re.DOTALL)
# What the shell's PWD holds; in ODBC's `Uid=…;PWD=…` it is a password.
_FOLDER = re.compile(r"\\{0,15}[\"']?(?:[/~]|[A-Za-z]:[\\/]|\s|\Z)")
_QUOTE = re.compile(r"(?P<slashes>\\{0,15})(?P<quote>[\"'])")
# Before a colon these are words of a sentence: `unexpected token: x`, `no credentials: log in`.
_A_WORD = re.compile(r"token|credential", re.IGNORECASE)
# What Azure signs: these end where the next part of the form begins.
_SIGNATURES = frozenset({"sig", "code", "key"})


def pairs(text: str) -> Iterator[Span]:
    """Values that follow a name and a sign."""
    for pattern in (_SET, _NAMED):
        covered = 0
        for match in pattern.finditer(text):
            if match.end() >= covered and level_of(match["name"]) is Level.SURE:
                span = _value(text, match.end())
                covered = span.end
                yield span
    for match in _ELEMENT.finditer(text):
        if level_of(match["name"]) is Level.SURE:
            yield Span(*match.span("value"), sure=True)
    covered = 0
    for match in _PAIR.finditer(text):
        # What stands inside a value found before needs no look: without this, `password=password=…` is quadratic.
        if match.end() >= covered and _is_pair(match):
            span = _pair(text, match)
            covered = span.end
            yield span


def options(text: str) -> Iterator[Span]:
    """Values that follow an option of a command line."""
    covered = 0
    for match in _OPTION.finditer(text):
        if match.end() >= covered and (level_of(match["name"]) is Level.SURE or match["name"].lower() == "pass"):
            span = _value(text, match.end())
            covered = span.end
            yield span


def _is_pair(match: re.Match[str]) -> bool:
    name = match["name"]
    if name == "PWD" and match["sign"] == "=":
        return not _FOLDER.match(match.string, match.end())
    if match["closed"] or _opening(match):
        return level_of(name) > Level.NONE
    if match["sign"] == ":":
        return level_of(name) is Level.SURE and not _A_WORD.search(name)
    return level_of(name) is Level.SURE or name.lower() in {"sig", "--pass"}


def _opening(match: re.Match[str]) -> str:
    """The quote right before a name: "NAME=…" is one argument, blanks included."""
    before = match.string[match.start() - 1 : match.start()]
    return before if before in {'"', "'"} and match["sign"].endswith("=") else ""


def _pair(text: str, match: re.Match[str]) -> Span:
    if _opening(match) and not match["closed"]:
        before = text[max(0, match.start() - 16) : match.start() - 1]
        slashes = len(before) - len(before.rstrip("\\"))
        return _quoted(text, match.end(), "\\" * slashes + _opening(match))
    stops = "&;" if match["name"].lower() in _SIGNATURES else ""
    span = _value(text, match.end(), stops=stops, encoded=match["sign"].startswith("%"))
    if span.start == match.end() and not stops and not match["closed"] and _is_line(match):
        rest_of_line = _NEXT_PAIR.search(text, span.end)
        return span._replace(end=rest_of_line.start() if rest_of_line else len(text))
    # At a blank, and not one that follows the end of a pair.
    if text[span.end : span.end + 1].isspace() and text[span.end - 1] != ";" and match["sign"] == "=" and not stops:
        rest = _LISTED.match(text, span.end)
        return span._replace(end=rest.end() - 1) if rest else span
    return span


def _is_line(match: re.Match[str]) -> bool:
    """Whether the line is a variable or a key of YAML alone: `PASSWORD=two words`, `password: two words`."""
    variable = match["sign"] == "=" and match["name"].isupper()
    if not variable and not (match["sign"] == ":" and match[0].endswith((" ", "\t"))):
        return False
    return _LINE.search(match.string[max(0, match.start() - 80) : match.start()]) is not None


def _quoted(text: str, start: int, quote: str) -> Span:
    # The closing quote has as many backslashes before it as the opening one; without one, all that follows.
    closing = re.compile(rf"(?<!\\){re.escape(quote)}").search(text, start)
    return Span(start, closing.start() if closing else len(text), sure=True)


def _value(text: str, start: int, *, stops: str = "", encoded: bool = False) -> Span:
    quote = _QUOTE.match(text, start)
    if quote:
        return _quoted(text, quote.end(), quote[0])
    if text.startswith(("{", "["), start):
        return Span(start, _closed(text, start), sure=True)
    end = re.compile(rf"[\s{stops}]" + ("|%26" if encoded else "")).search(text, start)
    return Span(start, end.start() if end else len(text), sure=True)


def _closed(text: str, start: int) -> int:
    """Where a document in a text is closed again; the text's end when it was cut off."""
    depth = 0
    for match in _BRACKET.finditer(text, start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match[0], 0)
        if depth == 0 and match[0][0] != '"':
            return match.end()
    return len(text)
