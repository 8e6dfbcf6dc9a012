"""The runtime on an MQTT broker: paho-mqtt as it is, mosquitto with TLS, outages and refusals as they happen."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.hub.base import Arrival, DesiredProperties, InputMessage
from azda_runtime.hub.connected.limits import Limits
from azda_runtime.hub.connected.pending import Pending
from azda_runtime.hub.connected.session import Session
from azda_runtime.hub.disk import DiskSpace
from azda_runtime.hub.mqtt.broker import Broker, Topics
from azda_runtime.hub.mqtt.client import MqttConnection
from azda_runtime.hub.mqtt.hub import MqttHub
from azda_runtime.hub.mqtt.kept import Kept
from support.edge_hub import until
from support.mqtt_broker import PASSWORD, USER, MqttBroker

pytestmark = pytest.mark.broker

QUICK = Limits(first_pause=0.1, longest_pause=0.3, report_pause=0.1, away=0.0, flush=10.0)
TOPICS = Topics(prefix="azda/pose")
CONFIGURATION = {"platform": "DeepStream", "components": {}}


class Runtime:
    """A hub, and what it handed over."""

    def __init__(self, broker: Broker, space: DiskSpace | None = None) -> None:
        self.hub = MqttHub(broker, limits=QUICK, space=space)
        self.arrivals: list[Arrival] = []
        self.hub.open(self.arrivals.append)

    def desired(self) -> list[object]:
        return [each.properties for each in [*self.arrivals] if isinstance(each, DesiredProperties)]

    def recordings(self) -> list[bytes]:
        return [each.text for each in [*self.arrivals] if isinstance(each, InputMessage)]

    def why(self, part: str) -> str:
        """Wait for a sentence about the broker that holds a text."""
        return str(until(lambda: (said := self.hub.problems().get("hub", "")) and part in said and said))


@pytest.fixture
def broker() -> Iterator[MqttBroker]:
    one = MqttBroker()
    try:
        yield one
    finally:
        one.close()


def address(broker: MqttBroker) -> Broker:
    return Broker(host="localhost", port=broker.port, tls=True, name="pose", topics=TOPICS, ca=broker.ca)


@pytest.fixture
def start(broker: MqttBroker) -> Iterator[Callable[..., Runtime]]:
    started: list[Runtime] = []

    def begin(space: DiskSpace | None = None, **changes: Any) -> Runtime:
        started.append(Runtime(replace(address(broker), **changes), space))
        return started[-1]

    try:
        yield begin
    finally:
        for each in started:
            each.hub.close()


def numbered(start: int, end: int) -> list[bytes]:
    return [json.dumps({"number": number}).encode() for number in range(start, end)]


def test_settings_come_by_a_retained_topic_and_change_like_the_twin(
    broker: MqttBroker, start: Callable[..., Runtime]
) -> None:
    broker.start()
    broker.publish(TOPICS.settings, {"azdaConfiguration": CONFIGURATION, "outputVideoLength": 7}, retain=True)
    runtime = start()
    assert until(runtime.desired) == [{"azdaConfiguration": CONFIGURATION, "outputVideoLength": 7}]

    broker.publish(TOPICS.settings, CONFIGURATION, retain=True)  # the configuration alone, as a settings file may be
    until(lambda: runtime.desired()[-1] == {"azdaConfiguration": CONFIGURATION})
    broker.publish(TOPICS.settings, b"{ no JSON", retain=True)
    until(lambda: runtime.desired()[-1] == {"azdaConfiguration": "{ no JSON"})  # whoever reads it says what is wrong


def test_messages_go_out_in_order_and_the_state_is_shown_whole(
    broker: MqttBroker, start: Callable[..., Runtime]
) -> None:
    broker.start()
    runtime = start()
    for body in numbered(0, 50):
        runtime.hub.send(body.decode())
    until(lambda: broker.bodies(TOPICS.inference) == numbered(0, 50))
    until(lambda: broker.last(TOPICS.status) == b"online")
    runtime.hub.report({"pipelines": [{"id": "a"}], "enabled": True})
    until(lambda: broker.last(TOPICS.state) == b'{"pipelines": [{"id": "a"}], "enabled": true}')
    runtime.hub.report({"enabled": False})
    until(lambda: json.loads(broker.last(TOPICS.state) or b"0") == {"enabled": False})
    assert runtime.hub.problems() == {}


def test_recordings_are_started_by_a_topic_but_not_by_a_retained_message(
    broker: MqttBroker, start: Callable[..., Runtime], caplog: pytest.LogCaptureFixture
) -> None:
    broker.start()
    wanted = {"startRecording": [{"configId": "Ball", "state": True}]}
    broker.publish(TOPICS.recording, {"startRecording": "of yesterday"}, retain=True)
    with caplog.at_level(logging.WARNING):
        runtime = start()
        until(lambda: "A retained message of azda/pose/recording is ignored" in caplog.text)
    broker.publish(TOPICS.recording, wanted)
    until(runtime.recordings)
    assert [json.loads(text) for text in runtime.recordings()] == [wanted]


def test_a_broker_that_goes_and_comes_back_loses_nothing(broker: MqttBroker, start: Callable[..., Runtime]) -> None:
    broker.start()
    runtime = start()
    runtime.hub.report({"enabled": True})
    for body in numbered(0, 20):
        runtime.hub.send(body.decode())
    until(lambda: len(broker.bodies(TOPICS.inference)) == 20)
    until(lambda: broker.last(TOPICS.state))
    broker.stop()
    assert "The MQTT broker cannot be reached: " in runtime.why("Connection refused")
    for body in numbered(20, 40):
        runtime.hub.send(body.decode())
    broker.messages.clear()
    broker.start()
    until(lambda: broker.bodies(TOPICS.inference) == numbered(20, 40))
    until(lambda: broker.last(TOPICS.status) == b"online")
    until(lambda: runtime.hub.problems() == {})
    broker.publish(TOPICS.settings, CONFIGURATION, retain=True)
    until(runtime.desired)


def test_messages_outlive_the_runtime_while_the_broker_is_away(
    broker: MqttBroker, start: Callable[..., Runtime], tmp_path: Path
) -> None:
    space = DiskSpace.of_module(tmp_path, "pose", 2**20)
    first = start(space)
    for body in numbered(0, 20):
        first.hub.send(body.decode())
    first.hub.close()
    broker.start()
    start(space)
    until(lambda: broker.bodies(TOPICS.inference) == numbered(0, 20))


def test_an_end_in_order_says_offline_and_a_lost_connection_does_by_the_last_will(
    broker: MqttBroker, start: Callable[..., Runtime]
) -> None:
    broker.start()
    first = start()
    until(lambda: broker.last(TOPICS.status) == b"online")
    first.hub.close()
    until(lambda: broker.last(TOPICS.status) == b"offline")

    connection = MqttConnection(address(broker), Kept())
    connection.open(Session(Pending(QUICK), connection, ()))
    until(lambda: broker.last(TOPICS.status) == b"online")
    connection._client.socket().shutdown(socket.SHUT_RDWR)
    until(lambda: broker.last(TOPICS.status) == b"offline")
    until(lambda: not connection.is_up())
    connection.close()


def test_two_clients_of_one_name_are_told_so(
    broker: MqttBroker, start: Callable[..., Runtime], caplog: pytest.LogCaptureFixture
) -> None:
    broker.start()
    with caplog.at_level(logging.WARNING):
        start()
        until(lambda: broker.last(TOPICS.status) == b"online")
        start()
        until(lambda: "another client may have the name pose" in caplog.text)


def test_a_user_with_a_password(broker: MqttBroker, start: Callable[..., Runtime], tmp_path: Path) -> None:
    broker.start(*broker.passwords())
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    runtime = start(username=USER, password_file=file)
    runtime.hub.send("{}")
    until(lambda: broker.bodies(TOPICS.inference) == [b"{}"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"username": USER, "password": "wrong"}, "it refuses the user's name or the password"),
        ({}, "it refuses the user's name or the password"),
        (
            {"username": USER, "password_file": Path("/nowhere/password")},
            "/nowhere/password cannot be read: No such file or directory",
        ),
    ],
)
def test_a_wrong_password_is_a_sentence_of_its_own(
    broker: MqttBroker, start: Callable[..., Runtime], changes: dict[str, Any], sentence: str
) -> None:
    broker.start(*broker.passwords())
    runtime = start(**changes)
    said = runtime.why(sentence)
    assert "wrong" not in said
    assert PASSWORD not in said


def test_topics_that_are_not_allowed_are_named(broker: MqttBroker, start: Callable[..., Runtime]) -> None:
    broker.start(*broker.passwords())
    runtime = start(username=USER, password=PASSWORD, topics=Topics(prefix="azda/other"))
    runtime.why("azda/other/ cannot be written: it does not let this client do so")


def test_a_client_certificate(broker: MqttBroker, start: Callable[..., Runtime]) -> None:
    options, certificate, key = broker.client_certificate()
    broker.start(*options)
    runtime = start(certificate=certificate, key=key)
    runtime.hub.send("{}")
    until(lambda: broker.bodies(TOPICS.inference) == [b"{}"])
    without = start(name="without")
    without.why("client certificate")


def test_what_is_wrong_with_tls_is_said(broker: MqttBroker, start: Callable[..., Runtime], tmp_path: Path) -> None:
    broker.start()
    _, certificate, key = broker.client_certificate()
    start(ca=certificate).why("is not signed by an authority that is trusted")
    start(ca=None).why("is not signed by an authority that is trusted")
    start(host="127.0.0.2").why("Connection refused")
    start(port=broker.plain_port).why("it broke off the TLS handshake; mqtt:// speaks without TLS")
    start(tls=False, ca=None).why("it may want TLS: mqtts://")
    start(ca=tmp_path / "none.pem").why("none.pem cannot be read: No such file or directory")
    start(ca=key).why("client.key is not a certificate in PEM")
    start(certificate=certificate, key=broker.root / "server.key").why("client.pem is not a certificate in PEM")
