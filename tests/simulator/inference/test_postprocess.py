"""Outputs become objects, attributes and class maps as nvinfer's built-in parsers make them."""

from pathlib import Path

import numpy as np
import pytest
from simulator.errors import ConfigurationError, ModelError
from simulator.inference.detections import Detections, parse_coverage
from simulator.inference.geometry import Placement
from simulator.inference.postprocess import Attribute, classify, label_text, read_labels, segment, to_objects
from simulator.inference.settings import ClassSettings, InferSettings

MODEL = Path("m.onnx")
SAME_SIZE = Placement(source=(0, 0, 64, 32), left=0, top=0, width=64, height=32)


def grids(coverage: dict[tuple[int, int, int], float], edges: tuple[float, ...]) -> dict[str, np.ndarray]:
    cov = np.zeros((2, 2, 4), np.float32)
    for cell, value in coverage.items():
        cov[cell] = value
    boxes = np.tile(np.array(edges, np.float32) / 35, 2)[:, None, None] * np.ones((8, 2, 4), np.float32)
    return {"conv2d_bbox": boxes, "conv2d_cov/Sigmoid": cov}


def test_a_covered_cell_gives_the_box_around_its_centre() -> None:
    outputs = grids({(1, 1, 2): 0.75}, (4, 3, 8, 5))
    found = parse_coverage(outputs, 64, 32, [ClassSettings(), ClassSettings()])
    assert found.class_ids.tolist() == [1]
    np.testing.assert_allclose(found.boxes, [[32.5 - 4, 16.5 - 3, 12, 8]], rtol=1e-5)
    assert found.confidences.tolist() == [0.75]


def test_boxes_are_cut_to_the_network_as_nvinfer_cuts_them() -> None:
    outputs = grids({(0, 0, 0): 0.9, (0, 1, 3): 0.9}, (100, 100, 100, 100))
    found = parse_coverage(outputs, 64, 32, [ClassSettings()])
    assert found.boxes.tolist() == [[0, 0, 63, 31], [0, 0, 63, 31]]


def test_cells_below_the_threshold_and_inverted_boxes_give_nothing() -> None:
    outputs = grids({(0, 0, 0): 0.1, (1, 0, 0): 0.5}, (-9, -9, -9, -9))
    assert len(parse_coverage(outputs, 64, 32, [ClassSettings(), ClassSettings()])) == 0


def test_a_model_without_a_coverage_layer_is_told_what_to_do() -> None:
    with pytest.raises(ModelError, match=r"coverage layer.*boxes") as refused:
        parse_coverage({"boxes": np.zeros((4, 2, 2), np.float32)}, 64, 32, [ClassSettings()])
    assert "output-tensor-meta=1" in str(refused.value.hint)


@pytest.mark.parametrize("shape", [(4, 2, 3), (3, 2, 4), (8,)])
def test_grids_that_do_not_fit_each_other_are_refused(shape: tuple[int, ...]) -> None:
    outputs = {"cov": np.ones((1, 2, 4), np.float32), "bbox": np.ones(shape, np.float32)}
    with pytest.raises(ModelError, match="bbox"):
        parse_coverage(outputs, 64, 32, [ClassSettings()])


def boxes(*rows: tuple[float, ...]) -> Detections:
    count = len(rows)
    return Detections(
        class_ids=np.zeros(count, np.int32), boxes=np.array(rows, np.float32), confidences=np.ones(count, np.float32)
    )


def kept(limits: ClassSettings, *rows: tuple[float, ...], crop: bool = False) -> list[tuple[float, ...]]:
    settings = InferSettings(model=MODEL, classes=(limits,), crop_to_roi=crop)
    return [one.box for one in to_objects(boxes(*rows), SAME_SIZE, (64, 32), settings, ())]


def test_objects_outside_the_size_limits_are_dropped() -> None:
    limits = ClassSettings(min_width=4, min_height=4, max_width=10, max_height=10)
    rows = ((0, 0, 3, 5), (0, 0, 5, 3), (0, 0, 11, 5), (0, 0, 5, 11), (0, 0, 4, 10))
    assert kept(limits, *rows) == [(0, 0, 4, 10)]


def test_objects_outside_the_region_are_dropped_or_cropped() -> None:
    limits = ClassSettings(roi_top_offset=8, roi_bottom_offset=4)
    rows = ((0, 7, 5, 5), (0, 8, 5, 5), (0, 20, 5, 9))
    assert kept(limits, *rows) == [(0, 8, 5, 5)]
    assert kept(limits, *rows, crop=True) == [(0, 8, 5, 5), (0, 8, 5, 5), (0, 20, 5, 8)]


def test_filtered_classes_are_dropped_and_labels_and_colours_attached() -> None:
    settings = InferSettings(
        model=MODEL,
        classes=(ClassSettings(border_colour=(0, 1, 0, 1)), ClassSettings()),
        filter_out=frozenset({1}),
    )
    found = Detections(
        class_ids=np.array([0, 1], np.int32), boxes=np.ones((2, 4), np.float32), confidences=np.ones(2, np.float32)
    )
    (only,) = to_objects(found, SAME_SIZE, (64, 32), settings, (("car",), ("dog",)))
    assert (only.class_id, only.label, only.border_colour) == (0, "car", (0, 1, 0, 1))


def test_a_classifier_names_the_best_class_of_each_layer() -> None:
    outputs = {
        "colour": np.array([0.1, 0.7, 0.2], np.float32).reshape(3, 1, 1),
        "make": np.array([0.3, 0.3], np.float32),
        "kind": np.array([0.1, 0.9], np.float32),
    }
    attributes = classify(outputs, 0.5, (("red", "green", "blue"), ("a", "b")))
    assert attributes == (
        Attribute(index=0, value=1, confidence=pytest.approx(0.7), label="green"),
        Attribute(index=2, value=1, confidence=pytest.approx(0.9), label=None),
    )
    assert label_text(attributes) == "green "


def segmentation(**changes: object) -> InferSettings:
    return InferSettings(model=MODEL, segmentation_classes=2, segmentation_threshold=0.5, **changes)


def test_segmentation_names_the_best_class_of_each_pixel_or_none() -> None:
    scores = np.array([[[0.9, 0.4, 0.5]], [[0.1, 0.6, 0.5]]], np.float32)
    assert segment({"s": scores}, segmentation(), 3, 1).class_map.tolist() == [[0, 1, -1]]
    last = segmentation(segmentation_channels_last=True)
    result = segment({"s": np.ascontiguousarray(scores.transpose(1, 2, 0))}, last, 3, 1)
    assert result.class_map.tolist() == [[0, 1, -1]]
    assert result.class_map.dtype == np.int32


@pytest.mark.parametrize("shape", [(3, 1, 3), (2, 3, 1), (2, 3)])
def test_a_segmentation_layer_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match="num-detected-classes"):
        segment({"s": np.zeros(shape, np.float32)}, segmentation(), 3, 1)


def test_a_segmentation_layer_of_integers_is_refused() -> None:
    with pytest.raises(ModelError, match="FP32"):
        segment({"s": np.zeros((2, 1, 3), np.int32)}, segmentation(), 3, 1)


def test_label_files_have_a_line_per_class_and_names_between_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("person\r\n\nred;green;größe\n", encoding="utf-8")
    assert read_labels(path) == (("person",), ("red", "green", "größe"))
    assert read_labels(None) == ()
    with pytest.raises(ConfigurationError, match="away"):
        read_labels(tmp_path / "away")
