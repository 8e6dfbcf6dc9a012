"""A model's header held against `[property]`, value by value: what is said, about which key, and with which cure."""

from pathlib import Path
from typing import Any

import pytest

from dsconfig.model_check import Misfit, ModelFault, check
from dsconfig.onnx_header import Model, Tensor

FIRST = "the input 'in' of m.onnx is Nx3x48x64: its channels are first"
INITIALIZED = (
    "Make the others constants of the model, or name a library with NvDsInferInitializeInputLayers (`custom-lib-path`)."
)
PROPERTIES = {"network-type": 100}


def tensor(name: str, *shape: int | str, element: str = "float32") -> Tensor:
    return Tensor(name=name, element=element, shape=shape)


def model(*inputs: Tensor, outputs: tuple[Tensor, ...] = (), **more: Any) -> Model:
    return Model(path=Path("m.onnx"), inputs=inputs, outputs=outputs, opset=17, weight_files=(), **more)


NCHW = model(tensor("in", "N", 3, 48, 64))
OPEN = model(tensor("in", "N", 3, "H", 64))
NHWC = model(tensor("in", "N", 48, 64, 3))


def faults(found: Model, **values: Any) -> list[ModelFault]:
    return list(check({**PROPERTIES, **{key.replace("_", "-"): value for key, value in values.items()}}, found))


@pytest.mark.parametrize(
    ("found", "values"),
    [
        (NCHW, {}),
        (NCHW, {"infer_dims": [3, 48, 64]}),
        (NCHW, {"input_dims": [3, 48, 64, 0]}),
        (NCHW, {"infer_dims": [3, 48, 64], "input_dims": [1, 1, 1, 0]}),
        (NCHW, {"batch_size": 16}),
        (OPEN, {"infer_dims": [3, 480, 64]}),
        (NHWC, {"network_input_order": 1}),
        (NHWC, {"network_input_order": 1, "infer_dims": [3, 48, 64]}),
        (model(tensor("in", 4, 3, 48, 64)), {"batch_size": 4}),
        (model(tensor("in", "N", 3, 4, 64)), {}),
        (model(tensor("in", "N", 7)), {}),
        (model(tensor("in", "N", 3, 48, 64), fixed_shapes=((4, 7),)), {"batch_size": 1}),
        (model(tensor("in", "N", 3, 48, 64), tensor("size", 2)), {"custom_lib_path": "lib.so"}),
    ],
)
def test_what_fits_is_left_in_peace(found: Model, values: dict[str, Any]) -> None:
    assert faults(found, **values) == []


