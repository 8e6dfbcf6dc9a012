"""Makes `custom-assets/blob.onnx`: a network so small that its answer can be worked out by hand.

It averages the colours of a 64 x 64 picture and then each cell of 4 x 4 pixels, so `heat` is a 16 x 16 map of
brightness between 0 and 1. Needs the package `onnx`; the file that it writes is committed.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE, CELL = 64, 4


def model() -> onnx.ModelProto:
    """Build the network: input 1x3x64x64 float32 in 0..1 (RGB, NCHW), output `heat` 1x1x16x16 float32."""
    mean = np.full((1, 3, CELL, CELL), 1 / (3 * CELL * CELL), dtype=np.float32)
    node = helper.make_node("Conv", ["input", "mean"], ["heat"], strides=[CELL, CELL])
    cells = SIZE // CELL
    graph = helper.make_graph(
        [node],
        "blob",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("heat", TensorProto.FLOAT, [1, 1, cells, cells])],
        [numpy_helper.from_array(mean, "mean")],
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)], producer_name="azdacli")


if __name__ == "__main__":
    onnx.checker.check_model(model())
    Path(__file__).parent.joinpath("custom-assets", "blob.onnx").write_bytes(model().SerializeToString())
