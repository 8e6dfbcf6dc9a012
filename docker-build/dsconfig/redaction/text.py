"""Where secrets stand in a text that nobody structured: a log line, an error of GStreamer, a launch line.

Every scanner here goes through the text once: a text of a megabyte, whatever is in it, costs a fraction of a second.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dsconfig.redaction.names import Level, level_of

HIDDEN = "***"
# What has fewer characters is in every text by chance, and guessed in an instant.
SHORTEST_SECRET = 4
# How far an address's parts reach where nothing else says where they end.
_REACH = 512

# Forms that say themselves what they are. The storage and IoT Hub keys: 64 and 32 bytes in base64; the client secret:
# learn.microsoft.com/purview, "Microsoft Entra client secret"; the rest: each vendor's prefix.
_FORMS = re.compile(
    r"-----BEGIN[ A-Z0-9]* PRIVATE KEY-----(?P<pem>.*?)(?:-----END|\Z)"
    r"|(?<![\w.-])(?P<jwt>eyJ[\w-]{8,}\.[\w-]{8,}\.?[\w-]*)"
    r"|(?<![\w+/=-])(?P<key>[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)(?![\w+/=])"
    r"|(?<![\w~.-])(?P<client>[\w~.-]{3}[0-9]Q~[\w~.-]{31,34})(?![\w~-])"
    r"|(?<!\w)(?P<vendor>gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|AKIA[A-Z0-9]{16})"
    r"|(?i:\bBearer\s{1,4})(?!(?i:realm|token|auth))(?P<bearer>[\w.~+/=-]{8,})"
    r"|(?i:\bBasic\s{1,4})(?P<basic>[A-Za-z0-9+/]{6,}={0,2})",
    re.DOTALL,
)
# `password=…`, `"password": "…"`, `user-pw = …`, `sig%3D…`, and the same inside JSON inside text: \"password\": \"…\".
_PAIR = re.compile(
    r"(?:(?<![\w.-])|(?<=%26)|(?<=%3[Bb]))(?P<name>[A-Za-z_-][\w.-]*)(?P<closed>\\{0,15}[\"'])?"
    r"[ \t]{0,8}(?P<sign>=|:(?!//|\\/)|%3[Dd])\s{0,8}"
)
# gst_parse_launch's words: could not set property "user-pw" in element "source" to "…".
_SET = re.compile(r"property \"(?P<name>[^\"\s]{1,200})\" in element \"[^\"\s]{1,200}\" to \"")
_OPTION = re.compile(r"(?<![^\s\"'])--?(?P<name>[A-Za-z][\w-]*)(?:[ \t]{1,8}(?=[^\s-])|\\{0,15}[\"'],\s{0,8})")
_BRACKET = re.compile(r"\"(?:[^\"\\]|\\.)*\"|[\[\]{}]", re.DOTALL)
_QUOTE = re.compile(r"(?P<slashes>\\{0,15})(?P<quote>[\"'])")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:(?:\\?/){2}")
_AUTHORITY = re.compile(r"[^\s/?#\"<>\\]*")
_REST = re.compile(r"[^\s\"<>]*")
_PARAMETER = re.compile(r"[?&#;](?P<name>[^=?&#;\s\"'<>]*)=(?P<value>[^&#;\s\"'<>]*)")
_ENCODED = re.compile(r"%3A%2F%2F(?P<user>(?:(?!%40)[^\s&\"'<>]){1,512})%40", re.IGNORECASE)
_AT = re.compile(r"@(?!sha(?:256|512):)")
_BACKWARDS = re.compile(r"[^\s/@\"'<>,;=(]*")
# Before a colon these are words of a sentence: `unexpected token: x`, `no credentials: log in`.
_A_WORD = re.compile(r"token|credential", re.IGNORECASE)
# Names of a query or of Azure's forms that are secrets there and words elsewhere.
_SIGNATURES = frozenset({"sig", "code", "key"})


class Span(NamedTuple):
    """A secret's first and last position in a text, and whether it certainly is one."""

    start: int
    end: int
    sure: bool


def spans(text: str) -> list[Span]:
    """Every secret in a text; in order, none over another."""
    return merged(
        (*_forms(text), *_pairs(text), *_options(text), *_addresses(text), *_bare_users(text), *_encoded(text))
    )


