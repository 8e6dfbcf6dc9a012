"""How long `azdacli validate-parser` takes, beside a bare Python: `python bench/validate.py`.

Checks a parser of 500 lines with its configuration and model, then the same with a model of 400 MB; the ratio to the
budget compares with 2.5 x bare Python + 0.15 s.
"""

import os
import sys
import tempfile
from pathlib import Path

from measure import ROOT, figure, in_turn, report, run

sys.path.insert(0, str(ROOT))

from azdacli.parser_check import Runnable
from azdacli.parser_run import run as runs
from azdacli.parser_run.job import Options
from tests.parser_check import making  # found through the line above

RUNS = int(os.environ.get("AZDA_BENCH_ROUNDS", "15"))
LARGE = int(os.environ.get("AZDA_BENCH_BYTES", str(400 << 20)))
AS_LIBRARY = "import sys, pathlib; from azdacli.parser_check import check; check([pathlib.Path(sys.argv[1])])"
CONFIG = """\
[property]
gie-unique-id=1
onnx-file=model.onnx
network-type=100
output-tensor-meta=1
infer-dims=3;480;640
"""
HEAD = """\
import numpy as np

model_type = 0
name = "Bench"
labels = ["car", "bus"]
"""
STEP = """

def step_{n}(rows, threshold=0.{n}):
    keep = []
    for row in rows:
        if row[4] > threshold:
            keep.append(row)
    return np.array(keep)
"""
TAIL = """

def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    if not len(rows):
        return [], [], [], None
{calls}
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
"""


def parser() -> str:
    """A parser of 500 lines."""
    steps = 43
    text = HEAD + "".join(STEP.format(n=n) for n in range(steps))
    text += TAIL.format(calls="\n".join(f"    rows = step_{n}(rows)" for n in range(steps)))
    return text + "# filled up\n" * (500 - text.count("\n"))


def large_model(path: Path, size: int) -> None:
    """A model with weights of `size` bytes that are really written."""
    weight = making.field(1, 1) + making.field(8, "big") + making.varint(9 << 3 | 2) + making.varint(size)
    rest = making.field(11, making.value_info("images", [1, 3, 480, 640]))
    rest += making.field(12, making.value_info("output", ["N", 6]))
    tensor = making.varint(5 << 3 | 2) + making.varint(len(weight) + size) + weight
    with path.open("wb") as file:
        file.write(making.varint(7 << 3 | 2) + making.varint(len(tensor) + size + len(rest)) + tensor)
        for _ in range(size >> 20):
            file.write(b"\x5a" * (1 << 20))
        file.write(rest)


YOLO = """\
import numpy as np

model_type = 0
name = "Bench"
labels = [f"class {n}" for n in range(80)]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output0"]
    rows = rows[rows[:, 4] > 0.5]
    scores = rows[:, 5:] * rows[:, 4:5]
    width, height = config.image_size
    boxes = rows[:, :4] / 640 * [width, height, width, height]
    boxes[:, :2] -= boxes[:, 2:] / 2
    return boxes, scores.argmax(axis=1), scores.max(axis=1), None
"""


def running(folder: Path) -> dict[str, object]:
    """`--run`: all of it for the example's small model, and 1,000 frames of a large layer beside the parser alone."""
    example = ROOT / "examples" / "blob-detector" / "custom-assets"
    large = folder / "yolo.py"
    large.write_text(YOLO)
    command = [sys.executable, "-m", "azdacli", "validate-parser", "--run"]
    small = in_turn(3, lambda: run([*command, str(example)], folder=ROOT))[0]
    shapes = ({"name": "output0", "dims": [25200, 85], "dtype": "float32"},)
    ran = runs.run(Runnable(path=large, config=None), Options(shapes=shapes, seconds=60.0))
    return {
        "run_of_a_small_model": figure(small.seconds, "s"),
        "run_of_1000_frames_of_25200x85": figure(ran.whole, "s"),
        "run_of_1000_frames_to_the_parser_alone": figure(ran.whole / ran.own, "ratio"),
    }


def main() -> None:
    """Run all side by side, so that whatever else the machine does falls on each alike."""
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name, "small"), Path(name, "large")
        for folder in (small, large):
            folder.mkdir()
            (folder / "parser.py").write_text(parser())
            (folder / "pgie.txt").write_text(CONFIG)
        (small / "model.onnx").write_bytes(making.onnx({"images": [1, 3, 480, 640]}, ["output"]))
        large_model(large / "model.onnx", LARGE)
        python, check = sys.executable, [sys.executable, "-m", "azdacli", "validate-parser"]
        commands = {
            "python": [python, "-c", "import ast, sys"],
            "command": [*check, str(small)],
            "library": [python, "-c", AS_LIBRARY, str(small)],
            "command_with_400_mb_model": [*check, str(large)],
        }
        runs = in_turn(RUNS, *(lambda words=words: run(words, folder=ROOT) for words in commands.values()))
    figures = {name: figure(one.seconds, "s") for name, one in zip(commands, runs, strict=True)}
    bare, command, _, big = (one.seconds for one in runs)
    figures["command_to_budget"] = figure(command / (2.5 * bare + 0.15), "ratio")
    figures["400_mb_model_to_small_one"] = figure(big / command, "ratio")
    with tempfile.TemporaryDirectory() as name:
        figures.update(running(Path(name)))
    report(figures)


if __name__ == "__main__":
    main()
