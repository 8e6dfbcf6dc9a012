"""An RTSP server for video files: each watcher sees one from its beginning, over and over."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.looping_file import LoopingFile
from azda_runtime.gst.rtsp_server import RtspServer
from azda_runtime.log import log_failure

_log = logging.getLogger(__name__)

# Each watcher has a pipeline of its own; the server's sinks set the pace, and the appsrc holds the reader back.
_LAUNCH = (
    "( appsrc name=in format=time block=true max-bytes=1000000 "
    "! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


class FileServer(RtspServer):
    """Serves files; made as an `RtspServer` is."""

    def __init__(self, *where: Any, **options: Any) -> None:
        super().__init__(*where, **options)
        self._files: dict[str, Path] = {}

    def add(self, path: str, file: Path) -> None:
        """Serve a file at a path.

        Raises:
            PipelineError: It holds no H.264.
        """
        LoopingFile(file).close()
        factory = self._make(_LAUNCH)
        factory.connect("media-configure", _play, file)
        self._server.get_mount_points().add_factory(path, factory)
        self._files[path] = file

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        self._loop.run()

    @property
    def files(self) -> Mapping[str, Path]:
        """What is served, by path."""
        return self._files

    def _count(self) -> int:
        return len(self._files)


def _play(_factory: Any, media: Any, file: Path) -> None:
    source = media.get_element().get_by_name("in")
    try:
        looping = LoopingFile(file)
    except PipelineError as error:  # it was whole at the start
        log_failure(_log, error)
        source.end_of_stream()
        return
    media.connect("unprepared", lambda _media: looping.close())
    looping.feed(source)
