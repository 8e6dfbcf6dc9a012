"""What the probes say of frames: their times, what waits for them, several secondary parsers, and what may change."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyds
import pytest
from azda_runtime.metadata import probes
from azda_runtime.metadata.captions import add_confidences
from azda_runtime.metadata.lists import frames, objects, walk
from azda_runtime.metadata.probes import Extras, Interpreter
from azda_runtime.metadata.reader import seen_frame
from azda_runtime.metadata.tensors import TensorError, arrays, network_size
from azda_runtime.metadata.writer import Canvas, add_detections, add_overlay, clipped
from azda_runtime.parsers.caller import PrimaryParser, SecondaryParser
from azda_runtime.parsers.counters import Tally
from azda_runtime.parsers.overlay import Line, Overlay
from azda_runtime.parsers.recorder import TensorRecorder
from azda_runtime.parsers.results import Detections
from azda_runtime.settings import FrameSize, Pipeline, Sensor, SourceKind, Stream
from pyds import _simulator as sim

CAMERA = Stream(sensor=Sensor(name="door", kind=SourceKind.RTSP, endpoint="rtsp://door/x"))
FILM = Stream(sensor=Sensor(name="film", kind=SourceKind.FILE, endpoint="file:///film.mp4"))
PIPELINE = Pipeline(id="People", streams=(CAMERA, FILM), frame=FrameSize(width=640, height=360), messages_per_second=0)
TENSORS = pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META
Frames = Callable[..., Any]


@pytest.fixture
def batch_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Frames]:
    """Make a batch of frames: pad, number, presentation time and time of day of each; the probes see the last one."""
    made = []

    def batch_of(*rows: tuple[int, int, int, int]) -> Any:
        batch = sim.new_batch(max_frames=max(1, len(rows)))
        made.append(batch)
        for pad, number, shown, wall in rows:
            frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
            frame.pad_index = frame.source_id = pad
            frame.frame_num, frame.buf_pts, frame.ntp_timestamp = number, shown, wall
            frame.source_frame_width, frame.source_frame_height = 1920, 1080
            pyds.nvds_add_frame_meta_to_batch(batch, frame)
        monkeypatch.setattr(pyds, "gst_buffer_get_nvds_batch_meta", lambda _: batch)
        return batch

    yield batch_of
    for batch in made:
        sim.release_batch(batch)


def outputs(meta: Any, model: int = 1, **names: Any) -> None:
    sim.add_user_data(meta, TENSORS, sim.tensor_meta(names, unique_id=model, network=(64, 64, 3)))


def detecting(parse: Any, **names: Any) -> PrimaryParser:
    return PrimaryParser(
        SimpleNamespace(model_type=0, name="P", labels=["a", "b"], parse_det_model=parse, **names), "p.py"
    )


def of(messages: list[str], kind: str) -> list[dict[str, Any]]:
    found = [json.loads(line)["inferences"] for line in messages]
    return [each for inferences in found for each in inferences if each["type"] == kind]


@pytest.mark.parametrize(
    ("video", "pad", "expected"), [(True, 1, [0, 30, 0]), (False, 1, [None] * 3), (True, 0, [None] * 3)]
)
def test_files_alone_have_a_time_in_the_video_and_it_begins_with_their_first_frame(
    batch_of: Frames, monkeypatch: pytest.MonkeyPatch, video: bool, pad: int, expected: list[int | None]
) -> None:
    seen = []
    real = seen_frame
    monkeypatch.setattr(
        probes, "seen_frame", lambda frame, **facts: (seen.append(facts["time"]), real(frame, **facts))[1]
    )
    both = Interpreter(PIPELINE, None, (), Tally(), lambda _: None, extras=Extras(video=video))
    for shown in (50, 80, 40):  # a frame that is shown before the one that came first begins no earlier than that
        batch_of((pad, 1, shown, 1_000 + shown))
        both.report(1)
    assert [moment.video for moment in seen] == expected
    assert [moment.wall for moment in seen] == [1050, 1080, 1040]


def test_a_frame_without_a_time_of_day_gets_that_of_the_start_and_its_own(
    batch_of: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = seen_frame
    monkeypatch.setattr(
        probes, "seen_frame", lambda frame, **facts: (seen.append(facts["time"]), real(frame, **facts))[1]
    )
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000)
    both = Interpreter(PIPELINE, None, (), Tally(), lambda _: None)
    batch_of((0, 1, 70, 0))
    both.report(1)
    assert seen[0].wall == 1_000_070


def test_a_frame_of_no_known_stream_is_named_by_its_number(batch_of: Frames) -> None:
    tally = Tally()
    both = Interpreter(PIPELINE, None, (), tally, lambda _: None)
    batch_of((0, 1, 0, 1), (1, 1, 0, 1), (2, 1, 0, 1), (7, 1, 0, 1))
    both.report(1)
    assert tally.frames == {"door": 1, "film": 1, "2": 1, "7": 1}


def test_each_message_is_sent_and_counted_and_none_without_a_batch(
    batch_of: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    tally = Tally()
    both = Interpreter(PIPELINE, detecting(lambda *_: ([], [], [], None)), (), tally, sent.append)
    batch_of((0, 1, 0, 1))
    both.report(1)
    assert (len(sent), tally.messages) == (1, 1)
    monkeypatch.setattr(pyds, "gst_buffer_get_nvds_batch_meta", lambda _: None)
    both.parse(1)
    both.report(1)
    assert (len(sent), tally.messages, tally.parsers["p.py"].calls) == (1, 1, 0)


def test_what_a_parser_says_waits_for_its_own_frame_and_is_said_once(batch_of: Frames) -> None:
    sent: list[str] = []
    parser = detecting(lambda _config, raw: ([], [], [], {"number": int(raw["out"][0])}))
    both = Interpreter(PIPELINE, parser, (), Tally(), sent.append)
    early = batch_of((0, 7, 0, 1), (1, 7, 0, 1), (0, 8, 0, 1))
    for number, frame in enumerate(frames(early)):
        outputs(frame, out=np.full(1, number, np.float32))
    both.parse(1)
    batch_of((0, 8, 0, 2))
    both.report(1)
    batch_of((1, 7, 0, 2))
    both.report(1)
    batch_of((1, 7, 0, 2))
    both.report(1)
    said = [(each["sourceInfo"]["id"], each["detections"]) for each in of(sent, "custom")]
    assert said == [("door", [{"number": 2}]), ("film", [{"number": 1}])]


def test_of_what_waits_for_frames_that_never_come_the_oldest_goes(
    batch_of: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "_MOST_WAITING", 2)
    sent: list[str] = []
    parser = detecting(lambda _config, raw: ([], [], [], {"number": int(raw["out"][0])}))
    both = Interpreter(PIPELINE, parser, (), Tally(), sent.append)
    for number in (1, 2, 3):
        outputs(frames(batch_of((0, number, 0, 1)))[0], out=np.full(1, number, np.float32))
        both.parse(1)
    for number in (1, 2, 3):
        batch_of((0, number, 0, 2))
        both.report(1)
    assert [each["detections"] for each in of(sent, "custom")] == [[{"number": 2}], [{"number": 3}]]


def secondary(model: int, answer: Any) -> SecondaryParser:
    return SecondaryParser(SimpleNamespace(gie_unique_id=model, parse_sgie_model=lambda *_: answer), f"s{model}.py")


def informed(batch_of: Frames, seconds: tuple[SecondaryParser, ...], models: tuple[int, ...]) -> tuple[Any, str, Tally]:
    """What an object's message says of the secondary parsers, and its text, where these models saw the object."""
    sent: list[str] = []
    tally = Tally()
    both = Interpreter(PIPELINE, None, seconds, tally, sent.append)
    batch = batch_of((0, 1, 0, 1))
    (frame,) = frames(batch)
    add_detections(batch, frame, boxes((10, 40, 20, 20)), component=1, canvas=Canvas(size=(640, 360)))
    (thing,) = objects(frame)
    for model in models:
        outputs(thing, model, text=np.ones(1, np.float32))
    both.report(1)
    (found,) = of(sent, "detection")
    return found["detections"][0].get("customInfo"), pyds.get_string(thing.text_params.display_text), tally


