"""The IoT Edge side of the port."""

import os
from collections.abc import Callable

from azda_runtime.hub.connected.connection import Connection
from azda_runtime.hub.connected.hub import ConnectedHub
from azda_runtime.hub.connected.limits import Limits
from azda_runtime.hub.disk import DiskSpace
from azda_runtime.hub.iot_edge.client import ENVIRONMENTS, EdgeClient, let_go_of_threads
from azda_runtime.hub.iot_edge.endpoints import Endpoints
from azda_runtime.problems import InvalidValueError


class IotEdgeHub(ConnectedHub):
    """The module's edgeHub; see docs/iot-edge.md for what it reads and writes there.

    Args:
        limits: How long and how much.
        endpoints: The output and the inputs; those of a pipeline when None.
        connect: Makes a client for one connection; azure-iot-device's when None.
        space: Where messages that wait are kept; in memory alone when None.

    Raises:
        InvalidValueError: This is not an IoT Edge module: its environment lacks variables; or another process has the
            file of messages.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        endpoints: Endpoints | None = None,
        connect: Callable[[], Connection] | None = None,
        space: DiskSpace | None = None,
    ) -> None:
        limits, endpoints = limits or Limits(), endpoints or Endpoints()
        if connect is None:
            _check_environment()

        def client() -> Connection:
            return EdgeClient(endpoints.output, limits.token_life, methods=bool(endpoints.methods))

        super().__init__(
            connect or client, inputs=endpoints.inputs, methods=endpoints.methods, limits=limits, space=space
        )

    def _let_go(self) -> None:
        let_go_of_threads()


def _check_environment() -> None:
    lacking = [[name for name in names if not os.environ.get(name)] for names in ENVIRONMENTS]
    if all(lacking):
        raise InvalidValueError(
            f"This is not an IoT Edge module: {', '.join(lacking[0])} not set.",
            hint="The IoT Edge agent sets these variables; run the image as a module, or give it a settings file.",
        )
