"""`gen-manifest` beside a real engine: what the image's labels say is filled in and checked, with no registry."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from support.azda import Azda
from support.engines import Engine

ENGINES = [
    pytest.param("modern_engine", marks=pytest.mark.engine),
    pytest.param("classic_engine", marks=pytest.mark.engine),
    pytest.param("podman_engine", marks=pytest.mark.podman),
]
IMAGE = "shop.azurecr.io/pose:1"
ASSETS = [
    {"path": "/custom-assets/pgie_config.txt", "size": 1, "digest": "sha256:00"},
    {"path": "/custom-assets/pose.py", "size": 1, "digest": "sha256:00"},
]
OPTIONS = ("gen-manifest", "--image", IMAGE, "--stream", "door=rtsp://camera/1", "-o", "-", "--pipeline")


@pytest.fixture(params=ENGINES)
def azda(request: pytest.FixtureRequest, tmp_path: Path) -> Azda:
    """The command line beside an engine that holds one small image with the labels of a dGPU's."""
    engine: Engine = request.getfixturevalue(request.param)
    labels = {"io.azda.release": "7.1", "io.azda.target": "dgpu", "io.azda.assets": json.dumps(ASSETS)}
    with engine.client() as client:
        dockerfile = io.BytesIO(b"FROM scratch\nENV A=b\n")
        for _ in client.api.build(fileobj=dockerfile, tag=IMAGE, platform="linux/amd64", labels=labels, decode=True):
            pass
    return Azda(engine, tmp_path)


def configuration(output: str) -> Any:
    return json.loads(output)["modulesContent"]["ai-pipeline"]["properties.desired"]["azdaConfiguration"]


def test_the_engines_image_fills_in_device_type_and_paths(azda: Azda) -> None:
    made = azda(*OPTIONS, "id=pose,config=pgie_config.txt,parser=pose.py")
    assert "DeviceRequests" in made.stdout
    pipeline = configuration(made.stdout)["components"]["deepStream"]["pipelineConfigs"][0]
    assert pipeline["primaryModelConfigPath"] == {
        "configFile": "/custom-assets/pgie_config.txt",
        "pyFile": "/custom-assets/pose.py",
    }


def test_a_path_that_is_not_in_the_engines_image_is_an_error(azda: Azda) -> None:
    made = azda(*OPTIONS, "id=pose,config=/custom-assets/pgie_confg.txt", check=False)
    assert (made.returncode, made.stdout) == (8, "")
    assert "[asset-path]" in made.stderr
    assert "Did you mean '/custom-assets/pgie_config.txt'?" in made.stderr


def test_a_device_type_that_the_engines_image_is_not_made_for_is_an_error(azda: Azda) -> None:
    made = azda(*OPTIONS, "id=pose", "--device-type", "Jetson", check=False)
    assert made.returncode == 8
    assert "[device-type]" in made.stderr
    assert "[architecture]" in made.stderr


def test_an_image_that_the_engine_does_not_hold_is_a_warning(azda: Azda) -> None:
    options = [word.replace("pose:1", "pose:2") for word in OPTIONS]
    made = azda(*options, "id=pose,config=/a.txt", "--device-type", "Jetson")
    assert "[assets-unknown]" in made.stderr


# IoT Edge devices run Docker's engine, not Podman.
@pytest.mark.parametrize("azda", ENGINES[:2], indirect=True)
def test_a_real_engine_takes_the_create_options_that_are_written(azda: Azda) -> None:
    document = json.loads((Path(__file__).parents[1] / "golden" / "manifests" / "cpu.json").read_text(encoding="utf-8"))
    modules = document["modulesContent"]["$edgeAgent"]["properties.desired"]["modules"]
    settings = modules["ai-pipeline"]["settings"]
    body = json.loads("".join(settings[key] for key in sorted(settings) if key.startswith("createOptions")))
    with azda.engine.client() as client:
        command = {"Image": IMAGE, "Cmd": ["/none"], **body}
        api: Any = client.api  # docker's types leave out what builds requests
        answer = api._post_json(api._url("/containers/create"), data=command)
        container = api._result(answer, json=True)["Id"]
        made = client.api.inspect_container(container)
        client.api.remove_container(container, v=True)
    assert not made["HostConfig"]["PortBindings"]
    assert made["HostConfig"]["LogConfig"]["Config"]["max-size"] == "10m"
    assert {mount["Destination"] for mount in made["Mounts"]} == {"/var/lib/azda", "/tmp/VideoUploaderCache"}
