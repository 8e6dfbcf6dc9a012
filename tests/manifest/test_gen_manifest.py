"""`azdacli gen-manifest` as a user meets it: the tutorial's edits, the predecessor's template, files and exit codes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from azdacli.cli.app import COMMANDS, app
from azdacli.cli.deploy import deploy
from azdacli.cli.gen_manifest import gen_manifest
from tests.manifest import samples as s

ROOT = Path(__file__).parents[2]
COMPAT = ROOT.parent / "shared" / "compat"
TEMPLATE = "deployment.default.template.json"
needs_compat = pytest.mark.skipif(not COMPAT.is_dir(), reason="the predecessor's files are not in ../shared/compat")

ENV = """\
CONTAINER_REGISTRY_NAME=whatever.azurecr.io
CONTAINER_REGISTRY_PASSWORD=<YOUR "REGISTRY" \\ $PASSWORD>
CONTAINER_REGISTRY_USERNAME=<YOUR REGISTRY USERNAME>
DS_AI_PIPELINE_IMAGE_URI=whatever.azurecr.io/azda-byom-example:1.4
BUSINESS_LOGIC_IMAGE_URI=whatever.azurecr.io/business-logic:2
"""
# What the quickstart adds before the tutorial begins.
QUICKSTART = """\
IOTHUB_DEVICE_CONNECTION_STRING="HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=abc="
BLOB_STORAGE_ACCOUNT_KEY=abc/def+==
APPLICATIONINSIGHTS_CONNECTION_STRING=
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (line.partition("=")[0] for line in (ENV + QUICKSTART).splitlines()):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def predecessor(folder: Path) -> Path:
    shutil.copy(COMPAT / "deployment-templates" / TEMPLATE, folder / TEMPLATE)
    (folder / ".env").write_text(ENV + QUICKSTART)
    return folder / TEMPLATE


def run(*words: str, stdin: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["gen-manifest", "--inspect", "none", *words], input=stdin)
    return result.exit_code, result.stdout, result.stderr


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def configuration(document: s.Document) -> Any:
    return document["modulesContent"]["controllermodule"]["properties.desired"]["azdaConfiguration"]["components"]


def edit(path: Path, old: str, new: str) -> None:
    source = path.read_text()
    assert source.count(old) == 1
    path.write_text(source.replace(old, new))


# -- the predecessor's template and the tutorial's edits --------------------------------------------------------------


@needs_compat
def test_the_predecessors_template_goes_through_with_nothing_but_its_variables_filled_in(predecessor: Path) -> None:
    code, out, err = run("--template", TEMPLATE)
    assert (code, out) == (0, "config/deployment.default.amd64.json\n"), err
    expected = json.loads(predecessor.read_text())
    del expected["$schema-template"]
    made = json.loads(Path(out.strip()).read_text())
    credentials = s.agent(made)["runtime"]["settings"]["registryCredentials"]["test-images"]
    assert credentials == {
        "address": "whatever.azurecr.io",
        "password": '<YOUR "REGISTRY" \\ $PASSWORD>',
        "username": "<YOUR REGISTRY USERNAME>",
    }
    assert s.pipeline(made)["settings"]["image"] == "whatever.azurecr.io/azda-byom-example:1.4"
    assert s.modules(made)["BusinessLogicModule"]["settings"]["image"] == "whatever.azurecr.io/business-logic:2"
    uploader = s.modules(made)["VideoUploader"]["env"]
    assert uploader["BLOB_STORAGE_ACCOUNT_KEY"]["value"] == "abc/def+=="
    assert uploader["IOTHUB_DEVICE_CONNECTION_STRING"]["value"].endswith("SharedAccessKey=abc=")
    assert with_variables_back(made, expected) == expected


