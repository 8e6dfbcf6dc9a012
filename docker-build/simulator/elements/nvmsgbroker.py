"""nvmsgbroker: payloads to an MQTT broker, or line by line into a file; NVIDIA's other adaptors are refused by name."""

import threading
from pathlib import Path
from typing import Any, Protocol

import pyds
from gi.repository import Gst
from pyds import _simulator as sim

from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.keyfile import read_groups
from simulator.support import batches
from simulator.support.base import Configured, guarded, metadata, template
from simulator.support.introspection import BaseSink
from simulator.support.properties import PLACEMENT, boolean, declare, text, unsigned
from simulator.support.transform import start

TABLE = (
    text("proto-lib"),
    text("conn-str"),
    text("config"),
    text("topic"),
    unsigned("comp-id", 0),
    boolean("new-api", False, PLACEMENT),
    unsigned("sleep-time", 0, PLACEMENT),
)
FILE_SCHEME = "file:"
MQTT = "libnvds_mqtt_proto.so"
CONNECT_SECONDS = 10.0


class Adaptor(Protocol):
    """Where messages go."""

    def send(self, topic: str, message: str) -> None:
        """Deliver one message."""

    def close(self) -> None:
        """Deliver what waits and disconnect."""


class FileAdaptor:
    """`conn-str=file:/path`: one message per line. NVIDIA has no such adaptor; it serves where no broker is."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def send(self, _topic: str, message: str) -> None:
        """Append a line."""
        self._file.write(message + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class MqttAdaptor:
    """`conn-str=host;port[;topic]`, user name and password in the group [message-broker] of `config`."""

    def __init__(self, host: str, port: int, settings: dict[str, str]) -> None:
        try:
            from paho.mqtt import client as mqtt  # noqa: PLC0415 # an image without MQTT needs no client
        except ImportError as problem:
            raise NotSimulatedError(
                "nvmsgbroker needs the package paho-mqtt for MQTT.", hint="pip install paho-mqtt"
            ) from problem
        self._answered = threading.Event()
        self._answer: Any = None
        # Images carry paho-mqtt 1, as azure-iot-device wants it; its callbacks have one version only.
        versions = getattr(mqtt, "CallbackAPIVersion", None)
        chosen: dict[str, Any] = {"callback_api_version": versions.VERSION2} if versions is not None else {}
        self._client = mqtt.Client(client_id=settings.get("client-id", ""), **chosen)
        if settings.get("username"):
            self._client.username_pw_set(settings["username"], settings.get("password"))
        self._client.on_connect = self._note_answer
        try:
            self._client.connect(host, port)
        except OSError as problem:
            raise ConfigurationError(f"nvmsgbroker cannot connect to {host};{port}: {problem}") from problem
        self._client.loop_start()
        if not self._answered.wait(CONNECT_SECONDS):
            self.close()
            raise ConfigurationError(f"The MQTT broker at {host};{port} does not answer.")
        if self._answer != 0:
            self.close()
            raise ConfigurationError(f"The MQTT broker at {host};{port} refused us: {self._answer}.")

    def _note_answer(self, _client: Any, _userdata: Any, _flags: Any, answer: Any, *_properties: Any) -> None:
        self._answer = answer
        self._answered.set()

    def send(self, topic: str, message: str) -> None:
        """Publish with quality of service 1."""
        self._client.publish(topic, message, qos=1).wait_for_publish(CONNECT_SECONDS)

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()


class NvMsgBroker(Configured, BaseSink):
    """Sends the payloads of each buffer, in order, before it takes the next."""

    __gtype_name__ = "GstNvMsgBroker"
    __gstmetadata__ = metadata("Message Broker", "Sink/Metadata", "Sends payload metadata to remote server")
    __gsttemplates__ = (template("sink", "ANY"),)
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.configure()
        self._adaptor: Adaptor | None = None
        self._topic = ""

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def do_start(self) -> bool:
        return start(self)

    def do_stop(self) -> bool:
        if self._adaptor is not None:
            self._adaptor.close()
            self._adaptor = None
        return True

    def open(self) -> None:
        """Connect."""
        library, address = self.values["proto-lib"], self.values["conn-str"] or ""
        if not library:
            raise ConfigurationError("No protocol adaptor library provided: set nvmsgbroker's proto-lib.")
        settings = (
            dict(read_groups(Path(self.values["config"])).get("message-broker", {})) if self.values["config"] else {}
        )
        if address.startswith(FILE_SCHEME):
            self._adaptor = FileAdaptor(Path(address.removeprefix(FILE_SCHEME)))
            self._topic = self.values["topic"] or ""
            return
        if Path(library).name != MQTT:
            raise NotSimulatedError(
                f"nvmsgbroker's adaptor {Path(library).name} is not simulated.",
                hint=f"Use {MQTT} with a real MQTT broker, or conn-str=file:/path for a file with a message per line.",
            )
        host, port, *topic = [*address.split(";"), ""][:3] if address.count(";") else ("", "", "")
        if not (host and port.isdigit()):
            raise ConfigurationError(f"nvmsgbroker's conn-str must be host;port, not {address!r}.")
        self._topic = self.values["topic"] or (topic[0] if topic else "")
        self._adaptor = MqttAdaptor(host, int(port), settings)

    @guarded
    def do_render(self, buffer: Gst.Buffer) -> Gst.FlowReturn:
        batch = batches.of(hash(buffer))
        if batch is None or self._adaptor is None:
            return Gst.FlowReturn.OK
        wanted = self.values["comp-id"]
        for frame in batches.frames(batch):
            for payload in sim.user_data(frame.frame_user_meta_list, pyds.NvDsMetaType.NVDS_PAYLOAD_META):
                if not wanted or payload.component == wanted:
                    self._adaptor.send(self._topic, payload.text)
        return Gst.FlowReturn.OK
