"""The runtime's configuration of a simulation: what a device would get from its twin."""

import itertools
from collections.abc import Sequence
from typing import Any

from azdacli.simulation.cascade import Cascade
from azdacli.simulation.settings_file import SettingsPipeline
from azdacli.simulation.source import Source

PIPELINE = "simulation"


def configuration(
    models: Cascade | SettingsPipeline, sources: Sequence[Source], *, drawn: bool = True
) -> dict[str, Any]:
    """An azdaConfiguration with one pipeline and a stream for each source; each frame gets its message.

    Args:
        models: The models, or a pipeline of a settings file.
        sources: Where frames come from.
        drawn: Whether what was found is drawn into the picture.
    """
    names, keys = _names(sources), models.as_json()
    options = keys.get("pipelineOptions") or {}
    return {
        "platform": "DeepStream",
        "components": {
            "sensors": [
                {"name": name, "kind": {"type": "vision", "subtype": _subtype(source)}, "endpoint": source.address}
                for name, source in zip(names, sources, strict=True)
            ],
            "deepStream": {
                "enable": True,
                "pipelineConfigs": [
                    {
                        **keys,
                        "id": PIPELINE,
                        "pipelineOptions": {**options, "osd": {"enable": drawn}, "messages": {"perSecond": 0}},
                    }
                ],
                "streams": [
                    {"name": name, "configId": PIPELINE, "uname": source.username, "password": source.password}
                    for name, source in zip(names, sources, strict=True)
                ],
            },
        },
    }


def _names(sources: Sequence[Source]) -> list[str]:
    """What messages call the sensors: sources of one name are numbered."""
    taken: list[str] = []
    for source in sources:
        free = (f"{source.name}-{number}" if number > 1 else source.name for number in itertools.count(1))
        taken.append(next(name for name in free if name not in taken))
    return taken


def _subtype(source: Source) -> str:
    if source.is_network_camera:
        return "RTSP"
    return "USB" if source.is_live else "File"
