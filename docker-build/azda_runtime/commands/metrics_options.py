"""Where metrics are served, and what they are of."""

import argparse

from azda_runtime.hub.base import Hub
from azda_runtime.metrics.backlog import backlog
from azda_runtime.metrics.figures import Figures
from azda_runtime.metrics.server import DEFAULT_PORT, MetricsServer
from azda_runtime.supervisor.supervisor import Supervisor

_HOST = "0.0.0.0"  # noqa: S104 # the metrics collector comes from another container
_PORTS = 2**16


def add_metrics_options(parser: argparse.ArgumentParser, *, in_iot_edge: bool) -> None:
    """Add `--metrics-port` and `--metrics-host`."""
    default = DEFAULT_PORT if in_iot_edge else 0
    port = f"serve Prometheus metrics here; 0: none; default: {DEFAULT_PORT} in IoT Edge, else 0"
    parser.add_argument("--metrics-port", metavar="PORT", type=_port, default=default, help=port)
    host = f"at this address; default: {_HOST}, all of the container's"
    parser.add_argument("--metrics-host", metavar="HOST", default=_HOST, help=host)


def serve_metrics(options: argparse.Namespace, supervisor: Supervisor, hub: Hub) -> MetricsServer:
    """Begin to serve the figures of a supervisor; the state says when that fails."""

    def figures() -> Figures:
        return Figures(pipelines=supervisor.figures, traffic=hub.traffic(), backlog=backlog(options.recordings))

    server = MetricsServer(options.metrics_host, options.metrics_port, figures)
    supervisor.warnings.append(lambda: {"metrics": server.problem} if server.problem else {})
    server.open()
    return server


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < _PORTS):
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is not a port: 1 to 65535, or 0")
    return int(text)
