"""DeepStream programs run unmodified: each is written as NVIDIA documents the pattern, and its output is checked."""

import contextlib
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.simulator import ball_models
from tests.simulator.detectors import DETECTOR, PIXEL, TENSORS, Program, configuration, free_port

pytestmark = pytest.mark.gstreamer


def ball_in(picture: np.ndarray) -> list[int]:
    """Left, top, width and height of what is bright in a picture of shape (height, width, channels)."""
    rows, columns = np.nonzero(picture[..., :3].max(axis=2) > 127)
    return [
        int(columns.min()),
        int(rows.min()),
        int(columns.max() - columns.min() + 1),
        int(rows.max() - rows.min() + 1),
    ]


def test_raw_tensors_parsed_with_ctypes_become_objects_of_the_frame(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.box_finder(tmp_path / "boxes.onnx", 240, 320)
    seen = run_program("tensor_parsing.py", configuration(tmp_path, model, TENSORS))
    assert seen["layers"] == [["boxes", "NvDsInferDataType.FLOAT", 1]]
    assert [box[0] for box in seen["boxes"]] == list(range(20))
    assert {box[5] for box in seen["boxes"]} == {"ball 1.00"}
    assert all(36 <= box[3] <= 40 and 36 <= box[4] <= 40 for box in seen["boxes"])
    centres = [(box[1] + box[3] / 2, box[2] + box[4] / 2) for box in seen["boxes"]]
    assert len(set(centres)) == 20, "the ball moves"


def test_pixels_written_in_a_probe_are_what_the_elements_behind_it_see(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    seen = run_program("image_redaction.py", configuration(tmp_path, model, DETECTOR), tmp_path)
    assert len(seen) == 10
    assert all(white == 0 for _, white in seen), "the balls are painted over"
    kept = [np.load(tmp_path / f"stream_{index}.npy") for index in range(2)]
    assert [frame.shape for frame in kept] == [(240, 320, 4)] * 2
    width, height = ball_in(kept[0])[2:]
    assert seen[0][0] == pytest.approx(2 * width * height, rel=0.1)


def test_a_detector_with_drawing_writes_a_video_that_plays(
    tmp_path: Path, run_program: Program, ball_video: Path
) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 360, 640)
    target = tmp_path / "out.mp4"
    seen = run_program("detector_osd.py", ball_video, configuration(tmp_path, model, DETECTOR), target)
    assert seen == {"frames": 60, "objects": 60}
    frames = decoded(target, 640, 360)
    assert len(frames) == 60
    blue = [(f[..., 2] > 120) & (f[..., 0] < 90) for f in frames]
    assert all(mask.sum() > 200 for mask in blue), "each frame has the blue box of the probe"
    assert all((f[10:40, 10:190] > 180).sum() > 100 for f in frames), "and the white text of the display metadata"


def test_a_cascade_gives_each_ball_one_id_and_its_colour(tmp_path: Path, run_program: Program) -> None:
    primary = configuration(
        tmp_path, ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320), DETECTOR, name="primary.txt"
    )
    (tmp_path / "labels.txt").write_text("red;green;blue\n")
    secondary = configuration(
        tmp_path,
        ball_models.colour_classifier(tmp_path / "colour.onnx", 24, 24),
        f"{PIXEL}\nnetwork-type=1\nprocess-mode=2\noperate-on-gie-id=1\nlabelfile-path=labels.txt\nclassifier-threshold=0.5\n",
        name="secondary.txt",
        unique_id=2,
    )
    tracking = tmp_path / "tracker.yml"
    tracking.write_text("%YAML:1.0\nTargetManagement:\n  probationAge: 0\n  maxShadowTrackingAge: 10\n")
    seen = run_program("cascade_tracker.py", primary, secondary, tracking)
    assert [(s["source"], s["frame"]) for s in seen] == [(source, frame) for frame in range(15) for source in range(2)]
    ids = {source: {s["id"] for s in seen if s["source"] == source} for source in (0, 1)}
    assert all(len(found) == 1 for found in ids.values())
    assert ids[0] != ids[1]
    labels = {
        source: {tuple(label) for s in seen if s["source"] == source for label in s["labels"]} for source in (0, 1)
    }
    assert labels == {0: {(2, "red", 0)}, 1: {(2, "blue", 2)}}
    assert all(str(s["id"]) in s["text"] for s in seen)


