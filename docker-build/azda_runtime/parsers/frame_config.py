"""What a parser learns about the frame, and the way of its boxes from the network's input back into the frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Size = tuple[int, int]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """How a configuration has frames brought into the network's input.

    Attributes:
        keep_ratio: `maintain-aspect-ratio`: the rest of the input is padding.
        symmetric: `symmetric-padding`: the padding is on both sides, not on the right and below alone.
        network_size: Width and height of the input by `infer-dims`, where DeepStream's metadata do not say it.
    """

    keep_ratio: bool = False
    symmetric: bool = False
    network_size: Size | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameConfig:
    """What a parser learns about the frame.

    Attributes:
        image_size: Width and height of the frame in pixels: what a primary parser's boxes are measured in.
        labels: The parser's own labels.
        name: The parser's own name.
        network_size: Width and height of the network's input in pixels; the frame's where nobody knows it.
        scale: Pixels of the network for each pixel of the frame, across and down: equal for a letterbox.
        padding: Pixels of the network left of the frame and above it.
    """

    image_size: Size
    labels: tuple[str, ...] = ()
    name: str = ""
    network_size: Size = (0, 0)
    scale: tuple[float, float] = (1.0, 1.0)
    padding: Size = (0, 0)

    def to_frame(self, boxes: ArrayLike) -> NDArray[np.float64]:
        """Bring boxes from the network's input into the frame, as a detection parser returns them.

        Args:
            boxes: (N, 4): left, top, right, bottom in pixels of the network's input.

        Returns:
            (N, 4): left, top, width, height in pixels of the frame, cut off at its edges.
        """
        corners = np.asarray(boxes, dtype=np.float64).reshape(-1, 2, 2)
        corners = np.clip(self.points_to_frame(corners), 0, self.image_size)
        return np.concatenate([corners[:, 0], np.maximum(corners[:, 1] - corners[:, 0], 0)], axis=1)

    def points_to_frame(self, points: ArrayLike) -> NDArray[np.float64]:
        """Bring points from the network's input into the frame.

        Args:
            points: (…, 2): x and y in pixels of the network's input.

        Returns:
            The same shape, in pixels of the frame.
        """
        moved = np.asarray(points, dtype=np.float64) - self.padding
        result: NDArray[np.float64] = moved / self.scale
        return result


def frame_config(
    image_size: Size, scaling: Scaling, network_size: Size | None, labels: tuple[str, ...] = (), name: str = ""
) -> FrameConfig:
    """Make what a parser learns about a frame.

    Args:
        image_size: The frame's.
        scaling: How it is brought into the network's input.
        network_size: By DeepStream's metadata; None or zeros where they do not say it.
        labels: The parser's own.
        name: The parser's own.
    """
    known = network_size if network_size and min(network_size) > 0 else scaling.network_size
    into = network = known or image_size
    if scaling.keep_ratio and min(image_size) > 0:
        into = _fitted(image_size, network)
    padding = ((network[0] - into[0]) // 2, (network[1] - into[1]) // 2)
    return FrameConfig(
        image_size=image_size,
        labels=labels,
        name=name,
        network_size=network,
        scale=(max(into[0], 1) / max(image_size[0], 1), max(into[1], 1) / max(image_size[1], 1)),
        padding=padding if scaling.keep_ratio and scaling.symmetric else (0, 0),
    )


def _fitted(image: Size, network: Size) -> Size:
    """The size of a frame within the network's input, in whole pixels as nvinfer rounds them (get_converted_buffer)."""
    tall = network[0] * image[1] / image[0]
    return (network[0], int(tall)) if tall <= network[1] else (int(network[1] * image[0] / image[1]), network[1])