def boxes(*rows: tuple[float, float, float, float]) -> Detections:
    count = len(rows)
    return Detections(
        boxes=np.array(rows, np.float32).reshape(count, 4),
        class_ids=[0] * count,
        labels=["car"] * count,
        scores=[0.5] * count,
        message=None,
    )


@pytest.mark.parametrize(
    ("models", "info", "text"),
    [
        ((), None, "car"),
        ((8,), {"8": "red"}, "car red"),
        ((8, 9), {"8": "red", "9": "AB 12"}, "car red AB 12"),
        ((7,), None, "car"),
    ],
)
def test_several_secondary_parsers_answer_by_the_numbers_of_their_models(
    batch_of: Frames, models: tuple[int, ...], info: Any, text: str
) -> None:
    seconds = (secondary(8, "red"), secondary(9, "AB 12"))
    found, shown, tally = informed(batch_of, seconds, models)
    assert (found, shown) == (info, text)
    assert {name: each.calls for name, each in tally.parsers.items()} == {
        "s8.py": int(8 in models),
        "s9.py": int(9 in models),
    }


@pytest.mark.parametrize(("models", "info", "text"), [((), None, "car"), ((8,), "red", "car red"), ((9,), None, "car")])
def test_a_single_secondary_parser_answers_for_itself(
    batch_of: Frames, models: tuple[int, ...], info: Any, text: str
) -> None:
    assert informed(batch_of, (secondary(8, "red"),), models)[:2] == (info, text)


