"""Secrets that stand in the manifest: where, never what."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest.checks import create_options
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import View

_SECRET_NAME = re.compile(
    r"password|passwd|passphrase|secret|connection_?string|(access|account|api|shared|private|storage)_?(access_?)?key"
    r"|sas_?token|(auth|access|refresh|bearer)_?token|credential",
    re.IGNORECASE,
)
_USER_IN_ADDRESS = re.compile(r"://[^/\s:@]*:(?P<password>[^/\s@]+)@")
_SIGNATURE = re.compile(
    r"(?:[?&](?:sig|code)=|SharedAccessKey=|SharedAccessSignature |AccountKey=)(?P<secret>[^&;\s]+)", re.IGNORECASE
)
_UNRESOLVED = re.compile(r"\$(\w+|\{\w+\})")
_REGISTRY = "Use a repository-scoped token with pull rights only, not the registry's admin user."
_CAMERA = "Give the camera an account that may only watch, and use it nowhere else."
_OTHER = "Give the module a right that is as narrow as can be, and change it when the deployment is shared."


def check(view: View, template: Mapping[str, Any] | None = None) -> Iterator[Problem]:
    """Name every secret in clear.

    Args:
        view: The manifest.
        template: The template before its variables were filled in; a secret that already stands there is named too.
    """
    raw = View(document=template or {})
    for path, _, hint in _secrets(view):
        yield found("secret-in-clear", path, "is a secret in clear text", hint)
    for path, value, _ in _secrets(raw):
        if "$" not in value:
            hint = "Write $NAME there and NAME=… into the .env file, which stays out of version control."
            yield found("secret-in-template", path, "is a secret in the template itself", hint)


def values(view: View) -> set[str]:
    """Every secret's value, to keep it out of all that is printed."""
    return {value for _, value, _ in _secrets(view)}


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name usually holds a secret."""
    return bool(_SECRET_NAME.search(name))


def _secrets(view: View) -> Iterator[tuple[Path, str, str]]:
    for _, path, body in view.credentials():
        password = body.get("password")
        if isinstance(password, str) and password:
            yield (*path, "password"), password, _REGISTRY
    for module in view.modules():
        env = module.body.get("env")
        for name, item in env.items() if isinstance(env, Mapping) else ():
            value = item.get("value") if isinstance(item, Mapping) else None
            yield from _named((*module.path, "env", name, "value"), name, value, _OTHER)
        options = create_options.of(module) or {}
        lines = options.get("Env")
        for line in lines if isinstance(lines, list) else []:
            name, _, value = str(line).partition("=")
            yield from _named((*module.path, "settings", "createOptions", "Env", name), name, value, _OTHER)
    for _, path, twin in view.twins():
        if not path[1:2] or not str(path[1]).startswith("$"):
            yield from _walk(path, twin)


def _walk(path: Path, value: Any) -> Iterator[tuple[Path, str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named((*path, key), key, item, _CAMERA)
            yield from _walk((*path, key), item) if not isinstance(item, str) else ()
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk((*path, index), item)
    elif isinstance(value, str):
        yield from _named(path, "", value, _CAMERA)


def _named(path: Path, name: str, value: Any, hint: str) -> Iterator[tuple[Path, str, str]]:
    if not isinstance(value, str) or not value or _UNRESOLVED.fullmatch(value):
        return
    if is_secret_name(name):
        yield path, value, hint
        return
    for pattern in (_USER_IN_ADDRESS, _SIGNATURE):
        match = pattern.search(value)
        if match:
            yield path, match.group(1), hint
