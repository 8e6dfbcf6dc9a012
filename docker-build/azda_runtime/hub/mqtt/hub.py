"""The MQTT side of the port."""

from azda_runtime.hub.connected.hub import ConnectedHub
from azda_runtime.hub.connected.limits import Limits, Peer
from azda_runtime.hub.disk import DiskSpace
from azda_runtime.hub.mqtt.broker import Broker
from azda_runtime.hub.mqtt.client import RECORDING, MqttConnection
from azda_runtime.hub.mqtt.kept import Kept

BROKER = Peer(name="the MQTT broker", start="The MQTT broker", settings="the settings", state="the state")


class MqttHub(ConnectedHub):
    """A broker; see docs/mqtt.md for what is read and written there.

    Args:
        broker: Which one, and as whom.
        limits: How long and how much.
        space: Where messages that wait are kept; in memory alone when None.

    Raises:
        InvalidValueError: Another process has the file of messages.
    """

    def __init__(self, broker: Broker, *, limits: Limits | None = None, space: DiskSpace | None = None) -> None:
        kept = Kept()

        def client() -> MqttConnection:
            return MqttConnection(broker, kept)

        super().__init__(client, inputs=(RECORDING,), limits=limits or Limits(), peer=BROKER, space=space)
