"""What a parser is told about the frame: boxes go back into it the way that nvinfer took them out of it."""

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers import helpers
from azda_runtime.parsers.caller import load_primary, load_secondary
from azda_runtime.parsers.frame_config import FrameConfig, Scaling, frame_config
from azda_runtime.settings import Model
from azda_runtime.worker.frames import labels_of, scaling_of
from hypothesis import given
from hypothesis import strategies as st
from simulator.inference.geometry import Rectangle, place

from dsconfig.parser_contract import CONFIG_ATTRIBUTES, HELPERS, HELPERS_MODULE

EVEN = st.integers(16, 1200).map(lambda number: 2 * number)


SIZE = st.tuples(EVEN, EVEN)


@given(SIZE, SIZE, st.booleans(), st.booleans())
def test_scale_and_padding_are_those_of_the_simulated_nvinfer(
    frame: tuple[int, int], network: tuple[int, int], keep: bool, symmetric: bool
) -> None:
    (width, height), (across, down) = frame, network
    whole = Rectangle(left=0, top=0, width=width, height=height)
    there = place(whole, across, down, keep_ratio=keep, symmetric=symmetric)
    config = frame_config((width, height), Scaling(keep_ratio=keep, symmetric=symmetric), (across, down))
    if there is None:  # less than a pixel is left of the frame
        return
    assert config.padding == (there.left, there.top)
    assert np.allclose(config.scale, (there.width / width, there.height / height))
    corner = (there.left + there.width, there.top + there.height)
    assert np.allclose(config.points_to_frame(corner), (width, height))
    assert np.allclose(config.to_frame([(there.left, there.top, *corner)]), [(0, 0, width, height)])


def test_a_letterbox_is_taken_away_and_what_is_beyond_the_frame_is_cut_off() -> None:
    config = frame_config((1280, 720), Scaling(keep_ratio=True, symmetric=True), (640, 640))
    assert (config.network_size, config.scale, config.padding) == ((640, 640), (0.5, 0.5), (0, 140))
    assert config.to_frame([[100, 240, 200, 340]]).tolist() == [[200, 200, 200, 200]]
    assert config.to_frame([[-50, 0, 700, 640]]).tolist() == [[0, 0, 1280, 720]]
    assert config.to_frame([]).shape == (0, 4)
    assert config.points_to_frame(np.zeros((3, 17, 2))).shape == (3, 17, 2)


def test_the_size_by_deepstreams_metadata_goes_before_that_of_the_configuration() -> None:
    scaling = Scaling(network_size=(320, 320))
    assert frame_config((640, 480), scaling, (416, 416)).network_size == (416, 416)
    assert frame_config((640, 480), scaling, None).network_size == (320, 320)
    assert frame_config((640, 480), scaling, (0, 0)).network_size == (320, 320)
    assert frame_config((640, 480), Scaling(), None).network_size == (640, 480)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[property]\nonnx-file=m.onnx\n", Scaling()),
        (
            "[property]\nonnx-file=m.onnx\ninfer-dims=3;480;640\nmaintain-aspect-ratio=1\nsymmetric-padding=1\n",
            Scaling(keep_ratio=True, symmetric=True, network_size=(640, 480)),
        ),
        (
            "infer_config { unique_id: 1 preprocess { maintain_aspect_ratio: 1 symmetric_padding: 1 } }",
            Scaling(keep_ratio=True, symmetric=True),
        ),
    ],
)
def test_the_configuration_says_how_frames_are_scaled(text: str, wanted: Scaling, tmp_path: Path) -> None:
    (tmp_path / "config.txt").write_text(text)
    assert scaling_of(Model(config_file=str(tmp_path / "config.txt"))) == wanted


def test_the_label_file_names_the_classes(tmp_path: Path) -> None:
    config = tmp_path / "config.txt"
    config.write_text("[property]\nonnx-file=m.onnx\nlabelfile-path=labels.txt\n")
    model = Model(config_file=str(config))
    assert labels_of(model) == ()
    (tmp_path / "labels.txt").write_text("cat\ndog\n\n")
    assert labels_of(model) == ("cat", "dog")


