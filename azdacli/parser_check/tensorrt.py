"""A model's opset and operators against the release's TensorRT, as far as a source states what that takes."""

from collections.abc import Iterator

from azdacli.image.spec import Target
from azdacli.model import tensorrt
from azdacli.parser_check.config.settings import Config, Form
from azdacli.parser_check.finding import Certainty, Finding
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.rules import cross
from azdacli.util.suggest import listed
from dsconfig.onnx_header import Model

_SHOWN = 5


def check(model: Model, config: Config, ground: Ground) -> Iterator[Finding]:
    """Hold a model against TensorRT; where a configuration is Triton's, ONNX Runtime may run it."""
    if config.form is Form.PROTOBUF or ground.target is Target.CPU:
        return
    if ground.tensorrt is None:
        message = (
            f"which TensorRT DeepStream {ground.release} has is stated nowhere: opset and operators are not checked"
        )
        yield config.finding(
            cross.OPSET, config.get("onnx-file") or config.start, message, certainty=Certainty.CANNOT_TELL
        )
        return
    name = f"the TensorRT {ground.tensorrt[0]}.{ground.tensorrt[1]} of DeepStream {ground.release}"
    location = config.get("onnx-file") or config.start
    if model.opset is not None:
        known, beyond = tensorrt.opsets(ground.tensorrt)
        if beyond is not None and model.opset > beyond:
            message = f"{model.path.name} has opset {model.opset}; {name} takes no more than {beyond}"
            yield config.finding(cross.OPSET, location, message, cure=f"Export the model with opset {known or beyond}.")
        elif model.opset > known:
            message = (
                f"{model.path.name} has opset {model.opset}; that {name} takes more than {known} is stated nowhere"
            )
            yield config.finding(cross.OPSET, location, message, certainty=Certainty.CANNOT_TELL)
    if config.get("custom-lib-path") is not None:
        return  # the library may bring plugins of any name
    verdicts = {one: tensorrt.takes(one, ground.tensorrt) for one in model.operators}
    refused = [one.text for one, takes in verdicts.items() if takes is False]
    unknown = [one.text for one, takes in verdicts.items() if takes is None]
    if refused:
        message = f"{model.path.name} has {_named(refused)}; {name} has none, and no 'custom-lib-path' brings one"
        yield config.finding(cross.OPERATOR, location, message)
    if unknown:
        message = f"{model.path.name} has {_named(unknown)}; whether {name} takes that is stated nowhere"
        yield config.finding(cross.OPERATOR, location, message, certainty=Certainty.CANNOT_TELL)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"the operator{'' if len(names) == 1 else 's'} {listed(names[:_SHOWN])}{more}"
