"""A Triton model repository on disk: `<root>/<model>/config.pbtxt` and `<root>/<model>/<version>/model.onnx`."""

from dataclasses import dataclass
from pathlib import Path

from dsconfig import triton_schema
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.inference.server_text import read_message

LATEST = -1
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


def find_model(root: Path, name: str, version: int, *, strict: bool) -> RepositoryModel:
    """Find a version of a model.

    Args:
        root: The repository.
        name: The model's folder.
        version: Its version's number, or LATEST.
        strict: Whether config.pbtxt must exist (`strict_model_config`).

    Raises:
        ConfigurationError: If the model or the version is not there.
        NotSimulatedError: If the model is for another backend than ONNX Runtime.
    """
    folder = root / name
    if not folder.is_dir():
        raise ConfigurationError(f"The model repository {root} has no model '{name}'")
    config = folder / "config.pbtxt"
    if not config.is_file():
        if strict:
            raise ConfigurationError(f"{config} does not exist, and strict_model_config asks for it")
        return RepositoryModel(file=_version(folder, version) / "model.onnx")
    described = read_message(config, triton_schema.SCHEMA, triton_schema.ROOT)
    if described.platform not in ("", "onnxruntime_onnx") or described.backend not in ("", "onnxruntime"):
        raise NotSimulatedError(
            f"{config}: platform '{described.platform or described.backend}' is not simulated",
            hint='Export the model to ONNX and set platform: "onnxruntime_onnx".',
        )
    dims = tuple(described.input[0].dims)[-_DIMENSIONS:] if described.input else ()
    known = len(dims) == _DIMENSIONS and min(dims) > 0
    return RepositoryModel(
        file=_version(folder, version) / (described.default_model_filename or "model.onnx"),
        max_batch_size=described.max_batch_size,
        dims=(dims[0], dims[1], dims[2]) if known else None,
        channels_last=bool(described.input) and described.input[0].format == 1,
        outputs=tuple(output.name for output in described.output),
    )


def _version(folder: Path, version: int) -> Path:
    present = sorted(int(path.name) for path in folder.iterdir() if path.is_dir() and path.name.isdecimal())
    wanted = max(present, default=0) if version == LATEST else version
    if wanted not in present or wanted < 1:
        raise ConfigurationError(
            f"{folder} has no version {'at all' if version == LATEST else version}; versions are folders named 1, 2, 3",
            hint="Set version: -1 for the latest.",
        )
    return folder / str(wanted)
