"""How long `azdacli validate-parser` takes, beside a bare Python: `python bench/validate.py`.

Checks a parser of 500 lines with its configuration and model, then the same with a model of 400 MB, and prints JSON:
medians in seconds, and the time over the budget's 2.5 x bare Python + 0.15 s.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "parser_check")]

import making  # noqa: E402 # found through the line above

RUNS = 15
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


def seconds(command: list[str]) -> float:
    """One run's time."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - start


def main() -> None:
    """Run all side by side, so that whatever else the machine does falls on each alike."""
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name, "small"), Path(name, "large")
        for folder in (small, large):
            folder.mkdir()
            (folder / "parser.py").write_text(parser())
            (folder / "pgie.txt").write_text(CONFIG)
        (small / "model.onnx").write_bytes(making.onnx({"images": [1, 3, 480, 640]}, ["output"]))
        large_model(large / "model.onnx", 400 << 20)
        check = [sys.executable, "-m", "azdacli", "validate-parser"]
        commands = {
            "bare python": [sys.executable, "-c", "import ast, sys"],
            "500 lines, configuration, model": [*check, str(small)],
            "the same as a library": [sys.executable, "-c", AS_LIBRARY, str(small)],
            "typer's own start": [sys.executable, "-c", "import typer, typer._adapters"],
            "the same with a model of 400 MB": [*check, str(large)],
        }
        times: dict[str, list[float]] = {key: [] for key in commands}
        for _ in range(RUNS):
            for key, command in commands.items():
                times[key].append(seconds(command))
        medians = {key: round(statistics.median(values), 4) for key, values in times.items()}
        budget = 2.5 * medians["bare python"] + 0.15
        ratio = medians["500 lines, configuration, model"] / budget
        print(json.dumps({**medians, "budget": round(budget, 4), "time over budget": round(ratio, 3)}, indent=2))


if __name__ == "__main__":
    main()
