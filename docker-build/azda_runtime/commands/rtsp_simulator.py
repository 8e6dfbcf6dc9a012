"""`rtsp-simulator`: serves the videos of a folder as cameras do, over and over.

``FOLDER/shop/door.mp4`` is at ``rtsp://HOST:PORT/media/shop/door.mp4``. Each address is a line on standard output::

    rtsp://127.0.0.1:8554/media/shop/door.mp4

Exit code 0 when SIGTERM or SIGINT ended it, 2 where there is nothing to serve, 10 when it cannot listen.
"""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from azda_runtime.commands.health import STATE
from azda_runtime.commands.rtsp_options import add_server_options
from azda_runtime.exit_codes import FAILED, WRONG_USAGE
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.initialize import start
from azda_runtime.gst.rtsp_files import FileServer
from azda_runtime.log import add_log_options, configure_from, log_failure
from azda_runtime.problems import InvalidValueError, shown
from azda_runtime.rtsp_access import read_access, read_certificate
from azda_runtime.supervisor.policy.verdict import RTSP_SIMULATOR
from azda_runtime.supervisor.role_state import RoleState

_log = logging.getLogger(__name__)

# The path of the predecessor's stream simulator, so that its addresses stay.
_ROOT = "/media/"
_VIDEOS = Path("/videos")
_SUFFIXES = {".m4v", ".mkv", ".mov", ".mp4", ".ts"}
_MOST_VIDEOS = 200


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal ends it."""
    options = _options(arguments)
    configure_from(options)
    try:
        files = _files(options.folder)
        access = None if options.anonymous else read_access(os.environ, None)
        certificate = read_certificate(os.environ, options.certificate, options.key)
    except InvalidValueError as error:
        log_failure(_log, error)
        return WRONG_USAGE
    try:
        start()
        server = FileServer(
            options.host, options.port, access=access, certificate=certificate, watchers=options.watchers
        )
    except PipelineError as error:
        log_failure(_log, error)
        return FAILED
    left_out = [why for file in files if (why := _left_out(server, file, options.folder))]
    if not server.files:
        _log.error("No video of %s can be served.", shown(str(options.folder), limit=200))
        return WRONG_USAGE
    _say(f"{'rtsps' if certificate else 'rtsp'}://{options.host}:{server.port}", server)
    state = RoleState(options.state, RTSP_SIMULATOR, left_out)
    state.write()
    server.every(RoleState.SECONDS, state.write)
    server.run()
    return FAILED if server.exhausted else 0


def _files(folder: Path) -> list[Path]:
    """The videos of a folder and its folders, in the order of their names.

    Raises:
        InvalidValueError: There is no such folder, or no video in it.
    """
    where = shown(str(folder), limit=200)
    if not folder.is_dir():
        raise InvalidValueError(f"There is no folder {where}.", hint="Mount one there, or name another.")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
    if not files:
        hint = f"Put videos there, as {', '.join(sorted(_SUFFIXES))}."
        raise InvalidValueError(f"The folder {where} holds no video.", hint=hint)
    if len(files) > _MOST_VIDEOS:
        _log.warning("%s holds %s videos: the first %s are served.", where, len(files), _MOST_VIDEOS)
    return files[:_MOST_VIDEOS]


def _left_out(server: FileServer, file: Path, folder: Path) -> str:
    """Serve a file; returns why it cannot be served."""
    try:
        server.add(_ROOT + quote(file.relative_to(folder).as_posix()), file)
    except PipelineError as error:
        log_failure(_log, error)
        return str(error)
    return ""


def _say(address: str, server: FileServer) -> None:
    with contextlib.suppress(BrokenPipeError):
        for path in server.files:
            sys.stdout.write(f"{address}{path}\n")
        sys.stdout.flush()
    _log.info("%s videos are served at %s/.", len(server.files), address)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="azda_runtime rtsp-simulator", description="Serve the videos of a folder as cameras do, over and over."
    )
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, default=_VIDEOS, help=f"default: {_VIDEOS}")
    add_server_options(parser)
    parser.add_argument("--state", metavar="DIR", type=Path, default=STATE, help=f"for the state; default: {STATE}")
    add_log_options(parser)
    return parser.parse_args(arguments)
