"""`deploy --target-condition`: automatic and layered deployments, against a TLS server that answers as documented."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.edge import automatic_deployment, iot_hub
from azdacli.edge.automatic_deployment import AutomaticDeployment
from azdacli.errors import DeployError, SpecError
from azdacli.manifest import layered
from azdacli.manifest.checks import create_options
from tests.cli.schemas import checked
from tests.manifest import samples as s
from tests.manifest.conftest import TOKEN, Server

NORTH = "tags.site='north'"


def layer(**changes: Any) -> dict[str, Any]:
    """A layer with one module, its route and its twin."""
    good = s.good()["modulesContent"]
    content = {
        "$edgeAgent": {"properties.desired.modules.ai-pipeline": s.pipeline(s.good())},
        "$edgeHub": {"properties.desired.routes.up": "FROM /messages/modules/ai-pipeline/outputs/* INTO $upstream"},
        "ai-pipeline": {
            "properties.desired.azdaConfiguration": good["ai-pipeline"]["properties.desired"]["azdaConfiguration"]
        },
    }
    return {"modulesContent": {**content, **changes}}


def call(content: dict[str, Any] | None = None, **more: Any) -> AutomaticDeployment:
    given = {"hub": "h", "id": "pose-1", "condition": NORTH, "content": content or s.good(), **more}
    return AutomaticDeployment(**given)


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["deploy", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(document: dict[str, Any], name: str = "Deployment default.arm64.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(document))
        return path

    return written


def test_the_command_makes_the_documented_call(hub: Server, identity: Server, ca_bundle: Path, write: Any) -> None:
    hub.status, hub.body = 201, b"{}"
    words = (
        "--target-condition",
        NORTH,
        "--priority",
        10,
        "--deployment-label",
        "site=north",
        "--ca-bundle",
        ca_bundle,
    )
    code, out, err = run(write(s.good()), "--hub", hub.host, *words)
    assert code == 0, err
    name = out.strip()
    assert name.startswith("deployment-default.arm64-")
    [(method, path, headers, body)] = hub.calls
    assert (method, path) == ("PUT", f"/configurations/{name}?api-version=2021-04-12")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert "If-Match" not in headers
    sent = json.loads(body)
    assert sent.pop("content") == {"modulesContent": s.good()["modulesContent"]}
    assert sent == {
        "id": name,
        "schemaVersion": "2.0",
        "targetCondition": NORTH,
        "priority": 10,
        "labels": {"site": "north"},
    }
    assert "each device that meets the condition follows" in err


def test_the_same_content_has_the_same_id_and_other_content_another() -> None:
    one = automatic_deployment.default_id("deployment.json", s.good())
    assert one == automatic_deployment.default_id("deployment.json", s.good())
    other = s.changed(lambda d: s.pipeline(d).update(version="2"))
    assert one != automatic_deployment.default_id("deployment.json", other)
    for name in ("-", "Ünter & <x>.json", "x" * 300, ".json"):
        call(id=automatic_deployment.default_id(name, s.good()))  # checks itself


def test_an_update_says_that_the_deployment_is_there(
    hub: Server, identity: Server, ca_bundle: Path, write: Any
) -> None:
    hub.status = 200
    words = ("--target-condition", "*", "--id", "pose", "--update", "--ca-bundle", ca_bundle)
    code, out, err = run(write(s.good()), "--hub", hub.host, *words)
    assert (code, out) == (0, "pose\n"), err
    assert hub.calls[0][2]["If-Match"] == '"*"'


@pytest.mark.parametrize(
    ("status", "sentence", "hint"),
    [
        (400, "answered 400 for deployment 'pose-1': Invalid query", None),
        (403, "does not let you deploy for deployment 'pose-1'", "IoT Hub Data Contributor"),
        (404, "does not know this", "leave --update out"),
        (409, "has this deployment already", "--update"),
        (412, "has this deployment in another state", "--update"),
        (204, "answered 204", None),
    ],
)
def test_a_refusal_names_the_deployment(
    hub: Server, ca_bundle: Path, status: int, sentence: str, hint: str | None
) -> None:
    hub.status, hub.body = status, json.dumps({"Message": f"Invalid query {TOKEN} hunter2!"}).encode()
    with pytest.raises(DeployError, match=sentence) as caught:
        iot_hub.deploy(call(hub=hub.host), token=lambda _: TOKEN, ca_bundle=ca_bundle)
    assert (hint or "") in (caught.value.hint or "")
    assert TOKEN not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"condition": " "}, "--target-condition is empty"),
        ({"condition": 'tags.site="north"'}, "has double quotes"),
        ({"condition": "tags.site='north"}, "is not closed"),
        ({"priority": -1}, "--priority -1 is not"),
        ({"priority": 2**31}, "is not a whole number from 0"),
        ({"id": "Pose"}, "'Pose' cannot be a deployment's id"),
        ({"id": "a b"}, "cannot be a deployment's id"),
        ({"id": ""}, "cannot be a deployment's id"),
        ({"id": "x" * 129}, "cannot be a deployment's id"),
    ],
)
def test_what_the_hub_would_refuse_is_refused_here(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SpecError, match=sentence):
        call(**change)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "missing; name one device"),
        (("--device", "d", "--target-condition", "*"), "goes without --device"),
        (("--device", "d", "--priority", 1), "goes with --target-condition"),
        (("--device", "d", "--update"), "goes with --target-condition"),
    ],
)
def test_one_device_or_a_condition(words: tuple[object, ...], sentence: str, write: Any) -> None:
    code, out, err = run(write(s.good()), "--hub", "h", "--dry-run", *words)
    assert (code, out) == (2, "")
    assert sentence in " ".join(err.split())


def test_a_label_without_a_value_is_refused(write: Any) -> None:
    code, _, err = run(
        write(s.good()), "--hub", "h", "--target-condition", "*", "--deployment-label", "north", "--dry-run"
    )
    assert code == 3
    assert "--deployment-label 'north' is not a label" in err


def test_a_dry_run_is_what_the_schema_says_and_calls_nobody(hub: Server, identity: Server, write: Any) -> None:
    code, out, err = run(write(s.good()), "--hub", hub.host, "--target-condition", NORTH, "--dry-run", "--json")
    assert code == 0, err
    shown = checked("deploy", out)
    assert (shown["method"], shown["targetCondition"], shown["priority"]) == ("PUT", NORTH, 0)
    assert "hunter2" not in out + err
    assert (hub.calls, identity.calls) == ([], [])


# -- layers -----------------------------------------------------------------------------------------------------------


def test_a_layer_is_sent_as_it_stands(hub: Server, identity: Server, ca_bundle: Path, write: Any) -> None:
    hub.status = 201
    words = ("--target-condition", NORTH, "--priority", 20, "--ca-bundle", ca_bundle)
    code, _, err = run(write(layer()), "--hub", hub.host, *words)
    assert code == 0, err
    assert json.loads(hub.calls[0][3])["content"] == layer()


def test_a_layer_is_refused_for_one_device(write: Any) -> None:
    code, _, err = run(write(layer()), "--hub", "h", "--device", "d", "--dry-run")
    assert code == 8
    assert "deploy --target-condition" in err


def test_a_layers_modules_and_routes_may_need_what_other_deployments_bring(write: Any) -> None:
    routes = {
        "properties.desired.routes.on": 'FROM /messages/modules/other/* INTO BrokeredEndpoint("/modules/b1/inputs/i")'
    }
    code, out, err = run(
        write({"modulesContent": {"$edgeHub": routes, "b1": {"properties.desired.speed": 3}}}),
        *("--hub", "h", "--target-condition", "*", "--dry-run", "--strict"),
    )
    assert code == 0, err
    assert "properties.desired.speed" in out


@pytest.mark.parametrize(
    ("section", "value", "path", "rule"),
    [
        ("$edgeAgent", {"properties.desired.modules.x y": {}}, "['properties.desired.modules.x y']", "module-name"),
        (
            "$edgeAgent",
            {"properties.desired.modules.pose": {"type": "docker"}},
            "['properties.desired.modules.pose']",
            "shape",
        ),
        ("$edgeAgent", {"properties.desired.runtime.type": "docker"}, "['properties.desired.runtime.type']", "layered"),
        ("$edgeAgent", {"properties.desired.modules": {}}, "['properties.desired.modules']", "layered"),
        (
            "$edgeHub",
            {"properties.desired.routes.r": "INTO nowhere"},
            "['properties.desired.routes.r']",
            "route-syntax",
        ),
        ("ai-pipeline", {"desired": 1}, ".desired", "shape"),
        ("ai-pipeline", 7, "", "shape"),
        (
            "ai-pipeline",
            {"properties.desired.azdaConfiguration": {"platform": "Toaster"}},
            "['properties.desired.azdaConfiguration']",
            "settings",
        ),
    ],
)
def test_what_is_wrong_in_a_layer_is_named_at_its_own_key(
    section: str, value: Any, path: str, rule: str, write: Any
) -> None:
    document = write(layer(**{section: value}))
    code, out, _ = run(document, "--hub", "h", "--target-condition", "*", "--dry-run", "--json")
    assert code == 8
    found = [(each["path"], each["rule"]) for each in checked("deploy", out)["problems"] if each["severity"] == "error"]
    name = section if section == "ai-pipeline" else None
    start = "$.modulesContent" + (f"['{section}']" if name is None or "-" in name else f".{name}")
    assert any(each[0].startswith(start + path) and each[1] == rule for each in found), found


def test_no_secret_of_a_layer_is_shown(write: Any) -> None:
    secret = "CANARYsigXYZ"
    module = s.pipeline(s.good())
    options = json.dumps({"Labels": {"a": "x" * 480}, "Env": [f"DB_PASSWORD={secret}"]})
    module["settings"] = {"image": s.IMAGE, **create_options.split(options)}
    sections = {
        "$edgeAgent": {"properties.desired.modules.ai-pipeline": module},
        "ai-pipeline": {"properties.desired.link": f"rtsp://u:{secret}@h"},
    }
    document = layer(**sections)
    for words in ([], ["--json"]):
        code, out, err = run(write(document), "--hub", "h", "--target-condition", "*", "--dry-run", *words)
        assert code == 0, err
        assert secret not in out + err
        assert "properties.desired.modules.ai-pipeline" in out


def test_a_whole_manifest_is_no_layer() -> None:
    assert not layered.is_layered(s.good())
    assert layered.is_layered(layer())