def test_many_sources_share_batches_and_become_tiles(tmp_path: Path, run_program: Program, ball_video: Path) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 360, 640)
    uri = ball_video.as_uri()
    target = tmp_path / "tiles.mp4"
    seen = run_program("sources_tiler.py", configuration(tmp_path, model, DETECTOR), target, uri, uri, uri, uri)
    delivered = [tuple(frame[:2]) for batch in seen["batches"] for frame in batch]
    assert sorted(delivered) == [(source, frame) for source in range(4) for frame in range(60)], "no frame is lost"
    assert all([frame[3] for frame in batch] == list(range(len(batch))) for batch in seen["batches"])
    full = [
        boxes
        for boxes, batch in zip(seen["boxes"], seen["batches"], strict=True)
        if len(batch) == 4 and len({f[1] for f in batch}) == 1
    ]
    assert full, "sources of one length stay together"
    for boxes in full[1:]:
        lefts, tops, widths = zip(*boxes, strict=True)
        assert len(boxes) == 4
        assert lefts[2] - lefts[0] == pytest.approx(320, abs=2)
        assert max(tops) - min(tops) == pytest.approx(180, abs=2)
        assert set(widths) <= {w for w in widths if w < 22}
    frames = decoded(target, 640, 360)
    assert len(frames) == len(seen["batches"])


def test_a_demultiplexer_gives_each_source_its_own_file(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    seen = run_program("demux_outputs.py", configuration(tmp_path, model, DETECTOR), tmp_path)
    assert seen == [[[0, n, 1] for n in range(10)], [[1, n, 1] for n in range(20)]]
    assert [len(decoded(tmp_path / f"out{index}.mp4", 320, 240)) for index in (0, 1)] == [10, 20]


def test_segmentation_masks_are_arrays_of_classes(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.ball_segmenter(tmp_path / "seg.onnx", 120, 160)
    text = f"{PIXEL}\nnetwork-type=2\nnum-detected-classes=2\nsegmentation-threshold=0.5\n"
    seen = run_program("segmentation.py", configuration(tmp_path, model, text))
    assert len(seen) == 5
    assert {tuple(frame[:3]) for frame in seen} == {(2, 160, 120)}
    assert seen[0][3:5] == [pytest.approx(80, abs=2), pytest.approx(60, abs=2)], "the ball starts in the middle"
    assert seen[-1][3:5] != seen[0][3:5]
    shown = [frame[5:] for frame in seen]
    assert [picture[:3] for picture in shown] == [[[120, 160, 4], *frame[3:5]] for frame in seen], "where the mask is"
    assert {tuple(picture[3]) for picture in shown} == {(0, 128, 128)}, "the colour of class 0"


def test_sources_come_and_go_while_the_pipeline_plays(tmp_path: Path, run_program: Program, ball_video: Path) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 360, 640)
    seen = run_program("runtime_sources.py", configuration(tmp_path, model, DETECTOR), ball_video.as_uri())
    assert sorted(seen["ends"]) == [0, 1]
    for source in (0, 1):
        numbers = [frame for index, frame in seen["seen"] if index == source]
        assert numbers == list(range(60))


def test_metadata_of_the_programs_own_are_copied_with_the_buffer_and_released(run_program: Program) -> None:
    seen = run_program("custom_user_meta.py")
    assert seen["seen"] == [[n, f"frame {n}", n * 10 + 1] for n in range(5)], "the converter's buffer is a copy"
    assert set(seen["released"]) == set(range(5))


def decoded(path: Path, width: int, height: int) -> list[np.ndarray]:
    """All frames of a video file, by an independent decoder; uint8, (height, width, 3)."""
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return list(np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3))


@pytest.mark.parametrize("release", ["7.1", pytest.param("9.1", marks=pytest.mark.slow)])
def test_analytics_count_regions_and_crossings(
    tmp_path: Path, run_program: Program, ball_video: Path, release: str
) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 360, 640)
    tracking, rules = tmp_path / "tracker.yml", tmp_path / "rules.txt"
    tracking.write_text("%YAML:1.0\nTargetManagement:\n  probationAge: 0\n")
    rules.write_text(
        "[property]\nenable=1\nconfig-width=1280\nconfig-height=720\nosd-mode=2\n"
        "[roi-filtering-stream-0]\nenable=1\nroi-ALL=0;0;1280;0;1280;720;0;720\nclass-id=-1\n"
        "[line-crossing-stream-0]\nenable=1\nclass-id=0\nmode=loose\nline-crossing-Right=600;360;1000;360;900;0;900;720\n"
    )
    files = (configuration(tmp_path, model, DETECTOR), tracking, rules)
    seen = run_program("analytics.py", ball_video.as_uri(), *files, env={"AZDA_DEEPSTREAM": release})
    assert [entry["frame"] for entry in seen] == list(range(60))
    assert all(entry["counts"] == {"0": 1} for entry in seen)
    assert sum(entry["regions"] == {"ALL": 1} for entry in seen) > 50
    assert sum("Right" in status[1] for entry in seen for status in entry["objects"]) == 1, "the ball crosses once"
    assert seen[-1]["crossed"] == {"Right": 1}


