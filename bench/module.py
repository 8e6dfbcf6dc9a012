"""What a module costs on its device: as root, with mosquitto, GStreamer and the simulator's packages.

    python bench/module.py [--json] [--seconds 20] [--rounds 3]

Starts `azda_runtime serve` as IoT Edge does, with the tests' edgeHub (a real broker with TLS), its twin and the example
`blob-detector` on the simulator. Prints the seconds from the start of the process until the first message has reached
the hub (median and best), and the memory of the supervisor's process, in which the hub's client, the messages on disk
and the metrics live, after so many seconds of messages and requests for metrics: resident, and its private part.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measure import ROOT, figure, show
from simulated import enter_simulator

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "real"), str(ROOT / "docker-build")]

ASSETS = ROOT / "examples" / "blob-detector" / "custom-assets"
SCRAPE = "from urllib.request import urlopen; urlopen('http://localhost:9600/metrics').read()"


def configured(video: Path) -> dict[str, Any]:
    """The twin's configuration: one pipeline over one file."""
    model = {"configFile": str(ASSETS / "pgie_config.txt"), "pyFile": str(ASSETS / "blob_parser.py")}
    options = {"frame": {"width": 320, "height": 180}, "messages": {"perSecond": 5}}
    deepstream = {
        "enable": True,
        "pipelineConfigs": [{"id": "Ball", "primaryModelConfigPath": model, "pipelineOptions": options}],
        "streams": [{"name": "court", "configId": "Ball"}],
    }
    sensors = [{"name": "court", "endpoint": video.as_uri()}]
    return {"platform": "DeepStream", "components": {"sensors": sensors, "deepStream": deepstream}}


def recorded(path: Path) -> Path:
    """A small clip that moves."""
    words = "videotestsrc num-buffers=60 pattern=ball ! video/x-raw,format=I420,width=320,height=180,framerate=15/1 "
    words += f"! x264enc key-int-max=15 ! h264parse ! mp4mux ! filesink location={path}"
    subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=True)
    return path


def memory(pid: int) -> tuple[float, float]:
    """What a process has in memory, and what of that is its own, in MB."""
    found = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    size = {name: int(text.split()[0]) * 1024 / 1e6 for name, text in found.items()}
    return size["Rss"], size["Private_Clean"] + size["Private_Dirty"]


def served(folder: Path, video: Path, seconds: float) -> tuple[float, tuple[float, float]]:
    """Run the module once: seconds to its first message, and its memory at the end."""
    from support.edge_hub import EdgeHub, until

    hub = EdgeHub()
    try:
        hub.start()
        hub.start_broker()
        hub.twin["desired"] = {"azdaConfiguration": configured(video), "$version": 2}
        words = ["serve", "--state", folder / "state", "--recordings", folder / "recordings", "--rtsp-port", 0]
        # nsenter replaces itself by the program: the number of its process is the supervisor's.
        command = hub.namespace.inside([sys.executable, "-m", "azda_runtime", *map(str, words)])
        environment = {**os.environ, **hub.environment()}
        start = time.perf_counter()
        with (folder / "log").open("a") as log:
            module = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            until(lambda: hub.messages)
            first = time.perf_counter() - start
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                subprocess.run(hub.namespace.inside([sys.executable, "-c", SCRAPE]), check=True)
                time.sleep(1.0)
            return first, memory(module.pid)
        finally:
            module.send_signal(signal.SIGTERM)
            module.wait(60)
    finally:
        hub.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    enter_simulator()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "recordings").mkdir()
        video = recorded(folder / "ball.mp4")
        runs = [served(folder, video, options.seconds) for _ in range(options.rounds)]
    show(
        {
            "start_to_first_message": figure(statistics.median(first for first, _ in runs), "s"),
            "start_to_first_message_at_best": figure(min(first for first, _ in runs), "s"),
            "supervisor_resident": figure(max(each[0] for _, each in runs), "MB"),
            "supervisor_private": figure(max(each[1] for _, each in runs), "MB"),
        },
        as_json=options.json,
    )


if __name__ == "__main__":
    main()
