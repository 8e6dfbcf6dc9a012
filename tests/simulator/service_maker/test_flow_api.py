"""Flows of `pyservicemaker`: what each step adds, and what comes out."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.gstreamer
Run = Callable[..., Any]


def test_two_files_become_one_batch_that_is_detected_tracked_and_tiled(run: Run) -> None:
    found = run(
        """
    ids, pads = set(), set()
    class Look(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            for frame in batch_meta.frame_items:
                pads.add(frame.pad_index)
                ids.update(o.object_id for o in frame.object_items)
    size = {"width": 320, "height": 240, "batched_push_timeout": 4000000}
    flow = Flow(Pipeline("two")).batch_capture(["ball.mp4", "ball.mp4"], **size)
    library = "/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so"
    flow = flow.infer("detector.txt").track(ll_lib_file=library)
    flow.attach(what=Probe("look", Look())).attach("sample_video_probe", name="marker").render(sync=False)()
    answer = [sorted(pads), len(ids) >= 2, 0xFFFFFFFFFFFFFFFF in ids]
    """
    )
    assert found == [[0, 1], True, False]


def test_a_source_list_in_yaml_gives_the_sources(run: Run, folder: Path) -> None:
    uri = (folder / "ball.mp4").as_uri()
    source = f"{{uri: {uri}, sensor-id: one, sensor-name: First}}"
    (folder / "sources.yaml").write_text(f"source-list:\n- {source}\nsource-config:\n  source-bin: nvurisrcbin\n")
    found = run(
        """
    config = SourceConfig()
    config.load("sources.yaml")
    frames = []
    class Look(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            frames.append(batch_meta.n_frames)
    flow = Flow(Pipeline("list")).batch_capture("sources.yaml", width=320, height=240)
    flow.attach(Probe("look", Look())).render(RenderMode.DISCARD)()
    first = config.sensor_list[0]
    answer = [first, config.source_type, len(frames), flow.pipeline["one"].get("uri") == first.uri]
    """
    )
    assert found == [["one", "First", uri], "nvurisrcbin", 12, True]


def test_frames_that_one_flow_gives_another_takes_unchanged(run: Run) -> None:
    found = run(
        """
    import queue, threading
    import numpy
    frames = queue.Queue()
    sums = {"out": [], "in": []}
    class Take(BufferRetriever):
        def consume(self, buffer):
            tensor = buffer.extract(0).clone()
            sums["out"].append(int(numpy.from_dlpack(tensor).sum()))
            frames.put(tensor)
            return 1
    class Give(BufferProvider):
        format, width, height, framerate, device = "RGB", 320, 240, 30, "gpu"
        def generate(self, size):
            tensor = frames.get(timeout=20)
            return Buffer() if tensor is None else as_tensor(tensor, "HWC").wrap(ColorFormat.RGB)
    class See(BufferRetriever):
        def consume(self, buffer):
            sums["in"].append(int(numpy.from_dlpack(buffer.extract(0)).sum()))
            return 1
    Flow(Pipeline("out")).batch_capture(["ball.mp4"], width=320, height=240).retrieve(Take())()
    frames.put(None)
    Flow(Pipeline("in")).inject([Give()]).batch(width=320, height=240).retrieve(See())()
    answer = [len(sums["out"]), len(sums["in"]), max(abs(a - b) / a for a, b in zip(sums["out"], sums["in"]))]
    """
    )
    assert found[:2] == [12, 12]
    assert found[2] < 0.02  # NV12 lies between the two


def test_an_encoded_flow_is_a_video_of_all_frames(run: Run, folder: Path) -> None:
    run(
        """
    Flow(Pipeline("file")).batch_capture(["ball.mp4"], width=320, height=240).infer("detector.txt").encode("out.mp4")()
    """
    )
    words = [
        "ffprobe",
        "-v",
        "error",
        "-count_frames",
        "-show_entries",
        "stream=nb_read_frames,width",
        "-of",
        "csv=p=0",
    ]
    shown = subprocess.run([*words, str(folder / "out.mp4")], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.strip() == "320,12"


def test_a_forked_flow_publishes_events_and_goes_on(run: Run, folder: Path) -> None:
    (folder / "conversion.txt").write_text("[sensor0]\nenable=1\nid=CAMERA\n")
    found = run(
        """
    frames = []
    class Look(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            frames.append(batch_meta.n_frames)
    flow = Flow(Pipeline("fork")).batch_capture(["ball.mp4"], width=320, height=240).infer("detector.txt")
    flow = flow.attach("add_message_meta_probe", name="events", properties={"frame-interval": 6}).fork()
    flow.publish(
        msg_broker_proto_lib="/opt/nvidia/deepstream/deepstream/lib/libnvds_kafka_proto.so",
        msg_broker_conn_str="file:events.txt", topic="seen", msg_conv_config="conversion.txt",
    )
    flow.attach(Probe("look", Look()), tips="sink").render(RenderMode.DISCARD)
    flow()
    answer = len(frames)
    """
    )
    assert found == 12
    events = [json.loads(line) for line in (folder / "events.txt").read_text().splitlines()]
    assert events
    assert events[0]["sensor"]["id"] == "CAMERA"
    kinds = {event["event"]["type"] for event in events}
    assert "moving" in kinds, "class 0 is a vehicle without labels of the program's own"


REFUSED = {
    'flow.capture(["ball.mp4"]).apply(template_lib="x.so")': "'nvdsvideotemplate' is not simulated",
    "flow.capture([])": "No input list provided",
    'flow.capture(["away.mp4"])': "File away.mp4 doesn't exist",
    'flow.capture(["ball.mp4"], media_types="audio")': "Audio streams are not simulated",
    'flow.batch_capture("ball.mp4")': "input must be a source list or source config file",
    'flow.batch_capture(["ball.mp4"], record_config=RecordConfig())': "smart recording is not simulated",
    'RecordConfig(recording_type="cloud")': "Missing required cloud recording fields: proto_lib",
    'flow.capture(["ball.mp4", "ball.mp4"]).infer("detector.txt")': "multiple streams must be batched",
    'flow.capture(["ball.mp4"]).analyze("away.txt")': "Config file away.txt not found",
    'flow.capture(["ball.mp4"]).render(RenderMode.STREAM)': "RenderMode.STREAM",
    'flow.capture(["ball.mp4"]).encode("out.avi")': "File extension .avi is not supported",
    "from pyservicemaker.utils import MediaExtractor": "MediaExtractor is not simulated",
}


def test_what_cannot_be_done_is_refused_by_name(run: Run) -> None:
    said = run(
        f"""
    said = {{}}
    for line in {list(REFUSED)!r}:
        flow = Flow(Pipeline("p"))
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


def test_a_program_adds_a_step_of_its_own_by_the_originator_of_the_stream(run: Run) -> None:
    found = run(
        """
    def overlay(flow):
        [(source, template, kind)] = flow._streams
        flow.pipeline.add("nvosdbin", "overlay").link(flow._streams[0].originator, "overlay")
        names.append([source.split("-")[0], template, kind])
        return Flow(flow.pipeline, streams=["overlay"], parent=flow)
    class Count(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            names.append(batch_meta.n_frames)
    names = []
    flow = overlay(Flow(Pipeline("own")).batch_capture(["ball.mp4"], width=320, height=240))
    flow.attach(Probe("count", Count())).render(RenderMode.DISCARD)()
    names.append(sorted(flow.pipeline._nodes))
    names.append(Flow(Pipeline("other")).capture(["ball.mp4"]).batch().infer("detector.txt").render().pipeline)
    answer = [*names[:-1], list(names[-1]._nodes)]
    """
    )
    assert found[:-2] == [["batch_capture", "", "video"], *[1] * 12]
    assert found[-2] == ["batch_capture-mux-1", "batch_capture-source-0_0", "overlay", "render-sink-0"]
    first = ["capture-source-0", "batch-mux-0", "infer-infer-0"]
    assert found[-1] == [*first, "render-convert-7", "render-osd-8", "render-sink-5"]


def test_frames_of_a_source_that_is_not_batched_are_pictures_and_it_seeks_at_once(run: Run) -> None:
    found = run(
        """
    class Take(BufferRetriever):
        def consume(self, buffer):
            tensor = buffer.extract(0)
            shapes.append(tensor.shape)
            return 1
    class Watch(BufferOperator):
        def handle_buffer(self, buffer):
            times.append(buffer.timestamp)
            batches.add((buffer.batch_meta.n_frames, *buffer.batch_meta.frame_items, *buffer.batch_meta.extract(4)))
            return True
    shapes, times, batches = [], [], set()
    Flow(Pipeline("one")).capture(["ball.mp4"]).retrieve(Take())()
    p = Pipeline("seek").add("videotestsrc", "src", {"num-buffers": 40}).add("nvvideoconvert", "convert")
    p.add("capsfilter", "caps", {"caps": "video/x-raw(memory:NVMM),format=RGB,width=30,height=20,framerate=10/1"})
    p.add("appsink", "sink", {"emit-signals": True, "sync": False, "max-buffers": 1})
    p.link("src", "convert", "caps", "sink")
    p.attach("caps", Probe("watch", Watch())).attach("sink", Receiver("take", Take()), tips="new-sample")
    p.prepare().seek(2).activate().wait()
    answer = [len(shapes) > 12, sorted(set(shapes)), 2_000_000_000 in times, list(batches)]
    """
    )
    assert found == [True, [[20, 30, 3], [240, 320, 3]], True, [[0]]]
