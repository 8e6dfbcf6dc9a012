"""`azdacli deploy` against a TLS server that answers as IoT Hub is documented to; Azure itself is out of reach here."""

import gzip
import json
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.edge import hub_call, iot_hub
from azdacli.errors import DeployError
from azdacli.manifest import text
from azdacli.manifest.checks import create_options
from azdacli.oci.registry import limits
from tests.manifest import samples as s
from tests.manifest.conftest import TOKEN, Server

PATH = "/devices/dev%2F1%20%C3%BC/applyConfigurationContent?api-version=2021-04-12"


def call(hub: str) -> hub_call.Deployment:
    return hub_call.Deployment(hub=hub, device="dev/1 ü", content=s.good())


def a_token(scope: str) -> str:
    assert scope == "https://iothubs.azure.net/.default"
    return TOKEN


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps(s.good()))
    return path


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["deploy", *words])
    return result.exit_code, result.stdout, result.stderr


def test_the_call_is_the_documented_one(hub: Server, ca_bundle: Path) -> None:
    iot_hub.deploy(call(hub.host), token=a_token, ca_bundle=ca_bundle)
    [(method, path, headers, body)] = hub.calls
    assert (method, path) == ("POST", PATH)
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"modulesContent": s.good()["modulesContent"]}


def test_a_netrc_file_does_not_take_the_tokens_place(
    hub: Server, ca_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login a password b\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    iot_hub.deploy(call(hub.host), token=a_token, ca_bundle=ca_bundle)
    assert hub.calls[0][2]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, "answered 400 for device 'dev/1 ü': the hub's own words"),
        (401, "rejected your identity"),
        (403, "does not let you deploy"),
        (404, "has no such edge device for device 'dev/1 ü'"),
        (413, "rejected the manifest as too large"),
        (429, "is throttled"),
        (500, "answered 500"),
        (302, "answered 302"),
        (200, "answered 200"),
    ],
)
def test_a_refusal_is_one_sentence_without_token_or_password(
    hub: Server, ca_bundle: Path, status: int, sentence: str
) -> None:
    hub.status, hub.headers = status, {"Location": "https://localhost:1/elsewhere"}
    hub.body = json.dumps({"Message": f"the hub's own words\n {TOKEN} hunter2! {'x' * 900}"}).encode()
    with pytest.raises(DeployError, match=sentence) as caught:
        iot_hub.deploy(call(hub.host), token=a_token, ca_bundle=ca_bundle)
    assert TOKEN not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert len(hub.calls) == 1


def test_a_refusal_that_is_no_json_is_told_too(hub: Server, ca_bundle: Path) -> None:
    hub.status, hub.body = 502, b"<html>bad gateway</html>"
    with pytest.raises(DeployError, match="bad gateway"):
        iot_hub.deploy(call(hub.host), token=a_token, ca_bundle=ca_bundle)


@pytest.mark.parametrize(
    ("status", "headers", "sentence"),
    [
        (200, {"Content-Length": str(1 << 40)}, "sends 1099511627776 bytes"),
        (400, {"Content-Encoding": "gzip"}, "answered 400"),
        (400, {"Padding": "x" * 70_000}, "sends endless headers"),
        (200, {"Content-Length": "-1"}, "sends"),
    ],
)
def test_what_no_hub_answers_is_one_sentence(
    hub: Server, ca_bundle: Path, status: int, headers: dict[str, str], sentence: str
) -> None:
    hub.status, hub.headers, hub.body = status, headers, gzip.compress(bytes(50_000_000))
    with pytest.raises(DeployError, match=sentence) as caught:
        iot_hub.deploy(call(hub.host), token=a_token, ca_bundle=ca_bundle)
    assert len(str(caught.value)) < 500


def test_an_answer_that_trickles_is_given_up(hub: Server, ca_bundle: Path) -> None:
    hub.status, hub.body, hub.pause = 400, b"x" * 200, 0.05
    with pytest.raises(DeployError, match="no answer from"):
        iot_hub.deploy(call(hub.host), token=a_token, ca_bundle=ca_bundle, pace=limits.Pace(window=0.5, least=1 << 10))


