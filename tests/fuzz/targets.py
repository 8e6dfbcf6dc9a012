"""What reads bytes that others made: for each reader good inputs to begin with, and what it may answer to bad ones."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from azda_runtime.models.errors import ModelError
from azda_runtime.models.limits import Limits
from azda_runtime.models.unpack import unpack
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor.policy.desired_state import DesiredState

from azdacli.errors import AzdaError
from azdacli.manifest import expand, template, text
from azdacli.manifest.redact import redacted
from azdacli.oci import manifest
from azdacli.parser_check import library
from azdacli.util import env_file
from dsconfig import nvinfer, onnx_header, protobuf_text
from dsconfig.document import ConfigError
from dsconfig.printable import printable
from dsconfig.redaction import redacted as without_secrets
from tests.manifest import samples
from tests.parser_check import making


@dataclass(frozen=True, kw_only=True)
class Target:
    """One reader.

    Attributes:
        seeds: Inputs that it takes.
        read: Hands it an input.
        answers: The failures that it promises; any other is a bug.
    """

    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]
    answers: tuple[type[Exception], ...] = ()


def _in_file(read: Callable[[Path], object], name: str = "input") -> Callable[[bytes], object]:
    def handed(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            return read(path)

    return handed


def _unpack(path: Path) -> object:
    folder = path.with_name("unpacked")
    folder.mkdir()
    unpack(path, folder, limits=Limits(unpacked=1 << 20))
    return [each.resolve().relative_to(folder.resolve()) for each in folder.rglob("*")]  # ValueError: it got out


def _archive(method: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("model/config.txt", "[property]\n" * 20)
        archive.writestr("model/parser.py", "name = 'p'\n")
    return made.getvalue()


def _image(data: bytes) -> object:
    first, _, second = data.partition(b"\n")
    document = manifest.Document(digest="sha256:0", media_type=manifest.OCI_MANIFEST, data=first)
    named = manifest.config_of(document), manifest.layers_of(document), manifest.blobs_of(document)
    image = manifest.parse(document, second)
    manifest.check_whole(image)
    return named, image.labels, image.history, image.in_oci()


def _twin(data: bytes) -> object:
    desired_state = DesiredState()
    try:
        properties = json.loads(data)
    except (ValueError, RecursionError):
        properties = {"azdaConfiguration": data.decode("utf-8", "replace")}
    desired_state.message("Controller", data)
    desired_state.message("recordingInput", data)
    return desired_state.desired(properties)


def _template(data: bytes) -> object:
    document = template.loaded(data.decode("utf-8", "replace"), "input")
    expander = expand.Expander(values={"A": "b"}, modules=str)
    return redacted(template.finished(expander.document(document)))


def _settings(*, yaml: bool) -> Callable[[bytes], object]:
    return lambda data: nvinfer.read(nvinfer.parse(data, yaml=yaml))


_KEYS = b"[property]\ngpu-id=0\nonnx-file=m.onnx\nnet-scale-factor=0.0039\ninfer-dims=3;4;5\n[class-attrs-0]\ntopk=20\n"
_YAML = b"property:\n  gpu-id: 0\n  onnx-file: m.onnx\n  infer-dims: 3;4;5\nclass-attrs-all:\n  topk: 20\n"
_PROTOBUF = b'infer_config { unique_id: 5 backend { triton { model_name: "m" } } postprocess { other {} } }'
_ENV = b"A=b\nexport C='d e'\n# comment\nE=\"x ${A} ${F:-g}\" # more\n"
_CONFIGURATION = {
    "platform": "DeepStream",
    "components": {
        "sensors": [{"name": "door", "endpoint": "rtsp://h/1", "username": "u", "password": "p"}],
        "deepStream": {
            "enable": True,
            "pipelineConfigs": [{"id": "p", "deepstreamPassthrough": "videotestsrc ! fakesink"}],
            "streams": [{"name": "door", "configId": "p"}],
        },
    },
}
_HEX = "0123456789abcdef" * 4
_IMAGE = b"\n".join(
    json.dumps(each).encode()
    for each in (
        {
            "schemaVersion": 2,
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{_HEX}", "size": 1}],
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": f"sha256:{_HEX[::-1]}",
                "size": 2,
            },
        },
        {
            "os": "linux",
            "architecture": "arm64",
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_HEX}"]},
            "config": {"Labels": {"a": "b"}},
            "history": [{"created_by": "x"}],
        },
    )
)

TARGETS: Mapping[str, Target] = {
    "archive": Target(
        seeds=(_archive(zipfile.ZIP_STORED), _archive(zipfile.ZIP_DEFLATED)),
        read=_in_file(_unpack),
        answers=(ModelError,),
    ),
    "image documents": Target(seeds=(_IMAGE,), read=_image, answers=(AzdaError,)),
    "key file": Target(seeds=(_KEYS,), read=_settings(yaml=False), answers=(ConfigError,)),
    "YAML": Target(seeds=(_YAML,), read=_settings(yaml=True), answers=(ConfigError,)),
    "protobuf text": Target(
        seeds=(_PROTOBUF,),
        read=lambda data: protobuf_text.parse(data.decode("utf-8", "replace")),
        answers=(ConfigError,),
    ),
    "ONNX header": Target(
        seeds=(making.onnx({"in": [1, 3, "h", "w"]}, {"out": [1, 6]}),),
        read=_in_file(onnx_header.read),
        answers=(onnx_header.ModelError,),
    ),
    "ELF": Target(seeds=(making.shared_library("aarch64", ["NvDsInferParseX", "b"]),), read=_in_file(library.read)),
    "twin": Target(
        seeds=(json.dumps({"azdaConfiguration": _CONFIGURATION, "outputVideoLength": 5}).encode(),),
        read=_twin,
        answers=(InvalidValueError,),
    ),
    ".env": Target(seeds=(_ENV,), read=_in_file(lambda path: env_file.read(path, {})), answers=(AzdaError,)),
    "template": Target(
        seeds=(text.dumps(samples.good()).encode(), b'{"modulesContent": {} /* $A */ }'),
        read=_template,
        answers=(AzdaError,),
    ),
    "redaction": Target(
        seeds=(b'rtsp://u:p@h/x?a=b {"password": "p"} --token x SharedAccessSignature sr=x&sig=y',),
        read=lambda data: printable(without_secrets(data.decode("utf-8", "replace"))),
    ),
}
