"""nvinfer's configuration of a model, with what is not known marked as such."""

from collections.abc import Iterator

from azdacli.model.preprocessing import Known, Letterbox
from azdacli.project.choice import Choice

_FORMATS = {"RGB": 0, "BGR": 1}
_GREY = 1  # channel
_UNIT = 1 / 255


def primary(choice: Choice, model: str) -> str:
    """The configuration of a model that sees whole frames."""
    return "\n".join([*_head(choice, model), *_input(choice), *_output(choice)]) + "\n"


def secondary(choice: Choice, model: str) -> str:
    """The configuration of a model that sees the objects of the primary one."""
    lines = [
        *_head(choice, model, unique_id=2),
        "process-mode=2",
        "operate-on-gie-id=1",
        *_input(choice),
        "network-type=100",
        "output-tensor-meta=1",
        "# An object is looked at when it is at least so large, in pixels of the frame.",
        "input-object-min-width=8",
        "input-object-min-height=8",
    ]
    return "\n".join(lines) + "\n"


def _head(choice: Choice, model: str, unique_id: int = 1) -> Iterator[str]:
    yield f"# {choice.family.title}, as `azdacli inspect {model}` says."
    yield "[property]"
    yield f"gie-unique-id={unique_id}"
    yield f"onnx-file={model}"
    fixed = choice.evidence.model.batch
    yield f"batch-size={fixed if fixed is not None and fixed > 0 else 1}"
    yield "# 0 is FP32, 2 is FP16: faster on a device, and the numbers differ a little."
    yield "network-mode=0"


def _input(choice: Choice) -> Iterator[str]:
    width, height = choice.size
    if not choice.size_known:
        yield f"# CHECK: the model takes any size, and nobody said which; {width} x {height} is a usual one."
    yield f"infer-dims={choice.evidence.channels};{height};{width}"
    if choice.evidence.channels_last:
        yield "network-input-order=1"
    yield from _pixels(choice)
    found = choice.family.preprocessing.letterbox
    if found is Letterbox.UNKNOWN:
        yield "# CHECK: whether frames keep their shape (1) or are stretched (0) is not known from the model."
    keep = found in (Letterbox.CENTRE, Letterbox.CORNER)
    yield f"maintain-aspect-ratio={int(keep)}"
    if keep:
        yield f"symmetric-padding={int(found is Letterbox.CENTRE)}"


def _pixels(choice: Choice) -> Iterator[str]:
    found = choice.family.preprocessing
    known = found.known is not Known.UNKNOWN
    if choice.normalised:
        yield "# The model's own first layers normalise: it takes pixels from 0 to 255."
        yield "net-scale-factor=1"
    else:
        if known:
            yield f"# From {found.known.value}" + (f"; {found.note}." if found.note else ".")
        else:
            yield "# CHECK: nothing in the model says its scale, offsets and colour order. Take them from the training."
        yield f"net-scale-factor={found.scale if found.scale is not None else _UNIT!r}"
        if found.offsets and choice.evidence.channels > _GREY:
            yield f"offsets={';'.join(f'{one:g}' for one in found.offsets)}"
    grey = choice.evidence.channels == _GREY
    yield f"model-color-format={2 if grey else _FORMATS.get(found.colours, 0)}"


def _output(choice: Choice) -> Iterator[str]:
    if choice.family.id == "detectnet":
        yield "# nvinfer reads the boxes itself: no Python is needed."
        yield "network-type=0"
        yield f"num-detected-classes={choice.family.classes}"
        yield "labelfile-path=labels.txt"
        yield f"output-blob-names={choice.family.layers['coverage']};{choice.family.layers['boxes']}"
        yield "# 2 is NMS."
        yield "cluster-mode=2"
        yield ""
        yield "[class-attrs-all]"
        yield "pre-cluster-threshold=0.3"
        yield "nms-iou-threshold=0.5"
        yield "topk=200"
    else:
        yield "# The raw outputs go to the Python parser."
        yield "network-type=100"
        yield "output-tensor-meta=1"
