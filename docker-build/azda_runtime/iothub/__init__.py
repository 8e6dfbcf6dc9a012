"""The IoT Edge side of the port between the runtime and its hub."""

from azda_runtime.iothub.hub import IotEdgeHub
from azda_runtime.iothub.limits import Limits

__all__ = ["IotEdgeHub", "Limits"]
