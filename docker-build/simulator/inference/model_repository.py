"""A Triton model repository on disk, as nvinferserver loads a model from it. The checks are dsconfig's."""

from dataclasses import dataclass
from pathlib import Path

from dsconfig import triton_repository
from dsconfig.protobuf_schema import Message
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.keyfile import refused

_DIMENSIONS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class RepositoryModel:
    """A model of the repository.

    Attributes:
        file: The ONNX file of the chosen version.
        max_batch_size: What config.pbtxt allows; 0 for a model without batches.
        dims: The input's dimensions without the batch, where they are all given.
        channels_last: Whether config.pbtxt says NHWC.
        outputs: The outputs that it names.
    """

    file: Path
    max_batch_size: int = 0
    dims: tuple[int, int, int] | None = None
    channels_last: bool = False
    outputs: tuple[str, ...] = ()


def find_model(path: Path, control: Message) -> RepositoryModel:
    """Find the model of a configuration.

    Args:
        path: The configuration.
        control: What it says.

    Raises:
        ConfigurationError: If the model or the version is not there, or Triton would not load it.
        NotSimulatedError: If the model is a remote server's, or for another backend than ONNX Runtime.
    """
    found = triton_repository.find(control, path.resolve().parent)
    if found is None:
        url = control.infer_config.backend.triton.grpc.url
        raise NotSimulatedError(
            f"{path}: a Triton server at {url} is not simulated", hint="Use model_repo with a local folder."
        )
    if not found.is_onnx:
        raise NotSimulatedError(
            f"{found.config_path}: platform '{found.backend}' is not simulated",
            hint='Export the model to ONNX and set platform: "onnxruntime_onnx".',
        )
    for where, faults in ((path, found.faults), (found.config_path or path, found.config_faults)):
        for fault in faults:
            if fault.fatal:
                raise refused(where, fault.error())
    if found.file is None:
        raise ConfigurationError(f"{path}: no model is named")
    described = found.config
    dims = tuple(described.input[0].dims)[-_DIMENSIONS:] if described.input else ()
    known = len(dims) == _DIMENSIONS and min(dims) > 0
    return RepositoryModel(
        file=found.file,
        max_batch_size=described.max_batch_size,
        dims=(dims[0], dims[1], dims[2]) if known else None,
        channels_last=bool(described.input) and described.input[0].format == 1,
        outputs=tuple(output.name for output in described.output),
    )
