"""Pipeline, nodes, probes and YAML graphs of `pyservicemaker`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.gstreamer
Run = Callable[..., Any]

DETECTOR = """
    pipeline = (Pipeline("detect")
        .add("nvurisrcbin", "src", {"uri": "file://" + __import__("os").path.abspath("ball.mp4")})
        .add("nvstreammux", "mux", {"batch-size": 1, "width": 320, "height": 240})
        .add("nvinfer", "infer", {"config-file-path": "detector.txt"})
        .add("nvosdbin", "osd").add("fakesink", "sink", {"sync": False})
        .link(("src", "mux"), ("", "sink_%u")).link("mux", "infer", "osd", "sink"))
"""


def test_a_probe_sees_each_frame_with_its_objects_and_what_it_appends_is_drawn(run: Run) -> None:
    found = run(
        DETECTOR
        + """
    answer = {"frames": [], "drawn": 0}
    class Look(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            for frame in batch_meta.frame_items:
                objects = list(frame.object_items)
                first = objects[0]
                size = frame.pipeline_width, frame.pipeline_height
                answer["frames"].append([frame.frame_number, *size, frame.pad_index])
                answer["object"] = [first.label, first.class_id, round(first.confidence, 1), first.rect_params.width]
                text = osd.Text()
                text.display_text = b"count"
                text.font.name, text.font.size = osd.FontFamily.Serif, 12
                text.font.color = osd.Color(1.0, 1.0, 1.0, 1.0)
                text.bg_color, text.set_bg_color = osd.Color(0.0, 0.0, 0.0, 1.0), True
                shown = batch_meta.acquire_display_meta()
                shown.add_text(text)
                rect = osd.Rect()
                rect.left, rect.top, rect.width, rect.height, rect.border_width = 200.0, 180.0, 40.0, 20.0, 4
                rect.border_color = osd.Color(0.0, 1.0, 0.0, 1.0)
                shown.add_rect(rect)
                frame.append(shown)
    class Pixels(BufferOperator):
        def handle_buffer(self, buffer):
            pixels = __import__("numpy").from_dlpack(buffer.extract(0))
            answer["drawn"] += int((pixels[181, 202:230] == [0, 255, 0, 255]).all())
            return True
    pipeline.attach("infer", Probe("look", Look())).attach("sink", Probe("pixels", Pixels())).start().wait()
    """
    )
    assert found["frames"] == [[number, 320, 240, 0] for number in range(12)]
    assert found["object"][0] in ("red", "blue")
    assert found["object"][3] == 16.0
    assert found["drawn"] == 12


def test_iterators_can_be_gone_through_once_and_have_no_length(run: Run) -> None:
    found = run(
        DETECTOR
        + """
    answer = []
    class Look(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            for frame in batch_meta.frame_items:
                items = frame.object_items
                answer.append([len(list(items)) > 0, len(list(items)), hasattr(items, "__len__")])
    pipeline.attach("infer", Probe("look", Look())).start().wait()
    """
    )
    assert found == [[True, 0, False]] * 12


def test_objects_that_a_program_adds_are_found_downstream_and_extracted(run: Run) -> None:
    found = run(
        DETECTOR
        + """
    class Add(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            for frame in batch_meta.frame_items:
                made = batch_meta.acquire_object_meta()
                made.class_id, made.label, made.confidence, made.object_id = 7, "extra", 0.25, 0xFFFFFFFFFFFFFFFF
                made.rect_params.left, made.rect_params.top = 10.0, 20.0
                made.rect_params.width, made.rect_params.height = 30.0, 40.0
                frame.append(made)
                user = batch_meta.acquire_user_meta()
                user.set_user_data_json({"note": [1, "two"]}, 9000)
                made.append(user)
    class See(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            global answer
            extracted = batch_meta.extract(2)
            at = extracted[0]["labels"].index(["extra"])
            frame = next(iter(batch_meta.frame_items))
            notes = [each.get_user_data_json() for o in frame.object_items for each in o.user_meta_items(9000)]
            one = extracted[0]
            answer = [one["bboxes"][at], one["objects"][at], extracted[1], one["shape"], notes]
    pipeline.attach("infer", Probe("add", Add())).attach("osd", Probe("see", See())).start().wait()
    """
    )
    assert found == [[10, 20, 40, 60], -1, None, [240, 320], [{"note": [1, "two"]}]]


def test_raw_outputs_come_as_tensors_by_layer(run: Run) -> None:
    found = run(
        DETECTOR
        + """
    import numpy
    pipeline["infer"].set({"output-tensor-meta": 1})
    class Look(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            global answer
            for frame in batch_meta.frame_items:
                for user in frame.tensor_items:
                    assert not user.as_segmentation()
                    layers = user.as_tensor_output().get_layers()
                    arrays = {name: numpy.from_dlpack(tensor) for name, tensor in layers.items()}
                    answer = {name: [list(array.shape), str(array.dtype)] for name, array in arrays.items()}
    pipeline.attach("infer", Probe("look", Look())).start().wait()
    """
    )
    assert found == {"conv2d_cov/Sigmoid": [[2, 15, 20], "float32"], "conv2d_bbox": [[8, 15, 20], "float32"]}


def test_a_buffer_operator_drops_and_messages_tell_of_states_and_the_end(run: Run) -> None:
    found = run(
        DETECTOR
        + """
    count = {"all": 0, "kept": 0}
    class Drop(BufferOperator):
        def handle_buffer(self, buffer):
            count["all"] += 1
            return count["all"] % 3 == 0
    @probe(name="count")
    class Count(BufferObserver):
        def handle_buffer(self, buffer):
            count["kept"] += 1
    seen = []
    pipeline.attach("infer", Probe("drop", Drop())).attach("sink", "count", "count")
    pipeline.prepare(seen.append).activate().wait()
    states = [m for m in seen if isinstance(m, StateTransitionMessage) and m.origin == "sink"]
    answer = [count, isinstance(seen[-1], EOSMessage), PipelineState.PLAYING in {m.new_state for m in states}]
    """
    )
    assert found == [{"all": 12, "kept": 4}, True, True]


def test_a_graph_in_yaml_with_a_probe_by_name_plays(run: Run, folder: Path) -> None:
    (folder / "graph.yaml").write_text(
        """
deepstream:
  nodes:
  - {type: filesrc, name: file, properties: {location: ball.mp4}}
  - {type: qtdemux, name: demux}
  - {type: h264parse, name: parse}
  - {type: nvv4l2decoder, name: decode}
  - {type: nvstreammux, name: mux, properties: {batch-size: 1, width: 320, height: 240}}
  - {type: nvinfer, name: infer, properties: {config-file-path: detector.txt}}
  - {type: nvdsosd, name: osd}
  - {type: fakesink, name: sink}
  - {type: python.sample_video_probe, name: marker, properties: {font-size: 15}}
  edges:
    file: demux
    demux: parse
    parse: decode
    decode: mux
    mux: infer
    infer.src: [osd, marker]
    osd: sink
"""
    )
    found = run(
        """
    texts = []
    class Look(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            texts.append(batch_meta.n_frames)
    pipeline = Pipeline("graph", "graph.yaml")
    answer = [pipeline["marker"].properties, pipeline["infer"].get("unique-id"), pipeline["mux"].get("width")]
    pipeline.attach("osd", Probe("look", Look())).start().wait()
    answer.append(len(texts))
    """
    )
    assert found == [{"font-size": 15}, 1, 320, 12]


def test_a_probe_that_a_program_registers_is_attached_by_its_name(run: Run) -> None:
    found = run(
        DETECTOR
        + """
    seen = []
    @probe(name="mine", params={"every": ("integer", 1, "how often")})
    class Mine(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            seen.append(self.get_property("every"))
    pipeline.attach("infer", "mine", "first", properties={"every": 5}).start().wait()
    answer = [set(seen) == {5}, len(seen), CommonFactory.create("no_such_probe", "x")]
    """
    )
    assert found == [True, 12, None]


def test_children_have_properties_and_enumerations_print_by_name(run: Run) -> None:
    found = run(
        """
    from pyservicemaker.logging import get_logger
    p = Pipeline("p").add("videotestsrc", "src", {"num-buffers": 2}).add("compositor", "mix").add("fakesink", "sink")
    p.link("src", "mix", "sink")["mix"].set({"sink_0::xpos": -7, "sink_0::operator": "source", "sink_0::alpha": 0.5})
    seen = []
    p.start(seen.append).wait()
    messages = [m for m in seen if isinstance(m, StateTransitionMessage) and m.origin == "sink"]
    logger = get_logger("mine")
    answer = [
        [p["mix"].get(f"sink_0::{name}") for name in ("xpos", "operator", "alpha")],
        [str(PipelineState.PLAYING), f"{osd.ArrowHead.End} {ColorFormat.RGBA}", messages[0].old_state == 1],
        repr(messages[0]),
        [logger is get_logger("mine"), len(logger.handlers), logger.level],
    ]
    """
    )
    assert found == [
        [-7, 0, 0.5],
        ["PipelineState.PLAYING", "ArrowHead.End ColorFormat.RGBA", True],
        "StateTransitionMessage(old_state=1, new_state=2, origin=sink)",
        [True, 1, 30],
    ]


REFUSED = {
    'p.add("nvmultiurisrcbin", "x")': "Element creation failed: 'nvmultiurisrcbin' is not simulated",
    'p.add("queue", "queue")': "the pipeline has a node 'queue' already",
    'p["away"]': "the pipeline has no node 'away'; it has queue, mux",
    'p["queue"].set({"colour": 1})': "queue 'queue' has no property 'colour'",
    'p["mux"].set({"sink_7::xpos": 1})': "nvstreammux 'mux' has no property 'sink_7::xpos'",
    'p["queue"].get("colour")': "queue 'queue' has no property 'colour'",
    'p["mux"].set({"width": "wide"})': "the property 'width' of 'mux' cannot be 'wide'",
    'p["queue"].set({"leaky": "sideways"})': "the property 'leaky' of 'queue' cannot be 'sideways'",
    'p.link(("queue", "mux"), ("", "sink_0"))': "'mux' has no pad 'sink_0' until it is requested",
    'p.attach("queue", "measure_latency_probe", "x")': "The plugin 'measure_latency_probe' of 'queue'",
    'p.attach("queue", Probe("x", BufferOperator()), tips="side")': "'queue' has no pad 'side'",
    'Probe("x", object())': "a Probe takes a BatchMetadataOperator",
    'Probe("x", BufferObserver())': "not BufferObserver: register it by @probe",
    'type("Mine", (BufferRetriever,), {"__init__": lambda self: None})()': "must call __init__ when overriding",
    'register_probe("drop", BufferOperator); p.attach("queue", "drop", "x")': "a registered probe is a",
    "osd.Rect().rotation_angle = 0.5": "rotation_angle is not simulated",
    "Buffer([256])": "whole numbers from 0 to 255",
    "p.start_recording('queue', 0, 1)": "smart recording is not simulated",
    'signal.SourceManager("x")': "SourceManager is not simulated",
}


def test_what_cannot_be_done_is_refused_by_name(run: Run) -> None:
    said = run(
        f"""
    said = {{}}
    for line in {list(REFUSED)!r}:
        p = Pipeline("p").add("queue", "queue").add("nvstreammux", "mux")
        try:
            exec(line)
        except Exception as error:
            said[line] = str(error)
    answer = said
    """
    )
    assert said.keys() == REFUSED.keys()
    for line, words in REFUSED.items():
        assert words in said[line]


def test_a_callback_that_raises_ends_the_program_with_its_traceback(run: Run) -> None:
    said = run(
        DETECTOR
        + """
    class Broken(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            return {}["missing"]
    pipeline.attach("infer", Probe("broken", Broken())).start().wait()
    """,
        fails=True,
    )
    assert "KeyError: 'missing'" in said
    assert "the probe 'broken' raised KeyError" in said.splitlines()[-1]


def test_what_callbacks_return_must_be_what_the_bindings_convert(run: Run) -> None:
    found = run(
        """
    class Give(BufferProvider):
        def __init__(self, last):
            super().__init__()
            self.left, self.last = [Buffer([1, 2])], last
        def generate(self, size):
            return self.left.pop() if self.left else self.last() if callable(self.last) else self.last
    class Take(BufferRetriever):
        def __init__(self, answer):
            super().__init__()
            self.answer = answer
        def consume(self, buffer):
            sizes.append(buffer.extract(0).size())
            return self.answer
    def play(last, taken, heard=None):
        p = Pipeline("p").add("appsrc", "src").add("appsink", "sink", {"emit-signals": True, "sync": False})
        p.link("src", "sink").attach("src", Feeder("give", Give(last)), tips="need-data/enough-data")
        try:
            p.attach("sink", Receiver("take", Take(taken)), tips="new-sample").start(heard).wait()
        except RuntimeError as error:
            return str(error)
    sizes = []
    empty = [bool(Buffer()), Buffer(b"12")._buffer is None, Buffer(bytearray(3)).extract(0).size()]
    answer = [play(Buffer(), 1), play(None, 1), play(Buffer(), None), play(Buffer(), 1, sys.exit), play(sys.exit, 1)]
    answer += [sizes[:2], empty]
    """
    )
    assert found[0] is None
    assert "generate() raised TypeError: it must return a Buffer" in found[1]
    assert "consume() raised TypeError: it must return a whole number" in found[2]
    assert "the message callback raised SystemExit" in found[3]
    assert "generate() raised SystemExit" in found[4]
    assert found[5:] == [[2, 2], [True, True, 3]]


def test_an_element_that_fails_is_the_programs_error(run: Run) -> None:
    said = run(DETECTOR.replace("detector.txt", "away.txt") + "\n    pipeline.start().wait()", fails=True)
    assert "infer" in said.splitlines()[-1]
    assert "away.txt" in said


def test_a_release_without_the_package_says_so(run: Run) -> None:
    assert "DeepStream 6.4 has no pyservicemaker" in run("", fails=True, AZDA_DEEPSTREAM="6.4")
