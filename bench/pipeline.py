"""What a pipeline on the simulator costs a frame and an object, and how that grows; the bare loop beside it.

Run with an interpreter that has GStreamer's binding, `onnx`, `onnxruntime`, `numpy` and `opencv`:

    python bench/pipeline.py [--json] [--frames 60] [--rounds 3] [--axis streams|objects|height|drawn ...]

One thing grows at a time, from one stream of 720p with ten objects a frame: streams, objects, the frame's height; and
once more the objects with `--picture`, as `simulate` draws them. Each figure is processor time, because two programs on
a busy machine wait for each other, and a difference: a run over three times the frames less a run over them, so that
starting is in neither. The loop decodes the same files, scales, runs the same model and does nothing else; in both
ONNX Runtime's threads do not spin while they wait. The least of the rounds counts.

`growth` is the exponent over an axis, of the cost of one picture of every stream: 1 is linear. An object's own cost is
the slope between the fewest and the most.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from growth import slope
from measure import figure, show
from simulated import NETWORK, detector, enter_simulator, make_video, pipeline_settings

LONGER = 3
"""How many times the frames of the short run the long one has."""

LOOP = """
import sys
import cv2, numpy as np, onnxruntime as ort
model, height, width, *videos = sys.argv[1:]
options = ort.SessionOptions()
options.add_session_config_entry("session.intra_op.allow_spinning", "0")
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
readers = [cv2.VideoCapture(video) for video in videos]
while True:
    read = [reader.read() for reader in readers]
    if not all(found for found, _ in read):
        break
    small = [cv2.resize(frame, (int(width), int(height)), interpolation=cv2.INTER_LINEAR) for _, frame in read]
    planes = np.stack([np.ascontiguousarray(each[..., ::-1].transpose(2, 0, 1)) for each in small])
    session.run(None, {"input": planes.astype(np.float32) * np.float32(1 / 255)})
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One measured pipeline.

    Attributes:
        streams: How many play the file.
        objects: What the parser returns for each frame.
        height: Of the file's frames and of the multiplexer's, pixels; they are 16 to 9.
        drawn: Whether the objects are drawn into a video, too.
    """

    streams: int = 1
    objects: int = 10
    height: int = 720
    drawn: bool = False


AXES: Mapping[str, Sequence[int]] = {
    "streams": (1, 4, 16),
    "objects": (10, 50, 200, 500),
    "height": (360, 720, 1080, 2160),
    "drawn": (10, 50, 200, 500),
}


def case_of(axis: str, size: int) -> Case:
    """The case at one size of an axis."""
    if axis == "drawn":
        return Case(objects=size, drawn=True)
    return replace(Case(), **{axis: size})


def processor_seconds(words: Sequence[str]) -> float:
    """Run a program to its end; a failure ends the bench with what it said."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with exit code {done.returncode}:\n{done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


class Programs:
    """The two programs of a case, over the short and the long file.

    Args:
        folder: Where the files are made.
        frames: Of the short file.
    """

    def __init__(self, folder: Path, frames: int) -> None:
        self.folder, self.frames = folder, frames
        self.model = detector(folder / "detector.onnx")

    def video(self, case: Case, times: int) -> Path:
        """The file of a case's height, made once."""
        path = self.folder / f"{case.height}x{times}.mp4"
        if not path.exists():
            make_video(path, self.frames * times, size=(case.height * 16 // 9, case.height))
        return path

    def runtime(self, case: Case, times: int) -> float:
        """Processor seconds of `azda_runtime run`."""
        settings = pipeline_settings(
            self.folder,
            self.video(case, times),
            objects=case.objects,
            streams=case.streams,
            size=(case.height * 16 // 9, case.height),
        )
        words = [sys.executable, "-m", "azda_runtime", "run", "--settings", str(settings)]
        words += ["--messages", str(self.folder / "messages.jsonl")]
        if case.drawn:
            words += ["--picture", str(self.folder / "drawn.mp4")]
        return processor_seconds(words)

    def loop(self, case: Case, times: int) -> float:
        """Processor seconds of the bare loop."""
        videos = [str(self.video(case, times))] * case.streams
        return processor_seconds([sys.executable, "-c", LOOP, str(self.model), *map(str, NETWORK), *videos])

    def costs(self, case: Case, rounds: int) -> tuple[float, float]:
        """Processor milliseconds for one frame of each stream: of the runtime and of the loop."""
        for times in (1, LONGER):
            self.video(case, times)
        runs = [
            [program(case, times) for program in (self.runtime, self.loop) for times in (1, LONGER)]
            for _ in range(rounds)
        ]
        runtime_short, runtime_long, loop_short, loop_long = map(min, zip(*runs, strict=True))
        further = self.frames * (LONGER - 1) / 1e3
        return (runtime_long - runtime_short) / further, (loop_long - loop_short) / further


def measured(programs: Programs, axes: Sequence[str], rounds: int) -> dict[str, Any]:
    """The figures of each axis."""
    programs.runtime(Case(objects=1), 1)  # the first start of all makes GStreamer's list of plugins
    figures: dict[str, Any] = {}
    known: dict[Case, tuple[float, float]] = {}
    for axis in axes:
        points = []
        for size in AXES[axis]:
            case = case_of(axis, size)
            if case not in known:
                known[case] = programs.costs(case, rounds)
            ours, bare = known[case]
            points.append((size, ours))
            figures[f"{axis}_{size}_frame"] = figure(ours / case.streams, "ms")
            if axis in ("streams", "height"):
                figures[f"{axis}_{size}_bare_loop_frame"] = figure(bare / case.streams, "ms")
                figures[f"{axis}_{size}_to_bare_loop"] = figure(ours / bare, "ratio")
        figures[f"{axis}_growth"] = figure(slope(points), "exponent")
        if axis in ("objects", "drawn"):
            (fewest, least), *_, (most, dearest) = points
            figures[f"{axis}_each"] = figure((dearest - least) / (most - fewest) * 1e3, "us")
    return figures


def main() -> None:
    """Measure and print."""
    enter_simulator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--axis", choices=AXES, action="append", help="all by default")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measured(Programs(Path(name), chosen.frames), chosen.axis or tuple(AXES), chosen.rounds)
    show(found, as_json=chosen.json)


if __name__ == "__main__":
    main()
