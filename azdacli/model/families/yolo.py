"""YOLO heads without metadata: their number of candidates is that of the cells of grids over the network's input."""

import re
from collections.abc import Iterator
from dataclasses import replace

from azdacli.model.evidence import Evidence, Layer
from azdacli.model.families import published
from azdacli.model.families.family import Family, Kind, counted
from azdacli.model.families.ultralytics import CENTRES, CORNERS

_STRIDES = (8, 16, 32)
_FOUR_STRIDES = (*_STRIDES, 64)
_ANCHORS = 3
_BOX = 4
_COCO_POSE = 4 + 1 + 17 * 3
_LAST_LAYERS = frozenset({"Conv", "Gemm", "Sigmoid"})  # of a head whose numbers nobody has decoded
_SECOND_ANCHORS = 5
_CUSTOM_VISION = "model_outputs0"
_ROW = 6  # corners, score and class
_MOST_ROWS = 1000
_OPEN = "the input's size is open, so that the number of candidates says nothing"


def recognised(evidence: Evidence) -> Iterator[Family]:
    """The family of a single table of candidates, of a table with prototypes, or of boxes beside scores."""
    yield from _second(evidence)
    tables = [layer for layer in evidence.layers if layer.is_table]
    planes = [layer for layer in evidence.layers if layer.is_planes]
    if len(tables) == 1 and all(layer is tables[0] or _is_grid(layer, tables[0]) for layer in evidence.layers):
        yield from _table(evidence, tables[0])
    elif len(evidence.layers) == 2 and len(tables) == len(planes) == 1:  # both
        yield from _segmentation(evidence, tables[0], planes[0])
    elif len(tables) == len(evidence.layers) == 2:  # both
        yield from _nas(evidence, tables)


def _is_grid(layer: Layer, table: Layer) -> bool:
    """Whether an output is a grid of anchors that YOLOv5's old exports have beside the table that is made of them."""
    return len(layer.shape) == _BOX and layer.size(0) == _ANCHORS and layer.size(-1) == table.size(1)


def _cells(evidence: Evidence) -> dict[int, str]:
    """Numbers of candidates of grids without anchors, and what they are made of."""
    strides = {"8, 16 and 32": _STRIDES, "8, 16, 32 and 64": _FOUR_STRIDES}
    return {count: text for text, each in strides.items() if (count := evidence.cells(*each))}