def with_variables_back(made: s.Document, expected: s.Document) -> s.Document:
    """The manifest with its createOptions as objects again, and the template's own text where a variable was."""

    def back(value: Any, template: Any) -> Any:
        if isinstance(template, str) and template.startswith("$") and isinstance(value, str):
            return template
        if isinstance(value, dict) and isinstance(template, dict):
            return {key: back(item, template.get(key)) for key, item in value.items()}
        if isinstance(template, dict) and isinstance(value, str):
            return json.loads(value)
        return [back(v, t) for v, t in zip(value, template, strict=True)] if isinstance(value, list) else value

    return back(made, expected)


@needs_compat
def test_the_predecessors_manifest_fits_the_published_schemas(predecessor: Path) -> None:
    _, out, _ = run("--template", TEMPLATE, "-o", "-")
    content = json.loads(out)["modulesContent"]
    for schema, section in (("edgeagent-deployment-1.1", "$edgeAgent"), ("edgehub-deployment-1.2", "$edgeHub")):
        rules = json.loads((COMPAT / "schemas" / f"azure-iot-{schema}.json").read_text())
        jsonschema.Draft4Validator(rules).validate({section: content[section]})


@needs_compat
def test_the_tutorials_path_into_the_image_arrives(predecessor: Path) -> None:
    edit(
        predecessor,
        '"primaryModelConfigPath": "config_examples/pgie_config.txt"',
        '"primaryModelConfigPath": {\n  "configFile": "/custom-assets/bodypose2d_pgie_config.txt",\n'
        '  "pyFile": "/custom-assets/body_pose_parser.py"\n}',
    )
    code, out, err = run("--template", TEMPLATE, "-o", "-")
    assert code == 0, err
    assert configuration(json.loads(out))["deepStream"]["pipelineConfigs"][0]["primaryModelConfigPath"] == {
        "configFile": "/custom-assets/bodypose2d_pgie_config.txt",
        "pyFile": "/custom-assets/body_pose_parser.py",
    }


@needs_compat
def test_the_tutorials_zip_file_arrives(predecessor: Path) -> None:
    url = "https://x.blob.core.windows.net/c/MyCustomThings.zip"
    edit(predecessor, '"unsecureZipUrl": ""', f'"unsecureZipUrl": "{url}"')
    edit(predecessor, '"config_examples/pgie_config.txt"', '"config_infer_custom_vision.txt"')
    code, out, err = run("--template", TEMPLATE, "-o", "-")
    assert code == 0, err
    pipeline = configuration(json.loads(out))["deepStream"]["pipelineConfigs"][0]
    assert (pipeline["unsecureZipUrl"], pipeline["primaryModelConfigPath"]) == (url, "config_infer_custom_vision.txt")


@needs_compat
def test_the_tutorials_video_file_and_recording_arrive(predecessor: Path) -> None:
    video = "file:///opt/nvidia/deepstream/deepstream/samples/streams/mine.mp4"
    edit(predecessor, '"subtype": "RTSP"', '"subtype": "FILE"')
    edit(predecessor, "rtsp://rtspsim:554/media/retailshop-15fps.mkv", video)
    code, out, err = run("--template", TEMPLATE, "-o", "-")
    assert code == 0, err
    assert configuration(json.loads(out))["sensors"][0]["endpoint"] == video


@needs_compat
def test_without_the_quickstarts_variables_every_missing_one_is_named_and_nothing_is_written(
    predecessor: Path, folder: Path
) -> None:
    (folder / ".env").write_text(ENV)
    code, out, err = run("--template", TEMPLATE)
    assert (code, out) == (8, "")
    for name in (line.partition("=")[0] for line in QUICKSTART.splitlines()):
        assert f"the variable {name} is set neither" in err
    assert "has 3 errors; nothing was written" in err
    assert not (folder / "config").exists()


