"""Playing pipelines to their end, or until they are stopped."""

import logging
import re
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gi.repository import GLib, Gst

from azda_runtime.gst import negotiation
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.reconnect import Reconnecting
from azda_runtime.gst.stream_failure import Parting
from dsconfig.redaction import RUN

_log = logging.getLogger(__name__)

# A stop ends within ten seconds; so long may frames that are under way take to be written.
_DRAINING_SECONDS = 7
_TICK_MILLISECONDS = 250
_MOST_WARNINGS = 5
# file.c(123): function (): …
_LOCATION = re.compile(r"\S+\(\d+\): ")
# Frames in these queues have been inferred on: what is left to do with them is quick.
_FINISHED = ("analytics-queue", "encode-queue", "file-queue", "rtp-queue")


@dataclass(kw_only=True)
class Playing:
    """A pipeline that plays.

    Attributes:
        id: Its name.
        pipeline: GStreamer's.
        secrets: Texts that no message may hold -> what stands in their place.
        failure: Why it ended, None when it ended well or plays.
        ended: Whether it ended.
        warnings: What elements warned of last.
        cameras: Its sources that are cameras; None where nobody looks after them.
        sensors: Elements of its sources -> the names of their sensors.
        parting: Its sources that may go alone; None where none may.
    """

    id: str
    pipeline: Any
    secrets: dict[str, str] = field(default_factory=dict)
    failure: PipelineError | None = None
    ended: bool = False
    warnings: list[str] = field(default_factory=list)
    cameras: Reconnecting | None = None
    sensors: dict[str, str] = field(default_factory=dict)
    parting: Parting | None = None


