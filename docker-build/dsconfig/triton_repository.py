"""The model of an nvinferserver configuration in its Triton repository, and all that keeps Triton from loading it.

A repository is `<root>/<model>/config.pbtxt` and `<root>/<model>/<version>/model.onnx`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from dsconfig import protobuf_message, triton_check, triton_schema
from dsconfig.document import Fault, FaultKind
from dsconfig.onnx_header import Model, ModelError, read
from dsconfig.protobuf_schema import Message

LATEST = -1
_ONNX_FILE = "model.onnx"
_DESCRIPTION = "config.pbtxt"
_LARGEST = 1 << 20


class Folder(Protocol):
    """A folder of a repository: on a disk, or put together of what several sources bring into an image."""

    def folder(self, name: str) -> "Folder | None":
        """The folder of a name in it; None where there is none."""

    def names(self) -> Iterator[str]:
        """The names of the folders in it."""

    def file(self, name: str) -> Path | None:
        """The file of a name, where it can be read; None where it cannot, or where there is none."""

    def hidden(self, name: str) -> bool:
        """Whether there is a file of the name that nobody can read from here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderOnDisk:
    """A folder of this machine."""

    path: Path

    def folder(self, name: str) -> Folder | None:
        """The folder of a name in it."""
        path = self.path / name
        return FolderOnDisk(path=path) if _is_folder(path) else None

    def names(self) -> Iterator[str]:
        """The names of the folders in it."""
        return (each.name for each in self.path.iterdir() if _is_folder(each))

    def file(self, name: str) -> Path | None:
        """The file of a name."""
        path = self.path / name
        return path if _is_file(path) else None

    def hidden(self, name: str) -> bool:  # noqa: ARG002 # the port's
        """Whatever is on this machine can be read."""
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerModel:
    """A model that nvinferserver would load.

    Attributes:
        config_path: Its config.pbtxt; None where the model has no such file.
        config: What that says; empty without one.
        file: The model file of the chosen version; None where that is not known, or is another backend's.
        backend: The platform or backend that it names; empty when it names none.
        faults: What is wrong with the configuration of nvinferserver itself.
        config_faults: What is wrong with config.pbtxt.
    """

    config_path: Path | None = None
    config: Message = Message(triton_schema.SCHEMA, triton_schema.ROOT)  # noqa: RUF009 # nothing is ever written to it
    file: Path | None = None
    backend: str = ""
    faults: tuple[Fault, ...] = ()
    config_faults: tuple[Fault, ...] = ()

    @property
    def is_onnx(self) -> bool:
        """Whether Triton runs it with ONNX Runtime."""
        return self.backend in ("", "onnxruntime_onnx", "onnxruntime")


def find(control: Message, base: Path, root: Folder | None = None) -> ServerModel | None:
    """Find the model of a configuration.

    Args:
        control: What the configuration says.
        base: The folder that its paths are relative to.
        root: The repository, where it stands elsewhere than the configuration says.

    Returns:
        None when the model is a remote server's.
    """
    backend = control.infer_config.backend
    triton = backend.trt_is if backend.has("trt_is") else backend.triton
    if triton.has("grpc"):
        return None
    if not triton.model_name or not triton.model_repo.root:
        owner = backend if backend.one_of("triton", "trt_is") else control.infer_config
        where = owner.location(backend.one_of("triton", "trt_is") or "backend") or control.location("infer_config")
        message = "a local model needs `model_name` and `model_repo { root: … }`"
        hint = 'Write `model_name: "…"` and `model_repo { root: "…" }` there.'
        return ServerModel(faults=(Fault.at(where, message, hint=hint),))
    folder = (root or FolderOnDisk(path=base / triton.model_repo.root[0])).folder(triton.model_name)
    if folder is None:
        message = f"the repository '{triton.model_repo.root[0]}' has no model '{triton.model_name}'"
        return ServerModel(faults=(Fault.at(triton.location("model_name"), message),))
    found = _described(folder, strict=triton.model_repo.strict_model_config, triton=triton)
    return _with_version(found, folder, triton, control.infer_config)


