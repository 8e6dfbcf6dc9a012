"""Latency, NTP and the events that programs send to elements."""

import ctypes
import re
from typing import Any

import pyds
import pytest
from pyds import _simulator as sim

pytestmark = pytest.mark.gstreamer


def test_latency_is_not_measured_unless_the_environment_asks(gst: Any, batch: Any) -> None:
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    assert pyds.nvds_measure_buffer_latency(buffer) == 0
    gst.free(buffer)


def test_latency_is_printed_for_each_frame(
    gst: Any, batch: Any, frame: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NVDS_ENABLE_LATENCY_MEASUREMENT", "1")
    frame.source_id, frame.frame_num = 2, 30
    buffer, bare = gst.buffer(), gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    assert pyds.nvds_measure_buffer_latency(bare) == 0
    assert pyds.nvds_measure_buffer_latency(buffer) == 1
    printed = capsys.readouterr().out
    assert re.fullmatch(r"Source id = 2 Frame_num = 30 Frame latency = \d+\.\d+ \(ms\) \n", printed)
    gst.free(buffer)
    gst.free(bare)


def test_a_source_that_asked_for_ntp_times_is_remembered() -> None:
    assert not sim.is_ntp_synced(4711)
    pyds.configure_source_for_ntp_sync(4711)
    assert sim.is_ntp_synced(4711)


class Listener:
    """An `identity` to send to (the queue before it never runs), and a sink that notes which events arrive."""

    def __init__(self) -> None:
        self.library = library = ctypes.CDLL("libgstreamer-1.0.so.0")
        self.seen: list[str] = []
        for name, result, arguments in (
            ("gst_parse_launch", ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_void_p)),
            ("gst_bin_get_by_name", ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_char_p)),
            ("gst_element_get_static_pad", ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_char_p)),
            ("gst_pad_add_probe", ctypes.c_ulong, (ctypes.c_void_p, ctypes.c_int) + (ctypes.c_void_p,) * 3),
            ("gst_pad_probe_info_get_event", ctypes.c_void_p, (ctypes.c_void_p,)),
            ("gst_event_get_structure", ctypes.c_void_p, (ctypes.c_void_p,)),
            ("gst_structure_to_string", ctypes.c_char_p, (ctypes.c_void_p,)),
            ("gst_element_set_state", ctypes.c_int, (ctypes.c_void_p, ctypes.c_int)),
            ("gst_object_unref", None, (ctypes.c_void_p,)),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        self.pipeline = library.gst_parse_launch(b"queue ! identity name=i ! fakesink name=s async=false", None)
        self.element = library.gst_bin_get_by_name(self.pipeline, b"i")
        self.callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(self.note)
        sink = library.gst_bin_get_by_name(self.pipeline, b"s")
        pad = library.gst_element_get_static_pad(sink, b"sink")
        event_downstream = 1 << 6
        library.gst_pad_add_probe(pad, event_downstream, ctypes.cast(self.callback, ctypes.c_void_p), None, None)
        library.gst_object_unref(pad)
        library.gst_object_unref(sink)
        library.gst_element_set_state(self.pipeline, 4)

    def note(self, _pad: int, info: int, _data: int) -> int:
        structure = self.library.gst_event_get_structure(self.library.gst_pad_probe_info_get_event(info))
        self.seen.append(self.library.gst_structure_to_string(structure).decode())
        return 1

    def stop(self) -> None:
        self.library.gst_element_set_state(self.pipeline, 1)
        self.library.gst_object_unref(self.element)
        self.library.gst_object_unref(self.pipeline)


@pytest.fixture
def listener(gst: Any) -> Any:
    made = Listener()
    yield made
    made.stop()


def test_a_stream_reset_reaches_the_element(listener: Listener) -> None:
    pyds.gst_element_send_nvevent_new_stream_reset(listener.element, 3)
    assert listener.seen == [f"{sim.STREAM_RESET}, source-id=(uint)3;"]


def test_an_interval_update_reaches_the_element(listener: Listener) -> None:
    pyds.gst_element_send_nvevent_interval_update(listener.element, 'camera "1"', 5)
    assert listener.seen == [f'{sim.INTERVAL_UPDATE}, stream-id=(string)"camera\\ \\"1\\"", interval=(uint)5;']
