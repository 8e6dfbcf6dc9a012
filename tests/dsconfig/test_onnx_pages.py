"""A large model's weights are stepped over, and its pages are given back: a mapped page counts as our memory."""

import mmap
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from dsconfig import onnx_graph, onnx_header

WEIGHT = 1 << 20


class Watched(mmap.mmap):
    """A mapped file that counts how often its pages are given back."""

    given_back = 0

    def madvise(self, option: int, *location: int) -> None:
        assert option == mmap.MADV_DONTNEED
        self.given_back += 1
        super().madvise(option, *location)


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="this system cannot give pages back")
def test_pages_of_weights_that_were_passed_by_are_given_back(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    weights = [
        helper.make_tensor(f"w{n}", TensorProto.FLOAT, [WEIGHT // 4], bytes(WEIGHT), raw=True) for n in range(20)
    ]
    nodes = [helper.make_node("Sum", [each.name for each in weights], ["sum"])]
    output = helper.make_tensor_value_info("sum", TensorProto.FLOAT, [WEIGHT // 4])
    graph = helper.make_graph(nodes, "g", [], [output], weights)
    path.write_bytes(helper.make_model(graph, ir_version=8).SerializeToString())
    with path.open("rb") as file, Watched(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        assert [one.name for one in onnx_header.parse(path, data).outputs] == ["sum"]
        assert data.given_back >= 2
        assert onnx_graph.parse(data).weights == {"float32": 20 * WEIGHT // 4}
        assert data.given_back >= 5
