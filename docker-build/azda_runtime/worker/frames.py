"""What a model's configuration says about frames and classes, as far as a parser learns it."""

from pathlib import Path

from azda_runtime.configuration import Configuration, read_configuration
from azda_runtime.parsers.frame_config import Scaling
from azda_runtime.settings import Model

_LARGEST = 1024 * 1024


def scaling_of(model: Model) -> Scaling:
    """How nvinfer or nvinferserver brings frames into the model's input.

    Raises:
        InvalidValueError: The configuration cannot be read.
    """
    configuration = read_configuration(Path(model.config_file))
    if configuration.message is not None:
        prepared = configuration.message.infer_config.preprocess
        return Scaling(keep_ratio=bool(prepared.maintain_aspect_ratio), symmetric=bool(prepared.symmetric_padding))
    values = configuration.values
    dims = values.get("infer-dims")
    return Scaling(
        keep_ratio=bool(values.get("maintain-aspect-ratio")),
        symmetric=bool(values.get("symmetric-padding")),
        network_size=(int(dims[2]), int(dims[1])) if dims else None,
    )


def labels_of(model: Model) -> tuple[str, ...]:
    """The lines of the label file that a configuration names; empty when it names none that can be read."""
    configuration: Configuration = read_configuration(Path(model.config_file))
    for named in configuration.named_files():
        if named.key == "labelfile-path":
            try:
                data = named.path.read_bytes()[:_LARGEST]
            except OSError:
                return ()  # the element that reads the file says so
            return tuple(line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip())
    return ()