def _table(evidence: Evidence, layer: Layer) -> Iterator[Family]:
    rows, columns = layer.size(0), layer.size(1)
    cells = _cells(evidence)
    if columns in cells and _BOX < rows < columns:
        yield from _columns(layer, cells[columns])
    elif rows == evidence.cells(*_STRIDES) and rows and columns > _BOX + 1:
        yield _yolox(evidence, layer, cells[rows])
    elif rows and rows % _ANCHORS == 0 and rows // _ANCHORS in cells and columns > _BOX + 1:
        yield _anchored(layer, cells[rows // _ANCHORS])
    elif columns == _ROW and rows <= _MOST_ROWS:
        yield _rows(layer)
    elif not evidence.size and rows > _BOX and not columns and re.fullmatch(r"output\d*", layer.name):
        yield replace(_detector(layer, ()), certain=False, caution=_OPEN)


def _columns(layer: Layer, grids: str) -> Iterator[Family]:
    rows = layer.size(0)
    reason = f"'{layer.name}' {layer.text}: a column for each cell of grids of {grids} pixels"
    pose = Family(
        id="yolov8-pose",
        kind=Kind.POSE,
        title="YOLOv8 pose head: 1 class, 17 key points",
        reasons=(reason, f"{rows} = 4 of the box + 1 class + 17 x 3, as COCO's key points"),
        certain=False,
        layers={"rows": layer.name},
        facts={"classes": 1, "points": 17, "values": 3},
        boxes=CENTRES,
        nms_inside=False,
        preprocessing=published.YOLO,
        caution=f"a detector of {counted(rows - _BOX)} has the same shape: `--kind detector` chooses that",
    )
    if rows == _COCO_POSE:
        yield pose
    yield replace(_detector(layer, (reason,)), certain=rows != _COCO_POSE)


def _detector(layer: Layer, reasons: tuple[str, ...]) -> Family:
    rows = layer.size(0)
    return Family(
        id="yolov8",
        kind=Kind.DETECTOR,
        title=f"YOLOv8 detection head: {rows} x {layer.size(1) or 'any'}, {counted(rows - _BOX)}",
        reasons=(*reasons, f"'{layer.name}' {layer.text}: {rows} = 4 of the box + {counted(rows - _BOX)}"),
        layers={"rows": layer.name},
        facts={"classes": rows - _BOX},
        boxes=CENTRES,
        nms_inside=False,
        preprocessing=published.YOLO,
    )


def _yolox(evidence: Evidence, layer: Layer, grids: str) -> Family:
    """YOLOX, whose exporter leaves boxes in cells of the grid, unless it is asked to decode them inside (Exp)."""
    classes = layer.size(1) - _BOX - 1
    inside = "Exp" in evidence.operators
    computed = evidence.computed_by(layer.name)
    raw = not inside and computed <= _LAST_LAYERS
    decoded = "decoded inside" if not raw else "boxes in cells of the grid"
    seen = "an Exp in the graph" if inside else f"what it is computed by: {', '.join(sorted(computed)) or 'nothing'}"
    return Family(
        id="yolox" if raw else "yolox-decoded",
        kind=Kind.DETECTOR,
        title=f"YOLOX detection head: {layer.size(0)} x {layer.size(1)}, {counted(classes)}, {decoded}",
        reasons=(
            f"'{layer.name}' {layer.text}: a row for each cell of grids of {grids} pixels",
            f"{layer.size(1)} = 4 of the box + objectness + {counted(classes)}",
            f"{decoded}: {seen}",
        ),
        certain=inside or raw,
        layers={"rows": layer.name},
        facts={"classes": classes},
        boxes=CENTRES if not raw else "offsets of the centre and logarithms of the size, in cells of each grid",
        nms_inside=False,
        preprocessing=published.YOLOX,
        caution="" if inside or raw else "YOLOv6 has this shape too, and takes RGB pixels from 0 to 1",
    )


def _anchored(layer: Layer, grids: str) -> Family:
    classes = layer.size(1) - _BOX - 1
    return Family(
        id="yolov5",
        kind=Kind.DETECTOR,
        title=f"YOLOv5 or YOLOv7 detection head: {layer.size(0)} x {layer.size(1)}, {counted(classes)}",
        reasons=(
            f"'{layer.name}' {layer.text}: a row for each of 3 anchors of each cell of grids of {grids} pixels",
            f"{layer.size(1)} = 4 of the box + objectness + {counted(classes)}",
        ),
        layers={"rows": layer.name},
        facts={"classes": classes},
        boxes=CENTRES,
        nms_inside=False,
        preprocessing=published.YOLO,
    )


def _rows(layer: Layer) -> Family:
    return Family(
        id="rows",
        kind=Kind.DETECTOR,
        title=f"detections with NMS inside: {layer.size(0) or 'some'} rows of six",
        reasons=(
            f"'{layer.name}' {layer.text}: left, top, right, bottom, score, class, as YOLO exports with NMS have",
        ),
        certain=False,
        layers={"rows": layer.name},
        boxes=CORNERS,
        nms_inside=True,
        preprocessing=published.YOLO,
        caution="the order of the six numbers is not written in the model",
    )


def _second(evidence: Evidence) -> Iterator[Family]:
    """Custom Vision's compact detectors: planes for each of YOLOv2's five anchors, in one layer."""
    layer = evidence.layers[0] if len(evidence.layers) == 1 else None
    if layer is None or layer.name != _CUSTOM_VISION or not layer.is_planes or layer.size(0) % _SECOND_ANCHORS:
        return
    classes = layer.size(0) // _SECOND_ANCHORS - _BOX - 1
    if classes > 0:
        yield Family(
            id="yolov2",
            kind=Kind.DETECTOR,
            title=f"YOLOv2 head of Custom Vision: {layer.text}, {counted(classes)}",
            reasons=(
                f"'{layer.name}' {layer.text}: the output of Custom Vision's domain General (compact)",
                f"{layer.size(0)} = 5 anchors of 4 of the box + objectness + {counted(classes)}",
            ),
            certain=False,
            layers={"planes": layer.name},
            facts={"classes": classes},
            boxes="offsets of the centre and logarithms of the size, in cells of the grid",
            nms_inside=False,
            preprocessing=published.CUSTOM_VISION,
            caution="Microsoft's samples differ on the logistic function of the centres: LOGISTIC in the parser",
        )


def _segmentation(evidence: Evidence, table: Layer, planes: Layer) -> Iterator[Family]:
    classes = table.size(0) - _BOX - planes.size(0)
    if table.size(1) in _cells(evidence) and planes.size(0) and classes > 0:
        yield Family(
            id="yolov8-seg",
            kind=Kind.SEGMENTER,
            title=f"YOLOv8 instance segmentation head: {counted(classes)}, {planes.size(0)} prototypes",
            reasons=(
                f"'{table.name}' {table.text} = 4 of the box + {counted(classes)} + {planes.size(0)} factors of masks",
                f"'{planes.name}' {planes.text}: the prototypes of the masks",
            ),
            layers={"rows": table.name, "masks": planes.name},
            facts={"classes": classes, "masks": planes.size(0)},
            boxes=CENTRES,
            nms_inside=False,
            preprocessing=published.YOLO,
        )


def _nas(evidence: Evidence, tables: list[Layer]) -> Iterator[Family]:
    cells = _cells(evidence)
    boxes = next((one for one in tables if one.size(1) == _BOX and one.size(0) in cells), None)
    scores = next((one for one in tables if one is not boxes and one.size(0) in cells), None)
    if boxes is not None and scores is not None and boxes.size(0) == scores.size(0):
        yield Family(
            id="yolo-nas",
            kind=Kind.DETECTOR,
            title=f"YOLO-NAS detection head: {boxes.size(0)} candidates, {counted(scores.size(1))}",
            reasons=(
                f"'{boxes.name}' {boxes.text}: a box for each cell of grids of {cells[boxes.size(0)]} pixels",
                f"'{scores.name}' {scores.text}: their scores",
            ),
            layers={"boxes": boxes.name, "scores": scores.name},
            facts={"classes": scores.size(1)},
            boxes=CORNERS,
            nms_inside=False,
            preprocessing=published.YOLO,
        )