def test_a_certificate_that_nobody_trusts_stops_the_call(hub: Server) -> None:
    with pytest.raises(DeployError, match="is not trusted") as caught:
        iot_hub.deploy(call(hub.host), token=a_token)
    assert "--ca-bundle" in str(caught.value.hint)
    assert hub.calls == []


def test_a_hub_that_is_away_is_one_sentence() -> None:
    with pytest.raises(DeployError, match="no answer from localhost:1"):
        iot_hub.deploy(call("localhost:1"), token=a_token)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("shop", "shop.azure-devices.net"),
        ("shop.azure-devices.cn", "shop.azure-devices.cn"),
        ("https://shop.azure-devices.net/", "shop.azure-devices.net"),
        (" shop ", "shop.azure-devices.net"),
    ],
)
def test_a_hub_is_named_alone_or_by_its_host(typed: str, host: str) -> None:
    assert hub_call.host(typed) == host


@pytest.mark.parametrize(
    "typed",
    [
        *("attacker.example.com", "myhub.azure-devices.com", "azure-devices.net", "a.b.azure-devices.net"),
        *("myhub.azure-devices.net:8443", "myhub.azure-devices.net.evil.example", "xazure-devices.net"),
    ],
)
def test_a_token_of_entras_goes_to_hosts_of_iot_hub_alone(typed: str) -> None:
    with pytest.raises(DeployError, match="is not a host of Azure IoT Hub"):
        hub_call.host(typed)


@pytest.mark.parametrize("typed", ["", " ", "a/b", "a@b", "a?b", "a b", "a\nb"])
def test_what_is_no_hub_is_refused(typed: str) -> None:
    with pytest.raises(DeployError, match="is not the name of an IoT hub"):
        hub_call.host(typed)


def test_chinas_cloud_has_a_scope_of_its_own() -> None:
    assert call("shop.azure-devices.cn").scope == "https://iothubs.chinacloudapi.cn/.default"


# -- the command, with azure-identity as it is ------------------------------------------------------------------------


def test_the_command_deploys_with_a_token_of_azure_identity(
    hub: Server, identity: Server, ca_bundle: Path, manifest: Path
) -> None:
    code, out, err = run("--device", "dev1", "--hub", hub.host, "--ca-bundle", str(ca_bundle), str(manifest))
    assert (code, out) == (0, "dev1\n"), err
    assert hub.calls[0][2]["Authorization"] == f"Bearer {TOKEN}"
    asked = parse_qs(urlsplit(identity.calls[0][1]).query)
    assert asked["resource"] == ["https://iothubs.azure.net"]
    assert TOKEN not in out + err
    assert "hunter2" not in out + err


def test_nobody_logged_in_is_one_sentence(
    identity: Server, manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    identity.status, identity.body = 400, b'{"statusCode": 400, "message": "no identity"}'
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    code, out, err = run("--device", "dev1", "--hub", "localhost:1", str(manifest))
    assert (code, out) == (9, "")
    assert "there is no Entra ID login" in err
    assert "Traceback" not in err
    assert "DefaultAzureCredential" not in err


def test_a_dry_run_prints_the_call_without_token_and_secrets_and_calls_nobody(
    hub: Server, identity: Server, manifest: Path
) -> None:
    code, out, err = run("--device", "dev/1 ü", "--hub", hub.host, "--dry-run", str(manifest))
    assert code == 0, err
    head, _, body = out.partition("\n\n")
    assert head.splitlines() == [
        f"POST https://{hub.host}{PATH}",
        "Authorization: Bearer ***",
        "Content-Type: application/json",
    ]
    shown = json.loads(body)
    assert shown["modulesContent"]["$edgeHub"] == s.good()["modulesContent"]["$edgeHub"]
    assert "hunter2" not in out + err
    assert (hub.calls, identity.calls) == ([], [])


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=30), st.integers(440, 520))
@settings(deadline=None)
def test_a_call_that_is_shown_holds_no_secret_wherever_it_stands(secret: str, before: int) -> None:
    secret = f"<{secret}>"
    options = text.compact({"Labels": {"a": "x" * before}, "Env": [f"DB_PASSWORD={secret}"]})
    document = s.changed(
        lambda d: (
            s.modules(d)["watcher"]["settings"].update(create_options.split(options)),
            s.pipeline(d)["env"].update(API_KEY={"value": secret}),
            s.twin(d).update(link=f"rtsp://user:{quote(secret, safe='')}@camera/1"),
        )
    )
    shown = hub_call.Deployment(hub="h", device="d", content=document).shown()["body"]
    whole = json.dumps(shown, ensure_ascii=False)
    watcher = s.modules(shown)["watcher"]["settings"]
    joined = "".join(value for key, value in sorted(watcher.items()) if key.startswith("createOptions"))
    for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        assert form not in whole + joined
    assert quote(secret, safe="") not in whole
    assert json.loads(joined) == {"Labels": {"a": "x" * before}, "Env": ["DB_PASSWORD=***"]}


