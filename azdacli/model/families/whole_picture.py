"""Models whose output is about the picture as a whole or each of its pixels: classifiers, segmenters, PP-OCR's pair."""

import re
from collections.abc import Iterator

from azdacli.model.evidence import Evidence, Layer
from azdacli.model.families import published
from azdacli.model.families.family import Family, Kind, counted

_LINE_HEIGHTS = (32, 48)  # PP-OCR's recognisers
_FEWEST_CHARACTERS = 30
_INTEGERS = ("int32", "int64", "uint8")
# What measured values are called; `feat` of features and `emb` of embeddings.
_MEASURED = re.compile(r"landmark|keypoint|kpt|points?\b|pose|emb|feat|descriptor|bbox|boxes|offset|angle|gaze|depth")
_LAST = 8  # layers
_COARSEST = 16  # pixels of the input for each of a segmenter's; coarser maps are a detector's head


def recognised(evidence: Evidence) -> Iterator[Family]:
    """The family of a single output of an image."""
    if evidence.image is None or len(evidence.layers) != 1 or not evidence.has_batches:
        return
    if any("NMS" in name or name == "NonMaxSuppression" for name in evidence.operators):
        return  # boxes, in whatever form
    layer = evidence.layers[0]
    inner = [one for one in layer.shape if one != 1] or [1]
    if (
        (len(layer.shape) == 1 or layer.is_planes)
        and len(inner) == 1
        and isinstance(inner[0], int)
        and layer.size(0) == inner[0]
    ):
        if not _MEASURED.search(layer.name.lower()):
            yield _classifier(evidence, layer)
    elif layer.is_table and layer.element.startswith("float"):
        yield from _text(evidence, layer)
    elif layer.is_planes or layer.element in _INTEGERS:
        yield from _pixels(evidence, layer)


def _classifier(evidence: Evidence, layer: Layer) -> Family:
    probabilities = bool(evidence.computed_by(layer.name) & {"Softmax", "Sigmoid"})
    what = "probabilities" if probabilities else "scores before a softmax"
    return Family(
        id="classifier",
        kind=Kind.CLASSIFIER,
        title=f"classifier: {counted(layer.size(0))}, {what}",
        reasons=(f"'{layer.name}' {layer.text}: one number for each class of the picture",),
        certain=probabilities and layer.size(0) > 1,
        layers={"scores": layer.name},
        facts={"classes": layer.size(0), "softmax": 0 if probabilities else 1},
        caution="" if probabilities else "an embedding or measured values have this shape too: `--kind custom`",
    )


def _text(evidence: Evidence, layer: Layer) -> Iterator[Family]:
    shape = evidence.image.shape if evidence.image is not None else None
    height = shape[2] if shape is not None else None
    characters = evidence.model.metadata.get("character", "")
    if layer.size(1) < _FEWEST_CHARACTERS or not (height in _LINE_HEIGHTS or characters):
        return
    known = len(characters.splitlines())
    yield Family(
        id="ppocr-recognition",
        kind=Kind.OCR,
        title=f"PP-OCR text recogniser: {layer.size(1)} characters with the blank",
        reasons=(
            f"'{layer.name}' {layer.text}: a row of scores for each step along the line",
            f"the metadata lists {known} characters" if known else f"lines of {height} pixels",
        ),
        certain=bool(known),
        layers={"steps": layer.name},
        facts={"classes": layer.size(1)},
        preprocessing=published.OCR_RECOGNITION,
        caution="" if known else "its characters are not in the model: they stand in the training's dictionary",
    )


def _pixels(evidence: Evidence, layer: Layer) -> Iterator[Family]:
    if _is_coarse(evidence, layer):
        return
    planes = _planes(evidence, layer) if layer.is_planes else 1
    if layer.element in _INTEGERS and planes == 1:
        yield _segmenter(layer, 0, "the class of each pixel")
    elif planes == 1 and "Sigmoid" in evidence.computed_by(layer.name):
        title = "PP-OCR text detector (DB): how likely each pixel is text"
        yield Family(
            id="ppocr-detection",
            kind=Kind.OCR,
            title=title,
            reasons=(f"'{layer.name}' {layer.text}: one plane behind a Sigmoid",),
            certain=False,
            layers={"plane": layer.name},
            facts={"classes": 1},
            boxes="what is bright in the plane",
            nms_inside=False,
            preprocessing=published.OCR_DETECTION,
            caution="a segmenter of one class has the same shape: `--kind segmenter` chooses that",
        )
        yield _segmenter(layer, 1, "how likely each pixel is the one class")
    elif planes > 1:
        yield _segmenter(layer, planes, f"a plane for each of {planes} classes")


def _planes(evidence: Evidence, layer: Layer) -> int:
    """How many planes there are; 1 for an open number behind PP-OCR's last layers, a ConvTranspose and a Sigmoid."""
    if isinstance(layer.shape[0], int):
        return layer.size(0)
    writers, name, seen = evidence.graph.writers(), layer.name, list[str]()
    while len(seen) < _LAST and (node := writers.get(name)) is not None and node.inputs:
        seen.append(node.operator)
        name = node.inputs[0]
    return 1 if seen[:1] == ["Sigmoid"] and "ConvTranspose" in seen else 0


def _is_coarse(evidence: Evidence, layer: Layer) -> bool:
    """Whether the map has so few cells that it is no picture: a grid of a detector."""
    across = layer.size(-1) if layer.is_planes else 0
    return bool(evidence.size and across and evidence.size[0] / across > _COARSEST)


def _segmenter(layer: Layer, classes: int, what: str) -> Family:
    return Family(
        id="segmentation",
        kind=Kind.SEGMENTER,
        title=f"semantic segmentation: {what}",
        reasons=(f"'{layer.name}' {layer.text}: {what}",),
        certain=False,
        layers={"planes": layer.name},
        facts={"classes": classes},
        caution="any map over the picture has this shape, such as depth or features" if classes != 1 else "",
    )
