"""A family of models: what its outputs are, and why a model is one of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from azdacli.model.preprocessing import Preprocessing


class Kind(Enum):
    """What a model is for."""

    DETECTOR = "detector"
    CLASSIFIER = "classifier"
    SEGMENTER = "segmenter"
    POSE = "pose"
    OCR = "ocr"
    CUSTOM = "custom"


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """What a model was recognised as.

    Attributes:
        id: The layout of its outputs, as `yolov8`: there is a parser of that name.
        kind: What it is for.
        title: In words, with numbers: `YOLOv8 detection head: 84 x 8400, 80 classes`.
        reasons: What it was recognised by.
        certain: Whether nothing else has this layout.
        layers: Which output is what, as `{"rows": "output0"}`.
        facts: Numbers that its parser needs, as `{"classes": 80}`.
        boxes: What its boxes are, as a reader of its outputs needs to know; empty when it has none.
        nms_inside: Whether the model has suppressed overlapping boxes itself; None when it has no boxes.
        preprocessing: What its authors publish, or what the exporter wrote.
        caution: What may be wrong all the same, or what does not fit DeepStream.
    """

    id: str
    kind: Kind
    title: str
    reasons: tuple[str, ...]
    certain: bool = True
    layers: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, int | str] = field(default_factory=dict)
    boxes: str = ""
    nms_inside: bool | None = None
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    caution: str = ""

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError(f"no reason is given for '{self.id}'")

    @property
    def classes(self) -> int:
        """How many classes; 0 when it has none or that is not known."""
        return int(self.facts.get("classes", 0))


def counted(classes: int) -> str:
    """As `1 class`, or `80 classes`."""
    return f"{classes} class{'' if classes == 1 else 'es'}"
