"""`gen-manifest --own-twin`: from the predecessor's modules to the pipeline's own twin."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.errors import ManifestError, SpecError
from azdacli.manifest.own_twin import convert
from azdacli.manifest.stream_options import Stream
from tests.manifest import samples as s

GONE = "mcr.microsoft.com/azureedgedevices"
OWN = "properties.desired"


def module(image: str) -> dict[str, Any]:
    settings = {"image": image, "createOptions": "{}"}
    return {"type": "docker", "status": "running", "restartPolicy": "always", "settings": settings}


def predecessors() -> dict[str, Any]:
    """A manifest of ours as the predecessor would have it."""

    def change(document: dict[str, Any]) -> None:
        configuration = s.twin(document).pop("azdaConfiguration")
        configuration["components"]["sensors"][0]["endpoint"] = "rtsp://rtspsim:554/media/a.mkv"
        document["modulesContent"]["controllermodule"] = {OWN: {"azdaConfiguration": configuration}}
        document["modulesContent"]["rtspsim"] = {OWN: {}}
        s.modules(document).update(
            {
                "controllermodule": module(f"{GONE}/azdacontroller:0.3.3-amd64"),
                "rtspsim": module(f"{GONE}/azdartspsim:1-amd64"),
                "VideoUploader": module(f"{GONE}/videouploader:0.0.1-amd64"),
            }
        )
        source = "FROM /messages/modules/controllermodule/outputs/DeepStream INTO"
        s.hub(document)["routes"].update(
            {
                "toHub": "FROM /messages/modules/controllermodule/outputs/* INTO $upstream",
                "toPipeline": f'{source} BrokeredEndpoint("/modules/ai-pipeline/inputs/Controller")',
                "toWatcher": {"route": f'{source} BrokeredEndpoint("/modules/watcher/inputs/regions")'},
            }
        )

    return s.changed(change)


def test_the_configuration_moves_and_the_modules_go() -> None:
    old = predecessors()
    before = json.dumps(old)
    new = convert(old)
    assert json.dumps(old) == before
    assert set(s.modules(new.document)) == {"ai-pipeline", "watcher"}
    assert set(new.document["modulesContent"]) == {"$edgeAgent", "$edgeHub", "ai-pipeline"}
    assert set(s.hub(new.document)["routes"]) == set(s.hub(s.good())["routes"])
    assert s.twin(new.document)["azdaConfiguration"]["components"]["deepStream"]["enable"] is True
    assert len(new.notes) == 7
    assert [word in text for word, text in zip(("'door'", "'watcher'"), new.warnings, strict=True)] == [True, True]


def test_new_addresses_and_an_uploader_take_the_old_ones_place() -> None:
    stream = Stream.parse("door=rtsp://viewer:$PASSWORD@camera-1/live")
    new = convert(predecessors(), streams=[stream], uploader="shop.azurecr.io/uploader:1")
    components = s.twin(new.document)["azdaConfiguration"]["components"]
    assert components["sensors"][0]["endpoint"] == "rtsp://camera-1/live"
    assert components["deepStream"]["streams"][0] == {
        "name": "door",
        "configId": "pose",
        "uname": "viewer",
        "password": "$PASSWORD",
    }
    assert s.modules(new.document)["VideoUploader"]["settings"]["image"] == "shop.azurecr.io/uploader:1"
    assert not [text for text in new.warnings if "door" in text]


def test_what_is_converted_breaks_no_rule() -> None:
    new = convert(predecessors(), streams=[Stream.parse("door=rtsp://camera-1/live")])
    assert s.rules(new.document) - s.rules(s.good()) == set()
    assert "image-gone" in s.rules(predecessors())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: s.modules(d).pop("ai-pipeline"), "no module 'ai-pipeline'"),
        (lambda d: s.modules(d).pop("controllermodule"), "no controller"),
        (lambda d: s.twin(d).update(azdaConfiguration={"platform": "DeepStream"}), "both have"),
    ],
)
def test_what_cannot_be_converted_is_said(change: Any, message: str) -> None:
    document = predecessors()
    change(document)
    with pytest.raises(ManifestError, match=message):
        convert(document)


def test_a_stream_that_is_none_is_an_error() -> None:
    with pytest.raises(SpecError, match="window") as caught:
        convert(predecessors(), streams=[Stream.parse("window=rtsp://camera-1/live")])
    assert "door" in str(caught.value.hint)


def test_the_command_writes_it_and_says_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps(predecessors()))
    words = ["gen-manifest", "--template", str(path), "--inspect", "none", "-o", str(tmp_path / "new.json")]
    done = CliRunner().invoke(app, [*words, "--own-twin", "--stream", "door=rtsp://camera-1/live"])
    assert done.exit_code == 0, done.stderr
    assert "azdaConfiguration is now in the twin of 'ai-pipeline'" in done.stderr
    assert set(s.modules(json.loads((tmp_path / "new.json").read_text()))) == {"ai-pipeline", "watcher"}
    refused = CliRunner().invoke(app, [*words, "--stream", "door=rtsp://camera-1/live"])
    assert refused.exit_code == 3, "without --own-twin a template takes no --stream"
    assert (
        CliRunner().invoke(app, ["gen-manifest", "--own-twin", "--image", "a/b:1", "--inspect", "none"]).exit_code == 3
    )
