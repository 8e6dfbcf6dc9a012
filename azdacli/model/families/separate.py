"""Detectors whose boxes, scores and classes are outputs of their own, most with their overlaps suppressed inside."""

from collections.abc import Iterator, Mapping

from azdacli.model.evidence import Evidence, Layer
from azdacli.model.families import published
from azdacli.model.families.family import Family, Kind, counted
from azdacli.model.families.ultralytics import CORNERS
from azdacli.model.preprocessing import Preprocessing
from dsconfig import model_check

_BOX = 4
_CUSTOM_VISION = "detected_boxes"  # of its domain General (compact) [S1]: the README of an exported archive
_DETR_QUERIES = 100
_TENSORFLOW = "top, left, bottom, right as fractions of the frame"
_FRACTIONS = "left, top, right, bottom as fractions of the network's input"
_CENTRED = "centre x, centre y, width, height as fractions of the network's input"


def recognised(evidence: Evidence) -> Iterator[Family]:
    """The family by the names of the outputs and their shapes."""
    yield from _detectnet(evidence)
    boxes = evidence.named("detection_boxes", "det_boxes", "pred_boxes", "boxes", "bboxes")
    scores = evidence.named("detection_scores", "det_scores", "pred_scores", "scores", "logits")
    classes = evidence.named("detection_classes", "det_classes", "pred_classes", "classes", "labels")
    count = evidence.named("num_det", "num_predictions", "num_box")
    if boxes is None or scores is None or boxes is scores or boxes.size(-1) != _BOX or not boxes.is_table:
        return
    if classes is not None and classes not in (boxes, scores):
        yield _suppressed(evidence, boxes, scores, classes, count)
    elif scores.is_table and boxes.is_table:
        yield from _scored(boxes, scores)


def _detectnet(evidence: Evidence) -> Iterator[Family]:
    coverage, boxes = evidence.named(model_check.COVERAGE), evidence.named(model_check.BOXES)
    if coverage is None or boxes is None or not coverage.is_planes or not boxes.is_planes:
        return
    if boxes.size(0) == _BOX * coverage.size(0) and coverage.shape[1:] == boxes.shape[1:]:
        yield Family(
            id="detectnet",
            kind=Kind.DETECTOR,
            title=f"DetectNet coverage and boxes: {counted(coverage.size(0))}",
            reasons=(f"'{coverage.name}' {coverage.text}", f"'{boxes.name}' {boxes.text}: four numbers for each class"),
            layers={"coverage": coverage.name, "boxes": boxes.name},
            facts={"classes": coverage.size(0)},
            boxes="distances from each cell, as nvinfer's own parser reads them: no Python is needed",
            nms_inside=False,
            preprocessing=published.TAO,
        )


def _suppressed(evidence: Evidence, boxes: Layer, scores: Layer, classes: Layer, count: Layer | None) -> Family:
    tensorflow = "detection_boxes" in boxes.name and not _plugin(evidence)
    transformer = count is None and not tensorflow and boxes.name != _CUSTOM_VISION
    layers = {"boxes": boxes.name, "scores": scores.name, "classes": classes.name}
    title = "TensorFlow detection outputs" if tensorflow else "detections with NMS inside (EfficientNMS layout)"
    if transformer:
        title = "RT-DETR or D-FINE detections: labels, boxes and scores"
    if boxes.name == _CUSTOM_VISION:
        title = "detections with NMS inside (Custom Vision)"
    units = ("fractions of TensorFlow's order" if tensorflow else "pixels of the network's input", not tensorflow)
    reasons = [f"outputs by their names: {', '.join(f'{one!r}' for one in layers.values())}"]
    if count is not None:
        layers["count"] = count.name
        reasons.append(f"'{count.name}': how many of them are filled")
    if _plugin(evidence):
        reasons.append(f"the plugin {_plugin(evidence)} in the graph")
    return Family(
        id="tensorflow" if tensorflow else "separate",
        kind=Kind.DETECTOR,
        title=f"{title}: {boxes.size(0) or 'some'} at most",
        reasons=tuple(reasons),
        certain=tensorflow or bool(_plugin(evidence)),
        layers=layers,
        facts={"fractions": int(boxes.name == _CUSTOM_VISION)},
        boxes=_TENSORFLOW if tensorflow else _FRACTIONS if boxes.name == _CUSTOM_VISION else CORNERS,
        nms_inside=True,
        preprocessing=published.STRETCHED if transformer else Preprocessing(),
        caution=""
        if not units[1] or boxes.name == _CUSTOM_VISION
        else "boxes are taken as pixels: the model does not say what they are measured in",
    )


def _plugin(evidence: Evidence) -> str:
    return next((name for name in sorted(evidence.operators) if "NMS" in name and name.endswith("_TRT")), "")


def _scored(boxes: Layer, scores: Layer) -> Iterator[Family]:
    """Boxes beside the scores of each class: transformers of Hugging Face, and SSD heads that decode inside."""
    layers = {"boxes": boxes.name, "scores": scores.name}
    reasons = (f"'{boxes.name}' {boxes.text}", f"'{scores.name}' {scores.text}: a score for each class")
    common: Mapping[str, str] = layers
    if "logits" in scores.name and boxes.size(0) == _DETR_QUERIES:
        yield Family(
            id="detr",
            kind=Kind.DETECTOR,
            title=f"DETR detections: {boxes.size(0)} queries, {counted(scores.size(1) - 1)} and 'no object'",
            reasons=reasons,
            certain=False,
            layers=common,
            facts={"classes": scores.size(1) - 1},
            boxes=_CENTRED,
            nms_inside=True,
        )
    elif "logits" in scores.name:
        yield Family(
            id="rtdetr-logits",
            kind=Kind.DETECTOR,
            title=f"RT-DETR or D-FINE logits and boxes: {boxes.size(0) or 'some'} queries, {counted(scores.size(1))}",
            reasons=reasons,
            certain=boxes.size(0) == 300,  # queries, as published
            layers=common,
            facts={"classes": scores.size(1)},
            boxes=_CENTRED,
            nms_inside=True,
            preprocessing=published.STRETCHED,
        )
    elif scores.size(1) > 1:
        yield Family(
            id="ssd",
            kind=Kind.DETECTOR,
            title=f"SSD boxes and scores: {boxes.size(0) or 'some'} candidates, {counted(scores.size(1) - 1)}",
            reasons=reasons,
            certain=False,
            layers=common,
            facts={"classes": scores.size(1) - 1},
            boxes=_FRACTIONS,
            nms_inside=False,
            preprocessing=published.ULTRAFACE if scores.size(1) == 2 else Preprocessing(),  # face or none
            caution="class 0 is taken as background, and boxes as fractions; the model says neither",
        )
