"""The twins that users of the predecessor have, served as they are: only where their media and models lie differs."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.conftest import ASSETS, ROOT, messages_in
from tests.simulate.serving import Served
from tests.simulator import tiny_models

TWINS = ROOT.parent / "shared" / "compat" / "controller-twins"
CAMERAS = ("rtsp://rtspsim:554/media/sample_cam6.mkv", "rtsp://rtspsim:554/media/peoplewaiting.mkv")
VIDEO = "file:///opt/nvidia/deepstream/deepstream/samples/streams/sample_720p.mp4"
TRAILER = "https://www.freedesktop.org/software/gstreamer-sdk/data/media/sintel_trailer-480p.webm"

# Where the configurations are not beside the checkout there is nothing to run: no tool is missing then.
REASON = "the predecessor's configurations are not beside this checkout"
pytestmark = pytest.mark.gstreamer if TWINS.is_dir() else pytest.mark.skip(reason=REASON)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As wide as the crop of the predecessor's own examples wants it."""
    path = tmp_path_factory.mktemp("compat") / "ball.mp4"
    words = "videotestsrc num-buffers=20 pattern=ball ! video/x-raw,format=I420,width=192,height=108,framerate=10/1 "
    words += "! videoscale ! video/x-raw,width=1920,height=1080 "  # so that the ball is 400 pixels wide
    words += f"! x264enc speed-preset=ultrafast ! h264parse ! mp4mux ! filesink location={path}"
    subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=True, timeout=120)
    return path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with what the twins name: a detector, three classifiers, a tracker, a dewarper and a Python parser."""
    folder = tmp_path / "models"
    folder.mkdir()
    tiny_models.blob_detector(folder / "detector.onnx", width=160, height=96)
    tiny_models.colour_classifier(folder / "colour.onnx")
    (folder / "colours.txt").write_text("red;green;blue\n", encoding="utf-8")
    (folder / "pgie_config.txt").write_text(
        "[property]\ngie-unique-id=1\nonnx-file=detector.onnx\nnet-scale-factor=0.00392156862745098\n"
        "num-detected-classes=2\ncluster-mode=2\n[class-attrs-all]\npre-cluster-threshold=0.3\n",
        encoding="utf-8",
    )
    for number in (1, 2, 3):
        (folder / f"sgie{number}_config.txt").write_text(
            f"[property]\ngie-unique-id={number + 1}\noperate-on-gie-id=1\nprocess-mode=2\nnetwork-type=1\n"
            "onnx-file=colour.onnx\nlabelfile-path=colours.txt\nclassifier-threshold=0.1\n",
            encoding="utf-8",
        )
    (folder / "tracker_config.txt").write_text("[tracker]\ntracker-width=640\ntracker-height=384\n", encoding="utf-8")
    (folder / "config_dewarper.txt").write_text(
        "[property]\noutput-width=1280\noutput-height=720\n[surface0]\nprojection-type=2\nsurface-index=0\n"
        "width=1280\nheight=720\n",
        encoding="utf-8",
    )
    for name, source in (("bodypose2d_pgie_config.txt", "pgie_config.txt"), ("body_pose_parser.py", "blob_parser.py")):
        shutil.copy(ASSETS / source, folder / name)
    for name in ("blob.onnx", "labels.txt"):
        shutil.copy(ASSETS / name, folder / name)
    return folder


@pytest.fixture
def served(
    runtime_environment: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest, video: Path, models: Path
) -> Iterator[Served]:
    """A supervisor with the twin of that number."""
    [twin] = TWINS.glob(f"{request.param}-*.json")
    text = twin.read_text(encoding="utf-8")
    for location in (VIDEO, *CAMERAS):
        text = text.replace(location, video.as_uri())
    in_time = json.dumps('"fakesink sync=true"')[1:-1]  # so that it plays for as long as it lasts
    text = text.replace(TRAILER, f"{video.as_uri()} video-sink={in_time}")
    for folder in ("config_examples", "/CustomParsers/models/bodypose2d"):
        text = text.replace(f"{folder}/", f"{models}/")
    served = Served(tmp_path, runtime_environment)
    served.configure(text)
    served.start()
    yield served
    served.clean()


def reported(served: Served) -> list[dict[str, Any]]:
    """What the messages say so far."""
    return [each for message in messages_in(served.messages) for each in message["inferences"]]


def wait_for_messages(served: Served, sensors: set[str]) -> list[dict[str, Any]]:
    """Wait until each sensor was told of with a detection."""

    def seen() -> bool:
        whole = served.messages.exists() and served.messages.read_text(encoding="utf-8").endswith("\n")
        return whole and {e["sourceInfo"]["id"] for e in reported(served) if e["detections"]} >= sensors

    served.wait(seen)
    return reported(served)


def errors_of(served: Served) -> list[str]:
    return [each["path"].rpartition("components.")[2] for each in served.state["problems"]]


@pytest.mark.parametrize("served", ["000"], indirect=True)
def test_basic_detects_and_tells_its_region(served: Served) -> None:
    wait_for_messages(served, {"rtspsim"})

    served.wait_until("PeopleDetection", "playing")
    assert messages_in(served.messages)[0]["regionsOfInterest"][0]["label"] == "ROI # 1"
    assert served.health()[0] == 0


@pytest.mark.parametrize("served", ["003", "010"], indirect=True, ids=["basic-cascade", "crop-and-dewarp"])
def test_a_cascade_classifies_what_it_tracks(served: Served) -> None:
    found = [each for e in wait_for_messages(served, {"stream-01"}) for each in e["detections"]]

    classified = [each for each in found if each.get("classifications")]
    assert {c["unique_component_id"] for each in classified for c in each["classifications"]} == {2, 3, 4}
    assert all(each["tracking_id"] >= 0 for each in classified)


@pytest.mark.parametrize("served", ["006"], indirect=True)
def test_osd_plays_both_streams(served: Served) -> None:
    wait_for_messages(served, {"stream-01", "stream-02"})

    assert served.health()[0] == 0


@pytest.mark.parametrize("served", ["011"], indirect=True)
def test_passthrough_plays_the_users_own_pipeline(served: Served) -> None:
    served.wait_until("CustomDeepStream", "playing")

    assert served.state["problems"] == []


@pytest.mark.parametrize("served", ["014"], indirect=True)
def test_disable_runs_nothing_and_is_well(served: Served) -> None:
    served.wait(lambda: served.state.get("configured"))

    assert served.state["pipelines"] == []
    assert served.state["enabled"] is False
    assert served.health() == (0, "No pipeline is wanted.")


@pytest.mark.parametrize("served", ["015"], indirect=True)
def test_a_model_that_is_not_found_is_named_and_not_tried_again_and_again(served: Served) -> None:
    failed = served.wait_until("PeopleDetection", "failed")

    assert "INCORRECT_VALUE" in failed["failure"]["message"]
    assert failed["restarts"] == 0
    code, sentence = served.health()
    assert code == 1
    assert "INCORRECT_VALUE" in sentence


@pytest.mark.parametrize(
    ("served", "locations"),
    [
        ("017", ["deepStream.streams[0].configId"]),
        ("019", ["sensors[0].endpoint", "deepStream.streams[0].name"]),
    ],
    indirect=["served"],
    ids=["invalid-configuration", "invalid-camera"],
)
def test_what_is_wrong_is_told_and_what_is_right_plays(served: Served, locations: list[str]) -> None:
    found = wait_for_messages(served, {"stream-02"})

    assert {each["sourceInfo"]["id"] for each in found} == {"stream-02"}
    assert errors_of(served) == locations


@pytest.mark.parametrize("served", ["020"], indirect=True)
def test_a_python_parser_detects(served: Served) -> None:
    found = wait_for_messages(served, {"stream-01"})

    assert {each["id"] for each in found} == {"PoseDetection"}
    assert json.dumps(found).count("blob") > 0
