"""The built-in parsers, on tensors whose answer is known."""

from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers.builtin import built_in
from azda_runtime.parsers.builtin.bodypose2d import JOINTS, LIMBS
from azda_runtime.parsers.builtin.coco import COCO_80, COCO_91
from azda_runtime.parsers.caller import PrimaryParser
from azda_runtime.parsers.contract import Role, breaches
from azda_runtime.parsers.failures import ParserFailure
from azda_runtime.parsers.nms import best, overlaps
from azda_runtime.parsers.overlay import Overlay
from azda_runtime.settings import BUILT_IN_PARSERS

SIZE = (832, 416)
CAR, DOG = COCO_80.index("car"), COCO_80.index("dog")


@pytest.mark.parametrize("name", BUILT_IN_PARSERS)
def test_each_name_that_settings_take_is_a_parser_that_keeps_the_contract(name: str) -> None:
    parser = built_in(name)

    assert isinstance(parser, PrimaryParser)
    assert parser.name == name
    assert breaches(parser._module, Role.PRIMARY) == ()


@pytest.mark.parametrize("name", BUILT_IN_PARSERS)
def test_a_missing_layer_is_a_failure_that_names_the_layers_there_are(name: str) -> None:
    parser = built_in(name)
    call = parser.detect if parser.detects else parser.interpret

    with pytest.raises(ParserFailure, match=r"no output layer .*; it has 'other'"):
        call(SIZE, {"other": np.zeros(1)})


def test_the_classes_of_coco_are_numbered_as_its_detectors_do() -> None:
    assert (len(COCO_80), len(COCO_91)) == (80, 91)
    assert (COCO_80[0], COCO_80[79], COCO_91[0], COCO_91[1], COCO_91[90]) == (
        "person",
        "toothbrush",
        "unlabeled",
        "person",
        "toothbrush",
    )
    assert (COCO_91[13], COCO_91[18], COCO_91[67], COCO_91[84]) == ("stop sign", "dog", "dining table", "book")
    assert [n for n in COCO_91 if n in COCO_80] == list(COCO_80)


def yolov4_layers() -> dict[str, Any]:
    cells = {"Identity:0": 52, "Identity_1:0": 26, "Identity_2:0": 13}
    return {layer: np.zeros((n, n, 3, 85), np.float32) for layer, n in cells.items()}


def put(layers: dict[str, Any], layer: str, location: tuple[int, int, int], score: float, class_id: int) -> None:
    cell = layers[layer][location]
    cell[4] = 1.0
    cell[5 + class_id] = score


def test_yolov4_decodes_each_grid_with_its_own_stride_and_anchors() -> None:
    layers = yolov4_layers()
    put(layers, "Identity:0", (10, 20, 0), 0.9, 0)
    put(layers, "Identity_1:0", (5, 3, 2), 0.8, CAR)
    put(layers, "Identity_2:0", (6, 9, 1), 0.7, DOG)

    found = built_in("yolov4").detect((416, 416), layers)

    # An offset of 0 lies in the middle of its cell, whatever the scale; the size is the anchor's.
    assert found.labels == ("person", "car", "dog")
    assert found.scores == pytest.approx((0.9, 0.8, 0.7))
    assert found.boxes == pytest.approx(
        np.array(
            [
                [20.5 * 8 - 6, 10.5 * 8 - 8, 12, 16],
                [3.5 * 16 - 36, 5.5 * 16 - 73, 72, 146],
                [9.5 * 32 - 96, 6.5 * 32 - 121.5, 192, 243],
            ]
        )
    )


def test_yolov4_decodes_offsets_with_the_scale_of_the_grid_and_stretches_to_the_frame() -> None:
    layers = yolov4_layers()
    put(layers, "Identity:0", (10, 20, 1), 0.9, 0)
    layers["Identity:0"][10, 20, 1, :4] = [100.0, -100.0, np.log(2), np.log(0.5)]

    [box] = built_in("yolov4").detect((832, 208), layers).boxes

    centre = np.array([(20 + 1.2 - 0.1) * 8, (10 - 0.1) * 8])
    size = np.array([19 * 2, 36 / 2])
    assert box == pytest.approx([*(centre - size / 2) * [2, 0.5], *size * [2, 0.5]], rel=1e-5)


