"""The RTSP server: one process for the video of all pipelines."""

import logging
import socket
from collections.abc import Callable, Mapping, Sequence

from azda_runtime.exit_codes import WRONG_USAGE
from azda_runtime.supervisor.child_process import Child
from azda_runtime.supervisor.policy.backoff import Backoff
from azda_runtime.supervisor.policy.lifecycle import STOP_SECONDS, WELL_SECONDS
from azda_runtime.supervisor.policy.protocol import event_in, mounts_line

_log = logging.getLogger(__name__)


class RtspServer:
    """Keeps the RTSP server running.

    Attributes:
        pid: Its process; None when none runs.
        problem: Why nobody can watch the video; empty when it is served or there is nothing to serve.

    Args:
        words: The subcommand with its options; empty for no server.
        post: Gets its exit code, from another thread.
    """

    def __init__(self, words: Sequence[str], post: Callable[[int], None]) -> None:
        self.pid: int | None = None
        self.problem = ""
        self._words = words
        self._post = post
        self._child: Child | None = None
        self._why = ""
        self._backoff = Backoff()
        self._due = float("-inf")
        self._started = 0.0
        self._mounts: Mapping[str, int] = {}
        self._stop_by: float | None = None

    def act(self, mounts: Mapping[str, int], now: float) -> None:
        """Serve these mounts from now on: mount -> port of its video."""
        if self._stop_by is not None or not self._words:
            return
        changed = mounts != self._mounts
        self._mounts = dict(mounts)
        if not mounts and self._child is None:
            self.problem = ""  # there is no video to watch
        if self._child:
            if changed:
                self._child.write(mounts_line(mounts))
        elif mounts and now >= self._due:
            self._start(now)

    def _start(self, now: float) -> None:
        try:
            self._child = Child(self._words, mounts_line(self._mounts), take=self._heard, ended=self._post)
        except (OSError, RuntimeError) as error:  # a RuntimeError where no thread can be started
            self.problem = f"The RTSP server cannot be started: {getattr(error, 'strerror', None) or error}."
            _log.error("%s", self.problem)
            self._due = now + self._backoff.pause()
            return
        self.pid, self._started = self._child.pid, now

    def _heard(self, line: str) -> None:
        """Take what it says at its start, in a thread of the child's own."""
        event = event_in(line) or {}
        self._why = str(event.get("message", "")) if event.get("event") == "failed" else ""
        if event.get("event") == "listening":
            self.problem = ""
            who = f"for the user {event['username']}" if "username" in event else "for everybody who reaches it"
            _log.info("live video at %s<pipeline>, %s", event.get("address"), who)

    def ended(self, code: int, now: float) -> None:
        """Take that the process is gone."""
        self._child = self.pid = None
        if self._stop_by is not None:
            return
        self.problem, self._why = self._why or f"The RTSP server ended with {code}.", ""
        if code == WRONG_USAGE:
            _log.error("the RTSP server is not running: pipelines run, but their live video is not available")
            self._due = float("inf")
            return
        if now - self._started >= WELL_SECONDS:
            self._backoff.reset()
        pause = self._backoff.pause()
        self._due = now + pause
        _log.error("the RTSP server ended with %s; it starts again in %g seconds", code, pause)

    def stop(self, now: float) -> None:
        """Ask it to end; asked again after a while, it is killed."""
        if self._child is None:
            return
        if self._stop_by is None:
            self._stop_by = now + STOP_SECONDS
            self._child.terminate()
        elif now >= self._stop_by:
            self._stop_by = float("inf")
            _log.warning("the RTSP server did not end in time and is killed")
            self._child.kill()

    def deadline(self) -> float:
        """When something may be due."""
        if self._child:
            return float("inf") if self._stop_by is None else self._stop_by
        return self._due if self._mounts else float("inf")


def free_port() -> int | None:
    """A port of this machine where nobody listens for RTP now; None when no port is free."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
    except OSError:
        return None
    return port
