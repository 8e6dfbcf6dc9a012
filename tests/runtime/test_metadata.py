"""From metadata to parsers and back: on the simulated bindings, which follow NVIDIA's."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyds
import pytest
from azda_runtime.metadata.lists import frames, objects, tensor_metas, walk
from azda_runtime.metadata.probes import Extras, Interpreter
from azda_runtime.metadata.reader import Moment, seen_frame
from azda_runtime.metadata.tensors import TensorError, arrays
from azda_runtime.metadata.writer import UNTRACKED, Canvas, add_detections, add_overlay
from azda_runtime.parsers.caller import PrimaryParser, SecondaryParser
from azda_runtime.parsers.counters import Tally
from azda_runtime.parsers.overlay import Line, Overlay
from azda_runtime.parsers.results import Detections
from azda_runtime.settings import FrameSize, Pipeline, Sensor, SourceKind, Stream
from pyds import _simulator as sim

from tests.runtime.log_lines import captured

CANVAS = Canvas(size=(640, 360))
CAMERAS = ("door", "yard")
PIPELINE = Pipeline(
    id="People",
    streams=tuple(
        Stream(sensor=Sensor(name=name, kind=SourceKind.RTSP, endpoint=f"rtsp://{name}/x")) for name in CAMERAS
    ),
    frame=FrameSize(width=640, height=360),
    messages_per_second=0,
)


@pytest.fixture
def batch() -> Iterator[Any]:
    """A batch with one frame of each camera."""
    made = sim.new_batch(max_frames=2)
    for pad in range(2):
        frame = pyds.nvds_acquire_frame_meta_from_pool(made)
        frame.pad_index = frame.source_id = pad
        frame.frame_num = 7
        frame.ntp_timestamp = 1_700_000_000_000_000_000
        frame.source_frame_width, frame.source_frame_height = 1920, 1080
        pyds.nvds_add_frame_meta_to_batch(made, frame)
    yield made
    sim.release_batch(made)


@pytest.fixture(params=["none", "stop-iteration"])
def both_bindings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists end as in the bindings of today, and as in those before 1.2.0."""
    monkeypatch.setenv("PYDS_LIST_END", request.param)


def found(*rows: tuple[float, float, float, float], label: str = "thing") -> Detections:
    count = len(rows)
    return Detections(
        boxes=np.array(rows, dtype=float).reshape(-1, 4),
        class_ids=tuple(range(count)),
        labels=tuple(f"{label}{n}" for n in range(count)),
        scores=(0.5,) * count,
    )


@pytest.mark.usefixtures("both_bindings")
def test_lists_are_walked_to_their_end_and_no_further(batch: Any) -> None:
    first, second = frames(batch)
    assert [frame.pad_index for frame in (first, second)] == [0, 1]
    add_detections(batch, first, found((0, 0, 9, 9), (5, 5, 9, 9)), component=3, canvas=CANVAS)
    assert [each.obj_label for each in objects(first)] == ["thing0", "thing1"], "the parser's own order"
    assert objects(second) == []


def test_raw_outputs_are_told_from_other_user_metadata(batch: Any) -> None:
    first, second = frames(batch)
    kind = pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META
    for frame in (first, second):
        sim.add_user_data(frame, pyds.NvDsMetaType.NVDS_USER_META, object())
    for number in (1, 2):
        meta = sim.tensor_meta({"out": np.full((2,), number, np.float32)}, unique_id=number, network=(64, 64, 3))
        sim.add_user_data(first, kind, meta)
    sim.add_user_data(first, pyds.NvDsMetaType.NVDS_USER_META, object())
    assert [meta.unique_id for meta in tensor_metas(first.frame_user_meta_list)] == [1, 2]
    assert list(tensor_metas(second.frame_user_meta_list)) == []