def test_yolov4_keeps_one_of_two_boxes_of_one_thing_and_both_of_two_classes() -> None:
    layers = yolov4_layers()
    for column, score, class_id in ((20, 0.7, 0), (21, 0.9, 0), (21, 0.6, CAR)):
        put(layers, "Identity_1:0", (10, column, 2 if class_id == 0 else 1), score, class_id)

    found = built_in("yolov4").detect((416, 416), layers)

    assert found.labels == ("person", "car")
    assert found.scores == pytest.approx((0.9, 0.6))


@pytest.mark.parametrize("value", [0.0, np.nan, -np.inf])
def test_yolov4_finds_nothing_where_nothing_is(value: float) -> None:
    layers = {layer: np.full_like(grid, value) for layer, grid in yolov4_layers().items()}

    assert len(built_in("yolov4").detect(SIZE, layers)) == 0


def test_yolov4_cuts_boxes_at_the_frame() -> None:
    layers = yolov4_layers()
    put(layers, "Identity_2:0", (0, 0, 2), 0.9, 0)
    layers["Identity_2:0"][0, 0, 2, 2:4] = 80.0

    [box] = built_in("yolov4").detect((416, 416), layers).boxes

    assert box == pytest.approx([0, 0, 416, 416])


def test_tiny_yolov3_turns_top_left_bottom_right_of_416_pixels_into_the_frame() -> None:
    boxes = np.zeros((2535, 4), np.float32)
    scores = np.zeros((80, 2535), np.float32)
    boxes[7] = [104, 208, 312, 416]
    boxes[8] = [105, 209, 311, 415]
    boxes[9] = [-5, 0, 41.6, 41.6]
    scores[CAR, 7], scores[CAR, 8], scores[DOG, 9], scores[DOG, 10] = 0.9, 0.8, 0.5, 0.49

    found = built_in("tiny-yolov3").detect(SIZE, {"yolonms_layer_1": boxes, "yolonms_layer_1:1": scores})

    assert found.labels == ("car", "dog")
    assert found.boxes == pytest.approx(np.array([[416, 104, 416, 208], [0, 0, 83.2, 41.6]]), rel=1e-5)


def ssd(boxes: Any, scores: Any, classes: Any, count: int) -> dict[str, Any]:
    return {
        "num_detections:0": np.array([count], np.float32),
        "detection_scores:0": np.array(scores, np.float32),
        "detection_classes:0": np.array(classes, np.float32),
        "detection_boxes:0": np.array(boxes, np.float32),
    }


def test_ssd_mobilenet_turns_fractions_into_the_frame_and_names_cocos_numbers() -> None:
    layers = ssd([[0.25, 0.5, 0.75, 1.5], [0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]], [0.9, 0.8, 0.7], [18, 1, 90], 2)

    found = built_in("ssd_mobilenet_v1").detect(SIZE, layers)

    assert found.labels == ("dog", "person")
    assert found.boxes == pytest.approx(np.array([[416, 104, 416, 208], [0, 0, 416, 208]]))


def test_ssd_mobilenet_leaves_out_what_is_weak_empty_or_of_no_class() -> None:
    layers = ssd(
        [[0, 0, 1, 1], [0.5, 0.5, 0.5, 0.9], [0, 0, 1, 1], [0, 0, 1, 1]], [0.4, 0.9, 0.9, 0.9], [1, 1, 91, -1], 4
    )

    assert len(built_in("ssd_mobilenet_v1").detect(SIZE, layers)) == 0


STANDING = {
    "nose": (0.5, 0.1),
    "neck": (0.5, 0.2),
    "right_shoulder": (0.4, 0.22),
    "right_elbow": (0.35, 0.35),
    "right_wrist": (0.33, 0.5),
    "left_shoulder": (0.6, 0.22),
    "left_elbow": (0.65, 0.35),
    "left_wrist": (0.67, 0.5),
    "right_hip": (0.45, 0.5),
    "right_knee": (0.44, 0.7),
    "right_ankle": (0.43, 0.9),
    "left_hip": (0.55, 0.5),
    "left_knee": (0.56, 0.7),
    "left_ankle": (0.57, 0.9),
}