def merged(found: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch made one."""
    result: list[Span] = []
    for span in sorted(span for span in found if span.end > span.start):
        last = result[-1] if result else None
        if last is not None and span.start < last.end:
            result[-1] = Span(last.start, max(last.end, span.end), last.sure or span.sure)
        else:
            result.append(span)
    return result


def masked(text: str, found: Iterable[Span]) -> str:
    """The text with asterisks in place of the spans."""
    pieces: list[str] = []
    end = 0
    for span in found:
        pieces += (text[end : span.start], HIDDEN)
        end = span.end
    return "".join((*pieces, text[end:])) if pieces else text


def _forms(text: str) -> Iterator[Span]:
    for match in _FORMS.finditer(text):
        kind = match.lastgroup or ""
        if kind != "basic" or _is_basic(match[kind]):
            yield Span(*match.span(kind), sure=True)


def _is_basic(encoded: str) -> bool:
    try:
        return b":" in b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return False


def _pairs(text: str) -> Iterator[Span]:
    for match in _SET.finditer(text):
        if level_of(match["name"]) is Level.SURE:
            yield _value(text, match.end() - 1)
    covered = 0
    for match in _PAIR.finditer(text):
        # What stands inside a value found before needs no look: without this, `password=password=…` is quadratic.
        if match.end() >= covered and _is_pair(match):
            span = _pair(text, match)
            covered = span.end
            yield span


def _is_pair(match: re.Match[str]) -> bool:
    name = match["name"]
    if match["closed"] or _opening(match):
        return level_of(name) > Level.NONE
    if match["sign"] == ":":
        return level_of(name) is Level.SURE and not _A_WORD.search(name)
    return level_of(name) is Level.SURE or name.lower() == "sig"


def _opening(match: re.Match[str]) -> str:
    """The quote right before a name: "NAME=…" is one argument, blanks included."""
    before = match.string[match.start() - 1 : match.start()]
    return before if before in {'"', "'"} and match["sign"] == "=" else ""


def _pair(text: str, match: re.Match[str]) -> Span:
    if _opening(match) and not match["closed"]:
        before = text[max(0, match.start() - 16) : match.start() - 1]
        slashes = len(before) - len(before.rstrip("\\"))
        return _quoted(text, match.end(), "\\" * slashes + _opening(match))
    stops = "&;" if match["name"].lower() in _SIGNATURES else ""
    return _value(text, match.end(), stops=stops, encoded=match["sign"] not in "=:")


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


def _options(text: str) -> Iterator[Span]:
    covered = 0
    for match in _OPTION.finditer(text):
        if match.end() >= covered and level_of(match["name"]) is Level.SURE:
            span = _value(text, match.end())
            covered = span.end
            yield span


def _addresses(text: str) -> Iterator[Span]:
    token_end = 0
    for scheme in _SCHEME.finditer(text):
        start = scheme.end()
        authority = _AUTHORITY.match(text, start)
        end = authority.end() if authority else start
        user = _user_end(text, start, end)
        if user > start:
            yield Span(start, user, sure=True)
        if max(user, end) >= token_end:
            # An address inside an address was read with the outer one.
            rest = _REST.match(text, max(user, end))
            token_end = rest.end() if rest else end
            yield from _query(text, max(user, end), token_end)


def _query(text: str, start: int, end: int) -> Iterator[Span]:
    for parameter in _PARAMETER.finditer(text, start, end):
        sure = level_of(parameter["name"]) is Level.SURE or parameter["name"].lower() in _SIGNATURES
        if sure or len(parameter["value"]) >= SHORTEST_SECRET:
            yield Span(*parameter.span("value"), sure=sure)


def _user_end(text: str, start: int, end: int) -> int:
    """Where the user's part of an address ends: before the last @, also of a password with a slash or a blank in it."""
    at = text.rfind("@", start, end)
    if at >= 0:
        return at
    host, colon, port = text[start:end].partition(":")
    # A password may begin with digits, a slash or a quote; a host that has a port usually has a dot.
    is_port = not port.strip("0123456789'),.;") and ("." in host or host == "localhost")
    if not colon or host.startswith("[") or is_port:
        return start
    stops = (text.find(stop, end, end + _REACH) for stop in ("\n", "://"))
    limit = min((stop for stop in stops if stop >= 0), default=end + _REACH)
    return max(text.rfind("@", end, limit), start)


def _bare_users(text: str) -> Iterator[Span]:
    """`user:password@host`, without a scheme, as some take a proxy; an image's `name:tag@sha256:…` is none."""
    before = 0
    for match in _AT.finditer(text):
        at = match.start()
        user = text[max(before, at - _REACH) : at]
        token = _BACKWARDS.match(user[::-1])
        user = user[len(user) - (token.end() if token else 0) :]
        before = match.end()
        colon = user.find(":")
        if 0 < colon < len(user) - 1:
            yield Span(at - len(user) + colon + 1, at, sure=False)


def _encoded(text: str) -> Iterator[Span]:
    for match in _ENCODED.finditer(text):
        yield Span(*match.span("user"), sure=True)
