"""Models with the metadata of Ultralytics' exporter (ultralytics/engine/exporter.py): they say what they are."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from azdacli.model.evidence import Evidence, Layer
from azdacli.model.families import published
from azdacli.model.families.family import Family, Kind, counted

CENTRES = "centre x, centre y, width, height in pixels of the network's input"
CORNERS = "left, top, right, bottom in pixels of the network's input"


def recognised(evidence: Evidence) -> Iterator[Family]:
    """The family by the metadata, when the outputs have the layout that it stands for."""
    metadata = evidence.model.metadata
    task = _TASKS.get(metadata.get("task", "detect" if "stride" in metadata else ""))
    if task is not None and evidence.names and evidence.layers:
        yield from task(evidence, len(evidence.names), evidence.layers[0])


def _reason(evidence: Evidence, layer: Layer) -> tuple[str, ...]:
    metadata = evidence.model.metadata
    said = [f"{key} {metadata[key]}" for key in ("description", "task", "stride") if metadata.get(key)]
    return (f"the exporter's metadata: {'; '.join(said)}; {len(evidence.names)} names", f"'{layer.name}' {layer.text}")


def _generation(evidence: Evidence) -> str:
    found = re.search(r"yolo-?(v?\d+)", evidence.model.metadata.get("description", ""), re.IGNORECASE)
    return f"YOLO{found[1].lower()}" if found else "YOLOv8"


def _detect(evidence: Evidence, classes: int, layer: Layer) -> Iterator[Family]:
    rows, columns = layer.size(0), layer.size(1)
    reasons, name = _reason(evidence, layer), _generation(evidence)
    facts: Mapping[str, int | str] = {"classes": classes}
    layers = {"rows": layer.name}
    size = layer.text.strip("()").replace(", ", " x ")
    if not layer.is_table:
        return
    if columns == 6 and rows != 4 + classes:  # corners, score and class
        yield Family(
            id="rows",
            kind=Kind.DETECTOR,
            title=f"{name} detections: {size}, {counted(classes)}, NMS inside",
            reasons=(*reasons, "rows of left, top, right, bottom, score, class"),
            layers=layers,
            facts=facts,
            boxes=CORNERS,
            nms_inside=True,
            preprocessing=published.ULTRALYTICS,
        )
    elif rows == 4 + classes:
        yield Family(
            id="yolov8",
            kind=Kind.DETECTOR,
            title=f"{name} detection head: {size}, {counted(classes)}",
            reasons=(*reasons, f"{rows} = 4 of the box + {counted(classes)}, a column for each candidate"),
            layers=layers,
            facts=facts,
            boxes=CENTRES,
            nms_inside=False,
            preprocessing=published.ULTRALYTICS,
        )
    elif columns == 5 + classes:
        yield Family(
            id="yolov5",
            kind=Kind.DETECTOR,
            title=f"YOLOv5 detection head: {size}, {counted(classes)}",
            reasons=(*reasons, f"{columns} = 4 of the box + objectness + {counted(classes)}"),
            layers=layers,
            facts=facts,
            boxes=CENTRES,
            nms_inside=False,
            preprocessing=published.ULTRALYTICS,
        )
    elif columns == 4 + classes:
        yield Family(
            id="rtdetr",
            kind=Kind.DETECTOR,
            title=f"RT-DETR detections: {size}, {counted(classes)}",
            reasons=(*reasons, f"{columns} = 4 of the box + {counted(classes)}, a row for each query"),
            layers=layers,
            facts=facts,
            boxes="centre x, centre y, width, height as fractions of the network's input",
            nms_inside=True,
            preprocessing=published.ULTRALYTICS_STRETCHED,
        )


def _segment(evidence: Evidence, classes: int, layer: Layer) -> Iterator[Family]:
    masks = next((each for each in evidence.layers[1:] if each.is_planes), None)
    if masks is not None and layer.size(0) == 4 + classes + masks.size(0):
        yield Family(
            id="yolov8-seg",
            kind=Kind.SEGMENTER,
            title=f"{_generation(evidence)} instance segmentation head: {counted(classes)}, {masks.size(0)} prototypes",
            reasons=(*_reason(evidence, layer), f"'{masks.name}' {masks.text}: the prototypes of the masks"),
            layers={"rows": layer.name, "masks": masks.name},
            facts={"classes": classes, "masks": masks.size(0)},
            boxes=CENTRES,
            nms_inside=False,
            preprocessing=published.ULTRALYTICS,
        )


def _pose(evidence: Evidence, classes: int, layer: Layer) -> Iterator[Family]:
    try:
        points, values = (int(one) for one in ast.literal_eval(evidence.model.metadata.get("kpt_shape", "(17, 3)")))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return
    if layer.size(0) == 4 + classes + points * values:
        yield Family(
            id="yolov8-pose",
            kind=Kind.POSE,
            title=f"{_generation(evidence)} pose head: {counted(classes)}, {points} key points",
            reasons=(*_reason(evidence, layer), f"4 of the box + {counted(classes)} + {points} x {values}"),
            layers={"rows": layer.name},
            facts={"classes": classes, "points": points, "values": values},
            boxes=CENTRES,
            nms_inside=False,
            preprocessing=published.ULTRALYTICS,
        )


def _classify(evidence: Evidence, classes: int, layer: Layer) -> Iterator[Family]:
    if layer.shape == (classes,):
        yield Family(
            id="classifier",
            kind=Kind.CLASSIFIER,
            title=f"{_generation(evidence)} classifier: {counted(classes)}, probabilities",
            reasons=_reason(evidence, layer),
            layers={"scores": layer.name},
            facts={"classes": classes, "softmax": 0},
            preprocessing=published.ULTRALYTICS_CLASSIFIER,
        )


def _turned(evidence: Evidence, classes: int, layer: Layer) -> Iterator[Family]:
    if layer.size(0) == 5 + classes:
        yield Family(
            id="custom",
            kind=Kind.CUSTOM,
            title=f"{_generation(evidence)} head of turned boxes (OBB): {counted(classes)} and an angle",
            reasons=_reason(evidence, layer),
            layers={"rows": layer.name},
            facts={"classes": classes},
            preprocessing=published.ULTRALYTICS,
            caution="DeepStream's boxes are not turned: a parser has to say what becomes of the angle",
        )


_TASKS: Mapping[str, Callable[[Evidence, int, Layer], Iterator[Family]]] = {
    "detect": _detect,
    "segment": _segment,
    "pose": _pose,
    "classify": _classify,
    "obb": _turned,
}
