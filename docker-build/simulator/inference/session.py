"""ONNX Runtime: a model file to layers, a batch to outputs per frame. The only module that imports it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort  # type: ignore[import-untyped] # ships no types

from simulator.errors import ModelError, NotSimulatedError
from simulator.inference.layers import Described, Layer, handed_over, input_layer, output_type

Tensors = Mapping[str, npt.NDArray[Any]]
"""A frame's outputs by layer name, without the batch dimension, in the layer's own dtype."""


class Session:
    """A model on ONNX Runtime.

    Args:
        path: The ONNX file.
        batch_size: The largest batch that will be asked for.
        dims: Channels, height and width where the model's own are dynamic.
        channels_last: Whether the input is NHWC.
        outputs: The outputs to compute, in their order; all of the file's if empty.
        threads: Threads for one operator; 0 leaves it to ONNX Runtime.

    Raises:
        ModelError: If the file is away, no ONNX, or does not fit the configuration.
        NotSimulatedError: If the model has an input or an output that nvinfer gives to native code.
    """

    def __init__(  # noqa: PLR0913 # each is a key of the configuration
        self,
        path: Path,
        *,
        batch_size: int = 1,
        dims: tuple[int, int, int] | None = None,
        channels_last: bool = False,
        outputs: Sequence[str] = (),
        threads: int = 0,
    ) -> None:
        self._path = path
        self._session = _load(path, threads)
        self._last = channels_last
        self._fixed, self.input = input_layer(path, _inputs(self._session), dims, last=channels_last)
        if self._fixed is not None and batch_size > self._fixed:
            raise ModelError(
                f"{path}: batch-size is {batch_size}, but the model's own batch dimension is fixed at {self._fixed}",
                hint=f"Set batch-size={self._fixed}, or export the model with a dynamic batch dimension.",
            )
        self._names = _output_names(path, self._session, outputs)
        self.outputs = self._probe()
        if self._fixed is None and batch_size > 1:
            self._try_a_batch(batch_size)

    @property
    def height(self) -> int:
        """The input's height in pixels."""
        return self.input.dims[0 if self._last else 1]

    @property
    def width(self) -> int:
        """The input's width in pixels."""
        return self.input.dims[1 if self._last else 2]

    @property
    def channels(self) -> int:
        """The input's channels."""
        return self.input.dims[2 if self._last else 0]

    @property
    def metadata(self) -> dict[str, str]:
        """What the ONNX file says about itself."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, batch: npt.NDArray[Any]) -> list[Tensors]:
        """Infer on a batch.

        Args:
            batch: Shape (n, *input dims), in the input's dtype.

        Returns:
            The outputs of each of the n frames; a program may keep them.

        Raises:
            ModelError: If the model fails on the batch.
        """
        count = len(batch)
        if self._fixed is not None and count < self._fixed:
            padding = np.zeros((self._fixed - count, *batch.shape[1:]), batch.dtype)
            batch = np.concatenate([batch, padding])
        try:
            arrays = self._session.run(self._names, {self.input.name: batch})
        except Exception as error:  # ONNX Runtime's exceptions have no common base of their own
            raise ModelError(f"{self._path}: the model failed on a batch of shape {batch.shape}: {error}") from error
        for name, array in zip(self._names, arrays, strict=True):
            if array.ndim == 0 or len(array) != len(batch):
                raise NotSimulatedError(
                    f"{self._path}: output '{name}' has shape {array.shape} for a batch of {len(batch)}: its "
                    "first dimension is not a batch",
                    hint="Export the model so that each output keeps the batch as its first dimension; nvinfer "
                    "splits it there.",
                )
        arrays = [handed_over(array) for array in arrays]
        return [{name: array[i] for name, array in zip(self._names, arrays, strict=True)} for i in range(count)]

    def _probe(self) -> tuple[Layer, ...]:
        """Run on zeros, so that dynamic output shapes are known before the first frame, as they are to TensorRT."""
        types = {node.name: node.type for node in self._session.get_outputs()}
        first = self.run(np.zeros((self._fixed or 1, *self.input.dims), self.input.dtype))[0]
        layers = []
        for index, (name, array) in enumerate(first.items(), start=1):
            data_type, dtype = output_type(self._path, name, types[name])
            layers.append(Layer(name=name, dims=array.shape, data_type=data_type, dtype=dtype, index=index))
        return tuple(layers)

    def _try_a_batch(self, batch_size: int) -> None:
        """Run on two frames of zeros: a graph may fix inside the batch that it leaves open at its input.

        Two say it as surely as `batch-size` would, and a large model takes seconds and gigabytes for 16.
        """
        try:
            self.run(np.zeros((2, *self.input.dims), self.input.dtype))
        except (ModelError, NotSimulatedError) as error:
            raise ModelError(
                f"{self._path}: batch-size is {batch_size}, and the model takes one frame but not two: {error}",
                hint="Export the model with the batch open inside too, or set batch-size=1.",
            ) from error


def _load(path: Path, threads: int) -> ort.InferenceSession:
    if not path.is_file():
        raise ModelError(
            f"The model file {path} does not exist", hint="onnx-file is relative to the configuration file."
        )
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    options.use_deterministic_compute = True
    # Waiting threads that spin would take the processor from decoders and encoders of the same pipeline.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # same
        raise ModelError(f"{path} cannot be loaded by ONNX Runtime: {error}") from error


def _inputs(session: ort.InferenceSession) -> list[Described]:
    return [Described(name=node.name, kind=node.type, shape=tuple(node.shape)) for node in session.get_inputs()]


def _output_names(path: Path, session: ort.InferenceSession, wanted: Sequence[str]) -> list[str]:
    own = [node.name for node in session.get_outputs()]
    missing = [name for name in wanted if name not in own]
    if missing:
        raise ModelError(f"{path}: the model has no output '{missing[0]}'; it has {', '.join(own)}")
    return list(wanted) or own
