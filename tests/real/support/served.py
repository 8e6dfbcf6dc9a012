"""What tests of `serve` share: a pipeline on the simulator, its video, and what it recorded."""

import json
import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
_ASSETS = ROOT / "examples" / "blob-detector" / "custom-assets"


def ball_video(folder: Path) -> Path:
    """Four seconds of a ball."""
    path = folder / "ball.mp4"
    elements = "videotestsrc num-buffers=60 pattern=ball ! video/x-raw,format=I420,width=320,height=180,framerate=15/1 "
    elements += f"! x264enc key-int-max=15 ! h264parse ! mp4mux ! filesink location={path}"
    subprocess.run(["gst-launch-1.0", "-q", *elements.split()], check=True, timeout=120)
    return path


def configuration(video: Path, **pipeline: Any) -> dict[str, Any]:
    """An azdaConfiguration of one pipeline that finds the ball."""
    model = {"configFile": str(_ASSETS / "pgie_config.txt"), "pyFile": str(_ASSETS / "blob_parser.py")}
    options = {"frame": {"width": 320, "height": 180}, "messages": {"perSecond": 5}}
    deepstream = {
        "enable": True,
        "pipelineConfigs": [{"id": "Ball", "primaryModelConfigPath": model, "pipelineOptions": options, **pipeline}],
        "streams": [{"name": "court", "configId": "Ball"}],
    }
    sensors = [{"name": "court", "endpoint": video.as_uri()}]
    return {"platform": "DeepStream", "components": {"sensors": sensors, "deepStream": deepstream}}


def simulated(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of a runtime on the simulator."""
    simulator = ROOT / "docker-build" / "simulator"
    paths = [ROOT / "docker-build", simulator / "site-packages", sysconfig.get_path("purelib")]
    return {
        **os.environ,
        **variables,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "GST_PLUGIN_PATH": str(simulator / "plugins"),
        "GST_REGISTRY": str(folder / "registry.bin"),
    }


def recorded(folder: Path) -> list[dict[str, Any]]:
    """What stands beside the videos that are whole."""
    videos = sorted(folder.glob("*.mp4"))
    return [json.loads(video.with_suffix(".json").read_text(encoding="utf-8")) for video in videos]