def test_an_output_that_cannot_be_read_is_the_parsers_failure(
    batch_of: Frames, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tally = Tally()
    both = Interpreter(PIPELINE, detecting(lambda *_: pytest.fail("called")), (), tally, lambda _: None)
    (frame,) = frames(batch_of((0, 1, 0, 1)))
    outputs(frame, out=np.ones(1, np.float32))
    refusal = TensorError("the layer 'out' has the element type 99, which is not known")
    monkeypatch.setattr(probes, "arrays", lambda _: (_ for _ in ()).throw(refusal))
    both.parse(1)
    assert (tally.parsers["p.py"].calls, tally.parsers["p.py"].failures) == (1, 1)
    assert "The model's output cannot be read: the layer 'out' has the element type 99" in "\n".join(logged)


def test_a_new_rate_holds_from_the_next_message_on_and_an_old_one_goes_on_counting(batch_of: Frames) -> None:
    sent: list[str] = []
    slow = replace(PIPELINE, messages_per_second=1.0)
    both = Interpreter(slow, detecting(lambda *_: ([], [], [], None)), (), Tally(), sent.append)

    def report(nanoseconds: int) -> int:
        batch_of((0, 1, 0, nanoseconds))
        both.report(1)
        return len(sent)

    second = 1_000_000_000
    assert (report(second), report(second + 1)) == (1, 1)
    both.change(slow)
    assert report(second + 2) == 1, "the same rate has not forgotten what it let through"
    both.change(PIPELINE)
    assert (report(second + 3), report(second + 4)) == (2, 3)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 640, 360), (0, 0, 640, 360)),
        ((10, 20, 30, 40), (10, 20, 30, 40)),
        ((-10, -20, 30, 40), (0, 0, 20, 20)),
        ((630, 350, 30, 40), (630, 350, 10, 10)),
        ((-5, -5, 1000, 1000), (0, 0, 640, 360)),
        ((-5, 0, 4, 10), (0, 0, -1, 10)),
        ((641, 0, 4, 10), (641, 0, -1, 10)),
    ],
)
def test_a_box_is_cut_to_its_frame(box: tuple[float, ...], expected: tuple[float, ...]) -> None:
    assert clipped(box, (640, 360)) == expected


@pytest.mark.parametrize("box", [(5, 5, 0, 10), (5, 5, 10, 0), (640, 5, 10, 10), (5, 360, 10, 10), (-9, 5, 9, 9)])
def test_a_box_without_an_area_in_its_frame_is_no_object(batch_of: Frames, box: tuple[float, ...]) -> None:
    batch = batch_of((0, 1, 0, 1))
    (frame,) = frames(batch)
    add_detections(batch, frame, boxes(box, (1, 1, 1, 1)), component=1, canvas=Canvas(size=(640, 360)))
    (kept,) = objects(frame)
    assert (kept.rect_params.left, kept.rect_params.width) == (1, 1)


def test_an_object_looks_as_nvinfers_do(batch_of: Frames) -> None:
    batch = batch_of((0, 1, 0, 1))
    (frame,) = frames(batch)
    add_detections(batch, frame, boxes((30, 50, 20, 10)), component=1, canvas=Canvas(size=(640, 360)))
    (seen,) = objects(frame)
    box, text, origin = seen.rect_params, seen.text_params, seen.detector_bbox_info.org_bbox_coords
    assert (origin.left, origin.top, origin.width, origin.height) == (30, 50, 20, 10)
    assert (box.border_width, box.has_bg_color, rgba(box.border_color)) == (3, 0, (1, 0, 0, 1))
    assert (text.x_offset, text.y_offset, text.set_bg_clr) == (30, 28, 1)
    assert (rgba(text.text_bg_clr), rgba(text.font_params.font_color)) == ((0, 0, 0, 1), (1, 1, 1, 1))
    assert (pyds.get_string(text.font_params.font_name), text.font_params.font_size) == ("Serif", 11)


def rgba(colour: Any) -> tuple[float, ...]:
    return colour.red, colour.green, colour.blue, colour.alpha


