"""Scaling written out in plain numpy, as the reference of the pixel tests: a weight for each pair of pixels.

The filters are those of `scaling-filter`: a position is that of a pixel's centre, and edges go on for ever.
"""

from collections.abc import Callable

import numpy as np

Weights = np.ndarray
"""Shape (wanted, given): what each given pixel of a row or a column weighs in each wanted one."""


def bilinear(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Two taps each way."""
    return _apply(image, width, height, lambda size, count: _taps(size, count, 1, lambda t: np.maximum(1 - abs(t), 0)))


def nearest(image: np.ndarray, width: int, height: int) -> np.ndarray:
    rows = (2 * np.arange(height) + 1) * image.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * image.shape[1] // (2 * width)
    return image[rows][:, columns].astype(float)


def cubic(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Four taps each way, Keys' kernel with OpenCV's a = -0.75."""

    def kernel(t: np.ndarray) -> np.ndarray:
        t, a = abs(t), -0.75
        near = (a + 2) * t**3 - (a + 3) * t**2 + 1
        far = a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a
        return np.where(t <= 1, near, np.where(t < 2, far, 0))

    return np.clip(_apply(image, width, height, lambda size, count: _taps(size, count, 2, kernel)), 0, 255)


def lanczos(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Eight taps each way."""
    return np.clip(
        _apply(image, width, height, lambda size, count: _taps(size, count, 4, lambda t: np.sinc(t) * np.sinc(t / 4))),
        0,
        255,
    )


def area(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """The mean of what a wanted pixel covers; where a side grows, two taps each way."""
    shrinks = width <= image.shape[1] and height <= image.shape[0]
    return _apply(image, width, height, _covered) if shrinks else bilinear(image, width, height)


REFERENCES = {0: nearest, 1: bilinear, 2: cubic, 3: area, 4: lanczos, 5: nearest, 6: nearest}
"""The reference for each `scaling-filter`."""


def _apply(image: np.ndarray, width: int, height: int, weights: Callable[[int, int], Weights]) -> np.ndarray:
    down, across = weights(image.shape[0], height), weights(image.shape[1], width)
    return np.einsum("ij,jk...,lk->il...", down, image.astype(float), across, optimize=True)


def _taps(size: int, count: int, reach: int, kernel: Callable[[np.ndarray], np.ndarray]) -> Weights:
    position = (np.arange(count) + 0.5) * size / count - 0.5
    first = np.floor(position).astype(int) - reach + 1
    weights = np.zeros((count, size))
    for tap in range(2 * reach):
        np.add.at(weights, (np.arange(count), np.clip(first + tap, 0, size - 1)), kernel(first + tap - position))
    return weights / weights.sum(axis=1, keepdims=True)


def _covered(size: int, count: int) -> Weights:
    edges, pixels = np.arange(count + 1) * size / count, np.arange(size)
    begin = np.maximum(edges[:-1, None], pixels)
    end = np.minimum(edges[1:, None], pixels + 1)
    return np.maximum(end - begin, 0) * count / size
