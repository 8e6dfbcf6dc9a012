"""What `azdacli inspect` and `azdacli init` take on a large model: time, and the peak memory of their process.

    python bench/model.py [--json] [--megabytes 500] [--rounds 3]

The model has the outputs of a YOLOv8 and as many weights of two megabytes as it takes. `init` copies the file, so its
time holds what the disk takes for that; `copy` is the same copy alone.
"""

import argparse
import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measure import Run, figure, in_turn, run, show

WEIGHT = 1 << 21


def write_model(path: Path, megabytes: int) -> None:
    """A head of 80 classes over 640 x 640 pixels, behind weights that it adds up."""
    import onnx
    from onnx import TensorProto, helper

    count = max(1, (megabytes << 20) // WEIGHT)
    data = bytes(WEIGHT)
    weights = [helper.make_tensor(f"w{n}", TensorProto.FLOAT, [WEIGHT // 4], data, raw=True) for n in range(count)]
    nodes = [
        helper.make_node("AveragePool", ["images"], ["small"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Sum", [weight.name for weight in weights], ["all"]),
        helper.make_node("ReduceMean", ["all"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("ReduceMean", ["small"], ["light"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Add", ["light", "mean"], ["value"]),
        helper.make_node("Expand", ["value", "shape"], ["output0"]),
    ]
    shape = helper.make_tensor("shape", TensorProto.INT64, [3], [1, 84, 8400])
    graph = helper.make_graph(
        nodes,
        "large",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 640, 640])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 84, 8400])],
        [*weights, shape],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))


def main() -> None:
    """Measure in turn, and print medians and largest peaks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    copies = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "large.onnx"
        # In a process of its own: a child's peak begins with the memory of the process that starts it.
        writer = multiprocessing.get_context("spawn").Process(target=write_model, args=(model, given.megabytes))
        writer.start()
        writer.join()

        def inspected() -> Run:
            return run([sys.executable, "-m", "azdacli", "inspect", str(model), "--json"])

        def made() -> Run:
            done = run([sys.executable, "-m", "azdacli", "init", str(folder / "new"), "--model", str(model)])
            shutil.rmtree(folder / "new")
            begin = time.perf_counter()
            shutil.copyfile(model, folder / "copy.onnx")
            copies.append(time.perf_counter() - begin)
            (folder / "copy.onnx").unlink()
            return done

        inspect, init = in_turn(given.rounds, inspected, made)
    figures: dict[str, Any] = {
        "inspect": figure(inspect.seconds, "s"),
        "inspect_peak": figure(inspect.peak / 1e6, "MB"),
        "init": figure(init.seconds, "s"),
        "init_peak": figure(init.peak / 1e6, "MB"),
        "copy": figure(statistics.median(copies), "s"),
    }
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
