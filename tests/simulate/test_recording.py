"""Recordings of a pipeline that plays: what the files hold, and what no fault leaves behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.simulate.conftest import decoded, wait_for
from tests.simulate.test_run import pipeline, settings

pytestmark = pytest.mark.gstreamer

WIDTH, HEIGHT, RATE = 320, 180, 30
FRAMES = 150
NAMELESS = pipeline(
    "Balls", pipelineOptions={"frame": {"width": WIDTH, "height": HEIGHT}, "messages": {"perSecond": 0}}
)

Record = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of a moving ball, H.264 in MP4."""
    path = tmp_path_factory.mktemp("video") / "film.mp4"
    words = f"videotestsrc num-buffers={FRAMES} pattern=ball ! video/x-raw,format=I420,width=640,height=360,"
    words += f"framerate={RATE}/1 ! x264enc bitrate=4000 ! h264parse ! mp4mux ! filesink location={path}"
    subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=True, timeout=60)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The uploader's cache; nothing makes it beforehand."""
    return tmp_path / "cache" / "VideoUploaderCache"


@pytest.fixture
def record(runtime_environment: dict[str, str], film: Path, tmp_path: Path) -> Iterator[Record]:
    """Play the film and record it by orders; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []
    file = settings(tmp_path, {"ball": film}, NAMELESS)

    def run(folder: Path, *words: object) -> "subprocess.Popen[str]":
        command = [sys.executable, Path(__file__).with_name("recorder.py"), file, folder, *map(str, words)]
        child = subprocess.Popen(
            command, env=runtime_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.kill()
        child.communicate()


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A recording's file, read back."""

    name: str
    frames: np.ndarray
    messages: list[tuple[float, Any]]

    @property
    def numbers(self) -> list[int]:
        """The frames that its messages are about."""
        return [message["inferences"][0]["sourceInfo"]["frameId"] for _, message in self.messages]


def segments(folder: Path) -> list[Segment]:
    """Every recording in a folder; nothing else may be in it."""
    names = sorted(path.name for path in folder.iterdir())
    videos = [name for name in names if name.endswith(".mp4")]
    assert names == sorted([*videos, *(name.replace(".mp4", ".json") for name in videos)])
    found = []
    for name in videos:
        beside = json.loads((folder / name).with_suffix(".json").read_text(encoding="utf-8"))
        assert beside["video"] == name
        messages = [(each["offset"], each["message"]) for each in beside["messages"]]
        found.append(Segment(name=name, frames=decoded(folder / name, WIDTH, HEIGHT), messages=messages))
    return found


def finished(child: "subprocess.Popen[str]") -> tuple[dict[str, Any], str]:
    """The driver's last report and its story, once it has ended well."""
    out, log = child.communicate(timeout=120)
    assert child.returncode == 0, log
    report: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert report["failure"] is None
    assert report["sent"] == report["pictures"], "no picture of another branch is lost"
    return report, log


def shows_its_messages(segment: Segment) -> None:
    """Each frame has its message, at its place in the video, about the ball that is in the picture just there."""
    assert len(segment.messages) == len(segment.frames)
    for index, (offset, message) in enumerate(segment.messages):
        assert offset == pytest.approx(index / RATE, abs=0.002)
        [reported] = [inference for inference in message["inferences"] if inference["type"] == "detection"]
        [detection] = reported["detections"]
        left, top, width, height = detection["rect"]
        rows, columns = np.nonzero(segment.frames[index].mean(axis=2) > 128)
        assert left + width / 2 == pytest.approx((columns.min() + columns.max() + 1) / 2 / WIDTH, abs=0.08)
        assert top + height / 2 == pytest.approx((rows.min() + rows.max() + 1) / 2 / HEIGHT, abs=0.08)


def test_segments_follow_each_other_without_a_gap_and_their_json_is_about_their_pictures(
    record: Record, folder: Path
) -> None:
    report, log = finished(record(folder, "0:start"))

    found = segments(folder)
    assert log == ""
    assert report["states"][-1] == {"state": "off", "files": 5, "problem": ""}
    assert [len(each.frames) for each in found] == [RATE] * 5
    assert [number for each in found for number in each.numbers] == list(range(FRAMES))
    for each in found:
        shows_its_messages(each)


def test_a_recording_starts_and_stops_again_and_again_while_the_picture_goes_on(record: Record, folder: Path) -> None:
    orders = [f"{n}:start" for n in range(5, 150, 20)] + [f"{n}:stop" for n in range(15, 150, 20)]
    finished(record(folder, *orders))

    found = segments(folder)
    assert len(found) >= 7
    for each in found:
        shows_its_messages(each)
        assert each.numbers == list(range(each.numbers[0], each.numbers[0] + len(each.numbers)))
    numbers = [number for each in found for number in each.numbers]
    assert numbers == sorted(set(numbers))


