"""Configurations as people write them: the same settings in three formats and many hands, some with a planted fault.

Each is made from a seed, so that a number names one. The truth does not come from the checker: a configuration is right
by how it was put together, and wrong by what was done to it.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.parser_check.making import onnx

LABELS = ("person", "bag", "face")
# GLib reads an integer up to a blank, and a truth value or a decimal number to the line's end.
_INTEGERS = (
    "batch-size",
    "network-mode",
    "num-detected-classes",
    "interval",
    "gie-unique-id",
    "network-type",
    "gpu-id",
)
_ALLOWED = ("cluster-mode", "maintain-aspect-ratio", "symmetric-padding", "interval", "gpu-id", "model-color-format")


@dataclass
class Written:
    """One configuration before it is written.

    Attributes:
        form: `ini`, `yaml` or `server`.
        values: The settings of `[property]`, or of an nvinferserver's messages by their path.
        classes: The settings of `[class-attrs-all]`.
        expected: The rule that finds the planted fault; empty where nothing is wrong.
        rewrite: What is done to the text at last.
        files: More files beside it.
    """

    form: str
    values: dict[str, str]
    classes: dict[str, str] = field(default_factory=dict)
    expected: str = ""
    rewrite: Callable[[str], str] = str
    files: dict[str, bytes] = field(default_factory=dict)


Fault = Callable[[Written, random.Random], None]


def write(seed: int, folder: Path) -> str:
    """Write configuration number `seed` with its model and labels; return the rule that must find it, or nothing."""
    choose = random.Random(seed)
    one = _server(choose) if seed % 3 == 2 else _nvinfer(choose, "yaml" if seed % 3 else "ini")
    if seed % 2:
        faults = SERVER_FAULTS if one.form == "server" else FAULTS
        faults[(seed // 6) % len(faults)](one, choose)
    text = {"ini": _ini, "yaml": _yaml, "server": _protobuf}[one.form](one, choose)
    name = {"ini": "config.txt", "yaml": "config.yml", "server": "config.txt"}[one.form]
    (folder / name).write_bytes(one.rewrite(text).encode())
    for path, data in {**_files(one), **one.files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return one.expected


def _files(one: Written) -> dict[str, bytes]:
    labels = "\n".join(LABELS).encode() + b"\n"
    if one.form == "server":
        config = (
            b'name: "det" platform: "onnxruntime_onnx" max_batch_size: 0\n'
            b'input [ { name: "images" data_type: TYPE_FP32 dims: [ 1, 3, 64, 64 ] } ]\n'
            b'output [ { name: "output0" data_type: TYPE_FP32 dims: [ 1, 8, 80 ] } ]\n'
        )
        model = onnx({"images": [1, 3, 64, 64]}, ["output0"], shapes={"output0": [1, 8, 80]})
        return {"labels.txt": labels, "models/det/config.pbtxt": config, "models/det/1/model.onnx": model}
    return {
        "labels.txt": labels,
        "model.onnx": onnx({"images": ["N", 3, 64, 64]}, ["output0"], shapes={"output0": ["N", 8, 80]}),
    }


def _nvinfer(choose: random.Random, form: str) -> Written:
    values = {
        "gpu-id": "0",
        "net-scale-factor": choose.choice(("0.0039215697906911373", "0.00392156862745098", "1", "1.0", "3.9e-3")),
        "model-color-format": choose.choice(("0", "1")),
        "onnx-file": choose.choice(("model.onnx", "./model.onnx")),
        "labelfile-path": choose.choice(("labels.txt", "./labels.txt")),
        "infer-dims": choose.choice(("3;64;64", "3;64;64;")) if form == "ini" else "3;64;64",
        "batch-size": str(choose.choice((1, 2, 4, 16))),
        "network-mode": choose.choice(("0", "2")),
        "num-detected-classes": str(len(LABELS)),
        "interval": str(choose.choice((0, 1, 4))),
        "gie-unique-id": str(choose.choice((1, 2, 7))),
        "process-mode": "1",
        "network-type": "100",
        "output-tensor-meta": "1",
        "cluster-mode": choose.choice(("2", "4")),
        "maintain-aspect-ratio": choose.choice(("0", "1")),
    }
    if choose.random() < 0.5:
        values["offsets"] = choose.choice(("0;0;0", "123.675;116.28;103.53"))
    if choose.random() < 0.3:
        values["symmetric-padding"] = "1"
    for name in choose.sample(_ALLOWED, k=2):
        values.pop(name, None)
    if values.get("cluster-mode") is None:
        values["cluster-mode"] = "2"
    classes = {"pre-cluster-threshold": choose.choice(("0.25", "0.5", ".4")), "topk": "300"}
    return Written(form=form, values=values, classes=classes if choose.random() < 0.7 else {})


def _server(choose: random.Random) -> Written:
    values = {
        "infer_config.unique_id": str(choose.choice((1, 5))),
        "infer_config.gpu_ids": choose.choice(("[0]", "[ 0 ]", "0")),
        "infer_config.max_batch_size": "1",
        "infer_config.backend.triton.model_name": '"det"',
        "infer_config.backend.triton.version": choose.choice(("-1", "1")),
        "infer_config.backend.triton.model_repo.root": choose.choice(('"models"', '"./models"', "'models'")),
        "infer_config.backend.triton.model_repo.strict_model_config": "true",
        "infer_config.preprocess.network_format": choose.choice(("IMAGE_FORMAT_RGB", "IMAGE_FORMAT_BGR")),
        "infer_config.preprocess.tensor_order": "TENSOR_ORDER_LINEAR",
        "infer_config.preprocess.normalize.scale_factor": choose.choice(("0.0039215697906911373", "1.0", "1", ".5")),
        "infer_config.postprocess.labelfile_path": choose.choice(('"labels.txt"', '"./labels.txt"')),
        "infer_config.postprocess.other": "{}",
        "infer_config.extra.copy_input_to_host_buffers": choose.choice(("false", "true")),
        "input_control.process_mode": "PROCESS_MODE_FULL_FRAME",
        "input_control.interval": "0",
        "output_control.output_tensor_meta": "true",
    }
    return Written(form="server", values=values)


def _comment(choose: random.Random, mark: str = "#") -> str:
    return choose.choice(
        (
            f"{mark} YOLO detector, see the export script",
            f"{mark}{mark} property = value",
            f"{mark} -*- onnx-file=old.onnx -*-",
            f"{mark}{'-' * 40}",
            f"{mark} 0=RGB, 1=BGR; größer als früher",
        )
    )


def _ini(one: Written, choose: random.Random) -> str:
    equals = choose.choice(("=", " = ", "= ", " ="))
    lines = [_comment(choose)] if choose.random() < 0.6 else []
    for group, values in (("property", one.values), ("class-attrs-all", one.classes)):
        if not values:
            continue
        lines.append(f"[{group}]")
        pairs = list(values.items())
        if choose.random() < 0.5:
            choose.shuffle(pairs)
        for key, value in pairs:
            tail = choose.choice(("", "", "", "  # as trained")) if key in _INTEGERS and value.isdecimal() else ""
            lines.append(f"{key}{equals}{value}{tail}")
            if choose.random() < 0.1:
                lines.append(choose.choice(("", _comment(choose))))
        lines.append("")
    return "\n".join(lines) + choose.choice(("", "\n", "\n\n"))


def _yaml(one: Written, choose: random.Random) -> str:
    indent = choose.choice(("  ", "    "))
    lines = ["%YAML:1.0"] if choose.random() < 0.2 else ["# DeepStream"]
    lines += [_comment(choose)] if choose.random() < 0.5 else []
    for group, values in (("property", one.values), ("class-attrs-all", one.classes)):
        if not values:
            continue
        lines.append(f"{group}:")
        for key, value in values.items():
            quoted = choose.choice((value, f'"{value}"')) if key in ("onnx-file", "labelfile-path") else value
            tail = choose.choice(("", "", " # as trained"))
            lines.append(f"{indent}{key}: {quoted}{tail}")
            if choose.random() < 0.08:
                lines.append(choose.choice(("", f"{indent}{_comment(choose)}")))
    return "\n".join(lines) + "\n"


def _protobuf(one: Written, choose: random.Random) -> str:
    tree: dict[str, object] = {}
    for path, value in one.values.items():
        *parents, name = path.split(".")
        inner = tree
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[name] = value
    opening = choose.choice((" {", ": {", "{"))
    separator = choose.choice(("\n", "\n", " ", ", "))
    text = _message(tree, opening, separator)
    return (f"{_comment(choose)}\n" if choose.random() < 0.5 else "") + text + "\n"


def _message(tree: Mapping[str, object], opening: str, separator: str) -> str:
    parts = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            parts.append(f"{name}{opening} {_message(value, opening, separator)} }}")
        elif value == "{}":
            parts.append(f"{name} {{}}")
        else:
            parts.append(f"{name}: {value}")
    return separator.join(parts)


def _value(key: str, value: str, rule: str) -> Fault:
    def fault(one: Written, choose: random.Random) -> None:
        del choose
        one.values[key] = value
        one.expected = rule

    return fault


def _renamed(key: str, name: str, rule: str) -> Fault:
    def fault(one: Written, choose: random.Random) -> None:
        del choose
        one.values = {name if own == key else own: value for own, value in one.values.items()}
        one.expected = rule

    return fault


def _gone(key: str, rule: str) -> Fault:
    def fault(one: Written, choose: random.Random) -> None:
        del choose
        del one.values[key]
        one.expected = rule

    return fault


def _model(shape: list[int | str], outputs: list[str], rule: str) -> Fault:
    def fault(one: Written, choose: random.Random) -> None:
        del choose
        one.files["model.onnx"] = onnx({"images": shape}, outputs, shapes={name: ["N", 8, 80] for name in outputs})
        one.expected = rule

    return fault


def _text(rewrite: Callable[[str], str], rule: str) -> Fault:
    def fault(one: Written, choose: random.Random) -> None:
        del choose
        one.rewrite = rewrite
        one.expected = rule

    return fault


FAULTS: list[Fault] = [
    _value("onnx-file", "modle.onnx", "file-missing"),
    _value("labelfile-path", "../labels.txt", "file-missing"),
    _value("infer-dims", "3;640;640", "input-shape"),
    _value("infer-dims", "64;64;3", "input-shape"),
    _value("network-mode", "7", "bad-value"),
    _value("batch-size", "many", "bad-value"),
    _value("network-type", "0", "network-type"),
    _value("output-tensor-meta", "0", "no-tensor-output"),
    _value("process-mode", "2", "process-mode"),
    _renamed("net-scale-factor", "net-scale-facter", "misspelt-key"),
    _renamed("num-detected-classes", "num-detected-class", "misspelt-key"),
    _renamed("output-tensor-meta", "output-tensor-metadata", "misspelt-key"),
    _gone("output-tensor-meta", "no-tensor-output"),
    _gone("network-type", "network-type"),
    _gone("onnx-file", "no-model"),
    _model(["N", 64, 64, 3], ["output0"], "input-order"),
    _model(["N", 3, 64, 64], ["boxes"], "unknown-layer"),
    _text(lambda text: text.replace("infer-dims", "infer-dims\n???", 1), "config-unreadable"),
    _text(
        lambda text: text.replace("[property]", "[proprety]").replace("\nproperty:", "\nproprety:"), "config-unreadable"
    ),
]
SERVER_FAULTS: list[Fault] = [
    _value("infer_config.backend.triton.model_name", '"dat"', "triton-config"),
    _value("infer_config.backend.triton.version", "4", "triton-config"),
    _value("infer_config.backend.triton.model_repo.root", '"modles"', "file-missing"),
    _value("infer_config.postprocess.labelfile_path", '"label.txt"', "file-missing"),
    _value("infer_config.max_batch_size", "one", "bad-value"),
    _value("output_control.output_tensor_meta", "false", "no-tensor-output"),
    _renamed("infer_config.max_batch_size", "infer_config.max_batchsize", "misspelt-key"),
    _text(lambda text: text.rstrip().removesuffix("}"), "config-unreadable"),
]
PARSER = """import numpy as np

model_type = 0
name = "detector"
labels = ["person", "bag", "face"]


def parse_det_model(config, raw_outputs):
    found = raw_outputs["output0"]
    scores = found[4:7].max(axis=0)
    ids = found[4:7].argmax(axis=0).astype(int)
    return found[:4].T, ids, scores, None
"""