@needs_compat
@pytest.mark.parametrize("twin", sorted((COMPAT / "controller-twins").glob("*.json")), ids=lambda p: p.stem)
def test_a_controllers_configuration_is_refused_exactly_when_it_is_a_failure_case(
    twin: Path, predecessor: Path
) -> None:
    document = json.loads(predecessor.read_text())
    document["modulesContent"]["controllermodule"]["properties.desired"] = json.loads(twin.read_text())
    written(predecessor, document)
    code, _, err = run("--template", TEMPLATE, "-o", "-")
    # A model that is not there is a question to the image, which nobody was asked about here.
    wrong = "failure-case" in twin.stem and "model-not-found" not in twin.stem
    assert (code == 8) == wrong, err
    assert ("[settings]" in err) == wrong


# -- variables --------------------------------------------------------------------------------------------------------


def test_the_environment_goes_before_the_file_and_an_option_before_both(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = s.changed(lambda d: s.pipeline(d)["settings"].update(image="$DS_AI_PIPELINE_IMAGE_URI"))
    written(folder / "d.template.json", template)
    (folder / ".env").write_text("DS_AI_PIPELINE_IMAGE_URI=shop.azurecr.io/file:1\n")

    def image(*words: str) -> tuple[str, str]:
        _, out, err = run("-t", "d.template.json", "-o", "-", *words)
        return s.pipeline(json.loads(out))["settings"]["image"], err

    assert image()[0] == "shop.azurecr.io/file:1"
    monkeypatch.setenv("DS_AI_PIPELINE_IMAGE_URI", "shop.azurecr.io/environment:1")
    name, err = image()
    assert name == "shop.azurecr.io/environment:1"
    assert "DS_AI_PIPELINE_IMAGE_URI is taken from the environment, which differs from the .env file" in err
    name, err = image("--image", "shop.azurecr.io/option:1")
    assert name == "shop.azurecr.io/option:1"
    assert "differs" not in err


def test_the_env_file_beside_the_template_goes_before_the_one_here(folder: Path) -> None:
    (folder / "solution").mkdir()
    template = s.changed(lambda d: s.pipeline(d)["env"].update(A={"value": "$A"}))
    written(folder / "solution" / "d.template.json", template)
    (folder / ".env").write_text("A=here\n")

    def value(*words: str) -> str:
        _, out, _ = run("-t", "solution/d.template.json", "-o", "-", *words)
        return s.pipeline(json.loads(out))["env"]["A"]["value"]

    assert value() == "here"
    (folder / "solution" / ".env").write_text("A=beside\n")
    assert value() == "beside"
    (folder / "other.env").write_text("A=named\n")
    assert value("--env-file", "other.env") == "named"


def test_an_env_file_that_is_not_there_is_an_error(folder: Path) -> None:
    written(folder / "d.template.json", s.good())
    code, _, err = run("-t", "d.template.json", "--env-file", "none.env")
    assert code == 3
    assert "cannot read none.env" in err


# -- output -----------------------------------------------------------------------------------------------------------


def test_the_file_is_named_after_template_and_platform(folder: Path) -> None:
    written(folder / "shop.template.json", s.good())
    assert run("-t", "shop.template.json", "--device-type", "jetson")[1] == "config/shop.arm64.json\n"
    assert run("-t", "shop.template.json", "--platform", "arm64v8.debug")[1] == "config/shop.arm64v8.debug.json\n"
    assert run("-t", "shop.template.json", "-o", "mine.json")[1] == "mine.json\n"
    assert sorted(p.name for p in folder.rglob("*.json")) == [
        "mine.json",
        "shop.arm64.json",
        "shop.arm64v8.debug.json",
        "shop.template.json",
    ]


def test_a_manifest_may_hold_secrets_so_only_its_owner_reads_it(folder: Path) -> None:
    written(folder / "d.template.json", s.good())
    run("-t", "d.template.json", "-o", "new.json")
    assert (folder / "new.json").stat().st_mode & 0o777 == 0o600


def test_the_same_input_gives_the_same_bytes_from_run_to_run(folder: Path) -> None:
    written(folder / "d.template.json", s.good())
    assert run("-t", "d.template.json", "-o", "-") == run("-t", "d.template.json", "-o", "-")


def test_a_manifest_that_breaks_a_rule_leaves_the_old_file_as_it_was(folder: Path) -> None:
    template = s.changed(lambda d: (s.pipeline(d).pop("status"), s.hub(d)["routes"].update(up="nonsense")))
    written(folder / "d.template.json", template)
    (folder / "out.json").write_text("old")
    code, out, err = run("-t", "d.template.json", "-o", "out.json")
    assert (code, out) == (8, "")
    assert "$.modulesContent['$edgeAgent']['properties.desired'].modules['ai-pipeline']: has no 'status' [shape]" in err
    assert "$.modulesContent['$edgeHub']['properties.desired'].routes.up: is not a route [route-syntax]" in err
    assert "hint: Write it as: FROM" in err
    assert (folder / "out.json").read_text() == "old"
    assert sorted(each.name for each in folder.iterdir()) == ["d.template.json", "out.json"]


def test_warnings_stop_only_a_strict_run(folder: Path) -> None:
    written(folder / "d.template.json", s.good())
    assert run("-t", "d.template.json", "-o", "-")[0] == 0
    code, out, err = run("-t", "d.template.json", "-o", "-", "--strict")
    assert (code, out) == (8, "")
    assert "[secret-in-clear]" in err
    assert "hunter2" not in err


def test_a_note_stops_no_run(folder: Path) -> None:
    def change(document: s.Document) -> None:
        s.options(document, {})
        del s.agent(document)["runtime"]["settings"]["registryCredentials"]
        for name, module in s.modules(document).items():
            module["settings"]["image"] = f"ghcr.io/shop/{name.lower()}:1"

    document = s.changed(change)
    written(folder / "d.template.json", document)
    code, _, err = run("-t", "d.template.json", "-o", "-", "--strict")
    assert code == 0, err
    assert "more rights than it needs: CapDrop" in err
    assert "[hardening]" in err
    assert "[hardening]" not in "".join(line for line in err.splitlines() if line.startswith(("error", "warning")))


def test_of_very_many_findings_the_errors_are_shown_first(folder: Path) -> None:
    def change(document: s.Document) -> None:
        s.pipeline(document)["env"].update({f"PASSWORD_{n}": {"value": "k"} for n in range(600)})
        s.hub(document)["routes"]["zz"] = "nonsense"

    written(folder / "d.template.json", s.changed(change))
    code, _, err = run("-t", "d.template.json", "-o", "-")
    assert code == 8
    assert "[route-syntax]" in err
    assert " more are not shown: --json lists all of them." in err


def test_json_is_one_object_with_every_finding(folder: Path) -> None:
    written(folder / "d.template.json", s.good())
    reported = json.loads(run("-t", "d.template.json", "--json")[1])
    assert (reported["ok"], reported["manifest"]) == (True, "config/d.amd64.json")
    assert [(p["severity"], p["rule"]) for p in reported["problems"]] == [
        ("warning", "secret-in-clear"),
        ("warning", "secret-in-template"),
    ]
    assert json.loads(run("-t", "d.template.json", "-o", "-", "--json")[1])["document"] == s.good()
    code, out, _ = run("-t", "d.template.json", "--strict", "--json")
    assert (code, json.loads(out)["ok"]) == (8, False)


def test_a_template_comes_through_standard_input(folder: Path) -> None:
    code, out, err = run("-t", "-", stdin=json.dumps(s.good()))
    assert (code, out) == (0, "config/deployment.amd64.json\n"), err


def test_a_manifest_from_options_takes_the_image_that_push_wrote(folder: Path) -> None:
    (folder / ".env").write_text(ENV)
    words = ("--device-type", "Jetson", "--stream", "door=rtsp://c/1", "--pipeline", "id=p,config=/custom-assets/x.txt")
    code, out, err = run(*words, "--registry-credentials")
    assert (code, out) == (0, "config/deployment.arm64.json\n"), err
    made = json.loads((folder / out.strip()).read_text())
    assert s.pipeline(made)["settings"]["image"] == "whatever.azurecr.io/azda-byom-example:1.4"


# -- checking and comparing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update({"$schema-template": "2.0.0"}),
        lambda d: s.pipeline(d)["settings"].update(createOptions={"HostConfig": {}}),
        lambda d: s.pipeline(d)["settings"].update(image="${MODULES.pose}"),
    ],
)
def test_check_of_a_template_is_one_sentence(folder: Path, change: Callable[[s.Document], None]) -> None:
    (folder / "t.json").write_text(json.dumps(s.changed(change)))
    code, out, err = run("--check", "t.json")
    assert (code, out) == (8, "")
    assert err == (
        "error: this is a template, not a manifest\n"
        "hint: Make the manifest from it: azdacli gen-manifest --template FILE\n"
    )


