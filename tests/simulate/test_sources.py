"""`azdacli simulate` on several sources at once, and on stills of any format that the decoders have."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulate.conftest import ASSETS, Answer, decoded, messages_in

pytestmark = pytest.mark.gstreamer

Simulate = Callable[..., Answer]


def launched(words: str, path: Path) -> Path:
    subprocess.run(["gst-launch-1.0", "-q", *words.split(), f"location={path}"], check=True, timeout=60)
    return path


def test_several_sources_make_a_batch_and_a_picture_of_tiles(simulate: Simulate, ball: Path, tmp_path: Path) -> None:
    words = ("--source", ball, "--source", "test:ball:1", "--seconds", "0.5", "--output", tmp_path, "--json")
    answer = simulate(ASSETS, *words)
    assert answer.code == 0, answer.err
    assert answer.json["streams"] == {"ball": 15, "ball-2": 15}
    assert answer.json["messages"] == 15, "a message for each batch"
    first = messages_in(tmp_path / "messages.jsonl")[0]["inferences"]
    assert [each["sourceInfo"]["id"] for each in first if each["type"] == "detection"] == ["ball", "ball-2"]
    assert len(decoded(tmp_path / "annotated.mp4")) == 15


@pytest.mark.parametrize(
    ("encoder", "name"), [("jpegenc", "still.jpe"), ("webpenc", "still.webp"), ("pngenc", "still")]
)
def test_a_still_of_any_format_is_one_by_what_it_holds(
    simulate: Simulate, tmp_path: Path, encoder: str, name: str
) -> None:
    pixels = "video/x-raw,width=320,height=240 ! videoconvert"
    words = f"videotestsrc num-buffers=1 pattern=ball ! {pixels} ! {encoder} ! filesink"
    image = launched(words, tmp_path / name)
    answer = simulate(ASSETS, "--source", image, "--output", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["frames"], answer.json["frameSize"]) == (1, [320, 240])
    assert answer.json["picture"] == str(tmp_path / "out" / "annotated.png")
    assert (tmp_path / "out" / "annotated.png").read_bytes().startswith(b"\x89PNG")


def test_a_video_of_pictures_is_a_video(simulate: Simulate, tmp_path: Path) -> None:
    words = (
        "videotestsrc num-buffers=10 ! video/x-raw,width=320,height=240,framerate=10/1 ! jpegenc ! avimux ! filesink"
    )
    video = launched(words, tmp_path / "film.avi")
    answer = simulate(ASSETS, "--source", video, "--output", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["frames"], Path(answer.json["picture"]).name) == (10, "annotated.mp4")


def test_a_format_that_no_element_takes_is_named(simulate: Simulate, tmp_path: Path) -> None:
    words = "videotestsrc num-buffers=1 ! video/x-raw,format=GRAY16_BE,width=322,height=240 ! pngenc ! filesink"
    image = launched(words, tmp_path / "grey.png")
    answer = simulate(ASSETS, "--source", image, "--output", tmp_path / "out")
    assert answer.code == 10
    assert "error: grey: nvvideoconvert does not take GRAY16_BE, 322 x 240 pixels\nhint: Convert it" in answer.err
