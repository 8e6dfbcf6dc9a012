"""The example that reads text: real models, a primary and a secondary parser, text whose place and words are known."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulate import reading
from tests.simulate.conftest import Answer, decoded, detections_in, messages_in, wait_for

pytestmark = [pytest.mark.gstreamer, pytest.mark.models]

FRAMES = 60
Run = Callable[..., Path]


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's folder with its models."""
    return reading.assets_in(tmp_path_factory.mktemp("read-text") / "custom-assets")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return reading.make_video(tmp_path_factory.mktemp("text") / "text.mp4", FRAMES)


@pytest.fixture
def run(runtime_environment: dict[str, str], tmp_path: Path) -> Run:
    """Run the runtime on a configuration, to the end or until so many messages were written; gives the messages."""

    def play(configuration: dict[str, Any], *words: object, until: int | None = None) -> Path:
        settings, messages = tmp_path / "settings.json", tmp_path / "messages.jsonl"
        settings.write_text(json.dumps(configuration), encoding="utf-8")
        command = [sys.executable, "-m", "azda_runtime", "run", "--settings", settings, "--messages", messages, *words]
        with subprocess.Popen(
            list(map(str, command)), env=runtime_environment, stderr=subprocess.PIPE, text=True
        ) as child:
            try:
                if until is not None:
                    wait_for(
                        lambda: messages.is_file() and messages.read_text(encoding="utf-8").count("\n") >= until, 200
                    )
                    child.terminate()
                err = child.communicate(timeout=240)[1]
            finally:
                child.kill()
        assert (child.returncode, err) == (0, "")
        return messages

    return play


@pytest.fixture(params=["basic", "digest"])
def camera(request: pytest.FixtureRequest, video: Path) -> Iterator[str]:
    program = Path(__file__).with_name("reading_camera.py")
    with subprocess.Popen([sys.executable, program, video, request.param], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.kill()


def test_text_is_found_where_it_is_and_read_right(
    simulate: Callable[..., Answer], assets: Path, video: Path, tmp_path: Path
) -> None:
    answer = simulate(assets, "--source", video, "--output", tmp_path, "--json")
    assert answer.code == 0, answer.err
    assert {Path(name).name for name in answer.json["parsers"]} == {"text_detector.py", "text_reader.py"}
    found = detections_in(tmp_path / "messages.jsonl")
    assert sorted(found) == list(range(FRAMES))

    boxes = reading.boxes_in(decoded(video))
    assert boxes[-1][0] - boxes[0][0] > 200, "the text moves"
    assert reading.share_read(boxes, [found[number] for number in range(FRAMES)]) >= 0.95

    assert len(decoded(tmp_path / "annotated.mp4")) == FRAMES


def test_the_tracker_gives_the_text_one_id(
    simulate: Callable[..., Answer], assets: Path, video: Path, tmp_path: Path
) -> None:
    answer = simulate(
        *(assets, "--source", video, "--tracker", "light", "--seconds", "1"), *("--output", tmp_path, "--json")
    )
    assert answer.code == 0, answer.err
    reported = [each for detections in detections_in(tmp_path / "messages.jsonl").values() for each in detections]
    assert len(reported) >= 20, "a tracker is silent about new objects for some frames"
    assert len({each["tracking_id"] for each in reported}) == 1
    assert Counter(each.get("customInfo") for each in reported).most_common(1)[0][0] == reading.TEXT


def test_four_streams_at_once_are_each_read_right(run: Run, assets: Path, tmp_path: Path) -> None:
    texts, frames = {"north": "GATE 17", "east": "DOCK 42", "south": "LINE 308", "west": reading.TEXT}, 12
    videos = {name: reading.make_video(tmp_path / f"{name}.mp4", frames, text) for name, text in texts.items()}
    sensors = [{"name": name, "endpoint": path.as_uri()} for name, path in videos.items()]

    found: dict[str, dict[int, list[Any]]] = defaultdict(dict)
    for message in messages_in(run(reading.configuration(reading.pipeline(assets), sensors))):
        for each in message["inferences"]:
            if each["type"] == "detection":
                found[each["sourceInfo"]["id"]][each["sourceInfo"]["frameId"]] = each["detections"]
    assert set(found) == set(texts)
    for name, text in texts.items():
        reported = [found[name][number] for number in range(frames)]
        assert reading.share_read(reading.boxes_in(decoded(videos[name])), reported, text) >= 0.95, name


def test_a_camera_with_a_password_is_read_right(run: Run, assets: Path, camera: str, tmp_path: Path) -> None:
    """What the pipeline saw is in its picture, so that the truth holds whatever a network loses."""
    picture = tmp_path / "seen.mp4"
    sensor = {"name": "door", "endpoint": camera}
    configuration = reading.configuration(reading.pipeline(assets), [sensor], uname="guard", password="s3 cret@home")
    messages = messages_in(run(configuration, "--picture", picture, until=10))
    reported = [
        each["detections"] for message in messages for each in message["inferences"] if each["type"] == "detection"
    ]
    seen = [(frame, said) for frame, said in zip(decoded(picture), reported, strict=False) if reading.has_text(frame)]
    boxes = reading.boxes_in(frame for frame, _ in seen)
    assert len(boxes) >= 5
    assert boxes[-1][0] > boxes[0][0], "the text moves"
    assert reading.share_read(boxes, [said for _, said in seen]) >= 0.95
