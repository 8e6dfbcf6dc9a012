"""Scaling written out, as the reference of the pixel tests."""

import numpy as np


def bilinear(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Two taps each way between pixel centres, written out."""

    def taps(count: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        position = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
        first = np.floor(position).astype(int)
        return first, np.minimum(first + 1, size - 1), position - first

    top, bottom, down = taps(height, image.shape[0])
    left, right, along = taps(width, image.shape[1])
    pixels = image.astype(float)
    down, along = down[:, None, None], along[None, :, None]
    upper = pixels[top][:, left] * (1 - along) + pixels[top][:, right] * along
    lower = pixels[bottom][:, left] * (1 - along) + pixels[bottom][:, right] * along
    return upper * (1 - down) + lower * down


def nearest(image: np.ndarray, width: int, height: int) -> np.ndarray:
    rows = ((np.arange(height) + 0.5) * image.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * image.shape[1] / width).astype(int)
    return image[rows][:, columns].astype(float)
