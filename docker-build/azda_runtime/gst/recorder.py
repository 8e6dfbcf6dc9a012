"""Recording a pipeline's video while it plays."""

import logging
import threading
import time
from pathlib import Path

from gi.repository import Gst

from azda_runtime.gst.recording_input import Feed, Inbox
from azda_runtime.gst.recording_run import Recording, key_frame_event
from azda_runtime.plan.inference import ANALYTICS
from azda_runtime.recordings import RecordingState, RecordingStatus
from azda_runtime.recordings.recovery import recover
from azda_runtime.settings.recording import RecordingOptions

_log = logging.getLogger(__name__)

# A stop ends within ten seconds, and most of them belong to the pipeline.
_FINISHING_SECONDS = 2.5


class Recorder:
    """Starts and stops the recordings of one pipeline; all methods return at once, `finish` excepted.

    What a crash left in the folder is cleared up when a recorder is made.

    Args:
        pipeline_id: The pipeline's id.
        pipeline: GStreamer's, with its probes for messages set.
        tee: The element that carries the encoded video (`Plan.picture`); empty when no video is encoded.
        folder: Where recordings go: the uploader's cache.
        options: How recordings are cut.
    """

    def __init__(  # what a pipeline is recorded with; the worker names them all
        self,
        pipeline_id: str,
        pipeline: Gst.Pipeline,
        tee: str,
        folder: Path,
        options: RecordingOptions,
    ) -> None:
        self._id = pipeline_id
        self._whose = {"pipeline": pipeline_id}
        self._folder = folder
        self._options = options
        carrier = pipeline.get_by_name(tee) if tee else None
        analytics = pipeline.get_by_name(ANALYTICS)
        self._pad = None if carrier is None else carrier.get_static_pad("sink")
        self._feed = None
        if self._pad is not None:
            self._feed = Feed(self._pad, None if analytics is None else analytics.get_static_pad("src"))
        self._lock = threading.Lock()
        self._current: Recording | None = None
        self._threads: list[threading.Thread] = []
        self._state = RecordingState()
        recover(folder)

    @property
    def state(self) -> RecordingState:
        """What the recorder does now, or how the last recording ended."""
        current = self._current
        return self._state if current is None else current.state

    def start(self) -> None:
        """Record from the next key frame on; one that runs goes on, and its time to stop counts from now."""
        with self._lock:
            if self._current is not None and not self._current.ending:
                self._current.renew()
                return
            if self._feed is None:
                self._refuse()
                return
            inbox = Inbox()
            self._current = Recording(self._id, self._folder, inbox, ask=self._ask, options=self._options)
            self._feed.attach(inbox)
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            self._threads.append(self._current.thread)
            self._current.thread.start()

    def stop(self) -> None:
        """End the recording; its last file becomes visible when it is whole."""
        with self._lock:
            if self._current is not None:
                self._current.stop()

    def configure(self, options: RecordingOptions) -> None:
        """Cut by other options; a recording that runs takes the new length with its next file."""
        with self._lock:
            self._options = options
            if self._current is not None:
                self._current.configure(options)

    def take(self, message: str) -> None:
        """Take an inference message, one line of JSON; any thread may call this."""
        if self._feed is not None:
            self._feed.take(message)

    def finish(self) -> None:
        """End at the pipeline's end: returns when the files are whole, after some seconds at the latest.

        What could not be written in that time is cleared up at the next start.
        """
        self.stop()
        deadline = time.monotonic() + _FINISHING_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            _log.warning("The recording is not written to its end yet; what is there is kept.", extra=self._whose)

    def _ask(self, when: int | None) -> None:
        if self._pad is not None:
            self._pad.push_event(key_frame_event(when))

    def _refuse(self) -> None:
        problem = "The pipeline encodes no video."
        if self._state.problem != problem:
            _log.error("Nothing can be recorded: %s", problem, extra=self._whose)
        self._state = RecordingState(status=RecordingStatus.FAILED, problem=problem)
