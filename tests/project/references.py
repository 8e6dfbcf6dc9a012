"""What models of each family found, one candidate at a time: independent of the parsers and of their helpers."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Box = tuple[float, float, float, float]
Found = list[tuple[Box, int, float]]
Outputs = Mapping[str, Any]
Size = tuple[int, int]


def overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(width, 0) * max(height, 0)
    whole = sum(max(b[2] - b[0], 0) * max(b[3] - b[1], 0) for b in (one, other)) - common
    return common / whole if whole > 0 else 0.0


def suppressed(found: Found, threshold: float) -> Found:
    kept: Found = []
    for one in sorted(found, key=lambda each: -each[2]):
        if all(other[1] != one[1] or overlap(one[0], other[0]) <= threshold for other in kept):
            kept.append(one)
    return kept


def centred(row: Sequence[float], across: float = 1, down: float = 1) -> Box:
    x, y, width, height = (float(value) for value in row[:4])
    return ((x - width / 2) * across, (y - height / 2) * down, (x + width / 2) * across, (y + height / 2) * down)


def cells(network: Size, strides: Sequence[int], anchors: int = 1) -> list[tuple[int, int, int, int]]:
    """Column, row, stride and number of the anchor of each candidate."""
    return [
        (column, row, stride, anchor)
        for stride in strides
        for row in range(network[1] // stride)
        for column in range(network[0] // stride)
        for anchor in range(anchors)
    ]


def best(scores: Sequence[float]) -> tuple[int, float]:
    top = max(range(len(scores)), key=lambda n: float(scores[n]))
    return top, float(scores[top])


def _columns(outputs: Outputs, classes: int) -> Found:
    table = next(v for v in outputs.values() if v.ndim == 2)
    found = []
    for column in range(table.shape[1]):
        class_id, score = best(table[4 : 4 + classes, column])
        if score >= 0.25:
            found.append((centred(table[:4, column]), class_id, score))
    return suppressed(found, 0.45)


def yolov8(outputs: Outputs, network: Size) -> Found:
    return _columns(outputs, 3)


def yolov8_pose(outputs: Outputs, network: Size) -> Found:
    return _columns(outputs, 1)


def yolov5(outputs: Outputs, network: Size) -> Found:
    found = []
    for row in next(iter(outputs.values())):
        class_id, chance = best(row[5:])
        if row[4] * chance >= 0.25:
            found.append((centred(row), class_id, float(row[4] * chance)))
    return suppressed(found, 0.45)


def yolox(outputs: Outputs, network: Size) -> Found:
    found = []
    for row, (column, line, stride, _) in zip(outputs["output"], cells(network, (8, 16, 32)), strict=True):
        class_id, chance = best(row[5:])
        if row[4] * chance >= 0.25:
            x, y = (float(row[0]) + column) * stride, (float(row[1]) + line) * stride
            box = centred((x, y, math.exp(row[2]) * stride, math.exp(row[3]) * stride))
            found.append((box, class_id, float(row[4] * chance)))
    return suppressed(found, 0.45)


def yolo_nas(outputs: Outputs, network: Size) -> Found:
    found = []
    for box, scores in zip(outputs["boxes"], outputs["scores"], strict=True):
        class_id, score = best(scores)
        if score >= 0.25:
            found.append((tuple(map(float, box)), class_id, score))
    return suppressed(found, 0.45)


def rows(outputs: Outputs, network: Size) -> Found:
    return [(tuple(map(float, r[:4])), int(r[5]), float(r[4])) for r in outputs["output0"] if r[4] >= 0.25]


def rtdetr(outputs: Outputs, network: Size) -> Found:
    scored = [(row, *best(row[4:])) for row in outputs["output0"]]
    return [(centred(row, *network), class_id, score) for row, class_id, score in scored if score >= 0.5]


def rtdetr_logits(outputs: Outputs, network: Size) -> Found:
    found = []
    for box, logits in zip(outputs["pred_boxes"], outputs["logits"], strict=True):
        class_id, logit = best(logits)
        score = 1 / (1 + math.exp(-logit))
        if score >= 0.5:
            found.append((centred(box, *network), class_id, score))
    return found


def tensorflow(outputs: Outputs, network: Size) -> Found:
    found = []
    for index in range(int(outputs["num_detections:0"][0])):
        score = float(outputs["detection_scores:0"][index])
        top, left, bottom, right = (float(v) for v in outputs["detection_boxes:0"][index])
        if score >= 0.5:
            box = (left * network[0], top * network[1], right * network[0], bottom * network[1])
            found.append((box, int(outputs["detection_classes:0"][index]), score))
    return found


def _separate(names: tuple[str, str, str], outputs: Outputs, count: int) -> Found:
    boxes, scores, classes = (outputs[name] for name in names)
    return [(tuple(map(float, boxes[n])), int(classes[n]), float(scores[n])) for n in range(count) if scores[n] >= 0.5]


def efficient_nms(outputs: Outputs, network: Size) -> Found:
    return _separate(("det_boxes", "det_scores", "det_classes"), outputs, int(outputs["num_dets"][0]))


def dfine(outputs: Outputs, network: Size) -> Found:
    return _separate(("boxes", "scores", "labels"), outputs, len(outputs["scores"]))


def retinaface(outputs: Outputs, network: Size) -> Found:
    sides = {8: (16, 32), 16: (64, 128), 32: (256, 512)}
    found = []
    for index, (column, line, stride, anchor) in enumerate(cells(network, (8, 16, 32), 2)):
        score = float(outputs["conf"][index][1])
        if score < 0.5:
            continue
        dx, dy, dw, dh = (float(v) for v in outputs["loc"][index])
        side = sides[stride][anchor]
        x, y = (column + 0.5) * stride + dx * 0.1 * side, (line + 0.5) * stride + dy * 0.1 * side
        found.append((centred((x, y, side * math.exp(dw * 0.2), side * math.exp(dh * 0.2))), 0, score))
    return suppressed(found, 0.4)


def scrfd(outputs: Outputs, network: Size) -> Found:
    found = []
    for offset, stride in enumerate((8, 16, 32)):
        scores, sides = outputs[str(440 + offset)], outputs[str(450 + offset)]
        for index, (column, line, _, _) in enumerate(cells(network, (stride,), 2)):
            score = float(scores[index][0])
            if score >= 0.5:
                left, top, right, bottom = (float(v) * stride for v in sides[index])
                x, y = column * stride, line * stride
                found.append(((x - left, y - top, x + right, y + bottom), 0, score))
    return suppressed(found, 0.4)


def ssd(outputs: Outputs, network: Size) -> Found:
    found = []
    for box, scores in zip(outputs["boxes"], outputs["scores"], strict=True):
        class_id, score = best(scores[1:])
        if score >= 0.5:
            left, top, right, bottom = (float(v) for v in box)
            sides = (left * network[0], top * network[1], right * network[0], bottom * network[1])
            found.append((sides, class_id, score))
    return suppressed(found, 0.45)


def yolov2(outputs: Outputs, network: Size) -> Found:
    anchors = ((0.573, 0.677), (1.87, 2.06), (3.34, 5.47), (7.88, 3.53), (9.77, 9.17))
    planes = outputs["model_outputs0"]
    rows, columns = planes.shape[1:]
    across, down = network[0] / columns, network[1] / rows
    found = []
    for number, anchor in enumerate(anchors):
        for row in range(rows):
            for column in range(columns):
                x, y, w, h, sure, *rest = map(float, planes.reshape(5, -1, rows, columns)[number, :, row, column])
                powers = [math.exp(one) for one in rest]
                class_id, power = best(powers)
                score = power / sum(powers) / (1 + math.exp(-sure))
                if score >= 0.25:
                    centre = column + 1 / (1 + math.exp(-x)), row + 1 / (1 + math.exp(-y))
                    size = math.exp(w) * anchor[0], math.exp(h) * anchor[1]
                    found.append((centred((*centre, *size), across, down), class_id, score))
    return suppressed(found, 0.45)


def custom_vision_s1(outputs: Outputs, network: Size) -> Found:
    found = []
    for box, class_id, score in zip(*(outputs[f"detected_{n}"] for n in ("boxes", "classes", "scores")), strict=True):
        if score >= 0.5:
            x1, y1, x2, y2 = map(float, box)
            corners = (x1 * network[0], y1 * network[1], x2 * network[0], y2 * network[1])
            found.append((corners, int(class_id), float(score)))
    return found


REFERENCES: Mapping[str, Callable[[Outputs, Size], Found]] = {
    "yolov8": yolov8,
    "yolov8-bare": yolov8,
    "yolov8-pose": yolov8_pose,
    "yolov8-pose-bare": yolov8_pose,
    "yolov8-seg": yolov8,
    "yolov8-seg-bare": yolov8,
    "yolov5": yolov5,
    "yolov7": yolov5,
    "yolox": yolox,
    "yolox-decoded": yolov5,
    "yolo-nas": yolo_nas,
    "yolov10": rows,
    "rows-bare": rows,
    "rtdetr-ultralytics": rtdetr,
    "rtdetr-logits": rtdetr_logits,
    "dfine": dfine,
    "tensorflow": tensorflow,
    "efficient-nms": efficient_nms,
    "retinaface": retinaface,
    "scrfd": scrfd,
    "ssd": ssd,
    "custom-vision": yolov2,
    "custom-vision-s1": custom_vision_s1,
}
"""Name of a model of tests/model/graphs.py -> what it found: corners in the network's pixels, classes and scores."""


def in_frame(box: Box, frame: Size, network: Size, letterbox: str) -> Box:
    """Corners in the network's pixels as left, top, width and height in the frame's, cut off at its edges."""
    across, down, left, top = network[0] / frame[0], network[1] / frame[1], 0.0, 0.0
    if letterbox != "stretch":
        wide = network[1] * frame[0] / frame[1] > network[0]
        inner = (
            (network[0], int(network[0] * frame[1] / frame[0]))
            if wide
            else (
                int(network[1] * frame[0] / frame[1]),
                network[1],
            )
        )
        across, down = inner[0] / frame[0], inner[1] / frame[1]
        if letterbox == "centre":
            left, top = (network[0] - inner[0]) // 2, (network[1] - inner[1]) // 2
    x1, x2 = (min(max((x - left) / across, 0), frame[0]) for x in (box[0], box[2]))
    y1, y2 = (min(max((y - top) / down, 0), frame[1]) for y in (box[1], box[3]))
    return (x1, y1, max(x2 - x1, 0), max(y2 - y1, 0))
