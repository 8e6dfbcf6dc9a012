"""A manifest from nothing but options: goldens that a human reviews, and what the options refuse."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from azdacli.errors import SpecError
from azdacli.manifest import generate, request, text
from azdacli.manifest.images import ImageFacts
from azdacli.manifest.options import ManifestOptions
from azdacli.manifest.pipelines import Pipeline
from azdacli.manifest.problems import errors
from azdacli.manifest.stream_options import Region, Stream
from tests.manifest import samples as s

GOLDEN = Path(__file__).parents[1] / "golden" / "manifests"
SCHEMAS = Path(__file__).parents[3] / "shared" / "compat" / "schemas"

DOOR = "door=rtsp://camera-1/live"
POSE = "id=pose,config=/custom-assets/pgie.txt,parser=/custom-assets/pose.py"
VALUES = {
    "CONTAINER_REGISTRY_NAME": "shop.azurecr.io",
    "CONTAINER_REGISTRY_USERNAME": "puller",
    "CONTAINER_REGISTRY_PASSWORD": 'p"a\\ss$',
    "CAMERA_PASSWORD": "a/b@c",
    "BLOB_STORAGE_ACCOUNT_KEY": "key==",
}
CASES: dict[str, ManifestOptions] = {
    "jetson": ManifestOptions(device_type="Jetson", image=s.IMAGE, streams=(DOOR,), pipelines=(POSE,)),
    "dgpu": ManifestOptions(device_type="dGPU", image=s.IMAGE, streams=(DOOR,), pipelines=(POSE,)),
    "cpu": ManifestOptions(
        device_type="CPU", platform="arm64v8", image=s.IMAGE, streams=("clip=file:///a/b.mp4",), pipelines=(POSE,)
    ),
    "everything": ManifestOptions(
        device_type="jetson",
        image=s.IMAGE,
        streams=(
            "door=rtsp://viewer:${CAMERA_PASSWORD}@camera-1/live?a=b",
            "yard=rtsps://camera-2/",
            "desk=/dev/video1",
        ),
        pipelines=(
            (
                f"{POSE},secondary=/custom-assets/a.txt:/custom-assets/a.py,secondary=/custom-assets/b.txt,"
                "tracker=light-tracker,crop=0:1:640:480,dewarp=/custom-assets/dewarp.txt,stream=door,stream=yard"
            ),
            (
                "id=zip,config=pgie.txt,parser=p.py,archive=https://x.blob.core.windows.net/m.zip,"
                f"sha256={'0' * 64},osd=off,stream=desk"
            ),
        ),
        regions=("door:entry=0.1,0.1 0.9,0.1 0.9,0.9", "door:exit#00ff00=0,0 1,0 1,1 0,1"),
        business_logic="shop.azurecr.io/logic:3",
        uploader="shop.azurecr.io/uploader:3",
        record=("pose",),
        recording=(30, 120),
        credentials=True,
        publish_rtsp=18554,
        env=("VideoUploader:BLOB_STORAGE_ACCOUNT_KEY", "ai-pipeline:RuntimeLogLevel=debug"),
    ),
}


class Known:
    """A source that knows one image."""

    def __init__(self, facts: ImageFacts | None) -> None:
        self.facts = facts

    def look(self, image: str, *, platform: str | None) -> ImageFacts | None:
        return self.facts if image == s.IMAGE else None


def made(words: ManifestOptions, *facts: ImageFacts, **values: str) -> generate.Generated:
    asked = [Known(f) for f in facts]
    variables = generate.Variables(environ={}, file={**VALUES, **values}, chosen=words.images)
    return generate.generate(request.from_options(words, variables, asked), variables, reader=s.reader, sources=asked)


def words(**parts: Any) -> ManifestOptions:
    given: dict[str, Any] = {"device_type": "jetson", "image": s.IMAGE, "streams": (DOOR,), "pipelines": (POSE,)}
    return ManifestOptions(**{**given, **parts})


@pytest.mark.parametrize("name", CASES)
def test_a_manifest_is_the_golden_one(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    rendered = text.dumps(made(CASES[name]).document)
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(rendered, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == rendered


def test_no_golden_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_manifest_from_options_breaks_no_rule(name: str) -> None:
    assert errors(made(CASES[name]).problems) == []


def test_the_only_warnings_about_the_plain_manifests_are_about_the_missing_credentials() -> None:
    for name in ("jetson", "dgpu", "cpu"):
        assert [p.rule for p in made(CASES[name]).problems] == ["credential-missing"]


@pytest.mark.parametrize(("uploader", "command"), [(s.IMAGE, "uploader"), ("shop.azurecr.io/uploader:3", None)])
def test_the_pipelines_image_uploads_where_it_is_the_uploaders_too(uploader: str, command: str | None) -> None:
    generated = made(words(uploader=uploader))

    options = create_options(generated.document, "VideoUploader")
    assert errors(generated.problems) == []
    assert (options.get("Cmd") or [None])[0] == command
    folder = "/tmp/VideoUploaderCache" if command else "/app/VideoUploaderCache"
    assert options["HostConfig"]["Binds"] == [f"VideoUploaderCache:{folder}"]


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the published schemas are not in ../shared/compat")
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("schema", "section"),
    [
        ("azure-iot-edgeagent-deployment-1.1", "$edgeAgent"),
        ("azure-iot-edgehub-deployment-1.2", "$edgeHub"),
        ("azure-iot-edge-deployment-2.0", None),
    ],
)
def test_a_manifest_from_options_fits_the_published_schemas(name: str, schema: str, section: str | None) -> None:
    document = made(CASES[name]).document
    part = document if section is None else {section: document["modulesContent"][section]}
    jsonschema.Draft4Validator(json.loads((SCHEMAS / f"{schema}.json").read_text())).validate(part)


def create_options(document: s.Document, module: str = "ai-pipeline") -> Any:
    settings = s.modules(document)[module]["settings"]
    return json.loads("".join(settings[key] for key in sorted(settings) if key != "image"))


def test_each_device_type_reaches_its_gpu_in_its_own_way() -> None:
    jetson, dgpu, cpu = (create_options(made(CASES[name]).document)["HostConfig"] for name in ("jetson", "dgpu", "cpu"))
    assert jetson["Runtime"] == "nvidia"
    assert dgpu["DeviceRequests"][0]["Capabilities"] == [["gpu"]]
    assert not {"Runtime", "DeviceRequests"} & set(cpu)
    assert "DeviceRequests" not in jetson
    assert "Runtime" not in dgpu


def test_every_module_has_a_log_that_ends() -> None:
    document = made(CASES["everything"]).document
    for name in s.modules(document):
        assert create_options(document, name)["HostConfig"]["LogConfig"]["Config"]["max-size"] == "10m"


def test_user_and_password_of_a_camera_go_to_the_stream_and_not_into_its_address() -> None:
    twin = s.twin(made(CASES["everything"]).document)["azdaConfiguration"]["components"]
    assert twin["sensors"][0]["endpoint"] == "rtsp://camera-1/live?a=b"
    assert twin["deepStream"]["streams"][0] == {
        "name": "door",
        "uname": "viewer",
        "password": "a/b@c",
        "configId": "pose",
    }


# -- what the image's labels fill in ----------------------------------------------------------------------------------

JETSON = ImageFacts(
    os="linux",
    architecture="arm64",
    release="7.1",
    target="jetson",
    assets=("/custom-assets/bodypose2d_pgie_config.txt", "/custom-assets/pose.py", "/custom-assets/labels.txt"),
)


def models(document: s.Document) -> Any:
    twin = s.twin(document)["azdaConfiguration"]["components"]["deepStream"]
    return twin["pipelineConfigs"][0]["primaryModelConfigPath"]


def test_the_device_type_comes_from_the_images_label() -> None:
    filled = made(words(device_type=""), JETSON)
    assert create_options(filled.document)["HostConfig"]["Runtime"] == "nvidia"
    assert filled.name == "deployment.arm64.json"


def test_a_bare_file_name_becomes_its_path_in_the_image() -> None:
    filled = made(words(pipelines=("id=pose,config=bodypose2d_pgie_config.txt,parser=pose.py",)), JETSON)
    assert models(filled.document) == {
        "configFile": "/custom-assets/bodypose2d_pgie_config.txt",
        "pyFile": "/custom-assets/pose.py",
    }


def test_the_images_only_configuration_is_taken_when_none_is_named() -> None:
    assert models(made(words(pipelines=("id=pose",)), JETSON).document) == "/custom-assets/bodypose2d_pgie_config.txt"


@pytest.mark.parametrize(
    ("assets", "pipeline", "sentence"),
    [
        (("/a/x.txt", "/b/x.txt"), "id=p,config=x.txt", "fits several files"),
        (("/a/x.txt",), "id=p,config=y.txt", "has no file 'y.txt'"),
        (("/a/config1.txt", "/a/config2.txt"), "id=p", "it could be /a/config1.txt, /a/config2.txt"),
        ((), "id=p", "shows none"),
    ],
)
def test_a_file_that_cannot_be_told_is_an_error(assets: tuple[str, ...], pipeline: str, sentence: str) -> None:
    facts = ImageFacts(os="linux", architecture="arm64", assets=assets)
    with pytest.raises(SpecError, match=sentence):
        made(words(pipelines=(pipeline,)), facts)


def test_a_file_of_an_archive_is_not_looked_for_in_the_image() -> None:
    filled = made(words(pipelines=("id=p,config=x.txt,archive=https://h/m.zip",)), JETSON)
    assert models(filled.document) == "x.txt"
    assert errors(filled.problems) == []


def test_an_image_that_nobody_has_is_a_warning_when_somebody_was_asked() -> None:
    rules = {p.rule for p in made(words(image="shop.azurecr.io/other:1"), JETSON).problems}
    assert "assets-unknown" in rules


def test_a_tag_becomes_a_digest() -> None:
    from dataclasses import replace  # only here

    digest = "sha256:" + "a" * 64
    facts = replace(JETSON, digest=digest)
    variables = generate.Variables(environ={})
    wanted = replace(request.from_options(words(), variables, [Known(facts)]), pin=True)
    filled = generate.generate(wanted, variables, reader=s.reader, sources=[Known(facts)])
    assert s.pipeline(filled.document)["settings"]["image"] == f"shop.azurecr.io/pose@{digest}"
    assert filled.facts == {f"shop.azurecr.io/pose@{digest}": facts}


# -- what the options refuse ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"streams": ()}, "there must be a --stream"),
        ({"pipelines": ()}, "there must be a --pipeline"),
        ({"image": ""}, "there is no image"),
        ({"device_type": ""}, "the device type is not known"),
        ({"device_type": "tpu"}, "no device type 'tpu'"),
        ({"platform": "s390x"}, "no platform 's390x'"),
        ({"platform": "amd64"}, "a jetson is arm64, and --platform says amd64"),
        ({"streams": (DOOR, DOOR)}, "two streams of the name 'door'"),
        ({"pipelines": (POSE, POSE)}, "two pipelines of the name 'pose'"),
        ({"pipelines": (POSE, "id=two,config=/x.txt")}, "each one names its streams"),
        ({"pipelines": (f"{POSE},stream=yard",)}, "names the stream 'yard', which does not exist"),
        ({"regions": ("yard:a=0,0 1,0 1,1",)}, "names the stream 'yard', which does not exist"),
        ({"record": ("pose",)}, "--record needs --business-logic"),
        ({"record": ("none",), "business_logic": "x/y:1"}, "names the pipeline 'none'"),
        ({"env": ("nobody:A=1",)}, "names the module 'nobody'"),
        ({"env": ("A=1",)}, "not MODULE:NAME"),
        ({"env": ("ai-pipeline:DB_PASSWORD=hunter2",)}, "has the secret DB_PASSWORD on the command line"),
        ({"pipelines": ("id=p,config=x,archive=https://h/m.zip?sv=1&sig=abc",)}, "a signed link on the command line"),
    ],
)
def test_options_that_do_not_fit_are_one_error(parts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        made(words(**parts))


@pytest.mark.parametrize(
    "stream", ["", "door", "=rtsp://x", "door=", "a b=rtsp://x/", "door=http://x/", "door=rtsp://", "door=/dev/sda"]
)
def test_a_stream_that_is_none_is_refused(stream: str) -> None:
    with pytest.raises(SpecError):
        Stream.parse(stream)


def test_a_whole_address_may_be_a_variable() -> None:
    filled = made(words(streams=("door=${CAMERA_URL}",)), CAMERA_URL="rtsp://camera-7/live")
    sensor = s.twin(filled.document)["azdaConfiguration"]["components"]["sensors"][0]
    assert (sensor["kind"]["subtype"], sensor["endpoint"]) == ("RTSP", "rtsp://camera-7/live")
    assert errors(filled.problems) == []


def test_a_password_on_the_command_line_is_refused_and_not_repeated() -> None:
    with pytest.raises(SpecError, match="has its password on the command line") as caught:
        Stream.parse("door=rtsp://viewer:hunter2@camera/live")
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    "pipeline",
    [
        "",
        "pose",
        "config=/a",
        "id=",
        "id=a,parser=/p.py",
        "id=a,id=b",
        "id=a,colour=red",
        "id=a,config=/a,osd=maybe",
        "id=a,config=/a,crop=1:2:3",
        "id=a,config=/a,crop=1:2:3:x",
    ],
)
def test_a_pipeline_that_is_none_is_refused(pipeline: str) -> None:
    with pytest.raises(SpecError):
        Pipeline.parse(pipeline)


@pytest.mark.parametrize(
    "region",
    [
        "",
        "door=0,0 1,0 1,1",
        "door:a",
        "door:a=0,0 1,1",
        "door:a=0,0 1,0 2,2",
        "door:a#red=0,0 1,0 1,1",
        "door:a=0,0 1,0 1",
        "door:a=0,0 1,0 x,y",
        "door:a=0,0 1,0 nan,1",
    ],
)
def test_a_region_that_is_none_is_refused(region: str) -> None:
    with pytest.raises(SpecError):
        Region.parse(region)


def test_options_for_a_whole_manifest_are_refused_beside_a_template() -> None:
    with pytest.raises(SpecError, match="--stream, --env cannot be put into a template"):
        ManifestOptions(streams=(DOOR,), env=("a:B",)).refuse_with_template()


def test_the_live_pictures_are_published_on_the_device_when_that_is_asked_for_alone() -> None:
    def ports(case: str) -> Any:
        settings = s.agent(made(CASES[case]).document)["modules"]["ai-pipeline"]["settings"]
        options = json.loads("".join(settings[key] for key in sorted(settings) if key.startswith("createOptions")))
        return options["HostConfig"].get("PortBindings")

    assert [ports(case) for case in CASES] == [None, None, None, {"8554/tcp": [{"HostPort": "18554"}]}]
