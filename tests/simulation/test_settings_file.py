"""`simulate` on settings, on a deployment manifest and on a folder's archive, before anything is started."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.cli.simulate_flow import Given, models_of, sources_of
from azdacli.errors import SpecError
from azdacli.simulation.configuration import PIPELINE, configuration
from azdacli.simulation.source import Source

ASSETS = Path(__file__).parents[2] / "examples" / "blob-detector" / "custom-assets"
SOURCES = [Source(address="file:///x.mp4")]


def pipeline(name: str, **changes: Any) -> dict[str, Any]:
    model = {"configFile": "/custom-assets/pgie_config.txt", "pyFile": "/custom-assets/blob_parser.py"}
    return {"id": name, "primaryModelConfigPath": model, **changes}


def settings(*pipelines: dict[str, Any]) -> dict[str, Any]:
    streams = [{"name": "door", "configId": each["id"]} for each in pipelines]
    deepstream = {"enable": True, "pipelineConfigs": list(pipelines), "streams": streams}
    sensors = [{"name": "door", "endpoint": "rtsp://camera/x"}]
    return {"platform": "DeepStream", "components": {"sensors": sensors, "deepStream": deepstream}}


def given(location: Path, *, name: str = "", tracker: str = "") -> Given:
    return Given(location=location, config=None, parser=None, secondaries=(), tracker=tracker, pipeline=name)


def written(folder: Path, document: Any) -> Path:
    shutil.copytree(ASSETS, folder / "assets" / "custom-assets")
    path = folder / "assets" / "settings.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def made(path: Path, tmp_path: Path, name: str = "") -> dict[str, Any]:
    document = configuration(models_of(given(path, name=name), tmp_path / "scratch"), SOURCES)
    (found,) = document["components"]["deepStream"]["pipelineConfigs"]
    assert document["components"]["sensors"][0]["endpoint"] == "file:///x.mp4"
    return dict(found)


@pytest.mark.parametrize("wrap", [False, True], ids=["settings", "manifest"])
def test_a_pipeline_runs_as_its_settings_say_with_files_of_this_machine(tmp_path: Path, *, wrap: bool) -> None:
    options = {"messages": {"perSecond": 2}, "osd": {"enable": False}}
    document: Any = settings(pipeline("One", trackerConfigPath="light-tracker", pipelineOptions=options))
    if wrap:
        document = {"modulesContent": {"ai": {"properties.desired": {"azdaConfiguration": document}}}}
    found = made(written(tmp_path, document), tmp_path)
    folder = tmp_path / "assets" / "custom-assets"
    assert found["primaryModelConfigPath"] == {
        "configFile": str(folder / "pgie_config.txt"),
        "pyFile": str(folder / "blob_parser.py"),
    }
    assert (found["id"], found["trackerConfigPath"]) == (PIPELINE, "light-tracker")
    assert found["pipelineOptions"] == {"osd": {"enable": True}, "messages": {"perSecond": 0}}


def test_files_may_lie_beside_the_settings_without_their_folder(tmp_path: Path) -> None:
    folder = shutil.copytree(ASSETS, tmp_path / "mine")
    path = folder / "settings.json"
    path.write_text(json.dumps(settings(pipeline("One"))), encoding="utf-8")
    assert made(path, tmp_path)["primaryModelConfigPath"]["configFile"] == str(folder / "pgie_config.txt")


def test_a_file_by_its_absolute_path_on_this_machine_is_taken_as_serve_takes_it(tmp_path: Path) -> None:
    folder = shutil.copytree(ASSETS, tmp_path / "elsewhere" / "deep")
    model = {"configFile": str(folder / "pgie_config.txt"), "pyFile": str(folder / "blob_parser.py")}
    path = tmp_path / "settings" / "settings.json"
    path.parent.mkdir()
    path.write_text(json.dumps(settings(pipeline("One", primaryModelConfigPath=model))), encoding="utf-8")
    assert made(path, tmp_path)["primaryModelConfigPath"] == model
    beside = shutil.copytree(ASSETS, path.parent / "copy")
    assert made(path, tmp_path)["primaryModelConfigPath"] == model, "not a copy of the same name"
    model = {"configFile": "copy/pgie_config.txt", "pyFile": "copy/blob_parser.py"}
    path.write_text(json.dumps(settings(pipeline("One", primaryModelConfigPath=model))), encoding="utf-8")
    assert made(path, tmp_path)["primaryModelConfigPath"]["configFile"] == str(beside / "pgie_config.txt")


def test_one_of_several_pipelines_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, settings(pipeline("One"), pipeline("Two", trackerConfigPath="light-tracker")))
    assert made(path, tmp_path, "Two")["trackerConfigPath"] == "light-tracker"
    with pytest.raises(SpecError, match="the settings have 2 pipelines: One, Two"):
        made(path, tmp_path)
    with pytest.raises(SpecError, match="there is no pipeline 'Six'"):
        made(path, tmp_path, "Six")


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("{", "is no JSON"),
        ("[]", "holds no azdaConfiguration"),
        (json.dumps([settings(pipeline("a")), settings(pipeline("b"))]), "holds 2 azdaConfigurations"),
        (
            json.dumps(settings(pipeline("a", primaryModelConfigPath="/gone.txt"))),
            "no file '/gone.txt' on this machine",
        ),
        (json.dumps(settings(pipeline("a", primaryModelConfigPath=7))), "primaryModelConfigPath"),
        (json.dumps(settings({"id": "a", "deepstreamPassthrough": "videotestsrc ! fakesink"})), "own notation"),
    ],
)
def test_settings_that_cannot_be_taken_are_one_sentence(tmp_path: Path, text: str, reported: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=reported) as caught:
        made(path, tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("names", "words", "reported"),
    [
        (("a",), (), "names its sources itself"),
        (("a", "b"), (), "all 2 pipelines are"),
        (("a", "b"), ("--pipeline", "b"), "names? their sources"),
    ],
)
def test_pipelines_with_their_own_sources_are_refused_before_sources_are_asked_for(
    tmp_path: Path, names: tuple[str, ...], words: tuple[str, ...], reported: str
) -> None:
    path = tmp_path / "settings.json"
    own = [{"id": name, "deepstreamPassthrough": "videotestsrc ! fakesink"} for name in names]
    path.write_text(json.dumps(settings(*own)), encoding="utf-8")
    result = CliRunner().invoke(app, ["simulate", str(path), *words])
    assert result.exit_code == SpecError.exit_code
    assert re.search(reported, " ".join(result.output.split()))


def test_of_several_pipelines_the_one_with_its_own_sources_is_refused(tmp_path: Path) -> None:
    own = {"id": "own", "deepstreamPassthrough": "videotestsrc ! fakesink"}
    path = written(tmp_path, settings(pipeline("One"), own))
    with pytest.raises(SpecError, match="names its sources itself"):
        made(path, tmp_path, "own")
    assert [source.name for source in sources_of((), models_of(given(path, name="One"), tmp_path))[0]] == ["door"]


def played(
    tmp_path: Path, endpoint: str, *, subtype: str = "", **stream: str
) -> tuple[list[Source], tuple[str, ...], Path]:
    document = settings(pipeline("One"))
    components = document["components"]
    components["sensors"] = [{"name": "door", "kind": {"type": "vision", "subtype": subtype}, "endpoint": endpoint}]
    components["deepStream"]["streams"][0].update(stream)
    path = written(tmp_path, document)
    (path.parent / "custom-assets" / "street.mp4").write_bytes(b"video")
    return *sources_of((), models_of(given(path), tmp_path)), path.parent


def test_settings_name_a_video_by_its_location_in_the_image(tmp_path: Path) -> None:
    (source,), notes, folder = played(tmp_path, "file:///custom-assets/street.mp4")
    assert source.address == (folder / "custom-assets" / "street.mp4").as_uri()
    assert (source.name, notes) == ("door", ())


def test_settings_name_a_camera_without_a_password(tmp_path: Path) -> None:
    (source,), notes, _ = played(tmp_path, "rtsp://camera:8554/x", uname="", password="")
    assert (source.address, source.name, notes) == ("rtsp://camera:8554/x", "door", ())


@pytest.mark.parametrize(
    ("endpoint", "stream", "reported"),
    [
        ("file:///videos/gone.mp4", {}, "there is no file '/videos/gone.mp4' on this machine"),
        ("rtsp://camera/x", {"uname": "viewer", "password": "hidden"}, "asks for a password"),
        ("rtsp://viewer:hidden@camera/x", {}, "asks for a password"),
        ("/dev/video999", {}, "there is no camera at /dev/video999"),
    ],
)
def test_a_source_that_this_machine_cannot_read_is_replaced_and_named(
    tmp_path: Path, endpoint: str, stream: dict[str, str], reported: str
) -> None:
    (source,), (note,), _ = played(tmp_path, endpoint, **stream)
    assert (source.test_pattern, source.name) == ("ball", "door")
    assert reported in note
    assert "sensor 'door'" in note
    assert "test:ball is used in its place" in note
    assert "hidden" not in note


def test_what_is_typed_comes_before_the_sources_of_settings(tmp_path: Path) -> None:
    path = written(tmp_path, settings(pipeline("One")))
    (source,), notes = sources_of(["test:snow"], models_of(given(path), tmp_path))
    assert (source.name, notes) == ("snow", ())


def test_nothing_else_names_a_source(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="missing; give a video"):
        sources_of((), models_of(given(ASSETS), tmp_path))


def test_models_are_named_once(tmp_path: Path) -> None:
    path = written(tmp_path, settings(pipeline("One")))
    with pytest.raises(SpecError, match="names the models itself"):
        models_of(given(path, tracker="light"), tmp_path)
    with pytest.raises(SpecError, match="--pipeline is for settings"):
        models_of(given(ASSETS, name="One"), tmp_path)


def test_a_zip_is_a_folder(tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "mine"), "zip", ASSETS.parent, ASSETS.name))
    found = models_of(given(archive), tmp_path / "scratch")
    keys = found.as_json()["primaryModelConfigPath"]
    assert Path(keys["pyFile"]).read_bytes() == (ASSETS / "blob_parser.py").read_bytes()
    assert Path(keys["configFile"]).is_relative_to(tmp_path / "scratch")