def pose_layers(*everybody: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """The maps that a perfect network would give: a hill per joint, a road of unit vectors per limb."""
    heat = np.zeros((36, 48, 19), np.float32)
    affinity = np.zeros((144, 192, 38), np.float32)
    rows, columns = np.mgrid[0:36, 0:48]
    field = np.stack(np.mgrid[0:144, 0:192][::-1], axis=-1) + 0.5
    for person in everybody:
        for joint, (x, y) in person.items():
            distance = (columns + 0.5 - x * 48) ** 2 + (rows + 0.5 - y * 36) ** 2
            index = JOINTS.index(joint)
            heat[:, :, index] = np.maximum(heat[:, :, index], np.exp(-distance / 2))
        for index, (a, b) in enumerate(LIMBS):
            if JOINTS[a] in person and JOINTS[b] in person:
                start, end = (np.array(person[JOINTS[j]]) * [192, 144] for j in (a, b))
                length = np.hypot(*(end - start))
                along = (field - start) @ (end - start) / length
                across = np.abs((field - start) @ np.array([-(end - start)[1], (end - start)[0]]) / length)
                road = (along > -4) & (along < length + 4) & (across < 5)
                affinity[road, 2 * index : 2 * index + 2] = (end - start) / length
    return {"heatmap_out/BiasAdd:0": heat, "conv2d_transpose_1/BiasAdd:0": affinity}


def moved(person: dict[str, tuple[float, float]], x: float, scale: float) -> dict[str, tuple[float, float]]:
    return {joint: (x + (px - 0.5) * scale, 0.5 + (py - 0.5) * scale) for joint, (px, py) in person.items()}


def test_bodypose2d_finds_a_person_where_it_stands() -> None:
    data, message = built_in("bodypose2d").interpret(SIZE, pose_layers(STANDING))

    [pose] = message["poses"]
    assert set(pose["joints"]) == set(STANDING)
    for joint, (x, y) in STANDING.items():
        assert pose["joints"][joint][:2] == pytest.approx([x, y], abs=0.01), joint
    assert isinstance(data, Overlay)
    assert data.objects.labels == ("person",)
    [(x, y, w, h)] = data.objects.boxes.tolist()
    assert (x < 0.33 * 832, x + w > 0.67 * 832, y, y + h) == (True, True, 0, 416)
    assert len(data.lines) == 13


def test_bodypose2d_keeps_two_people_apart() -> None:
    left, right = moved(STANDING, 0.25, 0.8), moved(STANDING, 0.72, 0.7)

    _, message = built_in("bodypose2d").interpret(SIZE, pose_layers(left, right))

    poses = sorted(message["poses"], key=lambda p: p["joints"]["neck"][0])
    assert len(poses) == 2
    for pose, person in zip(poses, (left, right), strict=True):
        assert set(pose["joints"]) == set(person)
        for joint, (x, y) in person.items():
            assert pose["joints"][joint][:2] == pytest.approx([x, y], abs=0.02), joint


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_bodypose2d_finds_nobody_where_nobody_is(value: float) -> None:
    layers = {layer: np.full_like(maps, value) for layer, maps in pose_layers().items()}

    assert built_in("bodypose2d").interpret(SIZE, layers) == (None, None)


def test_bodypose2d_takes_two_joints_for_nobody() -> None:
    two = {joint: STANDING[joint] for joint in ("neck", "nose")}

    assert built_in("bodypose2d").interpret(SIZE, pose_layers(two)) == (None, None)


def test_noise_does_not_break_a_parser() -> None:
    random = np.random.default_rng(1)
    layers = {layer: random.random(maps.shape, np.float32) for layer, maps in pose_layers().items()}

    built_in("bodypose2d").interpret(SIZE, layers)
    built_in("yolov4").detect(SIZE, {k: random.normal(size=v.shape) * 9 for k, v in yolov4_layers().items()})


def test_overlap_is_intersection_over_union() -> None:
    box = np.array([0.0, 0.0, 2.0, 2.0])
    others = np.array([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0], [2.0, 2.0, 3.0, 3.0], [0.0, 0.0, 0.0, 0.0]])

    assert overlaps(box, others) == pytest.approx([1, 1 / 3, 0, 0])
    assert overlaps(others[3], others[3:]) == pytest.approx([0])


