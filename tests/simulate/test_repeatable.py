"""The same video gives the same frames, messages and numbers in every run, however loaded the machine is."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.conftest import ASSETS, Answer, decoded, messages_in
from tests.simulate.test_run import Start, batched, pipeline, settings, start

__all__ = ["start"]

pytestmark = pytest.mark.gstreamer

Simulate = Callable[..., Answer]


def without_wall_clock(path: Path) -> list[Any]:
    """Messages, but for the wall's time."""
    found = messages_in(path)
    for message in found:
        for inference in message["inferences"]:
            assert inference["sourceInfo"].pop("timestamp")
    return found


def test_seconds_are_exact_by_the_videos_own_clock(simulate: Simulate, ball: Path, tmp_path: Path) -> None:
    runs = [tmp_path / "one", tmp_path / "two"]
    answers = [simulate(ASSETS, "--source", ball, "--seconds", "0.7", "--output", output, "--json") for output in runs]
    assert [(answer.code, answer.json["frames"]) for answer in answers] == [(0, 21), (0, 21)]
    one, two = (without_wall_clock(output / "messages.jsonl") for output in runs)
    assert one == two
    times = [message["inferences"][0]["sourceInfo"]["videoTime"] for message in one]
    assert times == pytest.approx([number / 30 for number in range(21)], abs=1e-5), "it counts from the first frame"
    assert len(decoded(runs[0] / "annotated.mp4")) == 21


def test_batches_of_files_that_end_apart_are_the_same_in_every_run(start: Start, ball: Path, tmp_path: Path) -> None:
    """A source's end reaches the multiplexer sooner or later: it must not decide which frames share a batch."""
    short = tmp_path / "short.mp4"
    words = "videotestsrc num-buffers=7 pattern=snow ! video/x-raw,format=I420,width=160,height=120,framerate=30/1 !"
    words += f" x264enc ! h264parse ! mp4mux ! filesink location={short}"
    subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=True, timeout=60)
    model = {"configFile": str(batched(tmp_path)), "pyFile": str(ASSETS / "blob_parser.py")}
    path = settings(tmp_path, {"long": ball, "short": short}, pipeline("both", primaryModelConfigPath=model))
    reported = []
    for number in range(2):
        messages = tmp_path / f"{number}.jsonl"
        child = start("--settings", path, "--messages", messages, "--seconds", "0.5", "--repeatable")
        assert child.communicate(timeout=120) is not None
        assert child.returncode == 0
        reported.append(without_wall_clock(messages))
    assert reported[0] == reported[1]
    batches = [
        [
            (each["sourceInfo"]["id"], each["sourceInfo"]["frameId"])
            for each in message["inferences"]
            if each["type"] != "custom"
        ]
        for message in reported[0]
    ]
    assert batches[:7] == [[("long", n), ("short", n)] for n in range(7)]
    assert batches[7:] == [[("long", n), ("long", n + 1)] for n in range(7, 15, 2)]


def test_ids_are_random_unless_they_are_to_be_repeated(start: Start, ball: Path, tmp_path: Path) -> None:
    path = settings(tmp_path, {"door": ball}, pipeline("one"))
    reported = []
    for _ in range(2):
        child = start("--settings", path, "--seconds", "0.05")
        out, _ = child.communicate(timeout=120)
        reported.append(
            {
                d["id"]
                for line in out.splitlines()
                for i in json.loads(line)["inferences"]
                for d in i["detections"]
                if "id" in d
            }
        )
    assert reported[0]
    assert not reported[0] & reported[1]