@pytest.mark.parametrize(
    ("found", "values", "said"),
    [
        (
            NCHW,
            {"infer_dims": [3, 64, 48]},
            (
                Misfit.SHAPE,
                "infer-dims",
                "'infer-dims' is 3;64;48; the input 'in' of m.onnx is Nx3x48x64",
                "Write infer-dims=3;48;64: channels, height, width.",
            ),
        ),
        (
            OPEN,
            {"infer_dims": [3, 48, 65]},
            (
                Misfit.SHAPE,
                "infer-dims",
                "'infer-dims' is 3;48;65; the input 'in' of m.onnx is Nx3xHx64",
                "Write infer-dims=3;?;64: channels, height, width.",
            ),
        ),
        (
            NCHW,
            {"input_dims": [1, 48, 64, 0]},
            (
                Misfit.SHAPE,
                "input-dims",
                "'input-dims' is 1;48;64; the input 'in' of m.onnx is Nx3x48x64",
                "Write infer-dims=3;48;64: channels, height, width.",
            ),
        ),
        (
            NHWC,
            {"network_input_order": 1, "infer_dims": [48, 64, 3]},
            (
                Misfit.SHAPE,
                "infer-dims",
                "'infer-dims' is 48;64;3; the input 'in' of m.onnx is Nx48x64x3",
                "Write infer-dims=3;48;64: channels, height, width.",
            ),
        ),
        (
            OPEN,
            {},
            (
                Misfit.SIZE_NEEDED,
                "onnx-file",
                "the input 'in' of m.onnx is Nx3xHx64, and no size is chosen for it",
                "",
            ),
        ),
        (
            model(tensor("in", 1, 3, 0, 64)),
            {},
            (
                Misfit.SIZE_NEEDED,
                "onnx-file",
                "the input 'in' of m.onnx is 1x3x0x64, and no size is chosen for it",
                "",
            ),
        ),
        (
            NHWC,
            {},
            (
                Misfit.ORDER,
                "onnx-file",
                "the input 'in' of m.onnx is Nx48x64x3: its channels are last, and 'network-input-order' says NCHW (0)",
                "Write network-input-order=1; infer-dims stays channels;height;width.",
            ),
        ),
        (
            NCHW,
            {"network_input_order": 1},
            (
                Misfit.ORDER,
                "network-input-order",
                f"{FIRST}, and 'network-input-order' says NHWC (1)",
                "Write network-input-order=0; infer-dims stays channels;height;width.",
            ),
        ),
        (
            model(tensor("in", 2, 3, 48, 64)),
            {"batch_size": 3},
            (
                Misfit.BATCH,
                "batch-size",
                "'batch-size' is 3; the input of m.onnx is 2x3x48x64, a batch of 2",
                "",
            ),
        ),
        (
            model(tensor("in", "N", 3, 48, 64), fixed_shapes=((4, 7),)),
            {"batch_size": 2},
            (
                Misfit.BATCH_INSIDE,
                "batch-size",
                "'batch-size' is 2; m.onnx takes any batch at its input, and a Reshape inside fixes it: 4x7",
                "Export the model with the batch open inside too (-1 in the Reshape), or write batch-size=1.",
            ),
        ),
        (
            model(tensor("in", "N", 3, 48, 64), tensor("size", 2, element="int64")),
            {},
            (
                Misfit.INPUTS,
                "onnx-file",
                "m.onnx has 2 inputs, 'in' (Nx3x48x64), 'size' (2); nvinfer fills one, the image",
                INITIALIZED,
            ),
        ),
    ],
)
def test_what_does_not_fit_is_said(found: Model, values: dict[str, Any], said: tuple[Misfit, str, str, str]) -> None:
    (fault,) = faults(found, **values)
    assert (fault.misfit, fault.key, fault.message, fault.hint) == said
    assert fault.fatal is (fault.misfit is not Misfit.BATCH)


@pytest.mark.parametrize(
    ("values", "names", "message"),
    [
        ({"network-type": 0}, ("conv_cov", "conv_bbox"), ""),
        ({}, ("conv_cov", "conv_bbox"), ""),
        ({"network-type": 1}, ("out",), ""),
        ({"is-classifier": 1}, ("out",), ""),
        ({"network-type": 0, "parse-bbox-func-name": "f"}, ("out",), ""),
        ({"network-type": 3, "parse-bbox-instance-mask-func-name": "f"}, ("out",), ""),
        ({"network-type": 3}, ("conv_cov", "conv_bbox"), "network-type=3 has no parser of nvinfer's own"),
        ({"network-type": 0}, ("out", "conv_cov"), "m.onnx has 'out', 'conv_cov', and 'parse-bbox-func-name' is not"),
        ({}, ("conv_bbox",), "m.onnx has 'conv_bbox', and 'parse-bbox-func-name' is not set"),
    ],
)
def test_a_detector_without_a_parser_needs_outputs_that_nvinfer_knows(
    values: dict[str, Any], names: tuple[str, ...], message: str
) -> None:
    found = model(tensor("in", "N", 3, 48, 64), outputs=tuple(tensor(name, 1, 2) for name in names))
    said = list(check(values, found))
    assert [message in fault.message for fault in said] == [True] * bool(message)
    assert all(fault.key == ("network-type" if "network-type" in values else "onnx-file") for fault in said)
    assert all("network-type=100" in fault.hint for fault in said)
