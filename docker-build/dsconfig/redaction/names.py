"""Which names hold secrets."""

import re
from enum import IntEnum


class Level(IntEnum):
    """How certain it is that a name holds a secret."""

    NONE = 0
    LIKELY = 1
    SURE = 2


_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Inside a name, in whatever spelling: PGPASSWORD, connection_string, x-api-key.
_SURE = re.compile(
    r"passw(?:or)?d|passphrase|userpwd|secret|credential|connectionstring|connstr|apikey|(?:sas|auth|access|refresh)token"
    r"|(?:access|account|api|shared|private|storage)(?:access)?key"
)
_SURE_PARTS = frozenset({"pw", "pwd", "psk", "sas", "pat", "jwt", "apikey", "bearer", "authorization", "creds"})
_LIKELY_PARTS = frozenset(
    {"auth", "conn", "cookie", "cookies", "license", "pass", "pin", "private", "sig", "signature", "webhook"}
)
_NOT_A_TOKEN = frozenset({"max", "min", "num", "number", "count", "per"})
_NOT_A_PASSWORD = frozenset({"first", "second", "third", "one", "two", "single", "multi", "render", "by", "num"})
_NOT_A_SECRET_KEY = frozenset({"public", "partition", "routing", "sort", "object", "foreign", "group", "hot", "shift"})
# Not one secret but a list of accounts, whose addresses and users are worth seeing. The deployment schema names it so.
_CONTAINERS = frozenset({"registrycredentials"})
# The location of a secret is not a secret itself: PASSWORD_FILE holds a path.
_LOCATIONS = frozenset({"file", "path", "dir"})
# The shell's and npm's working directory.
_FOLDERS = frozenset({"PWD", "OLDPWD", "INIT_PWD"})


def level_of(name: str) -> Level:
    """How certain it is that a field, variable or option of this name holds a secret."""
    parts = parts_of(name)
    squeezed = "".join(parts)
    if squeezed in _CONTAINERS or name in _FOLDERS or not _LOCATIONS.isdisjoint(parts[-1:]):
        return Level.NONE
    if _SURE.search(squeezed) or not _SURE_PARTS.isdisjoint(parts) or _ends_as_secret(parts):
        return Level.SURE
    if not _LIKELY_PARTS.isdisjoint(parts) or _ends_as_key(parts):
        return Level.LIKELY
    return Level.NONE


def parts_of(name: str) -> list[str]:
    """The words that a name is made of, in lower case: of `x-apiKey` x, api and key."""
    return [part.lower() for part in _PART.findall(name)]


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name usually holds a secret."""
    return level_of(name) is Level.SURE


def _ends_as_secret(parts: list[str]) -> bool:
    before, last = ("", *parts)[-2:] if parts else ("", "")
    if last == "token":
        return before not in _NOT_A_TOKEN
    return last == "pass" and bool(before) and before not in _NOT_A_PASSWORD


def _ends_as_key(parts: list[str]) -> bool:
    before, last = ("", *parts)[-2:] if parts else ("", "")
    return last in {"key", "keys"} and before not in _NOT_A_SECRET_KEY
