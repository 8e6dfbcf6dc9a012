"""Face detectors: RetinaFace and SCRFD, by the numbers of their anchors."""

from collections.abc import Iterator

from azdacli.model.evidence import Evidence, Layer
from azdacli.model.families import published
from azdacli.model.families.family import Family, Kind

_STRIDES = (8, 16, 32)
_ANCHORS = 2  # of each cell, in both
_BOX, _POINTS, _SCORES = 4, 10, 2


def recognised(evidence: Evidence) -> Iterator[Family]:
    """The family by the widths of its outputs."""
    if all(layer.is_table for layer in evidence.layers):
        yield from _retinaface(evidence)
        yield from _scrfd(evidence)


def _retinaface(evidence: Evidence) -> Iterator[Family]:
    found = {layer.size(1): layer for layer in evidence.layers}
    if len(evidence.layers) != 3 or set(found) != {_BOX, _SCORES, _POINTS}:  # the three
        return
    candidates = found[_BOX].size(0)
    cells = _ANCHORS * evidence.cells(*_STRIDES)
    if candidates == cells:
        yield Family(
            id="retinaface",
            kind=Kind.DETECTOR,
            title=f"RetinaFace: {candidates} anchors, five points each",
            reasons=(
                *(f"'{layer.name}' {layer.text}" for layer in evidence.layers),
                "two anchors for each cell of grids of 8, 16 and 32 pixels",
            ),
            layers={"boxes": found[_BOX].name, "scores": found[_SCORES].name, "points": found[_POINTS].name},
            facts={"classes": 1, "softmax": 0 if "Softmax" in evidence.operators else 1},
            boxes="offsets from anchors, with variances of 0.1 and 0.2",
            nms_inside=False,
            preprocessing=published.RETINAFACE,
        )


def _scrfd(evidence: Evidence) -> Iterator[Family]:
    layers: dict[str, str] = {}
    for stride in _STRIDES:
        rows = _ANCHORS * evidence.cells(stride)
        for role, width in (("scores", 1), ("boxes", _BOX), ("points", _POINTS)):
            found = _one(evidence, rows, width)
            if found is not None:
                layers[f"{role}{stride}"] = found.name
    points = " and five points" if "points8" in layers else ""
    if len(layers) in (6, 9) and len(layers) == len(evidence.layers):
        yield Family(
            id="scrfd",
            kind=Kind.DETECTOR,
            title=f"SCRFD face detector: boxes{points} on three grids",
            reasons=(f"{len(layers)} outputs: scores and distances for grids of 8, 16 and 32 pixels{points}",),
            layers=layers,
            facts={"classes": 1},
            boxes="distances from the cell to left, top, right and bottom, in strides",
            nms_inside=False,
            preprocessing=published.SCRFD,
        )


def _one(evidence: Evidence, rows: int, width: int) -> Layer | None:
    found = [layer for layer in evidence.layers if rows and layer.size(0) == rows and layer.size(1) == width]
    return found[0] if len(found) == 1 else None
