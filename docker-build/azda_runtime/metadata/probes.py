"""A pipeline's probes: parsers are called on raw outputs, and messages are made of what was found."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyds

from azda_runtime.messages.detections import SeenFrame
from azda_runtime.messages.inference import Messenger, new_ids
from azda_runtime.messages.rate import Rate
from azda_runtime.metadata.captions import add_caption, add_confidences
from azda_runtime.metadata.lists import frames, tensor_metas
from azda_runtime.metadata.reader import Moment, seen_frame, text_of
from azda_runtime.metadata.tensors import TensorError, arrays, network_size
from azda_runtime.metadata.writer import Canvas, add_detections, add_overlay, locked, write_text
from azda_runtime.parsers.caller import PrimaryParser, SecondaryParser
from azda_runtime.parsers.caption import caption
from azda_runtime.parsers.counters import Tally
from azda_runtime.parsers.failures import Breach, FailureKind, ParserFailure
from azda_runtime.parsers.overlay import Overlay
from azda_runtime.parsers.recorder import Pending, TensorRecorder
from azda_runtime.settings import Pipeline, SourceKind, changed

# Parsers' messages wait for their frames behind the tracker and the secondary models; elements may drop frames.
_MOST_WAITING = 4096
_LONGEST_TEXT = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Extras:
    """What is said and shown beyond what a device says and shows.

    Attributes:
        video: Whether frames of files carry their time in the video: not where files run in a loop, as cameras.
        repeatable: Whether detections get the same ids in each run.
        explained: Whether the video shows confidences and results of whole frames.
        recorder: Records what the primary parser gets and gives; None where nobody asked.
    """

    video: bool = False
    repeatable: bool = False
    explained: bool = False
    recorder: TensorRecorder | None = None


_NOTHING_MORE = Extras()


@dataclass(slots=True)
class _Call:
    """One call of the primary parser: its outputs, their model, its input's size, and the record that is made."""

    outputs: dict[str, Any]
    component: int
    network: tuple[int, int] | None
    recorded: Pending | None = None


