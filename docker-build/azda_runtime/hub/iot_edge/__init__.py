"""The IoT Edge side of the port between the runtime and its hub."""

from azda_runtime.hub.iot_edge.endpoints import Endpoints
from azda_runtime.hub.iot_edge.hub import IotEdgeHub
from azda_runtime.hub.iot_edge.limits import Limits

__all__ = ["Endpoints", "IotEdgeHub", "Limits"]
