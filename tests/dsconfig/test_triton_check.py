"""What Triton refuses when it loads a model is found in config.pbtxt, and what it takes is left in peace."""

from pathlib import Path

import pytest
from onnx import TensorProto, helper

from dsconfig import protobuf_message, server, server_schema, triton_repository

TYPES = {
    "FP32": TensorProto.FLOAT,
    "FP16": TensorProto.FLOAT16,
    "FP64": TensorProto.DOUBLE,
    "BOOL": TensorProto.BOOL,
    "INT8": TensorProto.INT8,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "UINT8": TensorProto.UINT8,
    "BF16": TensorProto.BFLOAT16,
}
OPEN = "in FP32 N,3,64,64; out FP32 N,6,20"
FIXED = "in FP32 1,3,64,64; out FP32 1,6,20"
FREE = "in FP32 N,3,H,W; out FP32 N,6,P"
TWO = "in FP32 N,3,64,64; size INT64 N,2; out FP32 N,6,20"
HEAD = 'name: "m" platform: "onnxruntime_onnx" max_batch_size: 4\n'
IN = 'input [ { name: "in" data_type: TYPE_FP32 dims: [ 3, 64, 64 ] } ]\n'
OUT = 'output [ { name: "out" data_type: TYPE_FP32 dims: [ 6, 20 ] } ]\n'
GOOD = HEAD + IN + OUT
WHOLE = GOOD.replace("max_batch_size: 4", "max_batch_size: 0").replace("[ 3", "[ 1, 3").replace("[ 6", "[ 1, 6")


def model(described: str) -> bytes:
    """A model from `in FP32 N,3,64,64; out FP32 N,6,20`: the last is the output."""
    values = []
    for part in described.split(";"):
        name, kind, shape = part.split()
        sizes = [int(size) if size.lstrip("-").isdigit() else size for size in shape.split(",") if shape != "scalar"]
        values.append(helper.make_tensor_value_info(name, TYPES[kind], sizes))
    graph = helper.make_graph([], "g", values[:-1], values[-1:])
    return bytes(helper.make_model(graph).SerializeToString())


def found(folder: Path, described: str, config: str | None, plugin: str = "") -> list[tuple[str, int, str]]:
    version = folder / "repo" / "m" / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(model(described))
    if config is not None:
        (version.parent / "config.pbtxt").write_text(config, encoding="utf-8")
    text = plugin or (
        'infer_config { max_batch_size: 1 backend { triton { model_name: "m" version: -1\n'
        'model_repo { root: "repo" strict_model_config: true } } } }'
    )
    reading = protobuf_message.read(text, server_schema.SCHEMA, server_schema.ROOT)
    assert not reading.faults
    served = triton_repository.find(reading.message, folder)
    assert served is not None
    both = (("plugin", served.faults), ("config", served.config_faults))
    return [(where, fault.line, fault.message) for where, faults in both for fault in faults if fault.fatal]