def test_a_dry_run_as_json_is_one_object(hub: Server, manifest: Path) -> None:
    _, out, _ = run("--device", "d", "--hub", hub.host, "--dry-run", "--json", str(manifest))
    reported = json.loads(out)
    assert (reported["method"], reported["device"], reported["dryRun"]) == ("POST", "d", True)


def test_a_manifest_that_breaks_a_rule_is_not_sent(hub: Server, identity: Server, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps(s.changed(lambda d: s.pipeline(d).pop("status"))))
    code, out, err = run("--device", "d", "--hub", hub.host, str(path))
    assert (code, out) == (8, "")
    assert "has no 'status' [shape]" in err
    assert (hub.calls, identity.calls) == ([], [])


CANARY = "CANARYsigXYZ"


@pytest.mark.parametrize(
    "hide",
    [
        lambda d: s.options(d, {"Cmd": ["--camera", f"rtsp://viewer:{CANARY}@10.0.0.5/live"]}),
        lambda d: s.options(d, {"Cmd": ["--password", CANARY]}),
        lambda d: s.options(d, {"Env": [f"PASSWORD=with blanks {CANARY}"]}),
        lambda d: s.options(d, {"Labels": {"a": "x" * 480, "password": CANARY}}),  # across two pieces
        lambda d: s.pipeline(d)["settings"].update(createOptions=f'{{"Cmd": ["rtsp://u:{CANARY}@h"]'),  # no JSON
        lambda d: s.pipeline(d)["env"].update(X={"value": f"SharedAccessSignature sr=h&sig={CANARY}%3D&se=1"}),
        lambda d: s.pipeline(d)["env"].update(X={"value": f"rtsp://u:first@h rtsp://u:{CANARY}@h"}),
        lambda d: s.pipeline(d)["env"].update(DB_PASS={"value": CANARY}),
        lambda d: s.pipeline(d)["env"].update({f"rtsp://u:{CANARY}@h": {"value": "a name"}}),
        lambda d: d["modulesContent"]["$edgeHub"]["properties.desired"]["routes"].update(
            r=f"FROM /* WHERE x='https://u:{CANARY}@h' INTO $upstream"
        ),
    ],
)
def test_the_dry_run_shows_no_secret(hide: s.Change, tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps(s.changed(hide)))
    for words in ([], ["--json"]):
        _, stdout, stderr = run(str(path), "--device", "d", "--hub", "h", "--dry-run", *words)
        assert CANARY not in stdout + stderr


def test_a_refusal_that_repeats_a_long_secret_shows_no_part_of_it(hub: Server, ca_bundle: Path) -> None:
    secret = CANARY * 40
    hub.status, hub.body = 400, json.dumps({"Message": f"no such password: {'x' * 280} rtsp://u:{secret}@h"}).encode()
    content = s.changed(lambda d: s.pipeline(d)["env"].update(PASSWORD={"value": secret}))
    with pytest.raises(DeployError) as caught:
        iot_hub.deploy(
            hub_call.Deployment(hub=hub.host, device="d", content=content), token=a_token, ca_bundle=ca_bundle
        )
    assert "CANARY" not in str(caught.value)