def _described(folder: Folder, *, strict: bool, triton: Message) -> ServerModel:
    path = folder.file(_DESCRIPTION)
    if path is None:
        if strict and not folder.hidden(_DESCRIPTION):
            message = f"'{triton.model_name}' has no config.pbtxt, and strict_model_config asks for it"
            return ServerModel(faults=(Fault.at(triton.model_repo.location("strict_model_config"), message),))
        return ServerModel()
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        fault = Fault(kind=FaultKind.UNREADABLE, message="config.pbtxt cannot be read as UTF-8 text", line=1)
        return ServerModel(config_path=path, config_faults=(fault,))
    reading = protobuf_message.read(text, triton_schema.SCHEMA, triton_schema.ROOT)
    config = reading.message
    return ServerModel(
        config_path=path,
        config=config,
        backend=config.platform or config.backend,
        config_faults=reading.faults,
    )


def _with_version(found: ServerModel, folder: Folder, triton: Message, infer: Message) -> ServerModel:
    faults = [*found.faults, *_batch(found, infer)]
    present = sorted(int(name) for name in folder.names() if name.isdecimal())
    # A version that is not written is the latest for nvinferserver, as -1 is.
    latest = triton.version == LATEST or not triton.has("version")
    wanted = max(present, default=0) if latest else triton.version
    inner = folder.folder(str(wanted))
    if inner is None or wanted < 1:
        asked = "no version at all" if latest else f"no version {triton.version}"
        message = f"the model '{triton.model_name}' has {asked}; versions are folders named 1, 2, 3"
        hint = "Set version: -1 for the latest."
        faults.append(Fault.at(triton.location("version") or triton.location("model_name"), message, hint=hint))
        return replace(found, faults=tuple(faults))
    if found.config_path is None and folder.hidden(_DESCRIPTION):
        return replace(found, faults=tuple(faults))  # it may name another backend or file
    name = found.config.default_model_filename or _ONNX_FILE
    file = inner.file(name)
    model, fault = (None, None) if not found.is_onnx or inner.hidden(name) else _header(file, name)
    if fault is not None:
        faults.append(
            Fault.at(triton.location("model_name"), f"the version {wanted} of '{triton.model_name}': {fault}")
        )
    if model is not None:
        faults.extend(_layers(infer, model))
    config_faults = found.config_faults or tuple(triton_check.check(found.config, triton.model_name, model))
    return replace(found, file=file, faults=tuple(faults), config_faults=config_faults)


def _batch(found: ServerModel, infer: Message) -> Iterator[Fault]:
    allowed = found.config.max_batch_size
    if found.config_path is not None and allowed > 0 and infer.max_batch_size > allowed:
        message = f"'max_batch_size' is {infer.max_batch_size}, and the model's config.pbtxt allows {allowed}"
        hint = f"Write `max_batch_size: {allowed}` here, or raise it in config.pbtxt."
        yield Fault.at(infer.location("max_batch_size"), message, hint=hint)


def _layers(infer: Message, model: Model) -> Iterator[Fault]:
    """The layers that nvinferserver asks the model for by name."""
    outputs, inputs = ([tensor.name for tensor in own] for own in (model.outputs, model.inputs))
    for layer in infer.backend.outputs:
        if layer.name not in outputs:
            message = f"{model.path.name} has no output '{layer.name}'"
            yield Fault.at(layer.location("name"), message, hint=f"It has {', '.join(map(repr, outputs))}.")
    asked = infer.preprocess.tensor_name
    if asked and asked not in inputs:
        message = f"{model.path.name} has no input '{asked}'"
        yield Fault.at(
            infer.preprocess.location("tensor_name"), message, hint=f"It has {', '.join(map(repr, inputs))}."
        )


def _header(file: Path | None, name: str) -> tuple[Model | None, str | None]:
    if file is None:
        return None, f"there is no '{name}' in its folder"
    try:
        return read(file), None
    except ModelError as error:
        return None, f"'{file.name}' is not an ONNX model: {error}"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