def test_messages_follow_the_full_schema(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    conversion, lines = tmp_path / "msgconv.txt", tmp_path / "messages.txt"
    conversion.write_text(
        "[sensor0]\nenable=1\ntype=Camera\nid=CAMERA_ID\nlocation=45.29;-75.83;48.15\ndescription=Door\ncoordinate=5.2;10.1;11.2\n"
        "[place0]\nenable=1\nid=1\ntype=garage\nname=XYZ\nlocation=30.32;-40.55;100.0\ncoordinate=1.0;2.0;3.0\n"
        "place-sub-field1=walsh\nplace-sub-field2=lane1\nplace-sub-field3=P2\n"
        "[analytics0]\nenable=1\nid=XYZ_1\ndescription=Vehicle Detection\nsource=OpenALR\nversion=1.0\n"
    )
    config = configuration(tmp_path, model, DETECTOR)
    assert run_program("message_broker.py", config, conversion, 0, f"file:{lines}") == [0, 5, 10]
    messages = [json.loads(line) for line in lines.read_text().splitlines()]
    assert len(messages) == 3
    first = messages[0]
    assert first["sensor"]["id"] == "CAMERA_ID"
    assert first["place"]["location"] == {"lat": 30.32, "lon": -40.55, "alt": 100.0}
    aisle = {"id": "walsh", "name": "lane1", "level": "P2", "coordinate": {"x": 1.0, "y": 2.0, "z": 3.0}}
    assert first["place"]["aisle"] == aisle, "what moves is in an aisle"
    assert first["object"]["id"] == "7"
    assert list(first["object"]["vehicle"].items()) == [
        *(("type", "sedan"), ("make", "Bugatti"), ("model", "M"), ("color", "blue")),
        *(("licenseState", "CA"), ("license", "XX1234"), ("confidence", 1.0)),
    ]
    box = first["object"]["bbox"]
    assert 36 <= box["bottomrightx"] - box["topleftx"] <= 40
    assert first["event"]["type"] == "moving"


def test_messages_follow_the_minimal_schema(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    conversion, lines = tmp_path / "msgconv.txt", tmp_path / "messages.txt"
    conversion.write_text("[sensor0]\nenable=1\nid=CAMERA_ID\n")
    run_program("message_broker.py", configuration(tmp_path, model, DETECTOR), conversion, 1, f"file:{lines}")
    messages = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [(m["version"], m["id"], m["sensorId"]) for m in messages] == [
        ("4.0", n, "sensor-0") for n in ["0", "5", "10"]
    ]
    parts = messages[0]["objects"][0].split("|")
    assert (parts[0], *parts[5:]) == ("7", "Vehicle", "#", "sedan", "Bugatti", "M", "blue", "XX1234", "CA", "1")


def test_a_stream_leaves_and_arrives_by_rtsp(tmp_path: Path, run_program: Program, environment: dict[str, str]) -> None:
    config = configuration(tmp_path, ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320), DETECTOR)
    ports = [str(free_port(kind)) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
    server = subprocess.Popen(
        [sys.executable, Path(__file__).parent / "rtsp_out.py", config, *ports],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        seen = run_program("rtsp_in.py", json.loads(server.stdout.readline()), config)
    finally:
        server.communicate("\n", timeout=30)
    assert server.returncode == 0
    assert [frame[0] for frame in seen[:30]] == list(range(30))
    assert sum(frame[1] == 1 for frame in seen) >= 25, "the ball is found in what came over the network"
    assert all(frame[2] > 0 for frame in seen)


def test_a_dewarped_camera_keeps_its_source_id(tmp_path: Path, run_program: Program) -> None:
    config = tmp_path / "dewarper.txt"
    config.write_text(
        "[property]\noutput-width=320\noutput-height=200\n[surface0]\nprojection-type=2\nsurface-index=1\nwidth=320\nheight=200\n"
        "top-angle=45\nbottom-angle=-45\nsrc-fov=180\nfocal-length=150\n"
    )
    seen = run_program("dewarped_camera.py", config)
    assert [entry[:3] for entry in seen] == [[[0, 6, 2, 1], [320, 200], [320, 200]]] * 2


def test_a_file_loops_without_an_end(run_program: Program, ball_video: Path) -> None:
    seen = run_program("looped_file.py", ball_video.as_uri(), 150)[:150]
    assert [frame[0] for frame in seen] == list(range(150)), "frame numbers go on"
    assert seen[60][1] == seen[0][1], "the source's own time starts again"
    times = [frame[2] for frame in seen]
    assert times == sorted(set(times)), "the batch's time goes on"


def test_a_pipeline_string_plays(tmp_path: Path, run_program: Program, ball_video: Path) -> None:
    target = tmp_path / "out.h264"
    words = run_program(
        "launch_string.py",
        f"filesrc location={ball_video} ! qtdemux ! h264parse ! nvv4l2decoder ! m.sink_0 "
        "nvstreammux name=m batch-size=1 width=320 height=180 ! nvmultistreamtiler width=320 height=180 ! "
        "nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12 ! nvv4l2h265enc bitrate=1000000 ! h265parse ! "
        f"matroskamux ! filesink location={target}",
    )
    assert words == ["eos"]
    assert len(decoded(target, 320, 180)) == 60


@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        ("videotestsrc ! nvvideoconvert ! m.sink_0 nvstreammux name=m batch-size=1 ! fakesink", "Output width not set"),
        ("videotestsrc ! nvvideoconvert ! nvinfer ! fakesink", "Configuration file not provided"),
        ("videotestsrc ! nvvideoconvert ! nvtracker ll-lib-file=/opt/my.so ! fakesink", "native code"),
        ("videotestsrc ! nvvideoconvert ! nvdsosd ! fakesink", "without batch metadata"),
        ("videotestsrc ! nvvideoconvert src-crop=1:2:3 ! video/x-raw(memory:NVMM) ! fakesink", "left:top:width:height"),
        (
            "videotestsrc ! nvvideoconvert ! nvstreammux batch-size=1 width=64 height=64 cache-buffer=1 ! fakesink",
            "cache-buffer=True is not simulated",
        ),
        (
            "videotestsrc ! nvvideoconvert ! nvinfer raw-output-file-write=1 ! fakesink",
            "raw-output-file-write=True is not simulated",
        ),
        ("videotestsrc ! nvmsgconv multiple-payloads=1 ! fakesink", "multiple-payloads=True is not simulated"),
        ("videotestsrc ! nvmsgbroker proto-lib=/opt/libnvds_kafka_proto.so conn-str=h;1", "libnvds_kafka_proto.so"),
    ],
)
def test_what_is_not_simulated_or_wrong_is_said_in_one_sentence(
    run_program: Program, description: str, sentence: str
) -> None:
    kind, message, _hint = run_program("launch_string.py", description)
    assert kind == "error"
    assert sentence in message


@pytest.mark.parametrize("key", ["outputShadowTracks", "outputTerminatedTracks"])
def test_target_lists_that_are_not_attached_are_refused(tmp_path: Path, run_program: Program, key: str) -> None:
    config = tmp_path / "tracker.yml"
    config.write_text(f"TargetManagement:\n  {key}: 1\n")
    kind, message, hint = run_program(
        "launch_string.py", f"videotestsrc ! nvvideoconvert ! nvtracker ll-config-file={config} ! fakesink"
    )
    assert kind == "error"
    assert "outputTerminatedTracks are not simulated" in message
    assert "Set both to 0" in hint


def test_a_local_triton_repository_is_served(tmp_path: Path, run_program: Program) -> None:
    version = tmp_path / "models" / "ball" / "1"
    version.mkdir(parents=True)
    ball_models.coverage_detector(version / "model.onnx", 240, 320)
    (version.parent / "config.pbtxt").write_text(
        'name: "ball"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 4\n'
        'input [ { name: "input" data_type: TYPE_FP32 dims: [ 3, 240, 320 ] } ]\n'
        'output [ { name: "output_cov" data_type: TYPE_FP32 dims: [ 1, 1, 1 ] },\n'
        '         { name: "output_bbox" data_type: TYPE_FP32 dims: [ 4, 1, 1 ] } ]\n'
    )
    (tmp_path / "labels.txt").write_text("ball\n")
    config = tmp_path / "server.txt"
    config.write_text(
        "infer_config { unique_id: 5 gpu_ids: [0] max_batch_size: 4\n"
        '  backend { triton { model_name: "ball" version: -1 model_repo { root: "./models" } } }\n'
        "  preprocess { network_format: IMAGE_FORMAT_RGB tensor_order: TENSOR_ORDER_LINEAR\n"
        "    normalize { scale_factor: 0.00392156862745098 } }\n"
        '  postprocess { labelfile_path: "labels.txt" detection { num_detected_classes: 1\n'
        "    per_class_params { key: 0 value { pre_threshold: 0.5 } }\n"
        "    nms { confidence_threshold: 0.5 topk: 5 iou_threshold: 0.5 } } } }\n"
        "input_control { process_mode: PROCESS_MODE_FULL_FRAME interval: 0 }\n"
    )
    seen = run_program("inference_server.py", config)
    assert [entry[:2] for entry in seen] == [[5, "ball"]] * 4
    assert all(36 <= entry[2] <= 40 and 36 <= entry[3] <= 40 for entry in seen)


def test_a_real_text_detector_finds_the_text(tmp_path: Path, run_program: Program, ocr_models: Path) -> None:
    model = next(ocr_models.glob("*det*.onnx"))
    config = configuration(
        tmp_path,
        model,
        "infer-dims=3;384;640\nnet-scale-factor=0.00784313725\noffsets=127.5;127.5;127.5\n"
        "network-type=100\noutput-tensor-meta=1\nscaling-filter=1\n",
    )
    found, again = run_program("text_detection.py", config, "DEEPSTREAM")
    assert found == again
    left, top, right, bottom = found
    assert (left + right) / 2 == pytest.approx(320, abs=12)
    assert (top + bottom) / 2 == pytest.approx(192, abs=15)
    assert right - left > 4 * (bottom - top)


def test_past_frames_tell_where_a_target_was_on_probation(tmp_path: Path, run_program: Program) -> None:
    config = configuration(tmp_path, ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320), DETECTOR)
    tracking = tmp_path / "tracker.yml"
    tracking.write_text("%YAML:1.0\nTargetManagement:\n  probationAge: 3\n  earlyTerminationAge: 2\n")
    seen = run_program("past_frames.py", config, tracking)
    assert seen["reported"] == [[number, int(number >= 3)] for number in range(8)]
    assert [[one[0], one[1]] for one in seen["past"]] == [[0, 0], [0, 1], [0, 2]]
    assert all(30 <= one[2] <= 45 for one in seen["past"])


