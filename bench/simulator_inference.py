"""How much of a bare ONNX Runtime loop's speed a simulated single-stream detector keeps, without GStreamer.

Both run the same model over the same 720p frames in one process, in turns: the bare loop scales by OpenCV, normalises
by numpy and calls the session; the engine does what nvinfer does with a network of type 100.

    python bench/simulator_inference.py MODEL.onnx 384 640
"""

import json
import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "docker-build"))

from simulator.inference.engine import InferenceEngine, Piece
from simulator.inference.settings import InferSettings, InputSettings, NetworkType

ROUNDS, FRAMES = 5, 20


def main() -> None:
    """Measure in turns and print one JSON object."""
    model, height, width = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    own = InputSettings(factor=1 / 127.5, offsets=(127.5,) * 3, scaling_filter=1, dims=(3, height, width))
    engine = InferenceEngine(InferSettings(model=model, network_type=NetworkType.OTHER, input=own))
    frames = np.random.default_rng(0).integers(0, 256, (FRAMES, 720, 1280, 4), dtype=np.uint8)

    def bare(frame: np.ndarray) -> None:
        image = cv2.resize(frame, (width, height))[..., :3].astype(np.float32)
        engine.session.run(np.ascontiguousarray(((image - 127.5) / 127.5).transpose(2, 0, 1)[None]))

    def simulated(frame: np.ndarray) -> None:
        engine.infer([Piece(frame=frame)])

    seconds: dict[str, list[float]] = {"bare": [], "simulated": []}
    for _ in range(ROUNDS):
        for name, step in (("bare", bare), ("simulated", simulated)):
            start = time.perf_counter()
            for frame in frames:
                step(frame)
            seconds[name].append(time.perf_counter() - start)
    fps = {name: round(FRAMES / statistics.median(values), 1) for name, values in seconds.items()}
    print(json.dumps({"frames_per_second": fps, "ratio": round(fps["simulated"] / fps["bare"], 3)}))


main()