def test_the_checker_knows_what_config_and_the_helpers_have() -> None:
    fields = {name for name in dir(FrameConfig(image_size=(1, 1))) if not name.startswith("_")}
    assert fields == set(CONFIG_ATTRIBUTES)
    assert (helpers.__name__, tuple(sorted(helpers.__all__))) == (HELPERS_MODULE, HELPERS)
    public = {n.name for n in ast.parse(Path(helpers.__file__).read_text()).body if isinstance(n, ast.FunctionDef)}
    assert public == set(HELPERS)


PRIMARY = """
from azda_runtime.parsers.helpers import best_classes, nms, to_corners

model_type = 0
name = "Public"
labels = ["a", "b"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output0"].T
    kept, ids, scores = best_classes(rows[:, 4:], 0.5)
    boxes = to_corners(rows[kept, :4])
    best = nms(boxes, scores, ids)
    return config.to_frame(boxes[best]), ids[best], scores[best], {"network": config.network_size}
"""


def test_a_parser_uses_the_helpers_without_installing_anything(tmp_path: Path) -> None:
    (tmp_path / "parser.py").write_text(PRIMARY)
    parser = load_primary(tmp_path / "parser.py", Scaling(keep_ratio=True))
    rows = np.array([[50, 50, 20, 20, 0.9, 0.1], [51, 50, 20, 20, 0.8, 0.1], [50, 50, 20, 20, 0.1, 0.7]], np.float32)
    found = parser.detect((200, 100), {"output0": rows.T}, (100, 100))
    assert found.boxes.tolist() == [[80, 80, 40, 20], [80, 80, 40, 20]]
    assert (found.labels, found.message) == (("a", "b"), {"network": [100, 100]})


def test_a_secondary_parser_knows_the_size_of_its_network(tmp_path: Path) -> None:
    (tmp_path / "second.py").write_text(
        "gie_unique_id = 2\n\n\ndef parse_sgie_model(config, raw_outputs):\n    return {'size': config.network_size}\n"
    )
    assert load_secondary(tmp_path / "second.py").parse((200, 100), {}, (320, 48)) == {"size": [320, 48]}


def softmax_rows(values: Any) -> Any:
    return np.exp(values) / np.exp(values).sum(axis=-1, keepdims=True)


def test_helpers_compute_what_their_names_say() -> None:
    values = np.random.default_rng(1).normal(size=(5, 4))
    assert np.allclose(helpers.sigmoid(values), 1 / (1 + np.exp(-values)))
    assert np.isfinite(helpers.sigmoid([-1e9, 1e9])).all()
    assert np.allclose(helpers.softmax(values), softmax_rows(values))
    assert np.isfinite(helpers.softmax([1e9, -1e9])).all()
    assert helpers.to_corners([[10, 20, 4, 6]]).tolist() == [[8, 17, 12, 23]]
    rows, ids, scores = helpers.best_classes([[0.1, 0.9], [0.2, 0.3]], 0.5)
    assert (rows.tolist(), ids.tolist(), scores.tolist()) == ([0], [1], [0.9])
    assert [len(each) for each in helpers.best_classes(np.zeros((0, 3)), 0.5)] == [0, 0, 0]
    cells, strides = helpers.grid((32, 16), (8, 16))
    assert cells.tolist() == [[0, 0], [1, 0], [2, 0], [3, 0], [0, 1], [1, 1], [2, 1], [3, 1], [0, 0], [1, 0]]
    assert strides[:, 0].tolist() == [8] * 8 + [16] * 2
    assert len(helpers.grid((32, 16), (8,), anchors=2)[0]) == 16
    with pytest.raises(ValueError, match=r"it has 'a' \(2, 3\), 'b' \(4, 5\)"):
        helpers.table({"a": np.zeros((2, 3)), "b": np.zeros((4, 5))})


def test_text_is_read_from_steps() -> None:
    steps = np.full((7, 4), 0.1)
    for step, wanted in enumerate((1, 1, 0, 1, 2, 0, 3)):
        steps[step, wanted] = 0.7
    assert helpers.ctc_text(steps, ["a", "b"]) == ("aab ", pytest.approx(0.7))
    assert helpers.ctc_text(np.array([[0.9, 0.1]]), ["a"]) == ("", 0.0)
