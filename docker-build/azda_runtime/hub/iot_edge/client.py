"""The only import of azure-iot-device: the client of an IoT Edge module, as a session needs it."""

import logging
import ssl
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import thread as pool
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from azure.iot.device import IoTHubModuleClient, Message, MethodResponse, exceptions

from azda_runtime.hub.connected.connection import AwayError, Events, RefusedError
from azda_runtime.hub.connected.limits import LARGEST_MESSAGE

# Either all of the first, which the IoT Edge agent sets, or all of the second, which developers' tools set.
ENVIRONMENTS = (
    (
        "IOTEDGE_WORKLOADURI",
        "IOTEDGE_DEVICEID",
        "IOTEDGE_MODULEID",
        "IOTEDGE_MODULEGENERATIONID",
        "IOTEDGE_IOTHUBHOSTNAME",
        "IOTEDGE_GATEWAYHOSTNAME",
        "IOTEDGE_APIVERSION",
    ),
    ("EdgeHubConnectionString", "EdgeModuleCACertificateFile"),
)

_DEEPEST_CAUSE = 8


class EdgeClient:
    """One connection of the module to its edgeHub; for the next one make another.

    The client's own reconnecting stays off. It gives up for good when edgeHub refuses a module that it does not know
    yet, which happens while edgeHub starts; it keeps a trust bundle for ever; and it resends by itself what was on its
    way, which would make a second copy of what the outbox still holds.

    Args:
        output: Where messages leave.
        token_life: Seconds; the client renews its token 120 before the end, by a short disconnection.
        methods: Whether direct methods can be called.
    """

    def __init__(self, output: str, token_life: int = 3600, *, methods: bool = False) -> None:
        self._output = output
        self._token_life = token_life
        self._methods = methods
        self._client: Any = None

    def open(self, events: Events) -> None:
        """Connect and subscribe."""
        quieten()
        with _translated():
            self._client = IoTHubModuleClient.create_from_edge_environment(
                connection_retry=False,
                auto_connect=False,
                ensure_desired_properties=False,  # the session asks for the whole twin itself
                sastoken_ttl=self._token_life,
            )
            self._client.on_background_exception = lambda error: events.troubled(reason(error))
            self._client.on_connection_state_change = events.moved
            self._listen(events)
            self._client.connect()
            self._listen(events)

    def _listen(self, events: Events) -> None:
        # Setting a handler subscribes. What edgeHub has kept comes with the connection, and the client drops
        # what has no handler: so they are set before too, when they stay set although subscribing fails.
        handlers: dict[str, Callable[[Any], None]] = {
            "on_message_received": lambda message: events.arrived(message.input_name, _bytes(message)),
            "on_twin_desired_properties_patch_received": events.patched,
        }
        if self._methods:
            handlers["on_method_request_received"] = lambda request: events.called(
                request.name, request.payload, lambda status, payload: self._respond(request, status, payload)
            )
        for name, handler in handlers.items():
            with nullcontext() if self._client.connected else suppress(Exception):
                setattr(self._client, name, handler)

    def is_up(self) -> bool:
        """Whether it is connected."""
        return bool(self._client.connected)

    def twin(self) -> object:
        """The whole twin."""
        with _translated():
            return self._client.get_twin()

    def send(self, message: bytes) -> None:
        """Deliver a message to the output, and wait until edgeHub has it."""
        made: Any = Message  # the client's own has no types
        wrapped = made(message, content_encoding="utf-8", content_type="application/json")
        if wrapped.get_size() > LARGEST_MESSAGE:  # which counts the properties too
            raise RefusedError("with its properties it is too long")
        with _translated():
            self._client.send_message_to_output(wrapped, self._output)

    def report(self, patch: Mapping[str, Any]) -> None:
        """Change the reported properties."""
        with _translated():
            self._client.patch_twin_reported_properties(dict(patch))

    def _respond(self, request: Any, status: int, payload: object) -> None:
        made: Any = MethodResponse  # the client's own types allow no plain mapping
        with _translated():
            self._client.send_method_response(made.create_from_method_request(request, status, payload))

    def close(self) -> None:
        """Disconnect and end its threads."""
        if self._client is not None:
            with suppress(Exception):
                self._client.shutdown()


def quieten() -> None:
    """Keep the client's loggers silent: several lines and a traceback for each failed attempt, an entry per message."""
    for name in ("azure.iot", "paho"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def let_go_of_threads() -> None:
    """Let the interpreter end without waiting for the client's threads.

    They are daemons, for a daemon made them; but they belong to pools, whose threads the interpreter waits for all the
    same, and the client waits without a limit for an edgeHub or a workload API that has stopped answering.
    """
    queues: Any = getattr(pool, "_threads_queues", {})
    for thread in [t for t in list(queues) if t.daemon]:
        queues.pop(thread, None)


def reason(error: BaseException) -> str:
    """What went wrong, without secrets: kinds of errors and the system's texts alone."""
    chain = _chain(error)
    if isinstance(error, exceptions.CredentialError):
        return "edgeHub refuses the module's credentials"
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain):
        return "edgeHub's certificate is not one that the device trusts"
    systems = [each.strerror for each in chain if isinstance(each, OSError) and each.strerror]
    return systems[-1] if systems else type(chain[-1]).__name__


def _chain(error: BaseException) -> list[BaseException]:
    chain = [error]
    while chain[-1].__cause__ is not None and len(chain) < _DEEPEST_CAUSE:
        chain.append(chain[-1].__cause__)
    return chain


def _bytes(message: Any) -> bytes:
    data = message.data
    return data if isinstance(data, bytes) else str(data).encode()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 # the client raises what its libraries raise; it is away, whatever it is,
        for each in _chain(error):  # but for what edgeHub itself answered
            if isinstance(each, exceptions.ServiceError):
                raise RefusedError(str(each)) from None
        raise AwayError(reason(error)) from None
