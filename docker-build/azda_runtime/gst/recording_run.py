"""One recording, from its start to its stop: a thread of its own that writes files."""

import errno
import logging
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gi.repository import Gst

from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.recording_input import Inbox, Picture
from azda_runtime.gst.segment_file import SegmentFile
from azda_runtime.recordings import RecordingState, RecordingStatus
from azda_runtime.recordings.pair import Pair
from azda_runtime.recordings.segments import Cutter, Step
from azda_runtime.recordings.sidecar import TOLERANCE
from azda_runtime.settings.recording import RecordingOptions

_log = logging.getLogger(__name__)

# A file that gets no frames for so long is closed; slow models on a CPU take seconds for one.
_IDLE_SECONDS = 10.0
_CLOSING_SECONDS = 30.0
_ASK_AGAIN = Gst.SECOND


class Recording:
    """Writes what comes in until it is stopped, its time is over, or the disk fails.

    Args:
        pipeline: Its id.
        folder: Where the files go.
        inbox: What comes in; it is closed at the end.
        ask: Asks for a key frame at a time on the pipeline's clock, or at once.
        options: How it is cut.
    """

    def __init__(  # each is a port of its own
        self,
        pipeline: str,
        folder: Path,
        inbox: Inbox,
        *,
        ask: Callable[[int | None], None],
        options: RecordingOptions,
    ) -> None:
        self._pipeline = pipeline
        self._folder = folder
        self._inbox = inbox
        self._ask = ask
        self._cutter = Cutter(options)
        self._begun = time.monotonic()
        self._asked = -_ASK_AGAIN
        self._begin = 0
        self._number = 0
        self._pair: Pair | None = None
        self._file: SegmentFile | None = None
        self.state = RecordingState(status=RecordingStatus.STARTING)
        self.thread = threading.Thread(target=self._run, name=f"recording:{pipeline}", daemon=True)

    @property
    def ending(self) -> bool:
        """Whether it takes nothing more in."""
        return self._inbox.closed

    def configure(self, options: RecordingOptions) -> None:
        """Cut by other options from the next file on."""
        self._cutter.options = options

    def renew(self) -> None:
        """Count the time after which it stops by itself from now on."""
        self._begun = time.monotonic()
        self._cutter.renew()

    def stop(self) -> None:
        """End it; what came in is written."""
        self._inbox.close()

    def _run(self) -> None:
        problem = ""
        try:
            self._ask(None)
            while self._go_on():
                pass
            self._inbox.close()
            self._close_file()
        except PipelineError as error:
            problem = str(error)
        except OSError as error:
            problem = _sentence(error, self._folder)
        except Exception:  # noqa: BLE001 # a mistake of ours ends the recording, never the pipeline
            problem = "A mistake in azda_runtime."
            _log.exception("a mistake in azda_runtime", extra={"pipeline": self._pipeline})
        self._inbox.close()
        self._abandon()
        status = RecordingStatus.FAILED if problem else RecordingStatus.OFF
        self.state = RecordingState(status=status, files=self.state.files, problem=problem)
        if problem:
            _log.error("The recording ended: %s", problem, extra={"pipeline": self._pipeline})

    def _go_on(self) -> bool:
        """Take one frame; whether there may be more."""
        picture = self._inbox.next(_IDLE_SECONDS)
        if self._inbox.overflowed:
            raise PipelineError("The disk is slower than the video.")
        limit = self._cutter.options.stop_after_seconds
        if limit and time.monotonic() - self._begun >= limit + _IDLE_SECONDS:  # no frames, so no timestamps
            return False
        if picture is not None:
            return self._write(picture)
        if not self._inbox.closed:
            self._close_file()
            self._cutter.pause()
        return not self._inbox.closed

    def _write(self, picture: Picture) -> bool:
        step = self._cutter.step(picture.time, is_key=picture.is_key)
        if step is Step.END:
            return False
        if step is not Step.OPEN and self._cutter.is_late(picture.time) and picture.time - self._asked >= _ASK_AGAIN:
            self._asked = picture.time
            self._ask(None)
        if step is Step.SKIP:
            return True
        if step is Step.OPEN:
            self._note(message for message in picture.messages if message[0] < picture.time - TOLERANCE)
            self._close_file()
            self._open_file(picture)
        self._cutter.count(picture.time)
        if self._file is not None:
            self._file.push(picture.buffer)
        self._note(message for message in picture.messages if message[0] >= self._begin - TOLERANCE)
        return True

    def _note(self, messages: Iterable[tuple[int, str]]) -> None:
        if self._pair is not None:
            for at, message in messages:
                self._pair.write(at - self._begin, message)

    def _open_file(self, picture: Picture) -> None:
        self._number += 1
        self._begin = picture.time
        self._pair = Pair(self._folder, self._pipeline, picture.wall, self._number)
        self._file = SegmentFile(self._pair.video, picture.caps)
        self.state = RecordingState(status=RecordingStatus.RECORDING, files=self.state.files)
        self._ask(self._cutter.next_cut)

    def _close_file(self) -> None:
        if self._file is None or self._pair is None:
            return
        file, self._file = self._file, None
        file.close(_CLOSING_SECONDS)
        self._pair.commit()
        self._pair = None
        self.state = RecordingState(status=self.state.status, files=self.state.files + 1)

    def _abandon(self) -> None:
        if self._file is not None:
            self._file.abandon()
        if self._pair is not None:
            self._pair.discard()


def key_frame_event(when: int | None) -> Any:
    """What asks an encoder for a key frame, at a time on the pipeline's clock or at once (GstForceKeyUnit)."""
    at = "" if when is None else f"running-time=(guint64){when}, "
    structure = Gst.Structure.new_from_string(f"GstForceKeyUnit, {at}all-headers=(boolean)true, count=(uint)1")
    return Gst.Event.new_custom(Gst.EventType.CUSTOM_UPSTREAM, structure)


def _sentence(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "No space is left on the disk."
    return f"{folder} cannot be written: {error.strerror}."
