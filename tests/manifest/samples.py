"""Manifests for the tests: one that keeps every rule, and small ways to change it."""

import copy
import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

from azdacli.edge import settings_check
from azdacli.manifest import checks
from azdacli.manifest.images import ImageFacts
from azdacli.manifest.problems import Problem
from azdacli.manifest.settings import Question, SettingsReport
from azdacli.manifest.view import View

Document = dict[str, Any]
Change = Callable[[Document], object]

IMAGE = "shop.azurecr.io/pose:1.4"

_GOOD: Document = {
    "modulesContent": {
        "$edgeAgent": {
            "properties.desired": {
                "schemaVersion": "1.1",
                "runtime": {
                    "type": "docker",
                    "settings": {
                        "minDockerVersion": "v1.25",
                        "loggingOptions": "",
                        "registryCredentials": {
                            "shop": {"address": "shop.azurecr.io", "username": "puller", "password": "hunter2!"}
                        },
                    },
                },
                "systemModules": {
                    "edgeAgent": {
                        "type": "docker",
                        "settings": {"image": "mcr.microsoft.com/azureiotedge-agent:1.6.1", "createOptions": "{}"},
                    },
                    "edgeHub": {
                        "type": "docker",
                        "status": "running",
                        "restartPolicy": "always",
                        "settings": {"image": "mcr.microsoft.com/azureiotedge-hub:1.6.1", "createOptions": "{}"},
                    },
                },
                "modules": {
                    "ai-pipeline": {
                        "version": "1.0",
                        "type": "docker",
                        "status": "running",
                        "restartPolicy": "always",
                        "startupOrder": 1,
                        "env": {"LEVEL": {"value": "info"}},
                        "settings": {
                            "image": IMAGE,
                            "createOptions": '{"HostConfig":{"CapDrop":["ALL"],"SecurityOpt":["no-new-privileges"],'
                            '"ReadonlyRootfs":true,"Memory":8589934592,"PidsLimit":4096,"PortBindings":{"8554/tcp":[{"HostPort":"8554"}]},'
                            '"Binds":["cache:/var/lib/azda"],"DeviceRequests":[{"Capabilities":[["gpu"]]}]}}',
                        },
                    },
                    "watcher": {
                        "type": "docker",
                        "status": "running",
                        "restartPolicy": "always",
                        "settings": {"image": "shop.azurecr.io/watcher:2", "createOptions": "{}"},
                    },
                },
            }
        },
        "$edgeHub": {
            "properties.desired": {
                "schemaVersion": "1.2",
                "routes": {
                    "up": "FROM /messages/modules/ai-pipeline/outputs/* INTO $upstream",
                    "seen": "FROM /messages/modules/ai-pipeline/outputs/inference "
                    'INTO BrokeredEndpoint("/modules/watcher/inputs/seen")',
                    "ask": {
                        "route": "SELECT * FROM /messages/modules/watcher/outputs/ask WHERE $body.on = 'yes (1)' "
                        "INTO BrokeredEndpoint('/modules/ai-pipeline/inputs/recordingInput')",
                        "priority": 0,
                        "timeToLiveSecs": 60,
                    },
                },
                "storeAndForwardConfiguration": {"timeToLiveSecs": 7200},
            }
        },
        "ai-pipeline": {
            "properties.desired": {
                "azdaConfiguration": {
                    "platform": "DeepStream",
                    "components": {
                        "sensors": [
                            {
                                "name": "door",
                                "kind": {"type": "vision", "subtype": "RTSP"},
                                "endpoint": "rtsp://camera-1/live",
                                "regionsOfInterest": [],
                            }
                        ],
                        "deepStream": {
                            "enable": True,
                            "pipelineConfigs": [
                                {
                                    "id": "pose",
                                    "primaryModelConfigPath": {
                                        "configFile": "/custom-assets/pgie.txt",
                                        "pyFile": "/custom-assets/pose.py",
                                    },
                                }
                            ],
                            "streams": [{"name": "door", "configId": "pose"}],
                        },
                    },
                }
            }
        },
    }
}

FACTS = {
    IMAGE: ImageFacts(
        os="linux",
        architecture="arm64",
        release="7.1",
        target="jetson",
        assets=("/custom-assets/pgie.txt", "/custom-assets/pose.py"),
        folders=("/custom-assets",),
    )
}


def good() -> Document:
    """A manifest that keeps every rule, in clear passwords excepted."""
    return copy.deepcopy(_GOOD)


def changed(change: Change) -> Document:
    document = good()
    change(document)
    return document


def agent(document: Document) -> Document:
    return document["modulesContent"]["$edgeAgent"]["properties.desired"]


def hub(document: Document) -> Document:
    return document["modulesContent"]["$edgeHub"]["properties.desired"]


def modules(document: Document) -> Document:
    return agent(document)["modules"]


def pipeline(document: Document) -> Document:
    return modules(document)["ai-pipeline"]


def twin(document: Document) -> Document:
    return document["modulesContent"]["ai-pipeline"]["properties.desired"]


def options(document: Document, value: Any, module: str = "ai-pipeline") -> None:
    """Replace a module's createOptions by a value, written as JSON."""
    modules(document)[module]["settings"]["createOptions"] = json.dumps(value)


def reader(questions: Sequence[Question]) -> list[SettingsReport]:
    """The real runtime's answers, fetched once for each configuration."""
    return [_read(json.dumps(question.value), twin=question.twin) for question in questions]


@functools.cache
def _read(configuration: str, *, twin: bool) -> SettingsReport:
    (report,) = settings_check.read_settings([Question(value=json.loads(configuration), twin=twin)])
    return report


def problems(document: Document, **known: Any) -> list[Problem]:
    """All findings about a document on a Jetson, with the runtime's own answer."""
    knowledge = {"reader": reader, "facts": FACTS, "machine": "arm64", "target": "jetson", **known}
    return checks.run(View(document=document), checks.Knowledge(**knowledge))


def rules(document: Document, **known: Any) -> set[str]:
    return {problem.rule for problem in problems(document, **known)}
