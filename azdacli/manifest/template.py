"""From a template to a manifest: placeholders out, createOptions as pieces of text, nothing of the template left."""

import re
from collections.abc import Mapping
from typing import Any

from azdacli.errors import ManifestError
from azdacli.manifest import text
from azdacli.manifest.checks import create_options
from azdacli.manifest.view import AGENT, CONTENT, DESIRED, View

_LEGACY_CONTENT = "moduleContent"
_WRAPPER = "content"
_PLACEHOLDER = re.compile(r"\$\{")


def unwrapped(document: Mapping[str, Any]) -> dict[str, Any]:
    """Take the forms that other tools write: wrapped in `content`, or with `moduleContent` for `modulesContent`."""
    inner = document.get(_WRAPPER)
    body = dict(inner if isinstance(inner, Mapping) and CONTENT not in document else document)
    return {CONTENT if key == _LEGACY_CONTENT and CONTENT not in body else key: body[key] for key in body}


def is_template(document: Mapping[str, Any]) -> bool:
    """Whether a document still waits for its variables: a template's key, createOptions as objects, placeholders."""
    if any(key.startswith("$schema-template") for key in document):
        return True
    modules = list(View(document=unwrapped(document)).modules())
    if any(isinstance(module.settings.get(create_options.KEY), Mapping) for module in modules):
        return True
    return any(_PLACEHOLDER.search(module.image or "") for module in modules)


def finished(template: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a template whose variables are filled in into a manifest.

    Args:
        template: The template; it is not changed.

    Returns:
        A new document in the template's order, without `$schema…` keys, with every createOptions as text in pieces of
        at most 512 characters.

    Raises:
        ManifestError: A module's createOptions cannot be written as JSON.
    """
    document = {key: value for key, value in unwrapped(template).items() if not key.startswith("$schema")}
    content = document.get(CONTENT)
    agent = content.get(AGENT) if isinstance(content, Mapping) else None
    desired = agent.get(DESIRED) if isinstance(agent, Mapping) else None
    if not isinstance(content, Mapping) or not isinstance(agent, Mapping) or not isinstance(desired, Mapping):
        return document
    groups = {key: _group(desired[key]) for key in ("systemModules", "modules") if key in desired}
    return {**document, CONTENT: {**content, AGENT: {**agent, DESIRED: {**desired, **groups}}}}


def _group(modules: Any) -> Any:
    return {name: _module(body) for name, body in modules.items()} if isinstance(modules, Mapping) else modules


def _module(body: Any) -> Any:
    settings = body.get("settings") if isinstance(body, Mapping) else None
    if not isinstance(settings, Mapping):
        return body
    pieces = create_options.pieces(settings)
    if not pieces:
        return body
    rest = {key: value for key, value in settings.items() if key not in pieces}
    return {**body, "settings": {**rest, **_cut(pieces)}}


def _cut(pieces: Mapping[str, Any]) -> Mapping[str, Any]:
    values = list(pieces.values())
    if len(values) == 1 and isinstance(values[0], Mapping):
        return create_options.split(text.compact(values[0]))
    if not all(isinstance(value, str) for value in values):
        return pieces
    joined = "".join(values)
    try:
        parsed = text.parse(joined)
    except ValueError:
        return create_options.split(joined)
    # Written anew in ASCII, so that 512 characters are 512 bytes.
    return create_options.split(text.compact(parsed) if isinstance(parsed, Mapping) else joined)


def loaded(source: str, name: str) -> dict[str, Any]:
    """Read a template or manifest from text.

    Raises:
        ManifestError: It is not a JSON object, or not the deployment of a device.
    """
    document = unwrapped(text.loads(source, source=name))
    if CONTENT not in document:
        raise ManifestError(
            f"{name} has no 'modulesContent'",
            hint="An IoT Edge manifest or template is expected, not another JSON file.",
        )
    return document