def test_suppression_keeps_the_best_of_each_class_in_the_order_of_scores() -> None:
    boxes = np.array([[0, 0, 2, 2], [0, 0, 2, 2.1], [5, 5, 6, 6], [0, 0, 2, 2]], float)

    kept = best(boxes, np.array([0.5, 0.9, 0.7, 0.8]), np.array([1, 1, 1, 2]), 0.5)

    assert kept.tolist() == [1, 3, 2]
    assert best(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), 0.5).tolist() == []


NETWORK = (64, 64)


def around(boxes: Any, size: tuple[int, int]) -> Any:
    """Boxes of the 64 x 64 network in a frame that was stretched into it."""
    return np.asarray(boxes) * np.tile(np.array(size) / 64, 2)


def candidates(extra: int) -> Any:
    """Two cars that overlap, the second less likely, a dog, and nothing: centre, size, room for the rest."""
    rows = np.zeros((84, 4 + extra), np.float32)
    rows[:3, :4] = [[20, 20, 10, 10], [21, 20, 10, 10], [40, 40, 8, 6]]
    return rows


def check(name: str, layer: Any) -> None:
    found = built_in(name).detect(SIZE, {"anything": layer}, NETWORK)
    assert found.labels == ("car", "dog")
    assert np.allclose(found.scores, (0.9, 0.8), atol=1e-6)
    assert np.allclose(found.boxes, around([[15, 15, 10, 10], [36, 37, 8, 6]], SIZE), atol=1e-3)


def test_yolov8_reads_a_column_for_each_candidate() -> None:
    rows = candidates(80)
    rows[[0, 1, 2], [4 + CAR, 4 + CAR, 4 + DOG]] = 0.9, 0.7, 0.8
    check("yolov8", rows.T)


def test_yolov5_multiplies_with_the_objectness() -> None:
    rows = candidates(81)
    rows[:3, 4] = 0.9, 0.9, 1
    rows[[0, 1, 2], [5 + CAR, 5 + CAR, 5 + DOG]] = 1, 0.7, 0.8
    check("yolov5", rows)


def test_yolox_decodes_the_cells_of_its_grids() -> None:
    rows = candidates(81)
    column, row = np.array([2, 2, 5]), np.array([2, 2, 5])
    rows[:3, :2] = rows[:3, :2] / 8 - np.stack([column, row], axis=1)
    rows[:3, 2:4] = np.log(rows[:3, 2:4] / 8)
    rows[:3, 4] = 0.9, 0.9, 1
    rows[[0, 1, 2], [5 + CAR, 5 + CAR, 5 + DOG]] = 1, 0.7, 0.8
    placed = np.zeros((84, 85), np.float32)
    placed[[18, 45]] = rows[[0, 2]]
    check("yolox", placed)


def test_rtdetr_has_fractions_and_rows_with_nms_have_corners() -> None:
    queries = candidates(80)[[0, 2]]
    queries[:, :4] /= 64
    queries[[0, 1], [4 + CAR, 4 + DOG]] = 0.9, 0.8
    check("rtdetr", queries)
    check("yolo-nms", np.array([[15, 15, 25, 25, 0.9, CAR], [36, 37, 44, 43, 0.8, DOG], [0] * 6], np.float32))


def test_the_labels_of_a_configuration_take_the_place_of_cocos() -> None:
    rows = candidates(2)
    rows[0, 5] = 0.9
    found = built_in("yolov8", labels=("scratch", "dent")).detect(SIZE, {"output0": rows.T}, NETWORK)
    assert found.labels == ("dent",)
    with pytest.raises(ParserFailure, match="class id 79"):
        built_in("yolov8", labels=("scratch",)).detect(
            SIZE, {"o": np.full((84, 3), 0.9, np.float32).cumsum(0)}, NETWORK
        )
