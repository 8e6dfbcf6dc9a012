"""`azdacli inspect`."""

from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import console, options
from azdacli.image.spec import Target
from azdacli.model import description
from azdacli.parser_check import ground

EXAMPLES = (
    "azdacli inspect yolov8n.onnx",
    "azdacli inspect yolov8n.onnx --release 6.4 --json",
)


def inspect(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="An ONNX model.", show_default=False)],
    *,
    release: options.Release = "",
    device_type: options.DeviceType = "",
    kind: options.ModelKind = "",
    as_json: options.Json = False,
) -> None:
    """Describe a model: its family, the input it expects, and what a release does not support."""
    target = Target.parse(device_type) if device_type else None
    basis = ground.of_release(release or None, target)
    wanted = options.model_kind(kind)
    about = description.describe(model, basis.release, basis.tensorrt, wanted, cpu=target is Target.CPU)
    if as_json:
        console.result_json(description.as_json(about))
    else:
        console.result("\n".join(description.as_lines(about)))
