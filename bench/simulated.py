"""What the benchmarks on the simulator share: its environment, a model of a real detector's cost, and a video."""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from measure import ROOT

SIMULATOR = ROOT / "docker-build" / "simulator"
WIDTH, HEIGHT = 1280, 720
NETWORK = (384, 640)


def enter_simulator() -> None:
    """Start again with the environment that the image sets, before GStreamer is loaded."""
    if os.environ.get("GST_PLUGIN_PATH", "").startswith(str(SIMULATOR)):
        return
    paths = [ROOT / "docker-build", SIMULATOR / "site-packages", sysconfig.get_path("purelib")]
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    os.environ["GST_PLUGIN_PATH"] = str(SIMULATOR / "plugins")
    os.environ["GST_REGISTRY"] = str(Path(tempfile.gettempdir()) / f"bench-registry-{os.getpid()}.bin")
    os.execv(sys.executable, [sys.executable, *sys.argv])


def detector(path: Path) -> Path:
    """A convolutional detector of a small model's cost (about 1.5 GFLOP), with random weights, in nvinfer's layout."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(1)
    nodes, weights, name, channels = [], [], "input", 3
    for index, (out, stride) in enumerate([(16, 2), (32, 2), (32, 1), (64, 2), (64, 1), (64, 1), (96, 2), (96, 1)]):
        kernel = random.normal(0, (2 / (channels * 9)) ** 0.5, (out, channels, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"w{index}"))
        conv = {"pads": [1, 1, 1, 1], "strides": [stride, stride]}
        nodes.append(helper.make_node("Conv", [name, f"w{index}"], [f"c{index}"], **conv))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        name, channels = f"r{index}", out
    for head, out in (("output_cov", 1), ("output_bbox", 4)):
        kernel = random.normal(0, 0.01, (out, channels, 1, 1)).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, head + "_w"))
        nodes.append(helper.make_node("Conv", [name, head + "_w"], [head if out > 1 else "logits"]))
    nodes.append(helper.make_node("Sigmoid", ["logits"], ["output_cov"]))
    rows, columns = NETWORK[0] // 16, NETWORK[1] // 16
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "bench",
        [value("input", TensorProto.FLOAT, ["batch", 3, *NETWORK])],
        [
            value("output_cov", TensorProto.FLOAT, ["batch", 1, rows, columns]),
            value("output_bbox", TensorProto.FLOAT, ["batch", 4, rows, columns]),
        ],
        weights,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def make_video(path: Path, frames: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """A clip that moves and has detail; `size` is width and height in pixels."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GST_")}
    words = f"videotestsrc num-buffers={frames} pattern=ball ! "
    words += f"video/x-raw,format=I420,width={size[0]},height={size[1]},framerate=30/1"
    words += f" ! x264enc speed-preset=ultrafast bitrate=4000 ! h264parse ! mp4mux ! filesink location={path}"
    subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=True, env=environment)
    return path


def configuration(folder: Path) -> Path:
    """Nvinfer's file for the detector; its threshold lets nothing through, as in most frames of a real camera."""
    path = folder / "detector.txt"
    path.write_text(
        "[property]\ngie-unique-id=1\nonnx-file=detector.onnx\nbatch-size=1\nnet-scale-factor=0.0039215697906911373\n"
        "num-detected-classes=1\ncluster-mode=2\nscaling-filter=1\n[class-attrs-all]\npre-cluster-threshold=0.999\n"
    )
    return path


PARSER = """
import numpy as np
model_type, name, labels = 0, "bench", ["a", "b", "c"]
COUNT = {count}
PLACES = np.arange(COUNT)
BOXES = np.stack([PLACES % 25 * 24.0, PLACES // 25 % 24 * 14.0, np.full(COUNT, 20.0), np.full(COUNT, 12.0)], 1)
def parse_det_model(config, raw_outputs):
    return BOXES, PLACES % 3, np.full(COUNT, 0.5), None
"""
"""Objects in rows of 25, within 600 x 350 pixels."""


def pipeline_settings(
    folder: Path, video: Path, *, objects: int, streams: int = 1, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Path:
    """Settings of one pipeline: so many streams of one file, and a Python parser that returns so many objects."""
    parser = folder / f"parser{objects}.py"
    parser.write_text(PARSER.format(count=objects))
    model = {"configFile": str(configuration(folder)), "pyFile": str(parser)}
    options = {"frame": {"width": size[0], "height": size[1]}, "messages": {"perSecond": 0}}
    names = [f"camera{number}" for number in range(streams)]
    deepstream = {
        "enable": True,
        "pipelineConfigs": [{"id": "P", "primaryModelConfigPath": model, "pipelineOptions": options}],
        "streams": [{"name": name, "configId": "P"} for name in names],
    }
    sensors = [{"name": name, "endpoint": video.as_uri()} for name in names]
    path = folder / f"settings-{objects}-{streams}-{size[1]}.json"
    path.write_text(
        json.dumps({"platform": "DeepStream", "components": {"sensors": sensors, "deepStream": deepstream}})
    )
    return path
