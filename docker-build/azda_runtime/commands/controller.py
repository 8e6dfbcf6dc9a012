"""`controller`: sends the azdaConfiguration of the module's own twin to the output `DeepStream`.

For manifests whose pipelines get their configuration from a module of their own, by a route::

    FROM /messages/modules/controllermodule/outputs/DeepStream
    INTO BrokeredEndpoint("/modules/ai-pipeline/inputs/Controller")

Exit code 0 when SIGTERM or SIGINT ended it, 2 where there is no IoT Edge.
"""

import argparse
import contextlib
import logging
import math
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from azda_runtime.commands.health import STATE
from azda_runtime.controller.controller import OUTPUT, Controller
from azda_runtime.exit_codes import WRONG_USAGE
from azda_runtime.log import add_log_options, configure_from, log_failure
from azda_runtime.problems import InvalidValueError

_log = logging.getLogger(__name__)

_REPEAT = 300.0
_DAY = 86_400  # seconds


def main(arguments: Sequence[str]) -> int:
    """Forward until a signal ends it."""
    options = _options(arguments)
    configure_from(options)
    iot_edge = import_module("azda_runtime.hub.iot_edge")  # heavy
    try:
        hub = iot_edge.IotEdgeHub(endpoints=iot_edge.Endpoints(output=OUTPUT, inputs=()))
    except InvalidValueError as error:
        log_failure(_log, error)
        return WRONG_USAGE
    with contextlib.suppress(OSError):  # the state file says so when it is written
        options.state.mkdir(parents=True, exist_ok=True)
    controller = Controller(hub, options.state, repeat=options.repeat)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: controller.stop())
    controller.run()
    sys.stderr.flush()
    os._exit(0)  # the hub's client may leave threads behind that wait for the network


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="azda_runtime controller",
        description="Send the azdaConfiguration of the module's own twin to the output DeepStream.",
    )
    parser.add_argument(
        "--repeat",
        metavar="SECONDS",
        type=_seconds,
        default=_REPEAT,
        help=f"send it again after so long, for pipelines that start anew; default: {_REPEAT:.0f}; 0: never",
    )
    parser.add_argument("--state", metavar="DIR", type=Path, default=STATE, help=f"for the state; default: {STATE}")
    add_log_options(parser)
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (seconds == 0 or 1 <= seconds <= _DAY):
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is not a number of seconds from 1 to 86400, nor 0")
    return seconds
