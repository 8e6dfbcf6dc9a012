"""`serve`: the supervisor of an edge module.

Takes its configuration from a module twin (in IoT Edge), an MQTT broker or a settings file; runs a process for each
pipeline, starts again what fails, serves the video over RTSP, and keeps its state in a file for the health check.

Exit code 0 when SIGTERM or SIGINT ended it, 2 for wrong usage, 141 when nobody reads the messages any more.
"""

import argparse
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from azda_runtime.assets import image_folders
from azda_runtime.commands.health import STATE
from azda_runtime.commands.metrics_options import add_metrics_options, serve_metrics
from azda_runtime.commands.mqtt_options import add_mqtt_options, broker
from azda_runtime.commands.rtsp_options import add_rtsp_options, rtsp_arguments
from azda_runtime.exit_codes import NOBODY_READS, WRONG_USAGE
from azda_runtime.hub.base import Hub
from azda_runtime.hub.disk import DEFAULT_SIZE, DiskSpace, parse_size
from azda_runtime.hub.file import SettingsFile
from azda_runtime.hub.settings_from_file import SettingsFromFile
from azda_runtime.line_writer import take_standard_output_bytes
from azda_runtime.log import add_log_options, configure_from
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings import LogLevels
from azda_runtime.supervisor.pipelines import ServeOptions
from azda_runtime.supervisor.policy.methods import METHODS
from azda_runtime.supervisor.storage import Storage
from azda_runtime.supervisor.supervisor import Supervisor

_log = logging.getLogger(__name__)

RECORDINGS = Path("/tmp/VideoUploaderCache")  # noqa: S108 # where the uploader of video looks

_IN_IOT_EDGE, _MODULE = "IOTEDGE_WORKLOADURI", "IOTEDGE_MODULEID"
_LOCK = ".lock"


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal ends it."""
    options = _options(arguments)
    levels = configure_from(options)
    unread: list[bool] = []
    supervisors: list[Supervisor] = []

    def stop(*_: object) -> None:
        for each in supervisors:
            each.stop()

    def nobody_reads() -> None:
        unread.append(True)
        stop()

    try:
        storage = Storage(options.state, options.recordings)
        options.state = storage.state
        (options.state / "models").mkdir(parents=True, exist_ok=True)
        _claim(options.state)
        hub = _hub(options, nobody_reads)
        image = image_folders()
    except OSError as error:
        return _wrong(f"{error.filename} cannot be used: {error.strerror}", "Name another with --state or --messages.")
    except InvalidValueError as error:
        return _wrong(str(error), error.hint)
    if hub is None:
        hint = "Name a settings file with --settings or a broker with --mqtt; IoT Edge names its hub by itself."
        return _wrong("there is no hub and no settings file", hint)
    supervisor = Supervisor(_serve_options(options, image, levels), hub, storage)
    supervisors.append(supervisor)
    if options.metrics_port:
        serve_metrics(options, supervisor, hub)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    supervisor.run()
    sys.stderr.flush()
    os._exit(NOBODY_READS if unread else 0)  # the hub's client may leave threads behind that wait for the network


def _claim(folder: Path) -> None:
    """Keep a folder for this process, for as long as it lives: two would replace each other's state and models.

    Raises:
        InvalidValueError: Another process has it.
        OSError: Nothing can be made there.
    """
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        hint = "Stop it, or give each its own folder with --state."
        raise InvalidValueError(f"another `serve` keeps its state in {folder}", hint=hint) from None
    except OSError:  # a file system without locks
        os.close(handle)


def _hub(options: argparse.Namespace, nobody_reads: Any) -> Hub | None:
    hub: Hub
    found = broker(options, os.environ, reads_settings=options.settings is None)
    if found is not None:
        space = DiskSpace.of_module(options.state, found.name, options.buffer)
        hub = import_module("azda_runtime.hub.mqtt.hub").MqttHub(found, space=space)  # needs paho-mqtt
        return hub if options.settings is None else SettingsFromFile(options.settings, hub)
    if options.settings is not None:
        output = take_standard_output_bytes() if options.messages is None else options.messages.open("ab")
        return SettingsFile(options.settings, output, nobody_reads)
    if os.environ.get(_IN_IOT_EDGE):
        space = DiskSpace.of_module(options.state, os.environ.get(_MODULE, ""), options.buffer)
        iot_edge = import_module("azda_runtime.hub.iot_edge")  # heavy, and in IoT Edge alone
        hub = iot_edge.IotEdgeHub(space=space, endpoints=iot_edge.Endpoints(methods=METHODS))
        return hub
    return None


def _serve_options(options: argparse.Namespace, image: tuple[Path, ...], levels: LogLevels) -> ServeOptions:
    return ServeOptions(
        state=options.state,
        recordings=options.recordings,
        rtsp=rtsp_arguments(options, options.state),
        image=image,
        parser_timeout=options.parser_timeout,
        silence=options.silence,
        levels=levels,
    )


def _wrong(message: str, hint: str) -> int:
    _log.error("%s", message, extra={"hint": hint})
    return WRONG_USAGE


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="azda_runtime serve", description="Run pipelines as an edge module does.")

    def add(name: str, help_: str, metavar: str = "DIR", **more: Any) -> None:
        parser.add_argument(name, metavar=metavar, help=help_, **more)

    add("--settings", "the azdaConfiguration, JSON; read again when it changes", "FILE", type=Path)
    add("--messages", "with --settings: takes messages; default: standard output", "FILE", type=Path)
    add("--state", f"for the state and the models; default: {STATE}", type=Path, default=STATE)
    add("--recordings", f"for recordings; default: {RECORDINGS}", type=Path, default=RECORDINGS)
    buffer = f"in IoT Edge and with --mqtt: disk for messages that wait; 0: memory alone; default: {DEFAULT_SIZE}"
    add("--buffer", buffer, "SIZE", type=_size, default=DEFAULT_SIZE)
    add_mqtt_options(parser)
    add_rtsp_options(parser)
    add_metrics_options(parser, in_iot_edge=bool(os.environ.get(_IN_IOT_EDGE)))
    add("--parser-timeout", "see run; default: 60", "SECONDS", type=float, default=60.0)
    add(
        "--silence",
        "a process that reports nothing for this long is killed; default: 60",
        "SECONDS",
        type=float,
        default=60.0,
    )
    add_log_options(parser)
    options = parser.parse_args(arguments)
    if options.messages is not None and (options.settings is None or options.mqtt):
        parser.error("--messages goes with --settings, and without --mqtt")
    return options


def _size(text: str) -> int:
    try:
        return parse_size(text)
    except InvalidValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; {error.hint}") from None
