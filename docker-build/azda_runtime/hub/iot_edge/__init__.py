"""The IoT Edge side of the port between the runtime and its hub."""

from azda_runtime.hub.connected.limits import Limits
from azda_runtime.hub.iot_edge.endpoints import Endpoints
from azda_runtime.hub.iot_edge.hub import IotEdgeHub

__all__ = ["Endpoints", "IotEdgeHub", "Limits"]
