"""`rtsp`: the RTSP server for the video of all pipelines.

Each line of standard input is the whole wanted state::

    {"mounts": {"people": 5400, "cars": 5402}}

A name is a pipeline's id in lower case; the number is the port on 127.0.0.1 where its video arrives as RTP. What is
no longer named is served no more, and its watchers are disconnected; what stays is not touched. The first line of
standard output says where it listens, or why it cannot::

    {"event": "listening", "port": 8554, "address": "rtsp://127.0.0.1:8554/", "username": "viewer"}
    {"event": "failed", "message": "The RTSP server cannot listen on 127.0.0.1:8554: Address already in use."}

The password comes from the environment, a file or is made up (azda_runtime/rtsp_access.py); it is on no command line
and in no line of ours.

Exit code 0 when standard input or SIGTERM ends it, 10 when it cannot listen or its memory is exhausted.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from azda_runtime.commands.rtsp_options import add_server_options
from azda_runtime.exit_codes import FAILED
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.initialize import start
from azda_runtime.gst.rtsp_server import Broadcaster
from azda_runtime.log import configure, log_failure
from azda_runtime.plan.mounts import read_mounts
from azda_runtime.problems import InvalidValueError
from azda_runtime.rtsp_access import read_access, read_certificate
from azda_runtime.supervisor.policy.protocol import event_line

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Serve until standard input ends."""
    options = _options(arguments)
    configure()
    try:
        access = None if options.anonymous else read_access(os.environ, options.generate)
        certificate = read_certificate(os.environ, options.certificate, options.key)
        start()
        broadcaster = Broadcaster(
            options.host,
            options.port,
            access=access,
            certificate=certificate,
            watchers=options.watchers,
        )
    except (PipelineError, InvalidValueError) as error:
        log_failure(_log, error)
        _write(event_line("failed", message=str(error)))
        return FAILED
    address = f"{'rtsps' if certificate else 'rtsp'}://{options.host}:{broadcaster.port}/"
    user = {"username": access.username} if access else {}
    _write(event_line("listening", port=broadcaster.port, address=address, **user))
    broadcaster.run(sys.stdin, lambda line: _obey(broadcaster, line))
    return FAILED if broadcaster.exhausted else 0


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _obey(broadcaster: Broadcaster, line: str) -> None:
    try:
        broadcaster.serve(read_mounts(line))
    except InvalidValueError as error:
        log_failure(_log, error)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="azda_runtime rtsp", description="Serve the video of all pipelines.")
    add_server_options(parser)
    parser.add_argument("--generate", type=Path, help="where a password is kept that is made up when none is set")
    return parser.parse_args(arguments)
