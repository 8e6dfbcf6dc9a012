"""One RTSP server for the video of all pipelines."""

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gi

from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.rtsp_auth import permit, protect
from azda_runtime.gst.rtsp_clients import Clients, hang_up
from azda_runtime.gst.video_feed import PictureFeed
from azda_runtime.rtsp_access import Access, Certificate

gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, GstRtsp, GstRtspServer  # after require_version

_log = logging.getLogger(__name__)

# Each watcher has a pipeline of its own, from the encoded video on: so each begins with a key frame.
_LAUNCH = (
    "( appsrc name=in is-live=true format=time do-timestamp=true max-bytes=0 "
    "! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)
_CLEAN_SECONDS = 5
_LOOK_MILLISECONDS = 250
# So often memory may stay short before the process ends, which frees it; the supervisor starts another.
_MOST_SHORTAGES = 8


class RtspServer:
    """Listens, asks for the password and keeps connections within bounds; what it serves is its heirs' business.

    Args:
        host: The address to listen on.
        port: The port; 0 lets the system choose.
        access: Who may look; None for everybody.
        certificate: What the server presents, and the video is encrypted; None for plain RTSP.
        watchers: So many may look at once.

    Raises:
        PipelineError: It cannot listen there, or the certificate cannot be used.
    """

    def __init__(  # where, who and how many
        self,
        host: str,
        port: int,
        *,
        access: Access | None,
        certificate: Certificate | None = None,
        watchers: int = 16,
    ) -> None:
        self.exhausted = False
        self._encrypted = certificate is not None
        self._shortages = 0
        _look_whether_free(host, port)
        self._server = GstRtspServer.RTSPServer(address=host, service=str(port))
        # A thread for each client: one that waits for its video holds up nobody else.
        self._server.get_thread_pool().set_max_threads(-1)
        protect(self._server, access, certificate)
        self._clients = Clients(self._server, watchers)
        if not self._server.attach(None):
            raise PipelineError(f"The RTSP server cannot listen on {host}:{port}.")
        GLib.timeout_add_seconds(_CLEAN_SECONDS, self._clean)
        GLib.timeout_add(_LOOK_MILLISECONDS, self._look)
        self._loop = GLib.MainLoop()
        for number in (signal.SIGTERM, signal.SIGINT):  # before anybody can know that it is there
            GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, self._stop)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.get_bound_port())

    def every(self, seconds: int, call: Callable[[], None]) -> None:
        """Call something now and then while the server runs."""

        def again() -> bool:
            call()
            return True

        GLib.timeout_add_seconds(seconds, again)

    def _stop(self) -> bool:
        GLib.idle_add(self._loop.quit)
        return True

    def _count(self) -> int:
        """How many videos are served."""
        return 0

    def _make(self, launch: str) -> Any:
        """A factory of media that whoever has logged in may watch."""
        factory = GstRtspServer.RTSPMediaFactory(launch=launch, shared=False)
        permit(factory)
        # Never to a group; within the encrypted connection where there is one, for RTP beside it would be readable.
        over_udp = GstRtsp.RTSPLowerTrans(0) if self._encrypted else GstRtsp.RTSPLowerTrans.UDP
        factory.set_protocols(over_udp | GstRtsp.RTSPLowerTrans.TCP)
        return factory

    def _look(self) -> bool:
        self._shortages = 0 if self._clients.look(self._count()) else self._shortages + 1
        if self._shortages >= _MOST_SHORTAGES:
            self.exhausted = True
            self._loop.quit()
        return True

    def _clean(self) -> bool:
        self._server.get_session_pool().cleanup()
        return True


class Broadcaster(RtspServer):
    """Serves video; a path answers from the video's first key frame on; made as an `RtspServer` is."""

    def __init__(self, *where: Any, **options: Any) -> None:
        super().__init__(*where, **options)
        self._feeds: dict[str, tuple[int, PictureFeed]] = {}

    def run(self, lines: Iterable[str], take: Callable[[str], None]) -> None:
        """Serve until the lines, SIGTERM or SIGINT end it.

        Args:
            lines: Read in a thread of their own.
            take: Gets each one, in the thread that calls this.
        """
        threading.Thread(target=_read, args=(lines, take, self._loop), daemon=True).start()
        self._loop.run()

    def serve(self, wanted: Mapping[str, int]) -> None:
        """Serve these videos and no others; those that stay are not touched.

        Args:
            wanted: Path -> port of the video's RTP on this machine.
        """
        for path, (port, _) in list(self._feeds.items()):
            if wanted.get(path) != port:
                self._remove(path)
        for path, port in wanted.items():
            if path not in self._feeds:
                self._add(path, port)

    def _add(self, path: str, port: int) -> None:
        try:
            # Not from the thread that receives: mounts are changed by the main loop alone.
            feed = PictureFeed(port, lambda: GLib.idle_add(self._show, path, port))
        except PipelineError as error:
            _log.error("%s is not served: %s", path, error)
        else:
            self._feeds[path] = (port, feed)

    def _show(self, path: str, port: int) -> bool:
        known = self._feeds.get(path)
        if known is not None and known[0] == port:
            factory = self._make(_LAUNCH)
            factory.connect("media-configure", _feed_media, known[1])
            self._server.get_mount_points().add_factory(path, factory)
        return False

    def _remove(self, path: str) -> None:
        _, feed = self._feeds.pop(path)
        self._server.get_mount_points().remove_factory(path)
        for client in self._server.client_filter(None):
            if _watches(client, path):
                hang_up(client)
        feed.close()

    def _count(self) -> int:
        return len(self._feeds)


def _read(lines: Iterable[str], take: Callable[[str], None], loop: Any) -> None:
    for line in lines:
        if line.strip():
            GLib.idle_add(_once, take, line)
    GLib.idle_add(loop.quit)


def _once(take: Callable[[str], None], line: str) -> bool:
    take(line)
    return False


def _feed_media(_factory: Any, media: Any, feed: PictureFeed) -> None:
    source = media.get_element().get_by_name("in")
    media.connect("unprepared", lambda _media: feed.leave(source))
    feed.watch(source)


def _watches(client: Any, path: str) -> bool:
    return any(media.matches(path)[0] for session in client.session_filter(None) for media in session.filter(None))


def _look_whether_free(host: str, port: int) -> None:
    """GStreamer says that it cannot listen, but not why."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen()
    except OSError as error:
        hint = "Stop the program that listens there, or choose another port."
        raise PipelineError(f"The RTSP server cannot listen on {host}:{port}: {error.strerror}.", hint=hint) from None