def test_another_length_holds_from_the_next_segment_on(record: Record, folder: Path) -> None:
    finished(record(folder, "0:start", "10:length=3"))

    assert [len(each.frames) for each in segments(folder)] == [RATE, 3 * RATE, RATE]


def test_a_recording_that_nobody_stops_ends_by_itself(record: Record, folder: Path) -> None:
    report, _ = finished(record(folder, "0:start", "--length", 2, "--stop-after", 3))

    assert [len(each.frames) for each in segments(folder)] == [2 * RATE, RATE]
    assert report["states"][-1]["state"] == "off"
    assert report["pictures"] == FRAMES


def test_a_file_name_is_safe_whatever_the_pipeline_is_called(record: Record, folder: Path) -> None:
    finished(record(folder, "0:start", "--id", "../../x: y"))

    assert {path.name.partition("_")[0][:4] for path in folder.iterdir()} == {"x-y-"}


def test_a_pipeline_without_a_picture_says_so_and_plays(record: Record, folder: Path) -> None:
    report, log = finished(record(folder, "0:start", "--rtp-port", 0))

    assert log == "error: Balls: Nothing can be recorded: The pipeline encodes no video.\n"
    assert report["states"][-1]["state"] == "failed"
    assert report["messages"] == FRAMES


def test_sigterm_while_recording_leaves_whole_files_alone(record: Record, folder: Path) -> None:
    child = record(folder, "0:start", "--loop")
    wait_for(lambda: folder.is_dir() and len(list(folder.glob("*.mp4"))) > 1)
    child.send_signal(signal.SIGTERM)
    finished(child)

    found = segments(folder)
    assert [len(each.frames) for each in found[:-1]] == [RATE] * (len(found) - 1)
    for each in found:
        assert len(each.messages) == len(each.frames) > 0


def test_sigkill_while_recording_leaves_nothing_broken_and_the_next_start_saves_the_rest(
    record: Record, folder: Path
) -> None:
    killed = record(folder, "0:start", "115:crash", "--length", 3)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    visible = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    hidden = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    assert len(visible) <= 2
    assert hidden

    _, log = finished(record(folder))

    found = segments(folder)
    lengths = [len(each.frames) for each in found]
    assert lengths[0] == 3 * RATE or len(visible) == 0
    assert log.count("was cut off") == 1
    for each in found:
        assert each.numbers[: len(each.frames)] == list(range(each.numbers[0], each.numbers[0] + len(each.frames)))


def test_sigkill_in_the_first_second_leaves_nothing(record: Record, folder: Path) -> None:
    killed = record(folder, "0:start", "15:crash")
    killed.communicate(timeout=120)

    _, log = finished(record(folder))

    assert list(folder.iterdir()) == []
    assert "and is removed" in log or log == ""


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 256 KB where recordings go."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "azda-test", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_ends_the_recording_with_one_sentence_and_the_pipeline_goes_on(
    record: Record, small_disk: Path
) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(220 * 1024))
    report, log = finished(record(small_disk, "0:start", "--length", 60))

    assert log == "error: Balls: The recording ended: No space is left on the disk.\n"
    assert report["states"][-1] == {"state": "failed", "files": 0, "problem": "No space is left on the disk."}
    assert report["messages"] == FRAMES
    assert list(small_disk.iterdir()) == [filler]

    filler.unlink()
    report, log = finished(record(small_disk, "0:start"))
    assert (log, report["states"][-1]["files"]) == ("", 5)


def test_a_disk_that_fills_up_costs_the_file_at_hand_alone_and_a_later_start_works_again(
    record: Record, small_disk: Path
) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(140 * 1024))
    child = record(small_disk, "0:start", "--loop")
    assert child.stdout
    lines: list[Any] = []
    for line in child.stdout:
        lines.append(json.loads(line))
        if lines[-1]["state"] == "failed":
            break
    filler.unlink()
    assert lines[-1]["files"] == len(list(small_disk.glob("*.mp4"))) > 0
    child.send_signal(signal.SIGTERM)
    _, log = child.communicate(timeout=60)
    assert (child.returncode, log.count("No space is left on the disk.")) == (0, 1)
    assert all(len(each.frames) == RATE for each in segments(small_disk))


def test_a_folder_that_cannot_be_made_is_one_sentence(record: Record, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("a file")
    report, log = finished(record(folder, "0:start"))

    assert log.count("error: ") == 1
    assert "cannot be" in report["states"][-1]["problem"]
    assert report["messages"] == FRAMES
