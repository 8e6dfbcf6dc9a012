"""Which MQTT broker, as whom, and what its refusals are called; tests/real/test_mqtt.py has a real one."""

import argparse
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.commands import serve
from azda_runtime.commands.mqtt_options import add_mqtt_options, broker
from azda_runtime.hub.base import Arrival, DesiredProperties, InputMessage, Traffic
from azda_runtime.hub.mqtt import reasons
from azda_runtime.hub.mqtt.broker import Broker, Topics, address
from azda_runtime.hub.settings_from_file import SettingsFromFile
from azda_runtime.problems import InvalidValueError
from support.edge_hub import until


def options(*words: str, environment: dict[str, str] | None = None) -> Broker | None:
    parser = argparse.ArgumentParser()
    add_mqtt_options(parser)
    return broker(parser.parse_args(words), environment or {}, reads_settings=True)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtts://broker", ("broker", 8883, True)),
        ("mqtt://broker", ("broker", 1883, False)),
        (" mqtts://aio-broker:18883/ ", ("aio-broker", 18883, True)),
        ("mqtts://[::1]:8883", ("::1", 8883, True)),
    ],
)
def test_a_broker_is_named_by_its_url(url: str, expected: tuple[str, int, bool]) -> None:
    assert address(url) == expected


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("broker:8883", "is not the URL of a broker"),
        ("https://broker", "is not the URL of a broker"),
        ("mqtts://", "is not the URL of a broker"),
        ("mqtts://broker/topic", "is not the URL of a broker"),
        ("mqtts://broker:seven", "is not the URL of a broker"),
        ("mqtts://broker:70000", "is not the URL of a broker"),
        ("mqtts://broker:0", "no port that can be connected to"),
        ("mqtts://pose:hunter2@broker", "the broker's URL has a user in it"),
    ],
)
def test_what_is_no_url_of_a_broker_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(InvalidValueError, match=sentence) as caught:
        address(url)
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_all_options_have_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AZDA_MQTT": "mqtts://broker",
        "AZDA_MQTT_NAME": "line-3",
        "AZDA_MQTT_CA": "/ca.pem",
        "AZDA_MQTT_CERTIFICATE": "/c.pem",
        "AZDA_MQTT_KEY": "/k.pem",
        "AZDA_MQTT_USER": "u",
    }.items():
        monkeypatch.setenv(name, value)
    found = options(environment={"AZDA_MQTT_PASSWORD": "hunter2"})
    assert found is not None
    assert (found.host, found.name, found.topics.inference) == ("broker", "line-3", "azda/line-3/inference")
    assert (found.ca, found.certificate, found.key) == (Path("/ca.pem"), Path("/c.pem"), Path("/k.pem"))
    assert (found.username, found.password) == ("u", "hunter2")
    assert "hunter2" not in repr(found)
    assert options("--mqtt-topics", "site/north/pose").topics.settings == "site/north/pose/settings"