ACCEPTED = {
    "as it is": (OPEN, GOOD),
    "fixed, without batches": (FIXED, WHOLE),
    "open sizes, chosen": (FREE, GOOD.replace("[ 6, 20 ]", "[ 6, -1 ]")),
    "open sizes, left open": (FREE, GOOD.replace("64, 64", "-1, -1").replace("[ 6, 20 ]", "[ 6, -1 ]")),
    "open batch, without batches": (OPEN, WHOLE.replace("[ 1, 3", "[ -1, 3").replace("[ 1, 6", "[ -1, 6")),
    "no name": (OPEN, GOOD.replace('name: "m" ', "", 1)),
    "no outputs listed": (OPEN, HEAD + IN),
    "nothing but the batch": (OPEN, HEAD),
    "a backend in place of a platform": (OPEN, GOOD.replace("platform", "backend").replace("_onnx", "")),
    "a format": (OPEN, GOOD.replace("TYPE_FP32 dims: [ 3", "TYPE_FP32 format: FORMAT_NCHW dims: [ 3")),
    "separate messages": (OPEN, HEAD + IN.replace("[ {", "{").replace("} ]", "}") + OUT),
    "two inputs": (TWO, GOOD.replace("64 ] } ]", '64 ] }, { name: "size" data_type: TYPE_INT64 dims: [ 2 ] } ]')),
    "a reshaped output": (OPEN, GOOD.replace("[ 6, 20 ]", "[ 120 ] reshape { shape: [ 6, 20 ] }")),
    "a reshaped input": (OPEN, GOOD.replace("[ 3, 64, 64 ]", "[ 3, 4096 ] reshape { shape: [ 3, 64, 64 ] }")),
    "dynamic batching": (OPEN, GOOD + "dynamic_batching { preferred_batch_size: [ 2, 4 ] }"),
    "instances": (OPEN, GOOD + "instance_group [ { kind: KIND_GPU count: 2 gpus: [ 0 ] } ]"),
    "an instance on the CPU": (OPEN, GOOD + "instance_group { kind: KIND_CPU }"),
    "versions": (OPEN, GOOD + "version_policy { latest { num_versions: 1 } }"),
    "optimization": (
        OPEN,
        GOOD + 'optimization { execution_accelerators { gpu_execution_accelerator [ { name: "tensorrt" '
        'parameters { key: "precision_mode" value: "FP16" } } ] } }',
    ),
    "parameters": (OPEN, GOOD + 'parameters { key: "a" value { string_value: "1" } }'),
    "a label file": (OPEN, GOOD.replace("20 ]", '20 ] label_filename: "l.txt"')),
    "comments": (OPEN, "# ours\n" + GOOD.replace("\n", " # note\n")),
    "half precision": (OPEN.replace("FP32", "FP16"), GOOD.replace("FP32", "FP16")),
    "bytes": (OPEN.replace("in FP32", "in UINT8"), GOOD.replace("TYPE_FP32 dims: [ 3", "TYPE_UINT8 dims: [ 3")),
    "int64": (OPEN.replace("out FP32", "out INT64"), GOOD.replace("TYPE_FP32 dims: [ 6", "TYPE_INT64 dims: [ 6")),
    "bool": (OPEN.replace("out FP32", "out BOOL"), GOOD.replace("TYPE_FP32 dims: [ 6", "TYPE_BOOL dims: [ 6")),
    "channels last": ("in FP32 N,64,64,3; out FP32 N,6,20", GOOD.replace("[ 3, 64, 64 ]", "[ 64, 64, 3 ]")),
    "warm-up": (
        OPEN,
        GOOD + 'model_warmup [ { name: "w" batch_size: 1 inputs { key: "in" value { data_type: TYPE_FP32 '
        "dims: [ 3, 64, 64 ] zero_data: true } } } ]",
    ),
}
REFUSED = {
    "another folder's name": (OPEN, GOOD.replace('"m"', '"n"', 1), 1, "its folder 'm'"),
    "a batch that the model fixes": (FIXED, GOOD, 1, "must be open, and it is 1"),
    "a fixed batch of the output": ("in FP32 N,3,64,64; out FP32 1,6,20", GOOD, 1, "output 'out' must be open"),
    "a batch below 0": (OPEN, GOOD.replace("size: 4", "size: -1"), 1, "is 0 for a model without"),
    "no batch for an open model": (OPEN, GOOD.replace("size: 4", "size: 0"), 2, "Nx3x64x64"),
    "another input": (OPEN, GOOD.replace('"in"', '"image"'), 2, "no input 'image'"),
    "another output": (OPEN, GOOD.replace('"out"', '"o"'), 3, "no output 'o'"),
    "too few inputs": (TWO, GOOD, 2, "describes 1 inputs, and model.onnx has 2"),
    "another width": (OPEN, GOOD.replace("64, 64", "64, 32"), 2, "[3, 64, 32]"),
    "the batch among the dims": (OPEN, GOOD.replace("[ 3", "[ 1, 3"), 2, "without the batch [1, 3, 64, 64]"),
    "too few dims": (OPEN, GOOD.replace("[ 3, 64, 64 ]", "[ 64, 64 ]"), 2, "[64, 64]"),
    "an open size of a fixed input": (OPEN, GOOD.replace("64, 64", "-1, -1"), 2, "[3, -1, -1]"),
    "an open size of a fixed output": (OPEN, GOOD.replace("6, 20", "6, -1"), 3, "[6, -1]"),
    "another size of the output": (OPEN, GOOD.replace("6, 20", "7, 20"), 3, "[7, 20]"),
    "the other order": (OPEN, GOOD.replace("[ 3, 64, 64 ]", "[ 64, 64, 3 ]"), 2, "[64, 64, 3]"),
    "another type of the input": (OPEN, GOOD.replace("TYPE_FP32 dims: [ 3", "TYPE_FP16 dims: [ 3"), 2, "is float32"),
    "another type of the output": (OPEN, GOOD.replace("TYPE_FP32 dims: [ 6", "TYPE_INT32 dims: [ 6"), 3, "is float32"),
    "a type that Triton lacks": (OPEN.replace("out FP32", "out BF16"), GOOD, 3, "is bfloat16"),
    "no type": (OPEN, GOOD.replace("data_type: TYPE_FP32 dims: [ 3", "dims: [ 3"), 2, "needs 'data_type'"),
    "no name": (OPEN, GOOD.replace('name: "in" ', ""), 2, "input 1 needs 'name'"),
    "no dims": (OPEN, GOOD.replace("dims: [ 6, 20 ]", ""), 3, "output 'out' needs 'dims'"),
    "a size of 0": (OPEN, GOOD.replace("6, 20", "6, 0"), 3, "each of 'dims' is 1 or more"),
    "a size below -1": (OPEN, GOOD.replace("6, 20", "6, -2"), 3, "each of 'dims' is 1 or more"),
    "a format of two dims": (
        OPEN,
        GOOD.replace("dims: [ 3, 64, 64 ]", "format: FORMAT_NHWC dims: [ 64, 64 ]"),
        2,
        "takes three 'dims'",
    ),
    "a reshape to another count": (
        OPEN,
        GOOD.replace("[ 6, 20 ]", "[ 6, 21 ] reshape { shape: [ 6, 20 ] }"),
        3,
        "as many elements",
    ),
    "a preferred batch above": (OPEN, GOOD + "dynamic_batching { preferred_batch_size: [ 8 ] }", 4, "from 1 to"),
    "GPUs for the CPU": (OPEN, GOOD + "instance_group { kind: KIND_CPU gpus: [ 0 ] }", 4, "KIND_CPU names no 'gpus'"),
    "a field that does not exist": (OPEN, GOOD.replace("max_batch_size", "batch_size"), 1, "no field 'batch_size'"),
    "a word for a number": (OPEN, GOOD.replace("size: 4", "size: four"), 1, "takes an integer, not four"),
    "a type that does not exist": (OPEN, GOOD.replace("TYPE_FP32 dims: [ 3", "FP32 dims: [ 3"), 2, "TYPE_FP32"),
    "a platform without quotes": (OPEN, GOOD.replace('"onnxruntime_onnx"', "onnxruntime_onnx"), 1, "in quotes"),
    "a brace that is not closed": (OPEN, GOOD.replace("20 ] } ]", "20 ] ]"), 3, "']'"),
    "two schedulers": (OPEN, GOOD + "dynamic_batching {} sequence_batching {}", 4, "exclude each other"),
    "a batch twice": (OPEN, GOOD + "max_batch_size: 2", 4, "stands here twice"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_triton_takes_is_left_in_peace(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, *ACCEPTED[name]) == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_triton_refuses_is_found_once_and_at_its_line(tmp_path: Path, name: str) -> None:
    described, config, line, said = REFUSED[name]
    faults = found(tmp_path, described, config)
    assert any(where == "config" and at == line and said in message for where, at, message in faults), faults


def test_the_repositories_are_as_many_as_promised() -> None:
    assert len(ACCEPTED) + len(REFUSED) >= 60


PLUGIN = (
    'infer_config { max_batch_size: 1 backend { triton {\nmodel_name: "m"\nversion: -1\n'
    'model_repo { root: "repo" strict_model_config: true } } } }'
)


@pytest.mark.parametrize(
    ("plugin", "config", "line", "said"),
    [
        (PLUGIN.replace("size: 1", "size: 8"), GOOD, 1, "is 8, and the model's config.pbtxt allows 4"),
        (PLUGIN.replace("size: 1", "size: 2"), GOOD.replace("size: 4", "size: 1"), 1, "config.pbtxt allows 1"),
        (PLUGIN.replace('"m"', '"other"'), GOOD, 2, "has no model 'other'"),
        (PLUGIN.replace("-1", "2"), GOOD, 3, "has no version 2"),
        (PLUGIN, None, 4, "has no config.pbtxt"),
        (PLUGIN, GOOD + 'default_model_filename: "other.onnx"', 2, "there is no 'other.onnx'"),
        ("infer_config {\nbackend { triton { } } }", GOOD, 2, "needs `model_name`"),
        (PLUGIN[:-4] + '\noutputs [ { name: "boxes" } ] } }', GOOD, 5, "has no output 'boxes'"),
        (PLUGIN[:-2] + '\npreprocess { tensor_name: "image" } }', GOOD, 5, "has no input 'image'"),
    ],
)
def test_what_the_plugins_own_file_gets_wrong_is_found_there(
    tmp_path: Path, plugin: str, config: str | None, line: int, said: str
) -> None:
    [(where, at, message)] = [fault for fault in found(tmp_path, OPEN, config, plugin) if fault[0] == "plugin"]
    assert (where, at) == ("plugin", line)
    assert said in message


def test_a_remote_server_is_not_looked_into() -> None:
    text = 'infer_config { backend { triton { model_name: "m" grpc { url: "h:8001" } } } }'
    reading = protobuf_message.read(text, server_schema.SCHEMA, server_schema.ROOT)
    assert triton_repository.find(reading.message, Path("/nowhere")) is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("preprocess {\nframe_scaling_filter: 7 }", 2, "from 0 to 6, not 7"),
        ("preprocess { normalize {\nchannel_offsets: [1, 2] } }", 2, "each of the 3 channels, and has 2"),
        ("preprocess { network_format: IMAGE_FORMAT_GRAY normalize { channel_offsets: [1, 2, 3] } }", 1, "1 channels"),
        ("postprocess {\ndetection { } }", 2, "is 1 or more"),
        ("postprocess { detection {\nnum_detected_classes: 0 } }", 2, "is 1 or more"),
    ],
)
def test_values_that_nvinferserver_refuses_are_found(text: str, line: int, said: str) -> None:
    [fault] = server.read(f"infer_config {{ {text} }}").faults
    assert fault.line == line
    assert said in fault.message


