"""A manifest with each createOptions in one piece, as whoever searches it needs it."""

from collections.abc import Mapping
from typing import Any

from azdacli.manifest.checks import create_options
from azdacli.manifest.view import AGENT, CONTENT, DESIRED, View


def with_whole_options(document: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with each module's createOptions in one piece: as an object, or as text where it is none."""
    view = View(document=document)
    groups: dict[str, dict[str, Any]] = {"systemModules": {}, "modules": {}}
    for module in view.modules():
        settings = module.settings
        pieces = create_options.pieces(settings)
        if pieces:
            options = create_options.of(module)
            whole = "".join(str(piece) for piece in pieces.values()) if options is None else options
            settings = {
                **{key: value for key, value in settings.items() if key not in pieces},
                create_options.KEY: whole,
            }
        body = {**module.body, "settings": settings} if "settings" in module.body else module.body
        groups["systemModules" if module.system else "modules"][module.name] = body
    if not isinstance(view.content.get(AGENT), Mapping):
        return dict(document)
    agent = {
        **view.content[AGENT],
        DESIRED: {**view.agent, **{key: g for key, g in groups.items() if key in view.agent}},
    }
    return {**view.document, CONTENT: {**view.content, AGENT: agent}}