@pytest.mark.usefixtures("both_bindings")
def test_an_entry_may_be_removed_while_its_list_is_walked(batch: Any) -> None:
    first, _ = frames(batch)
    add_detections(batch, first, found((0, 0, 9, 9), (5, 5, 9, 9), (9, 9, 9, 9)), component=3, canvas=CANVAS)
    seen = []
    for each in walk(first.obj_meta_list, pyds.NvDsObjectMeta.cast):
        seen.append(each.obj_label)
        pyds.nvds_remove_obj_meta_from_frame(first, each)
    assert seen == ["thing0", "thing1", "thing2"]
    assert objects(first) == []


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, np.int32])
@pytest.mark.parametrize("shape", [(3,), (2, 4), (1, 3, 5)])
def test_a_layer_becomes_an_array_of_its_type_and_shape_that_may_be_kept(dtype: Any, shape: tuple[int, ...]) -> None:
    source = np.arange(int(np.prod(shape)), dtype=dtype).reshape(shape)
    meta = sim.tensor_meta({"layer": source.copy()}, unique_id=1, network=(640, 384, 3))
    kept = arrays(meta)["layer"]
    assert (kept.dtype, kept.shape) == (np.dtype(dtype), shape)
    np.testing.assert_array_equal(kept, source)
    for array in meta._arrays:
        array.fill(1)
    np.testing.assert_array_equal(kept, source)
    kept[...] = 0  # it is the parser's own


@pytest.mark.parametrize(("number", "dtype"), [(4, np.int64), (5, np.uint8)])
def test_types_without_a_name_in_the_bindings_are_read_by_their_number(
    monkeypatch: pytest.MonkeyPatch, number: int, dtype: Any
) -> None:
    source = np.arange(6, dtype=dtype).reshape(2, 3)
    dims = SimpleNamespace(numDims=2, d=np.array([2, 3, 0, 0, 0, 0, 0, 0]))
    layer = SimpleNamespace(layerName="ids", dataType=number, inferDims=dims, buffer=source.ctypes.data)
    monkeypatch.setattr(pyds, "get_nvds_LayerInfo", lambda *_: layer)
    monkeypatch.setattr(pyds, "get_ptr", lambda address: address)
    np.testing.assert_array_equal(arrays(SimpleNamespace(num_output_layers=1))["ids"], source)


@pytest.mark.parametrize(
    ("changes", "reported"),
    [({"dataType": 99}, "element type 99"), ({"buffer": None}, "no data on the host")],
)
def test_a_layer_that_cannot_be_read_says_why(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], reported: str
) -> None:
    dims = SimpleNamespace(numDims=1, d=np.array([4]))
    layer = SimpleNamespace(**{"layerName": "ids", "dataType": 0, "inferDims": dims, "buffer": 1, **changes})
    monkeypatch.setattr(pyds, "get_nvds_LayerInfo", lambda *_: layer)
    with pytest.raises(TensorError, match=reported):
        arrays(SimpleNamespace(num_output_layers=1))


def test_detections_become_objects_with_text_and_box(batch: Any) -> None:
    frame = frames(batch)[0]
    add_detections(
        batch, frame, found((-10, -10, 50, 30), (700, 10, 5, 5), (600, 5, 100, 10)), component=4, canvas=CANVAS
    )
    first, second = objects(frame)
    assert [first.rect_params.left, first.rect_params.top, first.rect_params.width, first.rect_params.height] == [
        *(0, 0, 40, 20)
    ]
    assert (second.rect_params.left, second.rect_params.width) == (600, 40), "what lies outside is left out"
    assert (first.class_id, first.unique_component_id, first.object_id) == (0, 4, UNTRACKED)
    assert first.confidence == 0.5
    assert pyds.get_string(first.text_params.display_text) == "thing0"
    assert (first.text_params.x_offset, first.text_params.y_offset) == (0, 0)
    assert frame.bInferDone == 1


