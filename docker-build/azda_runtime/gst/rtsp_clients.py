"""How many may look at once, and how much memory that may take."""

import contextlib
import ctypes
import logging
import os
import time
from typing import Any

from gi.repository import GLib

from azda_runtime.log import limited

_log = logging.getLogger(__name__)

# Who has not begun to watch within these is disconnected.
_IDLE_SECONDS = 10.0
# Who is new makes room for others only then.
_FRESH_SECONDS = 0.3
# Connections that may log in meanwhile, beside those that watch.
_AT_THE_DOOR = 16
_SESSION_SECONDS = 30
# No request has a body that matters.
_LARGEST_BODY = 16 * 1024
_MEGABYTE = 1024 * 1024
_MEMORY, _MEMORY_OF_FEED = 128 * _MEGABYTE, 8 * _MEGABYTE
_PAGE = os.sysconf("SC_PAGESIZE")


def hang_up(client: Any) -> None:
    """End a connection as the other side would; its own thread finds the end and cleans up.

    `RTSPClient.close` frees the connection while its thread may be reading from it: that thread then writes megabytes
    of warnings and never ends (GStreamer 1.22).
    """
    with contextlib.suppress(GLib.Error, AttributeError):  # it has gone already
        client.get_connection().get_read_socket().shutdown(True, True)  # GLib's own call


class Clients:
    """Keeps a server's connections within bounds.

    Args:
        server: GStreamer's.
        watchers: So many may look at once.
    """

    def __init__(self, server: Any, watchers: int) -> None:
        self._server = server
        self._watchers = watchers
        self._since: dict[Any, float] = {}
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        server.get_session_pool().set_max_sessions(watchers)
        server.set_content_length_limit(_LARGEST_BODY)
        server.connect("client-connected", self._connected)

    def look(self, feeds: int) -> bool:
        """Disconnect who does not watch, and all who do not when memory gets scarce; False when that did not help.

        Args:
            feeds: How many videos are served.
        """
        now = time.monotonic()
        for client, since in list(self._since.items()):
            if now - since >= _IDLE_SECONDS and not _watches(client):
                hang_up(client)
        limit = _MEMORY + feeds * _MEMORY_OF_FEED
        if _resident() <= limit:
            return True
        for client in list(self._since):
            if not _watches(client):
                hang_up(client)
        if self._trim is not None:
            self._trim(0)
        megabytes = limit // _MEGABYTE
        line = "the RTSP server takes more than %s MB; who only asks is cut off"
        _log.warning(line, megabytes, extra=limited("memory"))
        return _resident() <= limit

    def _connected(self, _server: Any, client: Any) -> None:
        now = time.monotonic()
        self._since[client] = now
        client.connect("closed", self._closed)
        client.connect("new-session", lambda _client, session: session.set_timeout(_SESSION_SECONDS))
        if len(self._since) <= self._watchers + _AT_THE_DOOR:
            return
        since = list(self._since.items())
        idle = [each for each, start in since if now - start > _FRESH_SECONDS and not _watches(each)]
        hang_up(idle[0] if idle else client)
        most = self._watchers + _AT_THE_DOOR
        _log.warning("more than %s are connected to the live video", most, extra=limited("connections"))

    def _closed(self, client: Any) -> None:
        self._since.pop(client, None)


def _watches(client: Any) -> bool:
    return bool(client.session_filter(None))


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 # four times a second
        return int(file.read().split()[1]) * _PAGE
