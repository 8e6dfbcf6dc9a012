"""Pieces of frames in, tensors and results out: everything between an inference element and its model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.errors import ModelError
from simulator.inference.clustering import cluster
from simulator.inference.detections import Detections, parse_coverage
from simulator.inference.geometry import Placement, Rectangle, clipped, place
from simulator.inference.native import NativeParser, OpenNative, Parsed
from simulator.inference.postprocess import (
    Attribute,
    DetectedObject,
    Segmentation,
    classify,
    label_text,
    read_labels,
    segment,
    to_objects,
)
from simulator.inference.preprocess import Frame, Preprocessor, leave_the_processors_to_others
from simulator.inference.session import Session, Tensors
from simulator.inference.settings import InferSettings, InputSettings, NetworkType, PreparedTensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A frame, or an object's rectangle in it, to infer on.

    Attributes:
        frame: Shape (height, width, 4), uint8, RGBA; or luma beside chroma.
        rectangle: The part to infer on; the whole frame if None.
        region: Whether the part is a region of nvdspreprocess: boxes are the frame's then, else the part's.
    """

    frame: Frame
    rectangle: Rectangle | None = None
    region: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came out for one piece.

    Attributes:
        outputs: Every bound output layer of this piece, without the batch dimension.
        objects: For a detector.
        attributes: For a classifier.
        text: What a classifier appends to the object's display text.
        segmentation: For a segmentation network.
    """

    outputs: Tensors
    objects: tuple[DetectedObject, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    text: str = ""
    segmentation: Segmentation | None = None


class InferenceEngine:
    """A configured model that is ready to infer.

    Args:
        settings: From nvinfer's or nvinferserver's configuration.
        threads: Threads for one operator of ONNX Runtime; 0 leaves it to it.
        session: The model, where it is loaded already for settings that differ in other things.
        open_native: Loads the native parser that the settings name; without it a model with one gives tensors alone.

    Raises:
        ConfigurationError: If labels or the mean file cannot be read.
        ModelError: If the model does not fit the settings.
        NotSimulatedError: If it needs what only NVIDIA's libraries do.
    """

    def __init__(
        self,
        settings: InferSettings,
        *,
        threads: int = 0,
        session: Session | None = None,
        open_native: OpenNative | None = None,
    ) -> None:
        leave_the_processors_to_others()
        self.settings = settings
        self.session = session or Session(
            settings.model,
            batch_size=settings.batch_size,
            dims=settings.input.dims,
            channels_last=settings.input.channels_last,
            outputs=settings.outputs,
            threads=threads,
        )
        self.labels = read_labels(settings.labels)
        self._preprocessors: dict[PreparedTensor | None, Preprocessor] = {None: self._preprocessor(settings.input)}
        self._native: NativeParser | None = None
        if settings.native is not None and open_native is not None:
            network = (self.session.width, self.session.height, self.session.channels)
            self._native = open_native(settings.native, network)

    def close(self) -> None:
        """End what runs the native parser."""
        if self._native is not None:
            self._native.close()

    def _preprocessor(self, settings: InputSettings) -> Preprocessor:
        return Preprocessor(settings, self.session.width, self.session.height, self.session.input.dtype)

    def infer(self, pieces: Sequence[Piece], tensor: PreparedTensor | None = None) -> list[Result | None]:
        """Infer on any number of pieces, `batch-size` at a time.

        Args:
            pieces: What to infer on.
            tensor: How nvdspreprocess prepares the pieces; None for this element's own way.

        Returns:
            A result per piece, in order; None where the piece has less than two pixels inside its frame.

        Raises:
            ModelError: If the model fails, its outputs are not what the network type needs, or the prepared tensors
                are not what its input needs.
        """
        if tensor is not None and tensor not in self._preprocessors:
            self._check(tensor)
            self._preprocessors[tensor] = self._preprocessor(tensor.input)
        preprocessor = self._preprocessors[tensor]
        own = self.settings.input if tensor is None else tensor.input
        results: list[Result | None] = [None] * len(pieces)
        placed = [
            (index, piece, spot) for index, piece in enumerate(pieces) if (spot := self._place(piece, own)) is not None
        ]
        for chunk in _chunks(placed, self.settings.batch_size):
            batch = preprocessor.batch([(piece.frame, spot) for _, piece, spot in chunk])
            for (index, piece, spot), outputs in zip(chunk, self.session.run(batch), strict=True):
                results[index] = self._result(piece, spot, outputs)
        return results

    def _check(self, tensor: PreparedTensor) -> None:
        wanted, session = tensor.input, self.session
        own, dtype = (session.channels, session.height, session.width), np.dtype(session.input.dtype).name
        order = self.settings.input.channels_last
        if (tensor.dtype, wanted.dims, wanted.channels_last) != (dtype, own, order):
            raise ModelError(
                f"nvdspreprocess prepares tensors of {tensor.dtype} for {wanted.dims} (channels, height, width), and "
                f"the model's input '{session.input.name}' is {dtype} for {own}, or of another order",
                hint="Let network-input-shape, network-input-order and tensor-data-type be the model's.",
            )

    def _place(self, piece: Piece, own: InputSettings) -> Placement | None:
        height, width = piece.frame.shape[:2]
        whole = Rectangle(left=0, top=0, width=width, height=height)
        rectangle = whole if piece.rectangle is None else clipped(piece.rectangle, width, height)
        if rectangle is None:
            return None
        return place(
            rectangle,
            self.session.width,
            self.session.height,
            keep_ratio=own.maintain_aspect_ratio,
            symmetric=own.symmetric_padding,
        )

    def _result(self, piece: Piece, placement: Placement, outputs: Tensors) -> Result:
        settings = self.settings
        if settings.native is not None:
            if self._native is None:
                return Result(outputs=outputs)
            return self._natively_parsed(piece, placement, outputs, self._native.parse(outputs))
        width, height = self.session.width, self.session.height
        if settings.network_type is NetworkType.DETECTOR:
            found = parse_coverage(outputs, width, height, settings.classes)
            return Result(outputs=outputs, objects=self._objects(piece, placement, found))
        if settings.network_type is NetworkType.CLASSIFIER:
            attributes = classify(outputs, settings.classifier_threshold, self.labels)
            return Result(outputs=outputs, attributes=attributes, text=label_text(attributes))
        if settings.network_type is NetworkType.SEGMENTATION:
            return Result(outputs=outputs, segmentation=segment(outputs, settings, width, height))
        return Result(outputs=outputs)

    def _natively_parsed(self, piece: Piece, placement: Placement, outputs: Tensors, found: Parsed) -> Result:
        if self.settings.network_type is NetworkType.CLASSIFIER:
            return Result(outputs=outputs, attributes=found.attributes, text=found.description)
        return Result(outputs=outputs, objects=self._objects(piece, placement, found.detections))

    def _objects(self, piece: Piece, placement: Placement, found: Detections) -> tuple[DetectedObject, ...]:
        kept = cluster(found, self.settings.classes, self.settings.cluster_mode)
        size = (piece.frame.shape[1], piece.frame.shape[0])
        region = piece.rectangle if piece.region else None
        return to_objects(kept, placement, size, self.settings, self.labels, region=region)


Placed = tuple[int, Piece, Placement]


def _chunks(pieces: Sequence[Placed], size: int) -> Iterator[Sequence[Placed]]:
    for start in range(0, len(pieces), size):
        yield pieces[start : start + size]