@pytest.mark.parametrize(("count", "displays"), [(0, []), (1, [1]), (16, [16]), (17, [1, 16]), (32, [16, 16])])
def test_lines_are_drawn_in_displays_of_sixteen_inside_the_frame(
    batch_of: Frames, count: int, displays: list[int]
) -> None:
    batch = batch_of((0, 1, 0, 1))
    (frame,) = frames(batch)
    lines = tuple(Line(x1=-1, y1=-2, x2=641, y2=361) for _ in range(count))
    overlay = Overlay(objects=boxes(), lines=lines)
    add_overlay(batch, frame, overlay, component=1, canvas=Canvas(size=(640, 360)))
    made = list(probes_displays(frame))
    assert sorted(each.num_lines for each in made) == displays
    for each in made:
        line = each.line_params[0]
        assert (line.x1, line.y1, line.x2, line.y2) == (0, 0, 640, 360)
        assert (line.line_width, rgba(line.line_color)) == (3, (0, 1, 0, 1))


def probes_displays(frame: Any) -> Iterator[Any]:
    node = frame.display_meta_list
    while node is not None:
        yield pyds.NvDsDisplayMeta.cast(node.data)
        node = node.next


@pytest.mark.parametrize(("confidence", "text"), [(-0.1, "car"), (-1, "car"), (0, "car 0.00"), (0.126, "car 0.13")])
def test_a_confidence_below_0_is_none_and_not_shown(batch_of: Frames, confidence: float, text: str) -> None:
    batch = batch_of((0, 1, 0, 1))
    (frame,) = frames(batch)
    add_detections(batch, frame, boxes((1, 1, 9, 9)), component=1, canvas=Canvas(size=(640, 360)))
    (seen,) = objects(frame)
    seen.confidence = confidence
    add_confidences(batch, frame)
    assert pyds.get_string(seen.text_params.display_text) == text


class Past:
    """A node whose list ends as those of the bindings before 1.2.0 do."""

    def __init__(self, *entries: int) -> None:
        self._entries = entries

    @property
    def data(self) -> int:
        return self._entries[0]

    @property
    def next(self) -> "Past":
        if len(self._entries) == 1:
            raise StopIteration
        return Past(*self._entries[1:])


def test_a_list_that_raises_at_its_end_is_walked_to_its_last_entry() -> None:
    assert list(walk(Past(1, 2, 3), lambda data: data * 10)) == [10, 20, 30]
    assert list(walk(None, pytest.fail)) == []


@pytest.mark.parametrize(
    ("size", "expected"), [((64, 48), (64, 48)), ((1, 1), (1, 1)), ((0, 48), None), ((64, 0), None), ((0, 0), None)]
)
def test_a_size_that_the_metadata_do_not_say_is_none(size: tuple[int, int], expected: tuple[int, int] | None) -> None:
    info = SimpleNamespace(width=size[0], height=size[1])
    assert network_size(SimpleNamespace(network_info=info)) == expected


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
@pytest.mark.parametrize("buffer", [None, 0])
def test_a_layer_without_elements_needs_no_data(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], buffer: int | None
) -> None:
    dims = SimpleNamespace(numDims=len(shape), d=np.array(shape))
    layer = SimpleNamespace(layerName="none", dataType=0, inferDims=dims, buffer=buffer)
    monkeypatch.setattr(pyds, "get_nvds_LayerInfo", lambda *_: layer)
    monkeypatch.setattr(pyds, "get_ptr", lambda address: address)
    assert arrays(SimpleNamespace(num_output_layers=1))["none"].shape == shape


def test_ids_repeat_where_that_is_asked_for_and_nowhere_else(batch_of: Frames) -> None:
    def ids(*, repeatable: bool) -> list[str]:
        sent: list[str] = []
        both = Interpreter(PIPELINE, None, (), Tally(), sent.append, extras=Extras(repeatable=repeatable))
        batch = batch_of((0, 1, 0, 1))
        add_detections(batch, frames(batch)[0], boxes((1, 1, 9, 9)), component=1, canvas=Canvas(size=(640, 360)))
        both.report(1)
        return [each["detections"][0]["id"] for each in of(sent, "detection")]

    assert ids(repeatable=True) == ids(repeatable=True)
    assert ids(repeatable=False) != ids(repeatable=False)


def test_a_record_is_named_by_its_stream_and_frame(batch_of: Frames, tmp_path: Path) -> None:
    recorder = TensorRecorder(tmp_path, frames=9, parser="p.py")
    parser = detecting(lambda *_: ([], [], [], None))
    both = Interpreter(PIPELINE, parser, (), Tally(), lambda _: None, extras=Extras(recorder=recorder))
    for frame in frames(batch_of((1, 7, 0, 1), (2, 8, 0, 1), (5, 9, 0, 1))):
        outputs(frame, out=np.ones(1, np.float32))
    both.parse(1)
    names = sorted(path.name.partition(".")[0] for path in tmp_path.iterdir())
    assert names == ["1-film-00000007", "2--00000008", "5--00000009"]
