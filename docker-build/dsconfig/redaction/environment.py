"""What a field or a variable holds, where its name alone does not say: `PWD`, and `user:password`."""

import re
from collections.abc import Mapping
from typing import Any

from dsconfig.redaction.names import Level, level_of, parts_of

# What the shell's PWD holds; in the environment of a database it is a password.
_FOLDER = re.compile(r"\s*(?:[/~.].*|[A-Za-z]:[\\/].*)?", re.DOTALL)
_ENVIRONMENTS = frozenset({"env", "environment"})
# Of letters with a capital or a digit among them, so that neither `redis:6379` nor `xcb:fullscreen` is one.
_LOGIN = re.compile(r"(?P<user>[A-Za-z][\w.@+-]{0,63}):(?=\S{0,99}[A-Za-z])(?=\S{0,99}[A-Z0-9])[^\s/][^\s]{5,511}")
_NO_USERS = frozenset(
    {"sha256", "sha384", "sha512", "md5", "urn", "http", "https", "file", "tcp", "udp", "unix", "gpu"}
)
_NO_LOGINS = frozenset({"image", "tag", "host", "address", "endpoint", "server", "model", "version", "time", "date"})


def level_in(name: str, value: Any) -> Level:
    """How certain it is that a field of this name with this value holds a secret."""
    held = value.get("value") if isinstance(value, Mapping) else value
    if name == "PWD" and isinstance(held, str) and not _FOLDER.fullmatch(held):
        return Level.SURE
    return level_of(name)


def is_environment(path: tuple[str | int, ...]) -> bool:
    """Whether a place in a document is within a container's environment."""
    return any(isinstance(step, str) and step.lower() in _ENVIRONMENTS for step in path)


def is_login(name: str, value: str) -> bool:
    """Whether a variable's value is `user:password`; nothing but its form says so."""
    login = _LOGIN.fullmatch(value)
    if login is None:
        return False
    return login["user"].lower() not in _NO_USERS and _NO_LOGINS.isdisjoint(parts_of(name))
