"""Where secrets stand in a text that nobody structured: a log line, an error of GStreamer, a launch line.

Every scanner here goes through the text once: a text of a megabyte, whatever is in it, costs a fraction of a second.
"""

import re
from base64 import b64decode
from collections.abc import Iterator

from dsconfig.redaction.addresses import addresses, bare_users, encoded
from dsconfig.redaction.commands import commands
from dsconfig.redaction.pairs import options, pairs
from dsconfig.redaction.span import Span, merged

# Forms that say themselves what they are. The storage and IoT Hub keys: 64 and 32 bytes in base64; the client secret:
# learn.microsoft.com/purview, "Microsoft Entra client secret"; the rest: each vendor's prefix.
_FORMS = re.compile(
    r"-----BEGIN[ A-Z0-9]* PRIVATE KEY-----(?P<pem>.*?)(?:-----END|\Z)"
    r"|(?<![\w.-])(?P<jwt>eyJ[\w-]{8,}\.[\w-]{8,}\.?[\w-]*)"
    r"|(?<![\w+/=-])(?P<key>[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)(?![\w+/=])"
    r"|(?<![\w~.-])(?P<client>[\w~.-]{3}[0-9]Q~[\w~.-]{31,34})(?![\w~-])"
    r"|(?<!\w)(?P<vendor>gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|AKIA[A-Z0-9]{16})"
    r"|(?i:\bBearer\s{1,4})(?!(?i:realm|token|auth))(?P<bearer>[\w.~+/=-]{8,})"
    r"|(?i:\bBasic\s{1,4})(?P<basic>[A-Za-z0-9+/]{6,}={0,2})"
    # The header's value is a scheme and what belongs to it (RFC 9110, 11.6.2), whatever the scheme.
    r"|(?i:\b(?:proxy-)?authorization)[\\\"']{0,16}\s{0,4}:\s{0,4}(?P<header>[A-Za-z][\w-]{0,30}\s{1,4}[^\s\"'\\]{1,8192})",
    re.DOTALL,
)
# Chance gives twelve random bytes the form of a login once in some ten thousand, and hides what nobody misses.
_BASE64 = re.compile(r"(?<![\w+/=.-])[A-Za-z0-9+/]{12,684}={0,2}(?![\w+/=.-])")
_LOGIN = re.compile(rb"[A-Za-z0-9][\w.@+-]*:[!-~]{4,}")


def spans(text: str) -> list[Span]:
    """Every secret in a text; in order, none over another."""
    scanners = (_forms, _logins, pairs, options, commands, addresses, bare_users, encoded)
    return merged(span for scanner in scanners for span in scanner(text))


def _forms(text: str) -> Iterator[Span]:
    for match in _FORMS.finditer(text):
        kind = match.lastgroup or ""
        if kind != "basic" or _is_basic(match[kind]):
            yield Span(*match.span(kind), sure=True)


def _logins(text: str) -> Iterator[Span]:
    """`user:password` in base64, as Docker's `auth` and HTTP's Basic have it, wherever it stands."""
    for match in _BASE64.finditer(text):
        if len(match[0]) % 4 == 0 and _LOGIN.fullmatch(b64decode(match[0])):
            yield Span(*match.span(), sure=True)


def _is_basic(encoded: str) -> bool:
    try:
        return b":" in b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return False