class Player:
    """Plays pipelines; one that fails never stops the others.

    Args:
        players: What to play.
        tick: Called every quarter of a second.
    """

    def __init__(self, players: Sequence[Playing], *, tick: Callable[[], None] = lambda: None) -> None:
        self._players = list(players)
        self._tick = tick
        self._loop = GLib.MainLoop()
        self._stopping: set[str] = set()

    def play(self) -> None:
        """Play until every pipeline has ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, self._stop)
        GLib.timeout_add(_TICK_MILLISECONDS, self._ticked)
        for playing in self._players:
            self._start(playing)
        if not self._all_ended():
            self._loop.run()

    def stop(self, playing: Playing | None = None) -> None:
        """End one pipeline's streams now, or everybody's: what is under way is written. Any thread may call this."""
        GLib.idle_add(lambda: self._stop(playing) and False)

    def fail(self, playing: Playing, failure: PipelineError, *, wait: bool = True) -> None:
        """End one pipeline with an error; without waiting where a frame is known to hang."""
        if not playing.ended:
            playing.failure = failure
            self._end(playing, wait=wait)

    def _ticked(self) -> bool:
        for playing in self._players:
            if playing.cameras is not None and not playing.ended:
                playing.cameras.look()
            if playing.parting is not None and not playing.ended and playing.id not in self._stopping:
                playing.parting.go_on()
        self._tick()
        return True

    def _start(self, playing: Playing) -> None:
        bus = playing.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self._take, playing)
        if playing.pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            message = bus.timed_pop_filtered(0, Gst.MessageType.ERROR)
            if message:
                self._take_error(message, playing)
            else:
                self.fail(playing, PipelineError(f"{playing.id} does not start."))

    def _take(self, _bus: Any, message: Any, playing: Playing) -> None:
        if message.type == Gst.MessageType.ERROR:
            self._take_error(message, playing)
        elif message.type == Gst.MessageType.EOS:
            self._end(playing)
        elif message.type == Gst.MessageType.WARNING:
            warning, _ = message.parse_warning()
            self._warn(playing, _element_of(message.src, playing.pipeline), _safe(warning.message, playing))

    def _take_error(self, message: Any, playing: Playing) -> None:
        failure, element = _error_of(message, playing), _element_of(message.src, playing.pipeline)
        gone = dict(playing.parting.gone) if playing.parting else {}
        if gone and message.src is not None and not message.src.has_as_ancestor(playing.pipeline):
            return  # of a source that is gone already
        if playing.parting is None or not playing.parting.take(element, str(failure)):
            self.fail(playing, failure)
        elif playing.parting.gone != gone:
            _log.error("%s; the other streams go on", str(failure).rstrip("."), extra={"pipeline": playing.id})

    def _warn(self, playing: Playing, element: str, warning: str) -> None:
        text = f"{element}: {warning}"
        is_new = text not in playing.warnings  # a message that repeats would bury the rest
        playing.warnings = [*playing.warnings[1 - _MOST_WARNINGS :], text] if is_new else playing.warnings
        if (playing.cameras is None or not playing.cameras.warned(element, warning)) and is_new:
            _log.warning("%s", text, extra={"pipeline": playing.id})

    def _end(self, playing: Playing, *, wait: bool = True) -> None:
        if playing.ended:
            return
        playing.ended = True
        bus = playing.pipeline.get_bus()
        bus.remove_signal_watch()
        # In a thread of its own: a frame that hangs in a user's parser would hold this one for ever.
        closing = threading.Thread(target=playing.pipeline.set_state, args=(Gst.State.NULL,), daemon=True)
        closing.start()
        closing.join(_DRAINING_SECONDS if wait else 0)
        if closing.is_alive() and playing.failure is None:
            playing.failure = PipelineError(f"{playing.id} does not stop.")
        if self._all_ended():
            self._loop.quit()

    def _stop(self, only: Playing | None = None) -> bool:
        for playing in self._players if only is None else [only]:
            if not playing.ended and playing.id not in self._stopping:
                self._stopping.add(playing.id)
                threading.Thread(target=_end_stream, args=(playing.pipeline,), daemon=True).start()
                GLib.timeout_add_seconds(_DRAINING_SECONDS, self._give_up, playing)
        return True

    def _give_up(self, playing: Playing) -> bool:
        failure = PipelineError(f"{playing.id} did not end within {_DRAINING_SECONDS} seconds.")
        self.fail(playing, failure, wait=False)
        return False

    def _all_ended(self) -> bool:
        return all(playing.ended for playing in self._players)


def _end_stream(pipeline: Any) -> None:
    """End the stream behind the multiplexer, and let go the frames that wait for a model: they would take long."""
    mux = pipeline.get_by_name("mux")
    if mux is None:
        pipeline.send_event(Gst.Event.new_eos())
        return
    for element in pipeline.iterate_elements():
        if element.get_factory().get_name() == "queue" and element.get_name() not in _FINISHED:
            element.set_property("flush-on-eos", True)
    mux.get_static_pad("src").push_event(Gst.Event.new_eos())


def _element_of(source: Any, pipeline: Any) -> str:
    """The name of the element that stands in the plan: bins are full of others."""
    while source is not None and source.get_parent() not in (pipeline, None):
        source = source.get_parent()
    return source.get_name() if source is not None else ""


def _error_of(message: Any, playing: Playing) -> PipelineError:
    error, debug = message.parse_error()
    sensor = playing.sensors.get(_element_of(message.src, playing.pipeline))
    name = sensor or (message.src.get_name() if message.src else playing.id)
    sentence, _, hint = str(error.message).partition("\n")
    location, _, reported = (debug or "").partition("\n")
    if not reported and not _LOCATION.match(
        location
    ):  # GStreamer's own elements say there where they are; ours give a hint
        hint = hint or location
    if negotiation.is_failed(reported) and (what := negotiation.refused(playing.pipeline)):
        return PipelineError(_safe(f"{name}: {what}.", playing), hint=negotiation.HINT)
    detail = reported.strip().splitlines()
    more = f" ({detail[-1]})" if detail else ""
    return PipelineError(_safe(f"{name}: {sentence}{more}", playing), hint=_safe(hint, playing))


def _safe(text: str, playing: Playing) -> str:
    for secret, shown in playing.secrets.items():
        text = text.replace(secret, shown)
    return str(RUN.redacted(text))


def plays(playing: Playing) -> bool:
    """Whether a pipeline has come so far as to play."""
    return bool(playing.pipeline.get_state(0)[1] == Gst.State.PLAYING)