def test_check_reads_a_manifest_and_writes_nothing(folder: Path) -> None:
    written(folder / "m.json", {"content": s.good()})
    code, out, err = run("--check", "m.json")
    assert (code, out) == (0, "m.json\n"), err
    written(folder / "m.json", s.changed(lambda d: s.agent(d).update(schemaVersion="1.2")))
    code, _, err = run("--check", "m.json")
    assert code == 8
    assert "[agent-schema-version]" in err
    assert sorted(each.name for each in folder.iterdir()) == ["m.json"]


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (None, 3, "cannot read m.json"),
        (b"\xff\xfe", 3, "not UTF-8"),
        (b"{", 8, "line 1, column 2"),
        (b"{}", 8, "no 'modulesContent'"),
        (b'{"modulesContent": []}', 8, "must be an object, not a list"),
    ],
)
def test_what_is_no_manifest_is_one_sentence(folder: Path, content: bytes | None, code: int, sentence: str) -> None:
    if content is not None:
        (folder / "m.json").write_bytes(content)
    result = run("--check", "m.json")
    assert result[0] == code
    assert sentence in result[2]
    assert "Traceback" not in result[2]


def test_diff_tells_what_restarts_and_what_only_changes_its_twin(folder: Path) -> None:
    written(folder / "old.json", s.good())
    new = s.changed(
        lambda d: (
            s.modules(d)["watcher"]["settings"].update(image="shop.azurecr.io/watcher:3"),
            s.twin(d).update(outputVideoLength=5),
        )
    )
    written(folder / "d.template.json", new)
    code, out, err = run("-t", "d.template.json", "--diff", "old.json", "--json")
    assert code == 0, err
    assert {c["module"]: (c["change"], c["reasons"]) for c in json.loads(out)["changes"]} == {
        "edgeAgent": ("unchanged", []),
        "edgeHub": ("unchanged", []),
        "ai-pipeline": ("twin", ["outputVideoLength"]),
        "watcher": ("restarts", ["image"]),
    }
    assert "  watcher restarts (image)" in err


# -- the command line's own house -------------------------------------------------------------------------------------


def test_the_table_of_verbs_tells_the_same_as_their_docstrings() -> None:
    for verb in (gen_manifest, deploy):
        assert COMMANDS[verb.__name__.replace("_", "-")] == (verb.__doc__ or "").splitlines()[0]


def test_unknown_choices_are_one_sentence() -> None:
    result = CliRunner().invoke(app, ["gen-manifest", "--inspect", "cloud"])
    assert result.exit_code == 3
    assert "--inspect does not accept 'cloud'" in result.stderr


def test_an_engine_that_does_not_answer_is_an_error_only_when_it_was_asked_for(folder: Path) -> None:
    written(folder / "m.json", s.good())
    environment = {**os.environ, "DOCKER_HOST": f"unix://{folder}/none.sock", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "azdacli", "gen-manifest", "--check", "m.json"]
    asked = subprocess.run([*command, "--inspect", "engine"], env=environment, capture_output=True, check=False)
    assert asked.returncode == 5
    auto = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert auto.stdout == b"m.json\n"
    assert b"no container engine answers" in auto.stderr
