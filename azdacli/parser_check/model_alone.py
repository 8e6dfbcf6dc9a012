"""A model that nobody configures: what it has, and what it wants."""

from collections.abc import Sequence

from azdacli.parser_check.finding import Finding
from azdacli.parser_check.rules import cross
from dsconfig import model_check
from dsconfig.onnx_header import Model, Tensor

_SHOWN = 12  # tensors; a model with more is described by these
_SIZES = ("channels", "height", "width")


def described(model: Model) -> Finding:
    """Describe a model, with the settings and the layers that its configuration and parser begin with."""
    opset = "without an opset" if model.opset is None else f"of opset {model.opset}"
    message = f"a model {opset}: {_listed('input', model.inputs)}; {_listed('output', model.outputs)}"
    return Finding(rule=cross.MODEL_ALONE, message=message, cure=_next(model), path=model.path)


def _listed(what: str, tensors: Sequence[Tensor]) -> str:
    shown = ", ".join(f"'{t.name}' {t.element or 'of an unknown type'} {t.text}" for t in tensors[:_SHOWN])
    if len(tensors) > _SHOWN:
        shown += f", and {len(tensors) - _SHOWN} more"
    return f"{len(tensors)} {what}{'' if len(tensors) == 1 else 's'} ({shown})" if tensors else f"no {what}"


def _next(model: Model) -> str:
    size, order = _image(model)
    lines = [f"onnx-file={model.path.name}", f"infer-dims={size}", *order]
    lines += ["gie-unique-id=1", "network-type=100", "output-tensor-meta=1", "net-scale-factor=…"]
    layers = ", ".join(f'raw_outputs["{tensor.name}"]' for tensor in model.outputs[:3])
    return (
        f"Write a configuration with [property] {' '.join(lines)} and a parser that reads {layers}; "
        "then give the folder that holds the three."
    )


def _image(model: Model) -> tuple[str, list[str]]:
    """`infer-dims`, and the order where it is not the usual one."""
    shapes = [t.shape for t in model.inputs if t.shape is not None and len(t.shape) == model_check.IMAGE_RANK]
    if not shapes:
        return ";".join(name.upper() for name in _SIZES), []
    _, *sizes = shapes[0]
    last = model_check.channels_last(shapes[0])
    ordered = [sizes[2], sizes[0], sizes[1]] if last else sizes
    text = ";".join(str(s) if isinstance(s, int) else n.upper() for s, n in zip(ordered, _SIZES, strict=True))
    return text, ["network-input-order=1"] if last else []