def test_without_a_url_there_is_no_broker() -> None:
    assert options() is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--mqtt", "mqtt://b", "--mqtt-ca", "/ca.pem"), "mqtt:// has no TLS"),
        (("--mqtt", "mqtts://b", "--mqtt-key", "/k.pem"), "a key without a certificate"),
        (("--mqtt", "mqtts://b", "--mqtt-password-file", "/p"), "a password without a user"),
        (("--mqtt", "mqtts://b", "--mqtt-token-file", "/t", "--mqtt-user", "u"), "a token, and a user"),
        (("--mqtt", "mqtt://b", "--mqtt-token-file", "/t"), "a token would travel without TLS"),
        (("--mqtt", "mqtts://b", "--mqtt-name", "a/b"), "cannot be the client's name"),
        (("--mqtt", "mqtts://b", "--mqtt-topics", "a/#"), "is not what topics can begin with"),
        (("--mqtt", "mqtts://b", "--mqtt-topics", "/a"), "is not what topics can begin with"),
        (("--mqtt", "mqtts://b", "--mqtt-topics", "$SYS/a"), "is not what topics can begin with"),
    ],
)
def test_what_does_not_go_with_each_other_is_refused(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(InvalidValueError, match=sentence):
        options(*words)


def test_a_password_stands_once() -> None:
    words = ("--mqtt", "mqtts://b", "--mqtt-user", "u", "--mqtt-password-file", "/p")
    with pytest.raises(InvalidValueError, match="a password, and a file with one"):
        options(*words, environment={"AZDA_MQTT_PASSWORD": "hunter2"})


def test_serve_ends_with_one_sentence_about_a_wrong_broker(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("azda_runtime.commands.serve.configure_from", lambda _: None)
    code = serve.main(["--mqtt", "https://b", "--state", str(tmp_path), "--recordings", str(tmp_path)])
    assert code == 2
    with pytest.raises(SystemExit):
        serve.main(["--mqtt", "mqtts://b", "--settings", "/s", "--messages", "/m"])
    assert "without --mqtt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("prefix", "topic"), [("azda/pose", "azda/pose/settings"), ("Linie 3", "Linie 3/settings"), ("a", "a/settings")]
)
def test_topics(prefix: str, topic: str) -> None:
    assert Topics(prefix=prefix).settings == topic


class Code:
    """A reason code as paho-mqtt hands it over."""

    def __init__(self, value: int) -> None:
        self.value = value


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (Code(0), ""),
        (0, ""),
        (Code(134), "it refuses the user's name or the password"),
        (Code(135), "it refuses the user's name or the password"),
        (Code(132), "it does not speak MQTT 5"),
        (1, "it does not speak MQTT 5"),
        (Code(200), "it refuses (code 200)"),
    ],
)
def test_an_answer_to_a_connection(code: object, sentence: str) -> None:
    assert reasons.not_connected(code) == sentence


def test_granted_is_not_refused() -> None:
    assert [reasons.refused(code) for code in (Code(0), Code(1), Code(2), 16, None)] == [""] * 5
    assert reasons.refused(Code(135)) == "it does not let this client do so"


def verification(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


def alert() -> ssl.SSLError:
    error = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required")
    error.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    return error


@pytest.mark.parametrize(
    ("error", "tls", "sentence"),
    [
        (verification(62), True, "its certificate is not one for broker"),
        (verification(10), True, "not valid now"),
        (verification(19), True, "name the authority's file with --mqtt-ca"),
        (alert(), True, "it may want another client certificate"),
        (ssl.SSLError(1, "wrong version number"), True, "mqtt:// speaks without TLS"),
        (ConnectionResetError(104, "Connection reset by peer"), True, "mqtt:// speaks without TLS"),
        (ConnectionResetError(104, "Connection reset by peer"), False, "Connection reset by peer"),
        (TimeoutError(), True, "it does not answer"),
        (OSError(-2, "Name or service not known"), True, "Name or service not known"),
        (ValueError("of a library"), True, "ValueError"),
    ],
)
def test_why_no_connection_came_about(error: Exception, tls: bool, sentence: str) -> None:
    assert sentence in reasons.failed(error, "broker", tls=tls)


class Hub:
    """Hands over what it is told to, and keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed = False
        self.take: Callable[[Arrival], None] = lambda _: None

    def open(self, take: Callable[[Arrival], None]) -> None:
        self.take = take

    def send(self, message: str) -> None:
        self.sent.append(message)

    def report(self, state: Any) -> None:
        self.state = state

    def problems(self) -> dict[str, str]:
        return {"hub": "it is away"}

    def traffic(self) -> Traffic:
        return Traffic(sent=len(self.sent))

    def close(self) -> None:
        self.closed = True


def test_settings_come_from_the_file_and_all_else_from_the_hub(tmp_path: Path) -> None:
    file, hub, arrivals = tmp_path / "settings.json", Hub(), list[Arrival]()
    file.write_text(json.dumps({"azdaConfiguration": {"platform": "DeepStream"}}))
    both = SettingsFromFile(file, hub)
    both.open(arrivals.append)
    try:
        until(lambda: arrivals)
        hub.take(DesiredProperties(properties={"azdaConfiguration": "of the hub"}))
        hub.take(InputMessage(input="recordingInput", text=b"{}"))
        both.send("{}")
        both.report({"a": 1})
        assert both.problems() == {"hub": "it is away"}
        assert both.traffic() == Traffic(sent=1)
    finally:
        both.close()
    assert arrivals == [
        DesiredProperties(properties={"azdaConfiguration": {"platform": "DeepStream"}}),
        InputMessage(input="recordingInput", text=b"{}"),
    ]
    assert (hub.sent, hub.state, hub.closed) == (["{}"], {"a": 1}, True)
