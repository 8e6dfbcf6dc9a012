"""nvinferserver's configuration: protobuf text by its schema, and the values that the element itself refuses."""

from collections.abc import Iterator
from dataclasses import replace

from dsconfig import protobuf_message
from dsconfig.document import Fault
from dsconfig.protobuf_message import Reading
from dsconfig.protobuf_schema import Message
from dsconfig.server_schema import ROOT, SCHEMA

_GRAY = 3  # of MediaFormat
_LAST_FILTER = 6  # NvBufSurfTransformInter_Default


def read(text: str) -> Reading:
    """Read a whole configuration; each of the faults makes nvinferserver refuse it."""
    reading = protobuf_message.read(text, SCHEMA, ROOT)
    return reading if reading.faults else replace(reading, faults=tuple(_values(reading.message)))


def _values(control: Message) -> Iterator[Fault]:
    infer = control.infer_config
    pre, post = infer.preprocess, infer.postprocess
    if pre.frame_scaling_filter > _LAST_FILTER:
        message = f"'frame_scaling_filter' takes an integer from 0 to {_LAST_FILTER}, not {pre.frame_scaling_filter}"
        yield Fault.at(pre.location("frame_scaling_filter"), message)
    count, channels = len(pre.normalize.channel_offsets), 1 if pre.network_format == _GRAY else 3
    if count not in (0, channels):
        message = f"'channel_offsets' takes a number for each of the {channels} channels, and has {count}"
        yield Fault.at(pre.normalize.location("channel_offsets"), message)
    if post.has("detection") and post.detection.num_detected_classes < 1:
        location = post.detection.location("num_detected_classes") or post.location("detection")
        yield Fault.at(location, "'num_detected_classes' of a detection is 1 or more")
