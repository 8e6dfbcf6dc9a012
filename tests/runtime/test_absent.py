"""Streams of this machine that cannot be opened: which are left out, and when."""

import os
import threading
from pathlib import Path

from azda_runtime.files import refusal
from azda_runtime.settings import Pipeline, Sensor, SourceKind, Stream
from azda_runtime.worker.absent_streams import without_absent


def sensor(name: str, kind: SourceKind, endpoint: str) -> Stream:
    return Stream(sensor=Sensor(name=name, kind=kind, endpoint=endpoint))


DOOR = sensor("door", SourceKind.RTSP, "rtsp://camera/door")
DESK = sensor("desk", SourceKind.USB, "/dev/video63")


def pipeline(*streams: Stream) -> Pipeline:
    return Pipeline(id="People", streams=streams)


def test_a_camera_that_is_not_plugged_in_is_left_out_and_the_others_stay() -> None:
    left, absent = without_absent(pipeline(DESK, DOOR))
    assert left == pipeline(DOOR)
    assert [(each.sensor, each.reason) for each in absent] == [("desk", "No such file or directory")]


def test_a_file_is_looked_for_under_its_own_name_and_found_when_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "my vidéo #1.mp4"
    stream = sensor("file", SourceKind.FILE, path.as_uri())
    _, [absent] = without_absent(pipeline(stream, DOOR))
    assert (absent.path, absent.is_there()) == (path, False)
    path.touch()
    assert absent.is_there()
    assert without_absent(pipeline(stream, DOOR)) == (pipeline(stream, DOOR), ())


def test_where_nothing_would_be_left_the_pipeline_says_itself_why_it_cannot_start() -> None:
    assert without_absent(pipeline(DESK)) == (pipeline(DESK), ())
    assert without_absent(pipeline()) == (pipeline(), ())


def test_a_fifo_that_nobody_writes_to_holds_nothing_up(tmp_path: Path) -> None:
    """Opening its end for reading waits for the other end, for ever where there is none (fifo(7))."""
    path = tmp_path / "video.mp4"
    os.mkfifo(path)
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(refusal(path)), daemon=True)
    thread.start()
    thread.join(30)
    waits = thread.is_alive()
    if waits:  # let it go
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        thread.join(30)
    assert not waits
    assert answers == [""]
