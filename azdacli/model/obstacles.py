"""What a release's TensorRT and nvinfer will not take of a model, each with what to do about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from azdacli.model import tensorrt
from azdacli.model.evidence import Evidence
from azdacli.model.tensorrt import Version
from azdacli.util import files
from azdacli.util.suggest import listed
from dsconfig import model_check
from dsconfig.model_check import Misfit

# TensorRT has 64-bit integers from 10.0 on; 8.6 treats them as 32 bits (github.com/microsoft/onnxruntime, issue 21219).
_INT64_SINCE = (10, 0)
_RAW = {"network-type": 100, "output-tensor-meta": 1}
# What is about a configuration, not about the model alone.
_LATER = (Misfit.BATCH, Misfit.PARSER, Misfit.SHAPE)


class Weight(Enum):
    """How bad an obstacle is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """One thing that will not be taken, or that needs care.

    Attributes:
        weight: `error` where no engine is built or the pipeline fails.
        message: One sentence.
        cure: What to do.
    """

    weight: Weight
    message: str
    cure: str


def obstacles(evidence: Evidence, version: Version | None, name: str, release: str = "") -> Iterator[Obstacle]:
    """All that stands in a model's way.

    Args:
        evidence: The model.
        version: The release's TensorRT; None when it is not known.
        name: How it is called in a sentence: `the TensorRT 10.3 of DeepStream 7.1`; empty where there is none.
        release: DeepStream's.
    """
    if version is not None:
        yield from _opset(evidence, version, name)
        yield from _operators(evidence, version, name)
        yield from _integers(evidence, version, name)
    elif name:
        message = f"{name} is stated nowhere: opset and operators are not checked"
        yield Obstacle(weight=Weight.NOTE, message=message, cure="Try the model on the device.")
    yield from _inputs(evidence, release)
    yield from _outputs(evidence)
    yield from _weights(evidence)


def _opset(evidence: Evidence, version: Version, name: str) -> Iterator[Obstacle]:
    opset = evidence.model.opset
    if opset is None:
        return
    known, beyond = tensorrt.opsets(version)
    if beyond is not None and opset > beyond:
        message = f"opset {opset}; {name} takes no more than {beyond}"
        yield Obstacle(weight=Weight.ERROR, message=message, cure=f"Export the model with opset {known or beyond}.")
    elif opset > known:
        message = f"opset {opset}; that {name} takes more than {known} is stated nowhere"
        cure = f"Export with opset {known} to be sure, or try this one on the device."
        yield Obstacle(weight=Weight.NOTE, message=message, cure=cure)


def _operators(evidence: Evidence, version: Version, name: str) -> Iterator[Obstacle]:
    verdicts = {one: tensorrt.takes(one, version) for one in evidence.model.operators}
    refused = [one.text for one, takes in verdicts.items() if takes is False]
    unknown = [one.text for one, takes in verdicts.items() if takes is None]
    plugins = [one.text for one in verdicts if tensorrt.is_plugin(one)]
    if refused:
        cure = "Replace them before the export, or name the library of a plugin with `custom-lib-path`."
        yield Obstacle(weight=Weight.ERROR, message=f"{name} has no {_named(refused)}", cure=cure)
    if unknown:
        cure = "Try the model on the device, or replace them before the export."
        message = f"whether {name} takes the {_named(unknown)} is stated nowhere"
        yield Obstacle(weight=Weight.NOTE, message=message, cure=cure)
    if plugins:
        cure = "For `simulate` and other tests without a GPU export the model without NMS, and suppress in the parser."
        message = f"the {_named(plugins)} are TensorRT's own plugins: ONNX Runtime has none of them"
        yield Obstacle(weight=Weight.WARNING, message=message, cure=cure)


def _named(names: Sequence[str]) -> str:
    return f"operator{'' if len(names) == 1 else 's'} {listed(names)}"


def _integers(evidence: Evidence, version: Version, name: str) -> Iterator[Obstacle]:
    count = evidence.graph.weights.get("int64", 0)
    if count and version < _INT64_SINCE:
        message = f"{count} weights are int64; {name} casts them to int32, and warns in its log"
        cure = "Nothing, unless a number is beyond 2147483647: those are clamped."
        yield Obstacle(weight=Weight.NOTE, message=message, cure=cure)


def _inputs(evidence: Evidence, release: str) -> Iterator[Obstacle]:
    for fault in model_check.check(_RAW, evidence.model, release):
        if fault.misfit in _LATER:
            continue
        weight = Weight.ERROR if fault.fatal else Weight.WARNING
        if fault.misfit in (Misfit.SIZE_NEEDED, Misfit.ORDER):
            weight = Weight.NOTE  # a line of the configuration settles it
        cure = fault.hint or "Write `infer-dims=channels;height;width`: the engine gets one profile, of that size."
        yield Obstacle(weight=weight, message=fault.message, cure=cure)
    if not evidence.model.inputs:
        yield Obstacle(weight=Weight.ERROR, message="the model has no input", cure="Export it with its image as input.")
    elif evidence.image is None and len(evidence.model.inputs) == 1:
        tensor = evidence.model.inputs[0]
        message = f"the input '{tensor.name}' is {tensor.text}, and nvinfer fills an image: batch and three dimensions"
        cure = "Export the model with an image of batch x channels x height x width as its input."
        yield Obstacle(weight=Weight.ERROR, message=message, cure=cure)
    elif evidence.image is not None and evidence.image.element not in ("float32", ""):
        message = f"the input '{evidence.image.name}' is {evidence.image.element}; nvinfer prepares float32"
        cure = "Export the model with a float32 input."
        yield Obstacle(weight=Weight.WARNING, message=message, cure=cure)


def _outputs(evidence: Evidence) -> Iterator[Obstacle]:
    """Outputs that nvinfer cannot hold: it takes their first dimension for the batch and makes their buffers once."""
    batched = evidence.image is not None and evidence.image.shape is not None
    first = evidence.image.shape[0] if evidence.image is not None and evidence.image.shape else None
    for tensor in evidence.model.outputs:
        if not tensor.shape or not batched:
            continue
        start = tensor.shape[0]
        if isinstance(start, int) and isinstance(first, int) and start != first:
            message = f"the output '{tensor.name}' is {tensor.text}: it has no batch, and nvinfer takes {start} for one"
            cure = "Export the model with the batch as the first dimension of each output."
            yield Obstacle(weight=Weight.WARNING, message=message, cure=cure)
        elif evidence.size is not None and not all(isinstance(one, int) for one in tensor.shape[1:]):
            message = (
                f"the output '{tensor.name}' is {tensor.text}, open although the input is not: its size may depend "
            )
            message += "on the data, and nvinfer makes its buffers once"
            cure = "Export the model with outputs of a fixed size: without NMS, or with EfficientNMS_TRT."
            yield Obstacle(weight=Weight.WARNING, message=message, cure=cure)


def _weights(evidence: Evidence) -> Iterator[Obstacle]:
    for name in evidence.model.weight_files:
        if files.is_file(evidence.model.path.parent / name):
            message = f"weights are in '{name}', beside the model"
            yield Obstacle(weight=Weight.NOTE, message=message, cure="Copy both files, into the same folder.")
        else:
            message = f"weights are in '{name}', which is not beside the model"
            cure = "Put the file beside the model, under that name."
            yield Obstacle(weight=Weight.ERROR, message=message, cure=cure)
