"""TensorRT engines beside the models that they were built from."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from azdacli.parser_check.config.settings import Config, Entry
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.given import ONNX
from azdacli.parser_check.rules import cross
from azdacli.util import files
from dsconfig import onnx_header

# As nvinfer names what it builds (nvdsinfer_model_builder.cpp): MODEL_b4_gpu0_fp16.engine, or _dla0_ for a DLA core.
_NAME = re.compile(r"_b[1-9]\d*_(?:gpu|dla)\d+_(fp32|fp16|int8|best)\.engine")
_PRECISIONS = {0: "fp32", 1: "int8", 2: "fp16", 3: "best"}
# Files of one checkout or one copy have times that lie close to each other, in any order.
_SECONDS = 60
_IR_VERSION = b"\x08"  # the first field of ModelProto, as every exporter writes it


def check(config: Config, model: Path | None, called: str) -> Iterator[Finding]:
    """Check the engine that a configuration names beside its ONNX model.

    Args:
        config: The configuration.
        model: The model's file on this machine.
        called: Its name where it is read: an image may have it under another.
    """
    entry = config.get("model-engine-file")
    if entry is None or not entry.value:
        return
    name = PurePosixPath(entry.value).name
    if name.lower().endswith(ONNX) or _is_onnx(config, entry):
        message = f"'{name}' is an ONNX model, and nvinfer reads a TensorRT engine here"
        yield config.finding(cross.ENGINE_FILE, entry, message, cure="Name it with `onnx-file` alone.")
        return
    if model is None:
        return
    called = called or model.name
    expected = _expected(config, called)
    found = _NAME.fullmatch(name[len(called) :]) if name.startswith(called) else None
    mode = config.values.get("network-mode", 0)
    if found is None or (found[1] != _PRECISIONS[mode] and mode in (0, 2)):
        message = f"nvinfer builds '{expected}' from {called}, and '{name}' is what is looked for"
        cure = f"Write `model-engine-file={expected}`, or remove the line."
        yield config.finding(cross.ENGINE_FILE, entry, message, cure=cure)
    yield from _age(config, entry, model)


def _is_onnx(config: Config, entry: Entry) -> bool:
    """Whether the file is an ONNX model under the name of an engine."""
    path = config.files.find(entry.value)
    if path is None or not files.is_file(path):
        return False
    try:
        with path.open("rb") as file:
            return file.read(1) == _IR_VERSION and bool(onnx_header.read(path).outputs)
    except (OSError, onnx_header.ModelError):
        return False


def _expected(config: Config, model: str) -> str:
    values = config.values
    where = f"dla{values.get('use-dla-core', 0)}" if values.get("enable-dla") else f"gpu{values.get('gpu-id', 0)}"
    precision = _PRECISIONS[values.get("network-mode", 0)]
    return f"{model}_b{values.get('batch-size', 1)}_{where}_{precision}.engine"


def _age(config: Config, entry: Entry, model: Path) -> Iterator[Finding]:
    engine = config.files.find(entry.value)
    if engine is None:
        return
    try:
        older = model.stat().st_mtime - engine.stat().st_mtime
    except OSError:
        return
    if older > _SECONDS:
        message = f"'{engine.name}' is older than {model.name}: nvinfer goes on running what it was built from"
        cure = "Delete the engine when the model changes; nvinfer builds it anew."
        yield config.finding(cross.ENGINE_FILE, entry, message, cure=cure)