class Interpreter:
    """What happens to a pipeline's metadata.

    Args:
        pipeline: Whose.
        primary: Its primary parser, None where DeepStream itself makes the objects.
        secondaries: Its secondary parsers.
        tally: Counts.
        send: Takes each message.
        drawn: Whether an on-screen display shows what was found.
        extras: What is said and shown beyond that.
    """

    def __init__(  # noqa: PLR0913 # each is a port of its own
        self,
        pipeline: Pipeline,
        primary: PrimaryParser | None,
        secondaries: tuple[SecondaryParser, ...],
        tally: Tally,
        send: Callable[[str], None],
        *,
        drawn: bool = True,
        extras: Extras = _NOTHING_MORE,
    ) -> None:
        self._sensors = [stream.sensor.name for stream in pipeline.streams]
        self._size = (pipeline.frame.width, pipeline.frame.height)
        self._canvas = Canvas(size=self._size, drawn=drawn, explained=drawn and extras.explained)
        self._recorder = extras.recorder
        self._primary = primary
        self._secondaries = {parser.gie_unique_id: parser for parser in secondaries}
        self._tally = tally
        for source in [each.source for each in (primary, *secondaries) if each is not None]:
            tally.expect(source)
        self._send = send
        self._pipeline = pipeline
        streams = pipeline.streams
        self._videos = {n for n, each in enumerate(streams) if extras.video and each.sensor.kind is SourceKind.FILE}
        self._first: dict[int, int] = {}
        self._new_id = new_ids("\n".join((pipeline.id, *self._sensors)) if extras.repeatable else None)
        self._messenger = Messenger(pipeline, new_id=self._new_id)
        self._rate = Rate(pipeline.messages_per_second)
        self._waiting: OrderedDict[tuple[int, int], Any] = OrderedDict()
        self._start = time.time_ns()

    def change(self, wanted: Pipeline) -> None:
        """Take what changes while a pipeline plays, from the next message on; any thread may call this."""
        before, self._pipeline = self._pipeline, changed(self._pipeline, wanted)
        self._messenger = Messenger(self._pipeline, new_id=self._new_id)
        if before.messages_per_second != self._pipeline.messages_per_second:
            self._rate = Rate(self._pipeline.messages_per_second)

    def parse(self, buffer: int) -> None:
        """Call the primary parser on each frame of a batch.

        Args:
            buffer: The address of the GstBuffer.
        """
        batch = pyds.gst_buffer_get_nvds_batch_meta(buffer)
        parser = self._primary
        if batch is None or parser is None:
            return
        for frame in frames(batch):
            for meta in tensor_metas(frame.frame_user_meta_list):
                with self._tally.calling(parser.source):
                    self._parse_frame(parser, batch, frame, meta)

    def report(self, buffer: int) -> None:
        """Call the secondary parsers on the objects of a batch, and send messages.

        Args:
            buffer: The address of the GstBuffer.
        """
        batch = pyds.gst_buffer_get_nvds_batch_meta(buffer)
        if batch is None:
            return
        seen = [self._see(batch, frame) for frame in frames(batch)]
        for message in self._messenger.messages(frame for frame in seen if self._rate.allows(frame.sensor, frame.time)):
            self._send(message)
            self._tally.messages += 1
        if self._primary is not None:
            self._tally.miss(self._primary.source)

    def _parse_frame(self, parser: PrimaryParser, batch: Any, frame: Any, meta: Any) -> None:
        outputs = _arrays(parser.source, meta)
        observed = self._tally.observed(parser.source)
        if observed is not None:
            observed.receive(outputs)
        network = network_size(meta)
        if self._recorder is None:
            self._call(parser, batch, frame, _Call(outputs, int(meta.unique_id), network))
            return
        pad = int(frame.pad_index)
        sensor = self._sensors[pad] if pad < len(self._sensors) else ""
        name = f"{pad}-{sensor}-{int(frame.frame_num):08}"
        with self._recorder.frame(name, outputs, self._size, network) as recorded:
            self._call(parser, batch, frame, _Call(outputs, int(meta.unique_id), network, recorded))

    def _call(self, parser: PrimaryParser, batch: Any, frame: Any, call: "_Call") -> None:
        observed = self._tally.observed(parser.source)
        outputs, component = call.outputs, call.component
        if parser.detects:
            found = parser.detect(self._size, outputs, call.network)
            if call.recorded is not None:
                call.recorded.detections(found)
            if observed is not None:
                observed.find(found.boxes, self._size)
            add_detections(batch, frame, found, component=component, canvas=self._canvas)
            self._keep(frame, found.message)
            return
        data, message = parser.interpret(self._size, outputs, call.network)
        if call.recorded is not None:
            call.recorded.message(message)
        self._keep(frame, message)
        if observed is not None:
            observed.answer(message)
        if self._canvas.explained and data is None and (words := caption(message, _LONGEST_TEXT)):
            add_caption(batch, frame, words)
        if isinstance(data, Overlay):
            add_overlay(batch, frame, data, component=component, canvas=self._canvas)
        else:
            parser.add_to_meta(self._size, data, batch, frame)

    def _keep(self, frame: Any, message: Any) -> None:
        if message is not None:
            self._waiting[int(frame.pad_index), int(frame.frame_num)] = message
            while len(self._waiting) > _MOST_WAITING:
                self._waiting.popitem(last=False)

    def _see(self, batch: Any, frame: Any) -> SeenFrame:
        pad = int(frame.pad_index)
        sensor = self._sensors[pad] if pad < len(self._sensors) else str(pad)
        seen = seen_frame(
            frame,
            sensor=sensor,
            time=self._moment(frame, pad),
            custom=self._waiting.pop((pad, int(frame.frame_num)), None),
            custom_info=partial(self._custom_info, batch) if self._secondaries else None,
        )
        if self._canvas.explained:
            add_confidences(batch, frame)
        self._tally.saw(sensor, (each.label or str(each.class_id) for each in seen.objects), int(frame.buf_pts))
        return seen

    def _moment(self, frame: Any, pad: int) -> Moment:
        time = int(frame.buf_pts)
        # A file's first time stamp is not 0 where frames are stored in another order than they are shown.
        first = self._first.setdefault(pad, time) if pad in self._videos else None
        wall = int(frame.ntp_timestamp) or self._start + time
        return Moment(wall=wall, video=None if first is None else max(0, time - first))

    def _custom_info(self, batch: Any, seen: Any) -> Any:
        """What the secondary parsers say about an object; by gie-unique-id where there are several parsers."""
        reported = {}
        for meta in tensor_metas(seen.obj_user_meta_list):
            parser = self._secondaries.get(int(meta.unique_id))
            if parser is not None:
                with self._tally.calling(parser.source):
                    outputs = _arrays(parser.source, meta)
                    if (observed := self._tally.observed(parser.source)) is not None:
                        observed.receive(outputs)
                    reported[str(parser.gie_unique_id)] = parser.parse(self._size, outputs, network_size(meta))
        if found := [words for info in reported.values() if (words := caption(info, _LONGEST_TEXT))]:
            with locked(batch):
                shown = " ".join((text_of(seen, "obj_label"), *found))
                write_text(seen, shown.strip(), drawn=self._canvas.drawn)
        if len(self._secondaries) == 1:
            return next(iter(reported.values()), None)
        return reported or None


def _arrays(source: str, meta: Any) -> dict[str, Any]:
    try:
        return arrays(meta)
    except TensorError as error:
        hint = "Give the model outputs of float32, float16, int8 or int32."
        breach = Breach(message=f"The model's output cannot be read: {error}.", hint=hint)
        raise ParserFailure(source, FailureKind.RAISED, [breach]) from None