def test_values_that_it_takes_are_left_in_peace() -> None:
    text = "preprocess { frame_scaling_filter: 6 normalize { channel_offsets: [1, 2, 3] } }"
    assert (
        server.read(f"infer_config {{ {text} postprocess {{ detection {{ num_detected_classes: 1 }} }} }}").faults == ()
    )


@pytest.mark.parametrize("platform", ["onnx", "onnxruntime", "tensorrt"])
def test_a_platform_that_triton_does_not_know_is_refused(platform: str, tmp_path: Path) -> None:
    message = f"Triton knows no platform '{platform}'"
    assert ("config", 1, message) in found(tmp_path / "a", OPEN, GOOD.replace("onnxruntime_onnx", platform))
    named = GOOD.replace("onnxruntime_onnx", platform) + 'default_model_filename: "model.onnx"\n'
    assert not any(said == message for *_, said in found(tmp_path / "b", OPEN, named))


@pytest.mark.parametrize("platform", ["tensorrt_plan", "pytorch_libtorch", "tensorflow_savedmodel", "ensemble"])
def test_other_platforms_of_triton_are_left_in_peace(platform: str, tmp_path: Path) -> None:
    assert not found(tmp_path, OPEN, GOOD.replace("onnxruntime_onnx", platform))


def test_a_name_that_no_file_system_takes_names_nothing(tmp_path: Path) -> None:
    folder = triton_repository.FolderOnDisk(path=tmp_path)
    for name in ("x" * 300, "x" * 5000, "a\0b"):
        assert folder.file(name) is None
        assert folder.folder(name) is None
