"""The images of IoT Edge's own modules, as our deployment template names them: in the engine, or in their registry."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from azdacli.doctor.probes import registry
from azdacli.doctor.probes.engine import EngineApi
from azdacli.manifest import text
from azdacli.util import resources

_TEMPLATE = resources.TEMPLATES / "deployment" / "base.template.json"


def look(api: EngineApi | None, ca_bundle: Path | None) -> dict[str, bool | None]:
    """Say of each image whether it exists; None when neither the engine holds it nor its registry answers.

    Args:
        api: The engine; None when it does not answer.
        ca_bundle: Certificates to trust besides the usual ones.
    """
    return {image: _is_held(api, image) or registry.exists(image, ca_bundle) for image in sorted(set(_named()))}


def _named() -> Iterator[str]:
    document = text.loads(_TEMPLATE.read_text(encoding="utf-8"), source=_TEMPLATE.name)
    agent = document["modulesContent"]["$edgeAgent"]
    modules: dict[str, Any] = agent["properties.desired"]["systemModules"]
    yield from (str(module["settings"]["image"]) for module in modules.values())


def _is_held(api: EngineApi | None, image: str) -> bool:
    if api is None:
        return False
    try:
        api.get(f"/images/{quote(image, safe='/:@')}/json")
    except (OSError, http.client.HTTPException, LookupError, ValueError):
        return False
    return True