@pytest.mark.parametrize("last", ["a longer label", "caf\udce9 in Latin-1"])
def test_a_recycled_object_keeps_nothing_of_its_last_label(
    batch: Any, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    fresh = pyds.nvds_acquire_obj_meta_from_pool

    def used(batch: Any) -> Any:
        thing = fresh(batch)
        thing._obj_label = last
        return thing

    monkeypatch.setattr(pyds, "nvds_acquire_obj_meta_from_pool", used)
    frame = frames(batch)[0]
    add_detections(batch, frame, found((0, 0, 9, 9), label="car"), component=1, canvas=CANVAS)
    assert objects(frame)[0].obj_label == "car0"


def test_colours_and_fonts_are_written_only_where_they_are_drawn(batch: Any) -> None:
    first, second = frames(batch)
    for frame, drawn in ((first, True), (second, False)):
        overlay = Overlay(objects=found((1, 30, 5, 5)), lines=(Line(x1=1, y1=1, x2=2, y2=2),))
        add_overlay(batch, frame, overlay, component=1, canvas=Canvas(size=(640, 360), drawn=drawn))
    (shown,), (hidden,) = objects(first), objects(second)
    assert (shown.rect_params.border_width, hidden.rect_params.border_width) == (3, 0)
    assert (shown.text_params.font_params.font_size, hidden.text_params.font_params.font_size) == (11, 0)
    assert (first.display_meta_list is None, second.display_meta_list is None) == (False, True)
    assert pyds.get_string(hidden.text_params.display_text) == "thing0", "a tracker copies it"


def test_a_label_that_is_no_utf_8_costs_the_label_alone(batch: Any) -> None:
    frame = frames(batch)[0]
    add_detections(batch, frame, found((0, 0, 9, 9)), component=1, canvas=CANVAS)
    objects(frame)[0]._obj_label = "caf\udce9"  # Latin-1, as nvinfer copies it from a file
    (seen,) = seen_frame(frame, sensor="door", time=Moment(wall=1), custom=None).objects
    assert (seen.label, seen.class_id) == ("", 0)


def test_the_lines_of_an_overlay_are_drawn_sixteen_at_a_time(batch: Any) -> None:
    frame = frames(batch)[0]
    lines = tuple(Line(x1=n, y1=-5, x2=9999, y2=n) for n in range(20))
    add_overlay(batch, frame, Overlay(objects=found((1, 1, 5, 5)), lines=lines), component=1, canvas=CANVAS)
    displays = [pyds.NvDsDisplayMeta.cast(each) for each in _data(frame.display_meta_list)]
    assert sorted(display.num_lines for display in displays) == [4, 16]
    drawn = displays[0].line_params[0]
    assert (drawn.y1, drawn.x2) == (0, 640), "inside the frame"


def _data(node: Any) -> Iterator[Any]:
    while node is not None:
        yield node.data
        node = node.next


def test_an_object_tells_its_classes_and_its_track(batch: Any) -> None:
    frame = frames(batch)[0]
    add_detections(batch, frame, found((0, 0, 9, 9)), component=1, canvas=CANVAS)
    (thing,) = objects(frame)
    thing.object_id = 12
    meta = pyds.nvds_acquire_classifier_meta_from_pool(batch)
    meta.unique_component_id = 5
    label = pyds.nvds_acquire_label_info_meta_from_pool(batch)
    label.result_class_id, label.result_label, label.result_prob = 2, "red", 0.75
    pyds.nvds_add_label_info_meta_to_classifier(meta, label)
    pyds.nvds_add_classifier_meta_to_object(thing, meta)
    (seen,) = seen_frame(frame, sensor="door", time=Moment(wall=1), custom=None).objects
    assert seen.tracking_id == 12
    assert [(c.class_id, c.label, c.confidence, c.component_id) for c in seen.classifications] == [(2, "red", 0.75, 5)]


def test_classes_are_told_in_the_order_of_the_models_and_of_their_labels(batch: Any) -> None:
    frame = frames(batch)[0]
    add_detections(batch, frame, found((0, 0, 9, 9)), component=1, canvas=CANVAS)
    (thing,) = objects(frame)
    for component in (2, 3):
        meta = pyds.nvds_acquire_classifier_meta_from_pool(batch)
        meta.unique_component_id = component
        for number in range(2):
            label = pyds.nvds_acquire_label_info_meta_from_pool(batch)
            label.result_class_id = number
            pyds.nvds_add_label_info_meta_to_classifier(meta, label)
        pyds.nvds_add_classifier_meta_to_object(thing, meta)
    (seen,) = seen_frame(frame, sensor="door", time=Moment(wall=1), custom=None).objects
    assert [(c.component_id, c.class_id) for c in seen.classifications] == [(2, 0), (2, 1), (3, 0), (3, 1)]


def test_raw_outputs_are_parsed_in_the_order_of_the_models(batch: Any) -> None:
    frame = frames(batch)[0]
    for number in (4, 5):
        tensors = sim.tensor_meta({"out": np.zeros(1, dtype=np.float32)}, unique_id=number, network=(1, 1, 3))
        sim.add_user_data(frame, pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META, tensors)
    assert [meta.unique_id for meta in tensor_metas(frame.frame_user_meta_list)] == [4, 5]


def test_a_segmentation_is_told_by_its_shares(batch: Any) -> None:
    frame = frames(batch)[0]
    mask = np.array([[0, 0, 1], [2, 2, 2]], dtype=np.int32)
    kind = pyds.NvDsMetaType.NVDSINFER_SEGMENTATION_META
    sim.add_user_data(frame, kind, sim.segmentation_meta(mask, 3))
    reported = seen_frame(frame, sensor="door", time=Moment(wall=1), custom=None).segmentation
    assert reported is not None
    assert (reported.width, reported.height, reported.cells) == (3, 2, {0: 2, 1: 1, 2: 3})


def primary(parse: Any, **names: Any) -> PrimaryParser:
    module = SimpleNamespace(model_type=0, name="P", labels=["a", "b"], parse_det_model=parse, **names)
    return PrimaryParser(module, "p.py")


def run(
    batch: Any, monkeypatch: pytest.MonkeyPatch, first: PrimaryParser, *seconds: SecondaryParser
) -> tuple[list[Any], Tally, list[str]]:
    """Let both probes see a batch whose frames carry raw outputs; objects get them too between the probes."""
    monkeypatch.setattr(pyds, "gst_buffer_get_nvds_batch_meta", lambda _: batch)
    kind = pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META
    sent: list[str] = []
    with captured() as lines:
        tally = Tally()
        both = Interpreter(PIPELINE, first, seconds, tally, sent.append)
        for number, frame in enumerate(frames(batch)):
            meta = sim.tensor_meta({"out": np.full((2,), number, np.float32)}, unique_id=1, network=(64, 64, 3))
            sim.add_user_data(frame, kind, meta)
        both.parse(1)
        for frame in frames(batch):
            for thing in objects(frame):
                meta = sim.tensor_meta({"text": np.ones((1,), np.float32)}, unique_id=9, network=(64, 64, 3))
                sim.add_user_data(thing, kind, meta)
        both.report(1)
    return [json.loads(line) for line in sent], tally, lines


def one_box(config: Any, raw_outputs: Any) -> Any:
    return [[10, 20, 64, 36]], [int(raw_outputs["out"][0])], [0.5], {"size": config.image_size}


@pytest.mark.usefixtures("both_bindings")
def test_each_frame_gets_its_own_outputs_and_its_own_message(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (message,), tally, lines = run(batch, monkeypatch, primary(one_box))
    reported = [each for each in message["inferences"] if each["type"] == "detection"]
    assert [(each["sourceInfo"]["id"], each["detections"][0]["label"]) for each in reported] == [
        ("door", "a"),
        ("yard", "b"),
    ]
    assert reported[0]["detections"][0]["rect"] == [0.015625, 0.055556, 0.1, 0.1]
    custom = [each["detections"] for each in message["inferences"] if each["type"] == "custom"]
    assert custom == [[{"size": [640, 360]}]] * 2
    assert (tally.frames, tally.objects, lines) == ({"door": 1, "yard": 1}, {"a": 1, "b": 1}, [])


def test_one_frames_exception_costs_that_frame_alone(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(config: Any, raw_outputs: Any) -> Any:
        if raw_outputs["out"][0] == 0:
            raise ValueError("no")
        return one_box(config, raw_outputs)

    (message,), tally, lines = run(batch, monkeypatch, primary(parse))
    counts = [len(each["detections"]) for each in message["inferences"] if each["type"] == "detection"]
    assert counts == [0, 1]
    assert (tally.parsers["p.py"].calls, tally.parsers["p.py"].failures) == (2, 1)
    assert len(lines) == 1
    assert "ValueError: no" in lines[0]


def test_what_a_secondary_parser_says_goes_with_its_object(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(gie_unique_id=9, parse_sgie_model=lambda _config, raw: f"read {raw['text'][0]:.0f}")
    (message,), tally, _ = run(batch, monkeypatch, primary(one_box), SecondaryParser(module, "s.py"))
    reported = [
        d["customInfo"] for each in message["inferences"] if each["type"] == "detection" for d in each["detections"]
    ]
    assert reported == ["read 1", "read 1"]
    assert tally.parsers["s.py"].calls == 2
    (thing,) = objects(frames(batch)[0])
    assert pyds.get_string(thing.text_params.display_text) == "a read 1"


def test_a_text_that_is_half_a_character_is_told_and_shown_as_far_as_it_can_be(
    batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = SimpleNamespace(gie_unique_id=9, parse_sgie_model=lambda *_: "A\ud800")
    (message,), _, lines = run(batch, monkeypatch, primary(one_box), SecondaryParser(module, "s.py"))
    assert message["inferences"][-1]["detections"][0]["customInfo"] == "A\ud800"
    assert pyds.get_string(objects(frames(batch)[0])[0].text_params.display_text) == "a A?"
    assert lines == []


def test_a_parser_that_gets_no_raw_outputs_is_missed_once(
    batch: Any, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr(pyds, "gst_buffer_get_nvds_batch_meta", lambda _: batch)
    tally = Tally()
    both = Interpreter(PIPELINE, primary(one_box), (), tally, lambda _: None)
    for _ in range(60):  # batches of two frames
        both.parse(1)
        both.report(1)
    assert [line.partition(":")[0] for line in logged] == ["warning"]
    assert "p.py was not called for any of 100 frames" in logged[0]
    assert tally.as_json()["parsers"]["p.py"]["calls"] == 0


def test_a_custom_parser_adds_its_own_metadata(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(self: Any, data: Any, batch_meta: Any, frame_meta: Any) -> None:
        thing = pyds.nvds_acquire_obj_meta_from_pool(batch_meta)
        thing.class_id, thing.obj_label = 5, f"{data} in {self.image_size}"
        pyds.nvds_add_obj_meta_to_frame(frame_meta, thing, None)

    module = SimpleNamespace(
        *(), model_type=1, name="C", parse_custom_model=lambda *_: ("pose", [1]), add_custom_to_meta=add
    )
    (message,), tally, lines = run(batch, monkeypatch, PrimaryParser(module, "c.py"))
    assert tally.objects == {"pose in (640, 360)": 2}
    assert [each["detections"] for each in message["inferences"] if each["type"] == "custom"] == [[[1]], [[1]]]
    assert lines == []


def explained(batch: Any, monkeypatch: pytest.MonkeyPatch, parser: PrimaryParser, *seconds: SecondaryParser) -> Tally:
    """Let both probes see a batch as `simulate` does."""
    monkeypatch.setattr(pyds, "gst_buffer_get_nvds_batch_meta", lambda _: batch)
    tally = Tally(observe=True)
    both = Interpreter(PIPELINE, parser, seconds, tally, lambda _: None, extras=Extras(explained=True))
    kind = pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META
    for frame in frames(batch):
        meta = sim.tensor_meta({"out": np.array([0, 4], np.float32)}, unique_id=1, network=(64, 64, 3))
        sim.add_user_data(frame, kind, meta)
    both.parse(1)
    for thing in objects(frames(batch)[0]):
        meta = sim.tensor_meta({"text": np.ones((1,), np.float32)}, unique_id=9, network=(64, 64, 3))
        sim.add_user_data(thing, kind, meta)
    both.report(1)
    return tally


def test_a_picture_that_explains_shows_confidences_and_dictionaries(
    batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = SimpleNamespace(gie_unique_id=9, parse_sgie_model=lambda *_: {"plate": "AB 12", "sure": 0.25, "x": None})
    explained(batch, monkeypatch, primary(one_box), SecondaryParser(module, "s.py"))
    (first,), (second,) = (objects(frame) for frame in frames(batch))
    assert pyds.get_string(first.text_params.display_text) == "a plate: AB 12, sure: 0.25 0.50"
    assert pyds.get_string(second.text_params.display_text) == "a 0.50"
    assert first.obj_label == "a"


def test_a_result_of_a_whole_frame_is_drawn_where_the_parser_does_not(
    batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = SimpleNamespace(
        model_type=1, name="P", labels=[], parse_custom_model=lambda *_: (None, {"label": "open", "score": 0.123456})
    )
    tally = explained(batch, monkeypatch, PrimaryParser(module, "p.py"))
    shown = [display for frame in frames(batch) for display in walk(frame.display_meta_list, pyds.NvDsDisplayMeta.cast)]
    assert [pyds.get_string(each.text_params[0].display_text) for each in shown] == ["label: open, score: 0.1235"] * 2
    reported = tally.as_json()["parsers"]["p.py"]
    assert (reported["results"], reported["lastResult"]) == (2, "label: open, score: 0.1235")
    assert reported["outputs"] == [
        {"name": "out", "type": "float32", "shape": [2], "least": 0.0, "greatest": 4.0, "notFinite": 0}
    ]
