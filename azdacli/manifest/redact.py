"""A manifest for other people's eyes: the same, with every secret replaced by asterisks."""

from collections.abc import Mapping
from typing import Any

from azdacli.manifest.checks import create_options, secrets
from azdacli.manifest.problems import forms, masked
from azdacli.manifest.template import finished
from azdacli.manifest.view import AGENT, CONTENT, DESIRED, View


def redacted(document: Mapping[str, Any]) -> dict[str, Any]:
    """Replace every secret of a manifest.

    createOptions are opened first and cut into pieces again afterwards, so that a secret that lies across two pieces
    is found too.
    """
    view = View(document=document)
    hidden = secrets.values(view)
    return finished(_hidden(_opened(view), forms(hidden), frozenset(hidden)))


def _opened(view: View) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = {"systemModules": {}, "modules": {}}
    for module in view.modules():
        options = create_options.of(module)
        settings = module.settings
        if options is not None:
            pieces = create_options.pieces(settings)
            rest = {key: value for key, value in settings.items() if key not in pieces}
            settings = {**rest, **({create_options.KEY: options} if pieces else {})}
        groups["systemModules" if module.system else "modules"][module.name] = {**module.body, "settings": settings}
    agent = {**view.content[AGENT], DESIRED: {**view.agent, **groups}}
    return {**view.document, CONTENT: {**view.content, AGENT: agent}}


def _hidden(value: Any, written: list[str], whole: frozenset[str]) -> Any:
    if isinstance(value, str):
        return "***" if value in whole else masked(value, written)
    if isinstance(value, Mapping):
        return {key: _hidden(item, written, whole) for key, item in value.items()}
    return [_hidden(item, written, whole) for item in value] if isinstance(value, list) else value