@pytest.mark.broker
def test_messages_arrive_at_a_real_mqtt_broker(tmp_path: Path, run_program: Program) -> None:
    mqtt = pytest.importorskip("paho.mqtt.client", reason="paho-mqtt is the simulator's MQTT client")
    mosquitto = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if mosquitto is None:
        pytest.skip("needs Debian's mosquitto")
    config = configuration(tmp_path, ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320), DETECTOR)
    conversion, settings, port = tmp_path / "msgconv.txt", tmp_path / "mosquitto.conf", free_port(socket.SOCK_STREAM)
    conversion.write_text("[sensor0]\nenable=1\nid=CAMERA_ID\n")
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    broker = subprocess.Popen([mosquitto, "-c", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    received: queue.Queue[str] = queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: received.put(message.payload.decode())
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                client.connect("127.0.0.1", port)
                break
            time.sleep(0.1)
        client.loop_start()
        client.subscribe("detections", qos=1)
        run_program("message_broker.py", config, conversion, 1, f"127.0.0.1;{port}")
        messages = [json.loads(received.get(timeout=10)) for _ in range(3)]
    finally:
        client.loop_stop()
        broker.terminate()
        broker.wait(10)
    assert [(message["id"], message["sensorId"]) for message in messages] == [(n, "sensor-0") for n in ("0", "5", "10")]


@pytest.mark.broker
def test_a_broker_that_wants_a_login_is_told_by_its_own_word(tmp_path: Path, environment: dict[str, str]) -> None:
    mosquitto = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if mosquitto is None:
        pytest.skip("needs Debian's mosquitto")
    settings, port = tmp_path / "mosquitto.conf", free_port(socket.SOCK_STREAM)
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\n")
    broker = subprocess.Popen([mosquitto, "-c", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        words = "videotestsrc num-buffers=1 ! nvmsgbroker proto-lib=libnvds_mqtt_proto.so"
        done = subprocess.run(
            ["gst-launch-1.0", *words.split(), f"conn-str=127.0.0.1;{port}"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        broker.terminate()
        broker.wait(10)
    assert done.returncode != 0
    assert "refused us: Not authorized" in done.stderr
