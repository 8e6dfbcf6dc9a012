"""Frames to input tensors: scaling, padding, colours, mean and factor, as nvinfer documents them.

Approximations: NVIDIA's scalers are closed, so a pixel may differ by a few grey levels from the device's. The filters
here are nearest (centre-aligned), and OpenCV's bilinear, cubic, area and Lanczos, for NvBufSurfTransform's Nearest,
Bilinear, Algo1, Algo2 and Algo3; Algo4 and Default are nearest on a GPU, and here. The area filter is bilinear where a
side grows. Grey is BT.601's full-range luma.

Between its steps a channel is kept in single precision, within one grey level of the same arithmetic unrounded.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from simulator.errors import ConfigurationError
from simulator.inference.geometry import Placement
from simulator.inference.planar import PlanarFrame, Plane, Scale, cut
from simulator.inference.settings import ColourFormat, InputSettings

Pixels = npt.NDArray[np.uint8]
Frame = Pixels | PlanarFrame
"""Shape (height, width, 4), uint8: red, green, blue, alpha; or luma beside chroma."""

_PPM_HEADER = re.compile(rb"P[36]\s+(\d+)\s+(\d+)\s+\d+\s")
_BILINEAR = 1
_FILTERS = {
    _BILINEAR: cv2.INTER_LINEAR,
    2: cv2.INTER_CUBIC,
    3: cv2.INTER_AREA,
    4: cv2.INTER_LANCZOS4,
}
_OVERSHOOTING = {cv2.INTER_CUBIC, cv2.INTER_LANCZOS4}
_LUMA = (0.299, 0.587, 0.114)


class Preprocessor:
    """Turns pieces of frames into a batch.

    Args:
        settings: How the model wants its input.
        width: The network's input width in pixels.
        height: Its height.
        dtype: The element type of the model's input layer.

    Raises:
        ConfigurationError: If the mean file does not fit the network.
    """

    def __init__(self, settings: InputSettings, width: int, height: int, dtype: npt.DTypeLike = np.float32) -> None:
        self._settings = settings
        self._size = (height, width)
        self._dtype = np.dtype(dtype)
        self._mean = _mean(settings, width, height)
        interpolation = _FILTERS.get(settings.scaling_filter)
        self._scale: Scale = _nearest if interpolation is None else partial(_scaled, interpolation=interpolation)

    def batch(self, pieces: Sequence[tuple[Frame, Placement]]) -> npt.NDArray[Any]:
        """Make the input tensor of a batch.

        Args:
            pieces: A frame and the placement of its piece, for each place in the batch.

        Returns:
            Shape (n, channels, height, width), or (n, height, width, channels), in the input layer's dtype. Integer
            layers get the value rounded and cut to their range.
        """
        tensor = np.empty((len(pieces), self._settings.channels, *self._size), np.float32)
        for planes, (frame, placement) in zip(tensor, pieces, strict=True):
            if (placement.height, placement.width) != self._size:
                planes.fill(0)
            rows = slice(placement.top, placement.top + placement.height)
            self._paint(frame, placement, planes[:, rows, placement.left : placement.left + placement.width])
            self._normalise(planes)
        if np.issubdtype(self._dtype, np.integer):
            limits = np.iinfo(self._dtype)
            np.clip(np.rint(tensor, out=tensor), limits.min, limits.max, out=tensor)
        if self._settings.channels_last:
            tensor = np.ascontiguousarray(tensor.transpose(0, 2, 3, 1))
        return tensor.astype(self._dtype, copy=False)

    def _paint(self, frame: Frame, placement: Placement, planes: npt.NDArray[np.float32]) -> None:
        """Scale a piece of a frame into the planes of the model's channels, in grey levels."""
        colours = self._settings.colours
        grey = colours is ColourFormat.GRAY
        target = np.empty((3, *planes.shape[1:]), np.float32) if grey else planes
        rgb = list(target[::-1] if colours is ColourFormat.BGR else target)
        if isinstance(frame, PlanarFrame):
            frame.paint(placement.source, rgb, self._scale)
        else:
            self._split(frame, placement.source, rgb)
        if grey:
            cv2.addWeighted(rgb[0], _LUMA[0], rgb[1], _LUMA[1], 0, dst=planes[0])
            cv2.scaleAdd(rgb[2], _LUMA[2], planes[0], dst=planes[0])

    def _split(self, frame: Pixels, source: tuple[int, int, int, int], rgb: Sequence[Plane]) -> None:
        """Scale a piece of an RGBA frame into the planes of its colours."""
        left, top, columns, rows = source
        height, width = rgb[0].shape
        piece = frame[top : top + rows, left : left + columns]
        if self._settings.scaling_filter == _BILINEAR and (rows, columns) != (height, width):
            # All channels at once in whole numbers: rounded once, which stays within the level, in half the time.
            piece = np.asarray(cv2.resize(piece, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
        for plane, channel in zip(rgb, self._scale(piece, width, height), strict=True):
            plane[...] = channel

    def _normalise(self, planes: npt.NDArray[np.float32]) -> None:
        """Make factor * (pixel - mean) of the grey levels of one place of the batch."""
        for channel, plane in enumerate(planes):
            if self._mean is not None:
                np.subtract(plane, self._mean[..., channel], out=plane)
            np.multiply(plane, np.float32(self._settings.factor), out=plane)


def leave_the_processors_to_others() -> None:
    """Keep OpenCV from starting threads, unless the program has chosen how many it wants.

    For frames of this size its threads gain little and wait by spinning, which takes the processors from the
    decoders and the model of the same pipeline: a frame costs a tenth less without them.
    """
    if cv2.getNumThreads() == cv2.getNumberOfCPUs():
        cv2.setNumThreads(1)


def _scaled(piece: Pixels, width: int, height: int, *, interpolation: int) -> list[Plane]:
    channels = _channels(piece)
    if piece.shape[:2] == (height, width):
        return channels
    if interpolation == cv2.INTER_AREA and (height > piece.shape[0] or width > piece.shape[1]):
        interpolation = cv2.INTER_LINEAR  # OpenCV's area filter takes wrong pixels where a side grows
    scaled = [
        np.asarray(cv2.resize(channel, (width, height), interpolation=interpolation), np.float32)
        for channel in channels
    ]
    if interpolation in _OVERSHOOTING:
        for channel in scaled:
            cut(channel)
    return scaled


def _nearest(piece: Pixels, width: int, height: int) -> list[Plane]:
    """Take the pixel under each centre; whole pixels at once, which is faster than channel by channel."""
    rows = (2 * np.arange(height) + 1) * piece.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * piece.shape[1] // (2 * width)
    if piece.ndim == 2:  # one channel
        return _channels(piece.take(rows, axis=0).take(columns, axis=1))
    pixels = piece.view(f"u{piece.shape[2]}")[..., 0]
    return _channels(pixels.take(rows, axis=0).take(columns, axis=1)[..., np.newaxis].view(np.uint8))


def _channels(piece: Pixels) -> list[Plane]:
    if piece.ndim == 2:  # one channel
        return [piece.astype(np.float32)]
    return [cv2.extractChannel(piece, index).astype(np.float32) for index in range(min(3, piece.shape[2]))]


def _mean(settings: InputSettings, width: int, height: int) -> npt.NDArray[np.float32] | None:
    """Give the mean to subtract, of a shape that broadcasts over (height, width, channels).

    The channels of a mean file are taken in their order in the file for every colour format, as nvinfer takes them.
    """
    if settings.mean_file is not None:
        mean = read_mean_file(settings.mean_file, settings.channels)
        if mean.shape[:2] != (height, width):
            raise ConfigurationError(
                f"Mismatch between ppm mean image resolution({mean.shape[1]} x {mean.shape[0]}) and network "
                f"resolution({width} x {height}): {settings.mean_file}"
            )
        return mean
    if any(settings.offsets):
        return np.array(settings.offsets, np.float32)
    return None


def read_mean_file(path: Path, channels: int) -> npt.NDArray[np.float32]:
    """Read a binary PPM.

    Args:
        path: The file.
        channels: How many channels the network has; a grey network reads one byte a pixel, as nvinfer does.

    Returns:
        Shape (height, width, channels), float32.

    Raises:
        ConfigurationError: If the file is away, no PPM, or too short.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"Could not open mean image file '{path}': {error}") from error
    header = _PPM_HEADER.match(data)
    if header is None:
        raise ConfigurationError(f"Magic PPM identifier check failed: {path}")
    width, height = int(header[1]), int(header[2])
    pixels = data[header.end() :][: width * height * channels]
    if len(pixels) < width * height * channels:
        raise ConfigurationError(f"Failed to read sufficient bytes from mean file {path}")
    return np.frombuffer(pixels, np.uint8).reshape(height, width, channels).astype(np.float32)
