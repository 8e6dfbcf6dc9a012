"""Models whose output is about the picture as a whole or each of its pixels: classifiers, segmenters, PP-OCR's pair."""

from collections.abc import Iterator

from azdacli.model.evidence import Evidence, Layer
from azdacli.model.families import published
from azdacli.model.families.family import Family, Kind, counted

_LINE_HEIGHTS = (32, 48)  # PP-OCR's recognisers
_FEWEST_CHARACTERS = 30
_INTEGERS = ("int32", "int64", "uint8")


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
    planes = layer.size(0) if layer.is_planes else 1
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
