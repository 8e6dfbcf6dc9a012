"""The class map of a segmentation network as colours over a frame, as nvsegvisual paints it."""

import numpy as np
import numpy.typing as npt

from simulator.drawing.blending import Frame

ClassMap = npt.NDArray[np.int32]
"""Shape (height, width), int32: a class per pixel, -1 for none."""

_PALETTE = np.array(
    [
        *((128, 128, 128), (0, 128, 128), (128, 0, 0), (128, 0, 128), (128, 128, 0), (0, 128, 0), (0, 0, 64)),
        *((0, 0, 192), (0, 128, 64), (0, 128, 192), (128, 0, 64), (128, 0, 192), (128, 128, 64), (128, 128, 192)),
        *((0, 64, 0), (0, 64, 128), (0, 192, 0), (0, 192, 128), (128, 64, 0), (192, 192, 0)),
    ],
    np.uint8,
)
"""Red, green and blue of the pixels without a class, then of class 0 and so on."""
MOST_CLASSES = len(_PALETTE) - 1


def paint(frame: Frame, classes: ClassMap, *, background: int | None = None, alpha: float = 1.0) -> None:
    """Paint each pixel in its class's colour, in place, from the left top corner on.

    Args:
        frame: At least as large as the map.
        classes: The map.
        background: The class whose pixels stay as they are, the others being mixed with the frame; None paints all
            pixels, without mixing.
        alpha: How much of the colour a mixed pixel gets, 0 to 1.

    Raises:
        ValueError: The map is larger than the frame, or has a class without a colour.
    """
    height, width = classes.shape
    if height > frame.shape[0] or width > frame.shape[1]:
        raise ValueError(
            f"nvsegvisual's picture, {frame.shape[1]}x{frame.shape[0]}, is smaller than the class map, {width}x{height}"
        )
    if classes.size and int(classes.max()) >= MOST_CLASSES:
        raise ValueError(f"nvsegvisual has colours for {MOST_CLASSES} classes, and the map has class {classes.max()}")
    area, colours = frame[:height, :width, :3], _PALETTE[classes + 1]
    if background is None:
        area[...] = colours
        return
    mixed = (colours * np.float32(alpha) + area * np.float32(1 - alpha)).astype(np.uint8)
    np.copyto(area, mixed, where=(classes != background)[..., np.newaxis])
