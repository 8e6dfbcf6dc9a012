"""Whether the runtime lasts: four cameras, one of them cut every 20 seconds, while it records.

    python bench/endurance.py [--json] [--seconds 600]

Starts four RTSP cameras and `azda_runtime serve` on the simulator, with a detector and recording of five-second
segments. Every 20 seconds one camera's process is killed and started again five seconds later. Prints the memory and
the file descriptors of the supervisor and the pipeline's process in the second and in the last minute (of shorter runs,
sixths), the longest time in which a camera that was up gave no message, and how many recordings there are and play.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from measure import figure, show
from simulated import configuration, detector, enter_simulator

CAMERAS = 4
CUT_EVERY, ABSENT = 20.0, 5.0

CAMERA = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory(shared=True, launch=(
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=10/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96 )"))
server.get_mount_points().add_factory("/door", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"""


class Camera:
    """One camera, a process of its own that keeps its port."""

    def __init__(self) -> None:
        self.port = "0"
        self.start()

    def start(self) -> None:
        """Start, at the port of the last time."""
        self.process = subprocess.Popen([sys.executable, "-c", CAMERA, self.port], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port = self.process.stdout.readline().strip()

    def cut(self) -> None:
        """Be gone, as with a pulled plug."""
        self.process.kill()
        self.process.wait()


def settings(folder: Path, cameras: list[Camera]) -> Path:
    """One pipeline over all cameras, which records."""
    sensors = [{"name": f"camera-{n}", "endpoint": f"rtsp://127.0.0.1:{c.port}/door"} for n, c in enumerate(cameras)]
    pipeline = {
        "id": "P",
        "primaryModelConfigPath": str(configuration(folder)),
        "pipelineOptions": {"frame": {"width": 320, "height": 180}, "messages": {"perSecond": 2}},
    }
    deepstream = {
        "enable": True,
        "pipelineConfigs": [pipeline],
        "streams": [{"name": sensor["name"], "configId": "P"} for sensor in sensors],
    }
    document = {
        "azdaConfiguration": {
            "platform": "DeepStream",
            "components": {"sensors": sensors, "deepStream": deepstream},
        },
        "outputVideoLength": 5,
        "autoStopRecordingTime": 0,
        "startRecording": [{"configId": "P", "state": True}],
    }
    path = folder / "settings.json"
    path.write_text(json.dumps(document))
    return path


def worker_of(folder: Path) -> int:
    """The process of the pipeline, 0 when there is none now."""
    try:
        state = json.loads((folder / "state" / "health.json").read_text())
        return int(state["pipelines"][0].get("pid") or 0)
    except (OSError, ValueError, LookupError):
        return 0


def looked_at(pid: int) -> tuple[float, int] | None:
    """A process's memory in MB and its open files, None when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except (OSError, IndexError):
        return None


def watched(folder: Path, supervisor: int, cameras: list[Camera], seconds: float) -> dict[str, Any]:
    """Cut cameras in turn and sample, until the time is over."""
    samples: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    workers: set[int] = set()
    up_since, silent, last, read = [0.0] * len(cameras), 0.0, [0.0] * len(cameras), 0
    start = time.monotonic()
    cuts, gone = 0, None
    while (now := time.monotonic() - start) < seconds:
        if now >= CUT_EVERY * (cuts + 1):
            gone = cuts % len(cameras)
            cameras[gone].cut()
            cuts += 1
        if gone is not None and now >= CUT_EVERY * cuts + ABSENT:
            cameras[gone].start()
            up_since[gone], gone = now, None
        worker = worker_of(folder)
        workers |= {worker} - {0}
        for name, pid in (("supervisor", supervisor), ("pipeline", worker)):
            if (found := looked_at(pid)) is not None:
                samples[name].append((now, *found))
        lines, read = messages_after(folder / "messages.jsonl", read)
        for line in lines:
            for inference in json.loads(line)["inferences"]:
                last[int(inference["sourceInfo"]["id"].rpartition("-")[2])] = now
        if now > CUT_EVERY / 2:
            quiet = [now - max(last[n], up_since[n]) for n in range(len(cameras)) if n != gone]
            silent = max([silent, *quiet])
        time.sleep(0.5)
    figures = {
        "seconds": figure(seconds, "s"),
        "cuts": figure(cuts, "count"),
        "pipeline_processes": figure(len(workers), "count"),
        "longest_silence_of_a_camera_that_is_up": figure(silent, "s"),
    }
    part = min(60.0, seconds / 6)
    for name, taken in samples.items():
        second = [each for each in taken if part <= each[0] < 2 * part]
        end = [each for each in taken if each[0] >= seconds - part]
        for index, what, unit in ((1, "memory", "MB"), (2, "descriptors", "count")):
            before, after = (sum(each[index] for each in group) / len(group) for group in (second, end))
            figures[f"{name}_{what}_second_minute"] = figure(before, unit)
            figures[f"{name}_{what}_last_minute"] = figure(after, unit)
            figures[f"{name}_{what}_growth"] = figure(after / before - 1, "ratio")
    return figures


def messages_after(path: Path, location: int) -> tuple[list[str], int]:
    """The whole lines behind a place in a file, and the place behind them."""
    if not path.exists():
        return [], location
    with path.open("rb") as file:
        file.seek(location)
        text = file.read()
    whole = text.rpartition(b"\n")[0]
    return whole.decode().splitlines(), location + (len(whole) + 1 if whole else 0)


def recordings(folder: Path) -> dict[str, Any]:
    """How many recordings there are, how many of them play with pictures in them, and what is not whole."""
    videos = sorted(folder.glob("*.mp4"))
    plays = 0
    for video in videos:
        words = f"filesrc location={video} ! qtdemux ! h264parse ! avdec_h264 ! fakesink name=s signal-handoffs=false"
        plays += subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=False).returncode == 0
    texts = sum(video.with_suffix(".json").exists() for video in videos)
    return {
        "recordings": figure(len(videos), "count"),
        "recordings_that_play": figure(plays, "count"),
        "recordings_with_messages": figure(texts, "count"),
        "leftovers": figure(len(list(folder.glob(".*"))), "count"),
    }


def main() -> None:
    """Measure and print."""
    enter_simulator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    cameras: list[Camera] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "recordings").mkdir()
        detector(folder / "detector.onnx")
        try:
            cameras += [Camera() for _ in range(CAMERAS)]
            words = [sys.executable, "-m", "azda_runtime", "serve", "--settings", settings(folder, cameras)]
            words += ["--messages", folder / "messages.jsonl", "--state", folder / "state", "--rtsp-port", 0]
            words += ["--recordings", folder / "recordings"]
            with (folder / "story.txt").open("w") as log:
                serve = subprocess.Popen([*map(str, words)], stderr=log)
            try:
                figures = watched(folder, serve.pid, cameras, chosen.seconds)
            finally:
                serve.send_signal(signal.SIGTERM)
                figures_of_end = {"exit_code": figure(serve.wait(30), "count")}
        finally:
            for camera in cameras:
                camera.cut()
        show(figures | figures_of_end | recordings(folder / "recordings"), as_json=chosen.json)


if __name__ == "__main__":
    main()
