"""Secrets in addresses: the user's part, the query, and both where an address is written in a way of its own."""

import re
from collections.abc import Iterator

from dsconfig.redaction.names import Level, level_of
from dsconfig.redaction.span import SHORTEST_SECRET, Span

# How far an address's parts reach where nothing else says where they end.
_REACH = 512
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:(?:\\?/){2}")
_AUTHORITY = re.compile(r"[^\s/?#\"<>\\]*")
_REST = re.compile(r"[^\s\"<>]*")
_PARAMETER = re.compile(r"[?&#;](?P<name>[^=?&#;\s\"'<>]*)=(?P<value>[^&#;\s\"'<>]*)")
# Who has the last part of such an address may send in its owner's name: a stream key.
_STREAM_KEY = re.compile(r"(?:/[^\s/?#\"'<>]*)*/(?P<key>[^\s/?#\"'<>]+)")
_ENCODED = re.compile(r"%3A%2F%2F(?P<user>(?:(?!%40)[^\s&\"'<>]){1,512})%40", re.IGNORECASE)
_AT = re.compile(r"@(?!sha(?:256|512):)")
_BACKWARDS = re.compile(r"[^\s/@\"'<>,;=(]*")
# Names of a query or of Azure's forms that are secrets there and ordinary words elsewhere.
_SIGNATURES = frozenset({"sig", "code", "key"})


def addresses(text: str) -> Iterator[Span]:
    """The user's part and the query's values of every address."""
    token_end = key_end = 0
    for scheme in _SCHEME.finditer(text):
        start = scheme.end()
        authority = _AUTHORITY.match(text, start)
        end = authority.end() if authority else start
        user = _user(text, start, end)
        if user.end > start:
            yield user
        elif (
            scheme.start() >= key_end and scheme[0].lower().startswith("rtmp") and (key := _STREAM_KEY.match(text, end))
        ):
            key_end = key.end()
            yield Span(*key.span("key"), sure=True)
        if max(user.end, end) >= token_end:
            # An address inside an address was read with the outer one.
            rest = _REST.match(text, max(user.end, end))
            token_end = rest.end() if rest else end
            yield from _query(text, max(user.end, end), token_end)


def _query(text: str, start: int, end: int) -> Iterator[Span]:
    for parameter in _PARAMETER.finditer(text, start, end):
        sure = level_of(parameter["name"]) is Level.SURE or parameter["name"].lower() in _SIGNATURES
        if sure or len(parameter["value"]) >= SHORTEST_SECRET:
            yield Span(*parameter.span("value"), sure=sure)


def _user(text: str, start: int, end: int) -> Span:
    """The user's part of an address: before the last @, also of a password with a slash or a blank in it."""
    at = text.rfind("@", start, end)
    host, colon, port = text[start:end].partition(":")
    number = not port.strip("0123456789'),.;")
    # A password may begin with digits, a slash or a quote; a host that has a port usually has a dot.
    if at >= 0 or not colon or host.startswith("[") or (number and ("." in host or host == "localhost")):
        return Span(start, max(at, start), sure=True)
    stops = (text.find(stop, end, end + _REACH) for stop in ("\n", "://"))
    at = text.rfind("@", end, min((stop for stop in stops if stop >= 0), default=end + _REACH))
    if at >= 0:
        return Span(start, at, sure=True)
    # No port and no host after it: an address that was cut, or one that was never one.
    return Span(start, start if number else end, sure=False)


def bare_users(text: str) -> Iterator[Span]:
    """`user:password@host`, without a scheme, as some take a proxy; an image's `name:tag@sha256:…` does not count."""
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


def encoded(text: str) -> Iterator[Span]:
    """The user's part of an address that is written for another address's query."""
    for match in _ENCODED.finditer(text):
        yield Span(*match.span("user"), sure=True)
