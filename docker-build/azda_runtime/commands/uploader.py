"""`uploader`: sends whole recordings to Azure blob storage, and deletes here what the service has confirmed.

The right to write stands in the environment, by the names of Azure's own command line (AZURE_STORAGE_…).

Exit code 0 when SIGTERM or SIGINT ended it, or with --once when all is uploaded; 2 for wrong usage; 10 with --once
when something could not be uploaded.
"""

import argparse
import contextlib
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from azda_runtime.commands.health import STATE
from azda_runtime.exit_codes import FAILED, WRONG_USAGE
from azda_runtime.log import add_log_options, configure_from, log_failure
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor.storage import unwritable
from azda_runtime.uploader.destination import read_destination
from azda_runtime.uploader.naming import DEFAULT, Naming
from azda_runtime.uploader.pace import Pace
from azda_runtime.uploader.room import Room
from azda_runtime.uploader.store import Store
from azda_runtime.uploader.uploader import Uploader, UploadOptions

_log = logging.getLogger(__name__)

_RECORDINGS = Path("/tmp/VideoUploaderCache")  # noqa: S108 # where `serve` writes recordings
_PARALLEL, _MOST_PARALLEL = 4, 16
_SIZE = re.compile(r"(?P<number>\d{1,12})(?P<unit>|[kmgt]i?b?)", re.IGNORECASE)
_UNITS = {
    "": 1,
    "k": 1000,
    "m": 1000**2,
    "g": 1000**3,
    "t": 1000**4,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}
_SLOWEST = 16 * 1024  # bytes a second: a block takes four minutes, and the service ends a request after ten


def main(arguments: Sequence[str]) -> int:
    """Upload until a signal ends it."""
    options = _options(arguments)
    configure_from(options)
    pace = Pace(options.bandwidth)

    def connect() -> Store:
        edge = import_module("azda_runtime.uploader.azure_store")  # heavy
        store: Store = edge.AzureStore(read_destination(os.environ, options.container), pace)
        return store

    try:
        naming = Naming(pattern=options.name, device=options.device or os.environ.get(_DEVICE) or socket.gethostname())
        connect().close()
    except InvalidValueError as error:
        log_failure(_log, error)
        return WRONG_USAGE
    if lost := unwritable(options.folder, "recordings"):
        _log.error("%s Recordings are uploaded, and stay there.", lost.message, extra={"hint": lost.hint})
    with contextlib.suppress(OSError):  # the state file says so when it is written
        options.state.mkdir(parents=True, exist_ok=True)
    chosen = UploadOptions(
        folder=options.folder,
        naming=naming,
        parallel=options.parallel,
        room=Room(keep_free=options.keep_free, limit=options.limit),
        state=options.state,
        once=options.once,
    )
    uploader = Uploader(chosen, connect)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _end(uploader))
    done = uploader.run()
    return 0 if done or not options.once else FAILED


_DEVICE = "IOTEDGE_DEVICEID"


def _end(uploader: Uploader) -> None:
    """Stop at once: what is on its way goes on from the same block at the next start."""
    uploader.stop()
    _log.info("The uploader ends.")
    sys.stderr.flush()
    os._exit(0)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="azda_runtime uploader",
        description="Send recordings to Azure blob storage, and delete here what the service has confirmed.",
        epilog="The account and the right to write are read from AZURE_STORAGE_CONNECTION_STRING, or from "
        "AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY, with AZURE_STORAGE_SAS_TOKEN, or alone for Entra ID.",
    )
    add = parser.add_argument
    add("folder", metavar="FOLDER", nargs="?", type=Path, default=_RECORDINGS, help=f"default: {_RECORDINGS}")
    add("--container", metavar="NAME", help="the container; it must exist")
    add(
        "--name",
        metavar="PATTERN",
        default=DEFAULT,
        help=f"what blobs are called; default: {DEFAULT.replace('%', '%%')}",
    )
    add("--device", metavar="NAME", help="for {device}; default: the IoT Edge device's id, else the host's name")
    text = f"how many blocks are sent at the same time, 1 to {_MOST_PARALLEL}; default: {_PARALLEL}"
    add("--parallel", metavar="COUNT", type=_parallel, default=_PARALLEL, help=text)
    add("--bandwidth", metavar="RATE", type=_rate, help="no more bytes a second than that, as 500k or 2MiB")
    text = "so much of the disk stays free, else the oldest recordings go; default: a tenth, 1 GiB at most"
    add("--keep-free", metavar="SIZE", type=_size, help=text)
    add("--limit", metavar="SIZE", type=_size, help="all recordings may take so much, else the oldest go")
    add("--once", action="store_true", help="end when all that is there is uploaded")
    add("--state", metavar="DIR", type=Path, default=STATE, help=f"for the state; default: {STATE}")
    add_log_options(parser)
    return parser.parse_args(arguments)


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is no size; write it as 500MB or 2GiB")
    return int(found["number"]) * _UNITS[found["unit"].lower().removesuffix("b")]


def _rate(text: str) -> int:
    rate = _size(text)
    if rate < _SLOWEST:
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is too slow; {_SLOWEST // 1024}KiB a second is the least")
    return rate


def _parallel(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= _MOST_PARALLEL):
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is not a number from 1 to {_MOST_PARALLEL}")
    return int(text)
