"""Secrets that stand in the manifest: where, never what."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import View
from azdacli.manifest.whole import with_whole_options
from dsconfig.redaction import secrets_in

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


def _secrets(view: View) -> Iterator[tuple[Path, str, str]]:
    for secret in secrets_in(with_whole_options(view.document)):
        if secret.sure and not _UNRESOLVED.fullmatch(secret.value):
            yield secret.path, secret.value, _hint(secret.path)


def _hint(path: Path) -> str:
    if "registryCredentials" in path:
        return _REGISTRY
    return _OTHER if {"modules", "systemModules"} & set(path) else _CAMERA
