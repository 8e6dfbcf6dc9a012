"""`gen-manifest --kind`: what is written for docker compose and Kubernetes, held against their published schemas."""

import json
import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.errors import ManifestError, SpecError
from azdacli.manifest.kinds.compose_file import compose_file
from azdacli.manifest.kinds.container import read
from azdacli.manifest.kinds.groups import groups
from azdacli.manifest.kinds.kubernetes import REFUSED, name_of, objects
from azdacli.manifest.kinds.source import Source
from azdacli.manifest.view import View
from tests.cli.schemas import checked
from tests.manifest import samples as s

GOLDEN = Path(__file__).parents[1] / "golden" / "kinds"
BROKER = "mqtts://aio-broker:18883"
_VENDORED = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
SCHEMA = jsonschema.Draft202012Validator(json.loads(_VENDORED.read_text(encoding="utf-8")))
WORDS = (
    *("--image", "r.io/pose:2", "--inspect", "none", "--publish-rtsp", "8554", "--business-logic", "r.io/logic:1"),
    *("--stream", "door=rtsp://10.0.0.4/a", "--stream", "hall=rtsp://10.0.0.5/b"),
    *("--stream", "yard=rtsp://viewer:${CAMERA_WORD}@10.0.0.6/c"),
    *("--pipeline", "id=Pose,config=/custom-assets/pgie.txt,stream=door"),
    *("--pipeline", "id=Faces,config=/custom-assets/pgie.txt,stream=hall,stream=door"),
    *("--pipeline", "id=Plates,config=/custom-assets/ocr.txt,stream=yard"),
    *("--env", "BusinessLogicModule:API_TOKEN", "--env", "ai-pipeline:PRICE=5$$"),
)


def run(*words: str) -> tuple[int, str, str]:
    environment = {"CAMERA_WORD": "hunter22", "API_TOKEN": "CANARYtoken", "DS_AI_PIPELINE_IMAGE_URI": ""}
    result = CliRunner().invoke(app, ["gen-manifest", *words], env=environment)
    return result.exit_code, result.stdout, result.stderr


def written(device: str, kind: str, *words: str) -> str:
    code, out, err = run(*WORDS, "--device-type", device, "--kind", kind, "-o", "-", *words)
    assert code == 0, err
    return out


def source(document: Mapping[str, Any] | None = None, **more: Any) -> Source:
    return Source(view=View(document=document or s.good()), **{"kind": "compose", **more})


def of_kind(text: str, kind: str) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(text) if each["kind"] == kind]


@pytest.mark.parametrize("device", ["dGPU", "Jetson", "CPU"])
def test_a_compose_file_is_what_the_specification_takes(device: str) -> None:
    text = written(device, "compose")
    document = yaml.safe_load(text)
    SCHEMA.validate(document)
    golden(f"{device.lower()}.compose.yaml", text)
    services = document["services"]
    for service in services.values():
        assert {each["source"] for each in service.get("configs", ())} <= set(document["configs"])
        assert {each.split(":")[0] for each in service.get("volumes", ())} <= set(document["volumes"])
        assert set(service.get("depends_on", ())) <= set(services)


@pytest.mark.parametrize("device", ["dGPU", "Jetson", "CPU"])
@pytest.mark.parametrize("version", ["1.29", kubernetes_validate.latest_version()])
def test_each_object_is_what_kubernetes_takes(device: str, version: str) -> None:
    text = written(device, "kubernetes", "--mqtt", BROKER)
    for each in yaml.safe_load_all(text):
        kubernetes_validate.validate(each, version, strict=True)
    golden(f"{device.lower()}.kubernetes.yaml", text)


def golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_the_schemas_refuse_what_is_wrong() -> None:
    """A validator that takes anything would prove nothing."""
    document = compose_file(source())
    document["services"]["ai-pipeline"]["mem_limits"] = 1
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(document)
    deployment = next(e for e in objects(source(kind="kubernetes", broker=BROKER)) if e["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["imag"] = "x"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, "1.29", strict=True)


def test_settings_are_what_the_manifest_has_and_compose_replaces_nothing_in_them() -> None:
    document = yaml.safe_load(written("CPU", "compose"))
    text = document["configs"]["ai-pipeline-settings"]["content"]
    settings = json.loads(text.replace("$$", "$"))
    assert [each["id"] for each in settings["azdaConfiguration"]["components"]["deepStream"]["pipelineConfigs"]] == [
        *("Pose", "Faces", "Plates")
    ]
    twin = s.changed(lambda d: s.twin(d).update(note="${HOME} $x"))
    assert '"note": "$${HOME} $$x"' in compose_file(source(twin))["configs"]["ai-pipeline-settings"]["content"]


def test_secrets_of_variables_are_referred_to_and_not_written() -> None:
    compose, kubernetes = written("CPU", "compose"), written("CPU", "kubernetes", "--mqtt", BROKER)
    assert "CANARY" not in compose + kubernetes
    assert yaml.safe_load(compose)["services"]["BusinessLogicModule"]["environment"]["API_TOKEN"] == (
        "${API_TOKEN:?set API_TOKEN in .env}"
    )
    logic = next(e for e in of_kind(kubernetes, "Deployment") if e["metadata"]["name"] == "business-logic-module")
    variables = {each["name"]: each for each in logic["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert variables["API_TOKEN"]["valueFrom"] == {"secretKeyRef": {"name": "azda-secrets", "key": "API_TOKEN"}}


def test_pipelines_that_share_a_camera_stay_together_and_the_others_are_deployments_of_their_own() -> None:
    text = written("dGPU", "kubernetes", "--mqtt", BROKER)
    names = [each["metadata"]["name"] for each in of_kind(text, "Deployment")]
    assert names == ["ai-pipeline-pose-faces", "ai-pipeline-plates", "business-logic-module"]
    [settings] = of_kind(text, "ConfigMap")
    components = json.loads(settings["data"]["settings.json"])["azdaConfiguration"]["components"]
    assert [each["name"] for each in components["sensors"]] == ["door", "hall"]
    [secret] = of_kind(text, "Secret")  # a camera's password is in these
    assert secret["metadata"]["name"] == "ai-pipeline-plates-settings"
    for each in of_kind(text, "Deployment")[:2]:
        container = each["spec"]["template"]["spec"]["containers"][0]
        assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
        assert container["livenessProbe"]["exec"]["command"][-1] == "--alive"
    claims = {each["metadata"]["name"]: each["spec"]["accessModes"] for each in of_kind(text, "PersistentVolumeClaim")}
    assert claims["video-uploader-cache"] == ["ReadWriteMany"]
    assert claims["ai-pipeline-plates-state"] == ["ReadWriteOnce"]


def test_a_configuration_whose_streams_name_no_pipeline_is_not_parted() -> None:
    twin = s.twin(s.good())
    assert [each.twin for each in groups(twin)] == [twin]
    assert [each.twin for each in groups({"azdaConfiguration": "no configuration"})] == [
        {"azdaConfiguration": "no configuration"}
    ]


def test_jetsons_and_servers_ask_for_their_gpus_in_their_own_ways() -> None:
    jetson = yaml.safe_load(written("Jetson", "compose"))["services"]["ai-pipeline"]
    assert (jetson["runtime"], "deploy" in jetson) == ("nvidia", False)
    server = yaml.safe_load(written("dGPU", "compose"))["services"]["ai-pipeline"]
    [device] = server["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    [pod, *_] = of_kind(written("Jetson", "kubernetes", "--mqtt", BROKER), "Deployment")
    assert pod["spec"]["template"]["spec"]["runtimeClassName"] == "nvidia"


def test_another_broker_takes_the_place_of_mosquitto() -> None:
    document = yaml.safe_load(written("CPU", "compose", "--mqtt", "mqtts://broker.local"))
    assert "mqtt" not in document["services"]
    assert document["services"]["ai-pipeline"]["environment"]["AZDA_MQTT"] == "mqtts://broker.local"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--kind", "helm"), 3, "--kind helm is not one that is known"),
        (("--kind", "kubernetes"), 3, "--kind kubernetes needs the cluster's MQTT broker"),
        (("--kind", "compose", "--mqtt", "broker:1883"), 3, "--mqtt broker:1883 is not a broker"),
        (("--kind", "compose", "--mqtt", "mqtts://u:hunter2@broker"), 3, "--mqtt has a user in it"),
        (("--mqtt", BROKER), 3, "--mqtt goes with --kind compose or kubernetes"),
        (("--kind", "compose", "--diff", "old.json"), 3, "--diff is about manifests of IoT Edge"),
    ],
)
def test_options_that_do_not_go_with_each_other(words: tuple[str, ...], code: int, sentence: str) -> None:
    found, out, err = run(*WORDS, "--device-type", "CPU", "-o", "-", *words)
    assert (found, out) == (code, "")
    assert sentence in err
    assert "hunter2@" not in err


@pytest.mark.parametrize(
    ("options", "key", "kind"),
    [
        ({"HostConfig": {"Privileged": True}}, "HostConfig.Privileged", "compose"),
        ({"StopSignal": "SIGINT"}, "StopSignal", "compose"),
        ({"HostConfig": {"Devices": [{"PathOnHost": "/dev/video0"}]}}, "HostConfig.Devices", "kubernetes"),
        ({"HostConfig": {"NetworkMode": "host"}}, "HostConfig.NetworkMode", "kubernetes"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(options: dict[str, Any], key: str, kind: str) -> None:
    view = View(document=s.changed(lambda d: s.options(d, options)))
    with pytest.raises(ManifestError, match=f"createOptions of 'ai-pipeline' hold {key}, which --kind {kind}"):
        read(view.user_modules()[0], kind=kind, refused=REFUSED if kind == "kubernetes" else ())


def test_a_camera_of_the_machine_is_handed_to_compose() -> None:
    devices = {"HostConfig": {"Devices": [{"PathOnHost": "/dev/video0"}], "Binds": ["/data:/data:ro"]}}
    service = compose_file(source(s.changed(lambda d: s.options(d, devices))))["services"]["ai-pipeline"]
    assert (service["devices"], service["volumes"]) == (["/dev/video0:/dev/video0"], ["/data:/data:ro"])


def test_a_manifest_without_pipelines_is_refused() -> None:
    with pytest.raises(ManifestError, match="no module has an azdaConfiguration"):
        source(s.changed(lambda d: s.twin(d).pop("azdaConfiguration")))


@pytest.mark.parametrize(("text", "name"), [("BusinessLogicModule", "business-logic-module"), ("3 Töne", "p-3-t-ne")])
def test_names(text: str, name: str) -> None:
    assert name_of(text) == name
    with pytest.raises(SpecError, match="makes no name that Kubernetes takes"):
        name_of("***")


def test_a_file_is_written_and_what_stays_behind_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*WORDS, "--device-type", "CPU", "--kind", "compose", "--json")
    assert code == 0, err
    assert checked("gen-manifest", out)["manifest"] == "config/compose.yaml"
    assert yaml.safe_load((tmp_path / "config" / "compose.yaml").read_text(encoding="utf-8"))["name"] == "azda"
    assert "The route AIPipelineToHub leads to IoT Hub" in err
    assert "'BusinessLogicModule' has no edgeHub here" in err
    code, out, _ = run(*WORDS, "--device-type", "CPU", "--kind", "compose", "--json", "-o", "-")
    assert checked("gen-manifest", out)["documents"][0]["name"] == "azda"
