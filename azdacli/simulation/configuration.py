"""The runtime's configuration of a simulation: what a device would get from its twin."""

from typing import Any

from azdacli.simulation.cascade import Cascade
from azdacli.simulation.source import Source

PIPELINE = "simulation"


def configuration(models: Cascade, source: Source) -> dict[str, Any]:
    """An azdaConfiguration with one pipeline and one stream; each frame gets its message."""
    kind = "RTSP" if source.address.startswith("rtsp") else "File"
    return {
        "platform": "DeepStream",
        "components": {
            "sensors": [{"name": source.name, "kind": {"type": "vision", "subtype": kind}, "endpoint": source.address}],
            "deepStream": {
                "enable": True,
                "pipelineConfigs": [
                    {
                        "id": PIPELINE,
                        **models.as_json(),
                        "pipelineOptions": {"osd": {"enable": True}, "messages": {"perSecond": 0}},
                    }
                ],
                "streams": [
                    {
                        "name": source.name,
                        "configId": PIPELINE,
                        "uname": source.username,
                        "password": source.password,
                    }
                ],
            },
        },
    }
