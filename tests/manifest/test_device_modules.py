"""What a device runs, from a TLS server that answers as IoT Hub's REST reference documents its twins."""

import json
from pathlib import Path

import pytest

from azdacli.edge import device_modules
from azdacli.errors import DeployError
from tests.manifest.conftest import TOKEN, Server

TWIN = {
    "properties": {
        "reported": {
            "systemModules": {"edgeAgent": {"settings": {"image": "mcr.microsoft.com/azureiotedge-agent:1.5"}}},
            "modules": {
                "ai-pipeline": {"settings": {"image": "a.azurecr.io/pose:1", "createOptions": "{}"}},
                "odd": {"settings": None},
                "gone": None,
            },
        }
    }
}


def asked(hub: Server, ca_bundle: Path) -> dict[str, str]:
    return device_modules.images(hub.host, "my device", token=lambda _: TOKEN, ca_bundle=ca_bundle)


def test_the_images_are_those_that_the_agent_reported(hub: Server, ca_bundle: Path) -> None:
    hub.status, hub.body = 200, json.dumps(TWIN).encode()
    expected = {"edgeAgent": "mcr.microsoft.com/azureiotedge-agent:1.5", "ai-pipeline": "a.azurecr.io/pose:1"}
    assert asked(hub, ca_bundle) == expected
    [(method, path, headers, _)] = hub.calls
    assert (method, path) == ("GET", "/twins/my%20device/modules/%24edgeAgent?api-version=2021-04-12")
    assert headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (403, b"{}", "does not let you read what a device runs"),
        (404, b"{}", "has no such edge device"),
        (200, b"no JSON", "sent a twin that is not JSON"),
    ],
)
def test_a_hub_that_refuses_is_named(hub: Server, ca_bundle: Path, status: int, body: bytes, sentence: str) -> None:
    hub.status, hub.body = status, body
    with pytest.raises(DeployError, match=sentence):
        asked(hub, ca_bundle)


def test_a_twin_without_modules_has_none(hub: Server, ca_bundle: Path) -> None:
    hub.status, hub.body = 200, b"[]"
    assert asked(hub, ca_bundle) == {}
