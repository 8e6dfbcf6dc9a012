"""All that is said about a model, for people and as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.model.evidence import Evidence
from azdacli.model.families.family import Family, Kind
from azdacli.model.families.recognition import recognised
from azdacli.model.obstacles import Obstacle, obstacles
from azdacli.model.preprocessing import Known, Letterbox, normalising
from azdacli.model.tensorrt import Version
from dsconfig import onnx_graph, onnx_header
from dsconfig.onnx_header import ModelError, Tensor
from dsconfig.printable import printable

_KEPT = ("description", "author", "task", "stride", "imgsz", "batch", "version", "license", "args")
_LONGEST = 160


@dataclass(frozen=True, kw_only=True)
class Description:
    """A model, described for a release.

    Attributes:
        evidence: What was read.
        size: The bytes of its file.
        family: What it was recognised as.
        release: The DeepStream release.
        tensorrt: Its TensorRT, as `10.3`; empty when it is not known.
        obstacles: What will not be taken.
        normalising: What the graph itself does to the picture first.
    """

    evidence: Evidence
    size: int
    family: Family
    release: str
    tensorrt: str
    obstacles: tuple[Obstacle, ...]
    normalising: tuple[str, ...]

    @property
    def precision(self) -> str:
        """The element type of most weights; empty for a model without any."""
        weights = {name: n for name, n in self.evidence.graph.weights.items() if n}
        floats = {name: n for name, n in weights.items() if name not in ("int64", "bool", "string")} or weights
        return max(floats, key=lambda name: floats[name]) if floats else ""

    @property
    def expected(self) -> str:
        """What is to be done to a picture, in a line."""
        if self.normalising:
            steps = ", then ".join(self.normalising)
            return f"the graph computes {steps} itself: give it pixels from 0 to 255, net-scale-factor=1"
        return self.family.preprocessing.text


def read(path: Path) -> Evidence:
    """Read a model.

    Raises:
        SpecError: It cannot be read, or is not an ONNX model.
    """
    try:
        return Evidence(model=onnx_header.read(path), graph=onnx_graph.read(path))
    except ModelError as error:
        raise SpecError(
            f"'{path}' is not an ONNX model that can be read: {error}",
            hint="Give the .onnx file that the training framework exported, whole.",
        ) from None


def describe(
    path: Path, release: str, version: Version | None, kind: Kind | None = None, *, cpu: bool = False
) -> Description:
    """Describe a model for a release.

    Args:
        path: The model.
        release: DeepStream's.
        version: Of its TensorRT; None when it is not known.
        kind: What the model is for, when its owner says so.
        cpu: Whether it runs on a CPU, where there is no TensorRT.

    Raises:
        SpecError: It cannot be read, or is not an ONNX model.
    """
    evidence = read(path)
    tensorrt = "" if version is None else ".".join(map(str, version))
    name = f"the TensorRT {tensorrt} of DeepStream {release}" if tensorrt else f"the TensorRT of DeepStream {release}"
    found = obstacles(evidence, None if cpu else version, "" if cpu else name, release)
    image = evidence.image
    return Description(
        evidence=evidence,
        size=path.stat().st_size,
        family=recognised(evidence, kind),
        release=release,
        tensorrt="" if cpu else tensorrt,
        obstacles=tuple(found),
        normalising=normalising(evidence.graph, image.name) if image is not None else (),
    )


def as_lines(about: Description) -> Iterator[str]:
    """The description for people."""
    model, graph, family = about.evidence.model, about.evidence.graph, about.family
    opset = "no opset" if model.opset is None else f"opset {model.opset}"
    parts = [f"{about.size / 1e6:.1f} MB", opset, f"weights {about.precision}" if about.precision else "no weights"]
    parts += [f"exported by {printable(graph.producer)}"] if graph.producer else []
    yield f"model     {printable(str(model.path))}: {', '.join(parts)}"
    for what, tensors in (("input", model.inputs), ("output", model.outputs)):
        for tensor in tensors:
            yield f"{what:<9} {_tensor(tensor)}"
    yield f"operators {', '.join(printable(one.text) for one in model.operators) or 'none'}"
    for key in _KEPT:
        if model.metadata.get(key):
            yield f"metadata  {key}: {_short(model.metadata[key])}"
    if model.names:
        yield f"classes   {len(model.names)}: {_short(', '.join(model.names))}"
    yield f"family    {family.title}{'' if family.certain or family.id == 'custom' else ' (likely)'}"
    for reason in family.reasons:
        yield f"  because {printable(reason)}"
    if family.boxes:
        inside = "NMS inside" if family.nms_inside else "no NMS inside"
        yield f"boxes     {family.boxes}; {inside}"
    if family.caution:
        yield f"caution   {family.caution}"
    yield f"expects   {about.expected}"
    if family.preprocessing.note and not about.normalising:
        yield f"          {family.preprocessing.note}"
    yield from _obstacles(about)


def _obstacles(about: Description) -> Iterator[str]:
    where = f"DeepStream {about.release}" + (f" with TensorRT {about.tensorrt}" if about.tensorrt else "")
    yield f"release   {where}: {'nothing known stands in the way' if not about.obstacles else ''}".rstrip(": ")
    for one in about.obstacles:
        yield f"  {one.weight.value:<7} {printable(one.message)}"
        yield f"  {'':<7} = {printable(one.cure)}"


def _tensor(tensor: Tensor) -> str:
    return f"'{printable(tensor.name)}' {tensor.element or 'of an unknown type'} {printable(tensor.text)}"


def _short(text: str) -> str:
    text = printable(" ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def as_json(about: Description) -> dict[str, Any]:
    """The description as one object."""
    model, graph, family = about.evidence.model, about.evidence.graph, about.family
    return {
        "ok": True,
        "model": str(model.path),
        "bytes": about.size,
        "opset": model.opset,
        "irVersion": graph.ir_version,
        "producer": graph.producer,
        "precision": about.precision,
        "weights": [{"type": name, "count": count} for name, count in sorted(graph.weights.items())],
        "inputs": [_tensor_json(tensor) for tensor in model.inputs],
        "outputs": [_tensor_json(tensor) for tensor in model.outputs],
        "operators": [one.text for one in model.operators],
        "metadata": [{"key": key, "value": value} for key, value in sorted(model.metadata.items())],
        "classes": list(model.names),
        "family": {
            "id": family.id,
            "kind": family.kind.value,
            "title": family.title,
            "certain": family.certain and family.id != "custom",
            "reasons": list(family.reasons),
            "layers": [{"role": role, "name": name} for role, name in family.layers.items()],
            "boxes": family.boxes,
            "nmsInside": family.nms_inside,
            "caution": family.caution,
        },
        "preprocessing": _preprocessing(about),
        "release": about.release,
        "tensorrt": about.tensorrt,
        "obstacles": [{"severity": o.weight.value, "message": o.message, "cure": o.cure} for o in about.obstacles],
    }


def _tensor_json(tensor: Tensor) -> dict[str, Any]:
    return {
        "name": tensor.name,
        "type": tensor.element,
        "shape": None if tensor.shape is None else list(tensor.shape),
        "dynamic": tensor.shape is None or any(not isinstance(one, int) for one in tensor.shape),
    }


def _preprocessing(about: Description) -> dict[str, Any]:
    found, graph = about.family.preprocessing, bool(about.normalising)
    known = Known.GRAPH if graph else found.known
    return {
        "from": {Known.METADATA: "metadata", Known.GRAPH: "graph", Known.PUBLISHED: "published"}.get(known, "unknown"),
        "scale": 1.0 if graph else found.scale,
        "offsets": [] if graph else list(found.offsets),
        "colours": found.colours,
        "letterbox": found.letterbox.value if known is not Known.UNKNOWN else Letterbox.UNKNOWN.value,
        "text": about.expected,
        "note": "" if graph else found.note,
    }
