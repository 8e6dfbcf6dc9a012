"""The HTTP server of metrics: a port that is taken is tried again, and nobody who asks holds it up."""

import errno
import logging
import os
import socketserver
import threading
import uuid
from collections.abc import Callable, Mapping
from importlib import import_module
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from azda_runtime.hub.kept_thread import KeptThread
from azda_runtime.log import limited, over
from azda_runtime.metrics.figures import Figures

_log = logging.getLogger(__name__)

DEFAULT_PORT = 9600  # edgeHub's and edgeAgent's, where the metrics collector looks

_RETRY_SECONDS = 30.0
_MOST_REQUESTS = 8
_REQUEST_SECONDS = 10.0


class MetricsServer:
    """Serves ``/metrics``.

    Args:
        host: The address to listen at.
        port: The port.
        figures: Gives what is served; called in the thread of a request.
    """

    def __init__(self, host: str, port: int, figures: Callable[[], Figures]) -> None:
        self._address = host, port
        self._figures = figures
        self._unserved = ""
        self._server: WSGIServer | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread = KeptThread("metrics", self._serve)

    @property
    def problem(self) -> str:
        """Why nothing is served, empty when all is well."""
        return self._thread.problem or self._unserved

    @property
    def port(self) -> int:
        """Where it serves, 0 while it does not."""
        server = self._server
        return int(server.server_address[1]) if server else 0

    def open(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._closed.set()
        self._thread.end()
        with self._lock:
            server = self._server
        if server is not None:
            server.shutdown()
        if self._thread.ident is not None:
            self._thread.join()

    def _serve(self) -> None:
        while not self._closed.is_set():
            try:
                server = self._listening()
            except (OSError, ImportError) as error:
                self._unable(error)
                self._closed.wait(_RETRY_SECONDS)
                continue
            with server:
                if self._unserved:
                    _log.info("Metrics are served at port %s now.", self.port, extra=over("metrics"))
                self._unserved = ""
                self._thread.works()
                server.serve_forever(poll_interval=0.5)

    def _listening(self) -> WSGIServer:
        answers = import_module("azda_runtime.metrics.families").application(self._figures, module_labels())
        server = _Server(self._address, _Request)
        server.set_app(answers)
        with self._lock:
            if not self._closed.is_set():  # else nobody would ever end it
                self._server = server
                return server
        server.server_close()
        raise OSError(errno.ESHUTDOWN, os.strerror(errno.ESHUTDOWN))

    def _unable(self, error: Exception) -> None:
        host, port = self._address
        reason = getattr(error, "strerror", None) or "prometheus-client is not installed"
        self._unserved = f"Metrics are not served at {host}:{port}: {reason}."
        hint = "Give another port with --metrics-port, or 0 for none."
        _log.warning("%s", self._unserved, extra={**limited("metrics"), "hint": hint})


def module_labels(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The labels that Microsoft's conventions for modules of IoT Edge ask for; none elsewhere."""
    hub, device = environment.get("IOTEDGE_IOTHUBHOSTNAME"), environment.get("IOTEDGE_DEVICEID")
    if not hub or not device:
        return {}
    module = environment.get("IOTEDGE_MODULEID", "")
    return {"iothub": hub, "edge_device": device, "module_name": module, "instance_number": str(uuid.uuid4())}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        self._free = threading.BoundedSemaphore(_MOST_REQUESTS)
        super().__init__(*arguments)

    def server_bind(self) -> None:
        """Bind, without asking the network for our name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "azda", self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread; whoever comes while many are answered is sent away."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that go away."""


class _Request(WSGIRequestHandler):
    timeout = _REQUEST_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class's name for it
        """Say nothing."""
