"""The only import of paho-mqtt: one connection to a broker, as a session needs it."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from azda_runtime.hub.connected.connection import AwayError, Events, RefusedError
from azda_runtime.hub.file import properties_in
from azda_runtime.hub.mqtt import reasons
from azda_runtime.hub.mqtt.broker import Broker
from azda_runtime.hub.mqtt.kept import Kept
from dsconfig.merge_patch import merged

RECORDING = "recordingInput"

_QOS = 1
_KEEPALIVE_SECONDS = 30
_ANSWER_SECONDS = 30.0
_FAREWELL_SECONDS = 1.0
# So long the broker keeps what comes for a client that is away.
_SESSION_SECONDS = 3600
_LARGEST_TOKEN = 64 * 1024
# "Authenticate with Kubernetes service account tokens" of Azure IoT Operations' documentation.
_TOKEN_METHOD = "K8S-SAT"  # noqa: S105 # the name of the method
# What a packet has beside its topic and its body, at most.
_HEADER_BYTES = 100
# The reason of a connection that was lost without one, as paho gives it.
_NO_REASON = 128


class MqttConnection:
    """One connection; for the next one make another: no client of paho's ever connects again.

    It would send again by itself what was on its way, a second copy of what the outbox still holds.

    Args:
        broker: Which one, and as whom.
        kept: What outlives the connection.
    """

    def __init__(self, broker: Broker, kept: Kept) -> None:
        self._broker = broker
        self._topics = broker.topics
        self._kept = kept
        self._settings: bytes | None = None
        self._version = 0
        self._condition = threading.Condition()
        self._answers: dict[object, str] = {}
        self._largest: int | None = None
        self._up = False
        self._up_since = 0.0
        self._gone = ""
        self._closing = False
        self._client: Any = None
        self._events: Events | None = None

    def open(self, events: Events) -> None:
        """Connect, subscribe, and show that the runtime is there."""
        self._events = events
        self._client = client = _made(self._broker.name)
        client.on_connect, client.on_disconnect = self._connected, self._disconnected
        client.on_message, client.on_publish, client.on_subscribe = self._came, self._published, self._subscribed
        client.will_set(self._topics.status, "offline", qos=_QOS, retain=True)
        self._connect()
        client.loop_start()
        if reason := self._answer("connack"):
            raise AwayError(reason)
        topics = [self._topics.recording, *([self._topics.settings] if self._broker.reads_settings else [])]
        for topic in topics:
            if reason := self._asked(client.subscribe, topic, qos=_QOS):
                raise AwayError(f"{topic} cannot be read: {reason}")
        try:
            self._publish(self._topics.status, b"online", retain=True)
            if self._kept.state:
                self._publish_state(self._kept.state)
        except RefusedError as error:
            raise AwayError(f"{self._topics.prefix}/ cannot be written: {error}") from None

    def is_up(self) -> bool:
        """Whether it is connected."""
        return self._up

    def twin(self) -> object:
        """What the settings' topic and the state's hold, as a twin; None before any settings have come."""
        with self._condition:
            text, version = self._settings, self._version
        if text is None:
            return None
        desired = properties_in(text) if text.strip() else {}
        return {"desired": {**desired, "$version": version}, "reported": self._kept.state}

    def send(self, message: bytes) -> None:
        """Deliver a message, and wait until the broker has it."""
        self._publish(self._topics.inference, message, content_type="application/json")

    def report(self, patch: Mapping[str, Any]) -> None:
        """Show the state with a patch merged into it, whole: whoever subscribes later sees all of it."""
        state = merged(self._kept.state, patch)
        self._publish_state(state)
        self._kept.state = state

    def close(self) -> None:
        """Say farewell, disconnect and end its thread."""
        client, self._closing = self._client, True
        if client is None:
            return
        with suppress(Exception):
            if self._up:
                client.publish(self._topics.status, b"offline", qos=_QOS, retain=True).wait_for_publish(
                    _FAREWELL_SECONDS
                )
            client.disconnect()
        with suppress(Exception):
            client.loop_stop()
        sock = client.socket()
        if sock is not None:
            sock.close()

    # What was asked of the broker, and its answers.

    def _connect(self) -> None:
        try:
            self._prepare()
            self._client.connect(
                self._broker.host,
                self._broker.port,
                _KEEPALIVE_SECONDS,
                clean_start=False,
                properties=self._connect_properties(),
            )
        except AwayError:
            raise
        except Exception as error:  # noqa: BLE001 # paho raises what its libraries raise
            raise AwayError(reasons.failed(error, self._broker.host, tls=self._broker.tls)) from None

    def _prepare(self) -> None:
        broker = self._broker
        if broker.username is not None:
            password = broker.password if broker.password_file is None else _read(broker.password_file).decode()
            self._client.username_pw_set(broker.username, password)
        if not broker.tls:
            return
        context = ssl.create_default_context()
        if broker.ca is not None:
            context = _loaded(broker.ca, lambda: ssl.create_default_context(cafile=broker.ca))
        if broker.certificate is not None:
            certificate = broker.certificate
            _loaded(certificate, lambda: context.load_cert_chain(certificate, broker.key, password=_no_password))
        context.sslsocket_class = _ClosedSocket
        self._client.tls_set_context(context)

    def _connect_properties(self) -> Any:
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = _SESSION_SECONDS
        if self._broker.token_file is not None:
            properties.AuthenticationMethod = _TOKEN_METHOD
            properties.AuthenticationData = _read(self._broker.token_file)
        return properties

    def _publish_state(self, state: Mapping[str, Any]) -> None:
        body = json.dumps(state, ensure_ascii=False).encode("utf-8", "backslashreplace")
        self._publish(self._topics.state, body, retain=True, content_type="application/json")

    def _publish(self, topic: str, body: bytes, *, retain: bool = False, content_type: str = "text/plain") -> None:
        if self._largest is not None and len(body) + len(topic) + _HEADER_BYTES > self._largest:
            raise RefusedError(f"it takes {self._largest} bytes at most")
        properties = _properties(PacketTypes.PUBLISH)
        properties.ContentType = content_type
        properties.PayloadFormatIndicator = 1
        reason = self._asked(self._client.publish, topic, body, _QOS, retain, properties)
        if reason:
            raise RefusedError(reason)

    def _asked(self, ask: Callable[..., Any], *what: Any, **more: Any) -> str:
        """Ask for something, and wait for the answer; returns why it was refused."""
        if not self._up:
            raise AwayError(self._gone or "the connection is lost")
        result = ask(*what, **more)
        code, mid = (result.rc, result.mid) if hasattr(result, "mid") else result
        if code not in (mqtt.MQTT_ERR_SUCCESS, mqtt.MQTT_ERR_NO_CONN):
            raise AwayError(self._gone or f"it cannot be sent: {mqtt.error_string(code)}")
        return self._answer(mid)

    def _answer(self, to: object) -> str:
        deadline = time.monotonic() + _ANSWER_SECONDS
        with self._condition:
            while to not in self._answers:
                if self._gone:
                    raise AwayError(self._gone)
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AwayError("it does not answer")
                self._condition.wait(left)
            return self._answers.pop(to)

    def _answered(self, to: object, reason: str) -> None:
        with self._condition:
            self._answers[to] = reason
            self._condition.notify_all()

    # paho's thread. Its versions 1.6 and 2 call with the same arguments but for the last ones.

    def _connected(self, _client: Any, _data: Any, _flags: Any, code: Any, properties: Any = None) -> None:
        reason = reasons.not_connected(code)
        self._largest = getattr(properties, "MaximumPacketSize", None)
        self._up, self._up_since = not reason, time.monotonic()
        self._answered("connack", reason)

    def _disconnected(self, _client: Any, _data: Any, *rest: Any) -> None:
        was_up, self._up = self._up, False
        said = next((reasons.refused(each) for each in rest if getattr(each, "value", 0) > _NO_REASON), "")
        up = time.monotonic() - self._up_since
        lost = reasons.lost(self._broker.name, up) if was_up else reasons.cut_off(tls=self._broker.tls)
        with self._condition:
            self._gone = said or lost
            self._condition.notify_all()
        if self._events is not None and was_up and not self._closing:
            self._events.troubled(self._gone)

    def _subscribed(self, _client: Any, _data: Any, mid: int, codes: Any, _properties: Any = None) -> None:
        self._answered(mid, next((reason for code in codes if (reason := reasons.refused(code))), ""))

    def _published(self, _client: Any, _data: Any, mid: int, code: Any = None, _properties: Any = None) -> None:
        self._answered(mid, reasons.refused(code))

    def _came(self, _client: Any, _data: Any, message: Any) -> None:
        if self._events is None or self._closing:
            return
        if message.topic == self._topics.settings:
            with self._condition:
                self._settings, self._version = message.payload, next(self._kept.versions)
            self._events.outdated()
        elif message.retain:  # it would start a recording at each connection
            self._events.ignored(f"A retained message of {self._topics.recording} is ignored: publish it without.")
        else:
            self._events.arrived(RECORDING, message.payload)


class _ClosedSocket(ssl.SSLSocket):
    """A socket that is closed when its handshake fails; paho-mqtt would leave it open."""

    def do_handshake(self, block: bool = False) -> None:  # the signature is ssl's
        """Shake hands, or close."""
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _made(name: str) -> Any:
    """A client of paho's version 1.6, which images have for azure-iot-device, or of its version 2."""
    made: Any = mqtt.Client
    version: Any = getattr(mqtt, "CallbackAPIVersion", None)
    first = {} if version is None else {"callback_api_version": version.VERSION2}
    return made(**first, client_id=name, protocol=mqtt.MQTTv5, reconnect_on_failure=False)


def _properties(packet: int) -> Any:
    made: Any = Properties  # which has no types
    return made(packet)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST_TOKEN).strip()
    except OSError as error:
        raise AwayError(f"{file} cannot be read: {error.strerror}") from None


def _loaded(file: Path, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except ssl.SSLError:
        raise AwayError(f"{file} is not a certificate in PEM, or not one that goes with its key") from None
    except OSError as error:
        raise AwayError(f"{error.filename or file} cannot be read: {error.strerror}") from None


def _no_password() -> str:
    """OpenSSL would ask at the terminal, where nobody sits."""
    return ""
