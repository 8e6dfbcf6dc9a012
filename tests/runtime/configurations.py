"""Configurations that tests start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

COMPAT = Path(__file__).parents[3] / "shared" / "compat"

_GOOD: dict[str, Any] = {
    "platform": "DeepStream",
    "components": {
        "logLevel": "information",
        "sensors": [
            {
                "name": "door",
                "kind": {"type": "vision", "subtype": "RTSP"},
                "endpoint": "rtsp://camera:554/door",
                "regionsOfInterest": [
                    {"label": "mat", "color": "#00ff00", "coordinates": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]}
                ],
            },
            {
                "name": "film",
                "kind": {"type": "vision", "subtype": "File"},
                "endpoint": "file:///videos/film.mp4",
            },
        ],
        "deepStream": {
            "enable": True,
            "pipelineConfigs": [
                {
                    "id": "People",
                    "primaryModelConfigPath": {"configFile": "/custom-assets/p.txt", "pyFile": "/custom-assets/p.py"},
                    "secondaryModelConfigPaths": ["/custom-assets/s.txt"],
                    "trackerConfigPath": "light-tracker",
                    "pipelineOptions": {"osd": {"enable": True}},
                },
                {"id": "Cars", "primaryModelConfigPath": "/custom-assets/cars.txt"},
            ],
            "streams": [
                {"name": "door", "uname": "guard", "password": "s3cret", "configId": "People"},
                {"name": "film", "configId": "People"},
                {"name": "film", "configId": "Cars"},
            ],
        },
        "businessLogicConfig": {},
    },
}


_GOOD_TEXT = json.dumps(_GOOD)


def good() -> dict[str, Any]:
    """A configuration without a flaw: two sensors, two pipelines, three streams."""
    copy: dict[str, Any] = json.loads(_GOOD_TEXT)
    return copy


def deepstream(document: dict[str, Any]) -> dict[str, Any]:
    """Its deepStream part."""
    part: dict[str, Any] = document["components"]["deepStream"]
    return part


def pipeline(document: dict[str, Any], index: int = 0) -> dict[str, Any]:
    """One of its pipelines."""
    part: dict[str, Any] = deepstream(document)["pipelineConfigs"][index]
    return part


def sensor(document: dict[str, Any], index: int = 0) -> dict[str, Any]:
    """One of its sensors."""
    part: dict[str, Any] = document["components"]["sensors"][index]
    return part
