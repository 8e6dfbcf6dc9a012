"""`rtsp`: the RTSP server for the pictures of all pipelines.

Each line of standard input is the whole wanted state::

    {"mounts": {"people": 5400, "cars": 5402}}

A name is a pipeline's id in lower case; the number is the port on 127.0.0.1 where its picture arrives as RTP. What is
no longer named is served no more, and its watchers are disconnected; what stays is not touched. The first line of
standard output says where it listens, or why it cannot::

    {"event": "listening", "port": 8554}
    {"event": "failed", "message": "The RTSP server cannot listen on 0.0.0.0:8554: Address already in use."}

Exit code 0 when standard input or SIGTERM ends it, 10 when it cannot listen.
"""

import argparse
import sys
from collections.abc import Sequence

from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.initialize import start
from azda_runtime.gst.rtsp_server import Broadcaster
from azda_runtime.line_writer import tell
from azda_runtime.plan.mounts import read_mounts
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor.policy.protocol import event_line

FAILED = 10


def main(arguments: Sequence[str]) -> int:
    """Serve until standard input ends."""
    options = _options(arguments)
    try:
        start()
        broadcaster = Broadcaster(options.host, options.port, tell)
    except PipelineError as error:
        tell(f"error: {error}")
        tell(f"hint: {error.hint}")
        _write(event_line("failed", message=str(error)))
        return FAILED
    _write(event_line("listening", port=broadcaster.port))
    broadcaster.run(sys.stdin, lambda line: _obey(broadcaster, line))
    return 0


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _obey(broadcaster: Broadcaster, line: str) -> None:
    try:
        broadcaster.serve(read_mounts(line))
    except InvalidValueError as error:
        tell(f"error: {error}")
        tell(f"hint: {error.hint}")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="azda_runtime rtsp", description="Serve the pictures of all pipelines.")
    parser.add_argument("--host", default="0.0.0.0", help="the address to listen on; default: all")  # noqa: S104 # people watch from elsewhere
    parser.add_argument("--port", type=_port, default=8554, help="default: 8554; 0 lets the system choose")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 # the largest port
        raise argparse.ArgumentTypeError(f"{port} is no port")
    return port
