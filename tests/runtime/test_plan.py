"""Settings become a plan of elements and links, which a person can review: the goldens beside this file."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import azda_runtime
import pytest
from azda_runtime.configuration import Configuration, read_configuration
from azda_runtime.plan import Plan, Planning, Platform, ProbeRole, Secret, plan
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings import (
    Credentials,
    Crop,
    FrameSize,
    Model,
    Pipeline,
    Sensor,
    SourceKind,
    Stream,
    Tracker,
)
from hypothesis import given
from hypothesis import strategies as st

GOLDEN = Path(__file__).parents[1] / "golden" / "runtime"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))

DGPU = Platform.of("dgpu", has_encoder=True)
ORIN_NANO = Platform.of("jetson", has_encoder=False)
CPU = Platform.of("cpu", has_encoder=True)

FILES = {
    "/m/nvinfer.txt": "[property]\nonnx-file=m.onnx\n",
    "/m/second.txt": "[property]\nonnx-file=s.onnx\nprocess-mode=2\n",
    "/m/triton.txt": "infer_config { unique_id: 1 }\n",
    "/m/tracker.txt": "[tracker]\ntracker-width=960\ngpu-id=0\nll-lib-file=/opt/t.so\nll-config-file=a.yml;b.yml\n"
    "enable-batch-process=1\n",
    "/m/dewarp.txt": "[property]\noutput-width=960\n[surface0]\n",
}

DOOR = Stream(
    sensor=Sensor(name="door", kind=SourceKind.RTSP, endpoint="rtsp://camera:554/door"),
    credentials=Credentials(username="guard", password="s3cret@home"),
)
FILM = Stream(sensor=Sensor(name="film", kind=SourceKind.FILE, endpoint="file:///videos/film.mp4"))
DESK = Stream(sensor=Sensor(name="desk", kind=SourceKind.USB, endpoint="/dev/video0"))

FULL = Pipeline(
    id="People",
    streams=(DOOR, FILM, DESK),
    primary=Model(config_file="/m/nvinfer.txt", parser_file="/m/p.py"),
    secondaries=(Model(config_file="/m/second.txt", parser_file="/m/s.py"), Model(config_file="/m/triton.txt")),
    tracker=Tracker(config_file="/m/tracker.txt"),
    crop=Crop(x0=480, y0=0, x1=1920, y1=1080),
    dewarp="/m/dewarp.txt",
    osd=True,
)

CASES: dict[str, tuple[Pipeline, Platform]] = {
    "everything-dgpu": (FULL, DGPU),
    "everything-cpu": (FULL, CPU),
    "one-file-orin-nano": (
        Pipeline(id="Cars", streams=(FILM,), primary=Model(config_file="/m/triton.txt"), frame=FrameSize(width=1280)),
        ORIN_NANO,
    ),
    "light-tracker-dgpu": (
        Pipeline(
            id="Cars", streams=(DOOR,), primary=Model(config_file="/m/nvinfer.txt", parser="yolov4"), tracker=Tracker()
        ),
        DGPU,
    ),
    "no-model-dgpu": (Pipeline(id="Only Video", streams=(DOOR, FILM)), DGPU),
    "passthrough": (Pipeline(id="Own", passthrough="videotestsrc ! fakesink"), DGPU),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("configurations")
    for name, text in FILES.items():
        (made / Path(name).name).write_text(text, encoding="utf-8")
    return made


def written(made: Plan) -> str:
    """A plan as its golden has it, wherever this checkout is."""
    text = json.dumps(made.as_json(), indent=1) + "\n"
    return text.replace(str(Path(azda_runtime.__file__).parent), "/opt/azda/azda_runtime")


def planned(folder: Path, pipeline: Pipeline, platform: Platform = DGPU, *, loop_files: bool = True) -> Plan:
    def read(path: str) -> Configuration:
        return replace(read_configuration(folder / Path(path).name), path=Path(path))

    return plan(pipeline, Planning(platform=platform, read=read, rtp_port=5400, loop_files=loop_files))


def properties(made: Plan, factory: str) -> dict[str, Any]:
    [element] = [e for e in made.elements if e.factory == factory]
    return dict(element.properties)


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_the_golden_one(folder: Path, name: str) -> None:
    made = written(planned(folder, *CASES[name]))
    path = GOLDEN / f"plan-{name}.json"
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made, encoding="utf-8")

    assert made == path.read_text(encoding="utf-8"), "review the difference, then run the test with UPDATE_GOLDEN=1"


# Where there is no RTSP server: what `run` and `azdacli simulate` plan.
PICTURES = {"video-file-cpu": "/out/picture.mp4", "still-file-cpu": "/out/picture.PNG", "no-picture-cpu": ""}


@pytest.mark.parametrize("name", PICTURES)
def test_a_plan_without_a_server_is_the_golden_one(folder: Path, name: str) -> None:
    planning = Planning(
        platform=CPU, read=lambda path: read_configuration(folder / Path(path).name), picture_file=PICTURES[name]
    )
    model = Model(config_file="/m/nvinfer.txt", parser_file="/m/p.py")
    simulated = Pipeline(id="Cars", streams=(FILM,), primary=model, tracker=Tracker(), osd=True)
    made = written(plan(simulated, planning))
    path = GOLDEN / f"plan-{name}.json"
    if UPDATE:
        path.write_text(made, encoding="utf-8")

    assert made == path.read_text(encoding="utf-8"), "review the difference, then run the test with UPDATE_GOLDEN=1"


def test_no_golden_is_left_over() -> None:
    assert {p.name for p in GOLDEN.glob("plan-*")} == {f"plan-{name}.json" for name in (*CASES, *PICTURES)}


# What NVIDIA's elements take, from DeepStream 9.1's own sources; those of closed elements from its documentation.
KNOWN = {
    "nvurisrcbin": "uri file-loop source-id rtsp-reconnect-interval rtsp-reconnect-attempts latency "
    "select-rtp-protocol disable-audio",
    "nvstreammux": "batch-size width height batched-push-timeout live-source",
    "nvvideoconvert": "src-crop",
    "nvdewarper": "config-file source-id",
    "nvinfer": "config-file-path batch-size output-tensor-meta",
    "nvinferserver": "config-file-path batch-size",
    "nvtracker": "tracker-width tracker-height gpu-id ll-lib-file ll-config-file",
    "nvmultistreamtiler": "rows columns width height",
    "nvdsosd": "process-mode",
    "nvv4l2h264enc": "bitrate iframeinterval idrinterval insert-sps-pps",
}


@pytest.mark.parametrize("name", CASES)
def test_a_plan_sets_only_properties_that_the_elements_have(folder: Path, name: str) -> None:
    for element in planned(folder, *CASES[name]).elements:
        if element.factory.startswith("nv"):
            assert {key for key, _ in element.properties} <= set(KNOWN[element.factory].split()), element


def check_connected(made: Plan) -> None:
    names = [e.name for e in made.elements]
    assert len(set(names)) == len(names)
    sources = {link.source for link in made.links}
    sinks = {link.sink for link in made.links}
    assert sources | sinks <= set(names)
    assert {n for n in names if n not in sinks} == {n for n in names if n.removeprefix("source-").isdecimal()}
    assert [n for n in names if n not in sources] == ["rtp-sink"]
    pads = [(link.sink, link.sink_pad) for link in made.links]
    assert len(set(pads)) == len(pads)


@given(
    st.lists(st.sampled_from([DOOR, FILM, DESK]), min_size=1, max_size=9),
    st.sampled_from([None, FULL.primary]),
    st.sampled_from([None, "/m/dewarp.txt"]),
    st.sampled_from([DGPU, ORIN_NANO, CPU]),
)
def test_every_plan_is_connected_from_each_camera_to_the_picture(
    folder: Path, streams: list[Stream], primary: Model | None, dewarp: str | None, platform: Platform
) -> None:
    pipeline = Pipeline(id="P", streams=tuple(streams), primary=primary, osd=primary is None, dewarp=dewarp)

    made = planned(folder, pipeline, platform)

    check_connected(made)
    tiler = properties(made, "nvmultistreamtiler")
    assert tiler["rows"] * tiler["columns"] >= len(streams)
    assert properties(made, "nvstreammux")["batch-size"] == len(streams)


def test_a_password_is_in_the_address_that_the_element_gets_and_nowhere_else(folder: Path) -> None:
    made = planned(folder, Pipeline(id="P", streams=(DOOR,)))

    address = properties(made, "nvurisrcbin")["uri"]
    assert address == Secret("rtsp://guard:s3cret%40home@camera:554/door", "rtsp://***@camera:554/door")
    assert "s3cret" not in json.dumps(made.as_json())
    assert "s3cret" not in repr(made)


def test_a_parser_asks_nvinfer_for_tensors_and_has_a_probe(folder: Path) -> None:
    made = planned(folder, FULL)

    assert {p.role: p.element for p in made.probes} == {
        ProbeRole.PRIMARY_PARSER: "primary",
        ProbeRole.MESSAGES: "analytics-queue",
    }
    tensors = {e.name: dict(e.properties).get("output-tensor-meta") for e in made.elements if "nvinfer" in e.factory}
    assert tensors == {"primary": True, "secondary-0": True, "secondary-1": None}


def test_files_alone_are_not_live_and_loop_only_where_a_camera_is_meant(folder: Path) -> None:
    pipeline = Pipeline(id="P", streams=(FILM,))

    assert properties(planned(folder, pipeline), "nvstreammux")["live-source"] is False
    assert properties(planned(folder, pipeline), "nvurisrcbin")["file-loop"] is True
    assert properties(planned(folder, pipeline, loop_files=False), "nvurisrcbin")["file-loop"] is False


def test_files_that_stand_for_cameras_run_in_time_and_others_as_fast_as_they_can(folder: Path) -> None:
    film, door = Pipeline(id="P", streams=(FILM,)), Pipeline(id="P", streams=(DOOR,))

    assert properties(planned(folder, film), "udpsink")["sync"] is True
    assert properties(planned(folder, film, loop_files=False), "udpsink")["sync"] is False
    assert properties(planned(folder, door), "udpsink")["sync"] is False


def test_encoders_count_bits_each_in_its_own_unit(folder: Path) -> None:
    pipeline = Pipeline(id="P", streams=(FILM,))

    assert properties(planned(folder, pipeline, DGPU), "nvv4l2h264enc")["bitrate"] == 4_000_000
    assert properties(planned(folder, pipeline, CPU), "x264enc")["bitrate"] == 4_000


def test_the_picture_goes_to_this_machine_alone(folder: Path) -> None:
    sink = properties(planned(folder, FULL), "udpsink")

    assert (sink["host"], sink["port"]) == ("127.0.0.1", 5400)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"primary": Model(config_file="/m/tracker.txt")}, "is for nvtracker, not for a model"),
        ({"tracker": Tracker(config_file="/m/nvinfer.txt")}, "is for nvinfer, not for a tracker"),
        ({"primary": Model(config_file="/m/gone.txt")}, "does not exist"),
    ],
)
def test_a_configuration_for_another_element_is_refused(folder: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidValueError, match=words):
        planned(folder, replace(FULL, **changes))


def test_a_tracker_whose_number_is_none_is_refused(folder: Path) -> None:
    (folder / "bad.txt").write_text("[tracker]\ntracker-width=wide\n", encoding="utf-8")

    with pytest.raises(InvalidValueError, match=r"tracker-width in .* is not a number"):
        planned(folder, replace(FULL, tracker=Tracker(config_file="/m/bad.txt")))
