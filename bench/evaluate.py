"""How fast `azdacli evaluate` is, side by side with a bare ONNX Runtime loop over the same pictures.

    python bench/evaluate.py [--json] [--pictures 240] [--rounds 3]

The loop decodes each picture, scales it, makes the model's input of it and runs the model, with ONNX Runtime's own
threads. `evaluate` is the whole command, with one process on each processor; its start, and the end in pycocotools, are
taken out of the rate by a second set of a quarter of the pictures, and are given as seconds.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measure import figure, run, show
from simulated import HEIGHT, NETWORK, WIDTH, detector


def write_set(folder: Path, count: int) -> None:
    """JPEG pictures of a street's detail, each with one object, in COCO's format."""
    import cv2
    import numpy as np

    images = folder / "images"
    images.mkdir(parents=True)
    generator = np.random.default_rng(3)
    truth: dict[str, Any] = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "thing"}]}
    for number in range(count):
        coarse = generator.integers(0, 256, (45, 80, 3)).astype(np.uint8)
        picture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(images / f"{number:04}.jpg"), picture)
        truth["images"].append({"id": number, "file_name": f"{number:04}.jpg"})
        box = {"id": number + 1, "image_id": number, "category_id": 1, "bbox": [10, 10, 50, 50], "area": 2500}
        truth["annotations"].append({**box, "iscrowd": 0})
    (folder / "truth.json").write_text(json.dumps(truth))


def write_model(folder: Path) -> None:
    """The detector that the other benchmarks have, and its configuration."""
    folder.mkdir()
    detector(folder / "detector.onnx")
    (folder / "labels.txt").write_text("thing\n")
    (folder / "config_infer.txt").write_text(
        "[property]\nonnx-file=detector.onnx\nlabelfile-path=labels.txt\nnetwork-type=0\nnum-detected-classes=1\n"
        "net-scale-factor=0.00392156862745098\nscaling-filter=1\ncluster-mode=2\n"
        "[class-attrs-all]\npre-cluster-threshold=0.9\n"
    )


def bare(model: Path, pictures: list[Path]) -> float:
    """Pictures per second of the loop."""
    import cv2
    import numpy as np
    import onnxruntime as ort

    session = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    begin = time.perf_counter()
    for path in pictures:
        picture = cv2.imread(str(path))
        small = cv2.resize(picture, NETWORK[::-1], interpolation=cv2.INTER_LINEAR)
        planes = np.ascontiguousarray(small[..., ::-1].transpose(2, 0, 1))
        session.run(None, {"input": planes[None].astype(np.float32) * np.float32(1 / 255)})
    return len(pictures) / (time.perf_counter() - begin)


def evaluated(model: Path, folder: Path) -> float:
    """Seconds of the whole command."""
    words = [sys.executable, "-m", "azdacli", "evaluate", str(model)]
    words += ["--images", str(folder / "images"), "--truth", str(folder / "truth.json")]
    return run(words, environment={**os.environ, "AZDA_CACHE_DIR": str(folder / "cache")}).seconds


def main() -> None:
    """Measure in turn, and print medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pictures", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    few = max(2, given.pictures // 4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_model(folder / "model")
        for count in (few, given.pictures):
            write_set(folder / str(count), count)
        pictures = sorted((folder / str(given.pictures) / "images").iterdir())
        rates, starts, loops = [], [], []
        for _ in range(given.rounds):
            loops.append(bare(folder / "model" / "detector.onnx", pictures))
            short, whole = (evaluated(folder / "model", folder / str(n)) for n in (few, given.pictures))
            each = max(1e-6, (whole - short) / (given.pictures - few))
            rates.append(1 / each)
            starts.append(whole - each * given.pictures)
    ratios = [rate / loop for rate, loop in zip(rates, loops, strict=True)]
    show(
        {
            "bare_pictures_per_second": figure(statistics.median(loops), "1/s"),
            "evaluate_pictures_per_second": figure(statistics.median(rates), "1/s"),
            "evaluate_to_bare": figure(statistics.median(ratios), "x"),
            "evaluate_start_and_end": figure(statistics.median(starts), "s"),
        },
        as_json=given.json,
    )


if __name__ == "__main__":
    main()
