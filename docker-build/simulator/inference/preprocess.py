"""Frames to input tensors: scaling, padding, colours, mean and factor, as nvinfer documents them.

Approximations: NVIDIA's scalers are closed, so a pixel may differ by a few grey levels from the device's. The filters
here are nearest (centre-aligned), and OpenCV's bilinear, cubic, area and Lanczos, for NvBufSurfTransform's Nearest,
Bilinear, Algo1, Algo2 and Algo3; Algo4 and Default are nearest on a GPU, and here. Grey is BT.601's full-range luma.
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
from simulator.inference.planar import PlanarFrame
from simulator.inference.settings import ColourFormat, InputSettings

Pixels = npt.NDArray[np.uint8]
Frame = Pixels | PlanarFrame
"""Shape (height, width, 4), uint8: red, green, blue, alpha; or luma beside chroma."""

_PPM_HEADER = re.compile(rb"P[36]\s+(\d+)\s+(\d+)\s+\d+\s")
_FILTERS = {
    1: cv2.INTER_LINEAR,
    2: cv2.INTER_CUBIC,
    3: cv2.INTER_AREA,
    4: cv2.INTER_LANCZOS4,
}
_CHANNEL_ORDER = {ColourFormat.RGB: (0, 1, 2), ColourFormat.BGR: (2, 1, 0), ColourFormat.GRAY: (0,)}


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
        self._order = _CHANNEL_ORDER[settings.colours]

    def batch(self, pieces: Sequence[tuple[Frame, Placement]]) -> npt.NDArray[Any]:
        """Make the input tensor of a batch.

        Args:
            pieces: A frame and the placement of its piece, for each place in the batch.

        Returns:
            Shape (n, channels, height, width), or (n, height, width, channels), in the input layer's dtype. Integer
            layers get the value rounded and cut to their range.
        """
        channels = self._settings.channels
        shape = (*self._size, channels) if self._settings.channels_last else (channels, *self._size)
        tensor = np.empty((len(pieces), *shape), np.float32)
        for out, (frame, placement) in zip(tensor, pieces, strict=True):
            self._normalise(self.image(frame, placement), out)
        if np.issubdtype(self._dtype, np.integer):
            limits = np.iinfo(self._dtype)
            np.clip(np.rint(tensor, out=tensor), limits.min, limits.max, out=tensor)
        return tensor.astype(self._dtype, copy=False)

    def image(self, frame: Frame, placement: Placement) -> Pixels:
        """Scale a piece of a frame onto a black image of the network's size.

        Returns:
            Shape (height, width, 3 or 4) for colours, red first, (height, width, 1) for grey; uint8.
        """
        piece = self._scaled(frame, placement)
        if self._settings.colours is ColourFormat.GRAY:
            code = cv2.COLOR_RGBA2GRAY if isinstance(frame, np.ndarray) else cv2.COLOR_RGB2GRAY
            piece = np.asarray(cv2.cvtColor(piece, code), np.uint8)[..., np.newaxis]
        if piece.shape[:2] == self._size:
            return piece
        canvas = np.zeros((*self._size, piece.shape[2]), np.uint8)
        canvas[placement.top : placement.top + placement.height, placement.left : placement.left + placement.width] = (
            piece
        )
        return canvas

    def _scaled(self, frame: Frame, placement: Placement) -> Pixels:
        """Cut a piece out of its frame and give it the size that it has in the network's input."""
        left, top, width, height = placement.source
        size = (placement.width, placement.height)
        scaling_filter = _FILTERS.get(self._settings.scaling_filter)
        scale = _nearest if scaling_filter is None else partial(_interpolated, interpolation=scaling_filter)
        if isinstance(frame, PlanarFrame):
            return frame.coloured(placement.source, *size, scale)
        piece = frame[top : top + height, left : left + width]
        return piece if (width, height) == size else scale(piece, *size)

    def _normalise(self, image: Pixels, out: npt.NDArray[np.float32]) -> None:
        """Write factor * (pixel - mean) into one place of the batch; whole planes are faster than every nth byte."""
        factor = np.float32(self._settings.factor)
        for channel, source in enumerate(self._order):
            plane = out[..., channel] if self._settings.channels_last else out[channel]
            values = cv2.extractChannel(image, source)
            if self._mean is None:
                np.multiply(values, factor, out=plane)
            else:
                np.subtract(values, self._mean[..., channel], out=plane)
                plane *= factor


def _interpolated(piece: Pixels, width: int, height: int, *, interpolation: int) -> Pixels:
    return np.asarray(cv2.resize(piece, (width, height), interpolation=interpolation), np.uint8)


def _nearest(piece: Pixels, width: int, height: int) -> Pixels:
    """Take the pixel under each centre; whole pixels at once, which is four times as fast as byte by byte."""
    rows = (2 * np.arange(height) + 1) * piece.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * piece.shape[1] // (2 * width)
    if piece.ndim == 2:  # noqa: PLR2004 # a plane
        return piece.take(rows, axis=0).take(columns, axis=1)
    pixels = piece.view(f"u{piece.shape[2]}")[..., 0]
    return pixels.take(rows, axis=0).take(columns, axis=1)[..., np.newaxis].view(np.uint8)


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
