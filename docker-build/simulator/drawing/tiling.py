"""Where nvmultistreamtiler puts each source, and how boxes move with it.

Approximation: each frame is stretched over its tile, by OpenCV's bilinear filter.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from simulator.drawing.blending import Frame
from simulator.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """A rectangle of the output, in whole pixels."""

    left: int
    top: int
    width: int
    height: int

    def moved(
        self, box: tuple[float, float, float, float], source_width: int, source_height: int
    ) -> tuple[float, float, float, float]:
        """Bring a box of the source's frame to the output; left, top, width and height in pixels."""
        across, down = self.width / source_width, self.height / source_height
        left, top, width, height = box
        return self.left + left * across, self.top + top * down, width * across, height * down


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """The tiler's geometry.

    Attributes:
        rows: Tiles above each other.
        columns: Tiles beside each other.
        width: Of the output, in pixels.
        height: Of the output, in pixels.
        show_source: Shows one source alone on the whole output; -1 shows all.

    Raises:
        ConfigurationError: If there is no room for a tile.
    """

    rows: int = 1
    columns: int = 1
    width: int = 1920
    height: int = 1080
    show_source: int = -1

    def __post_init__(self) -> None:
        if min(self.rows, self.columns) < 1 or self.width < self.columns or self.height < self.rows:
            raise ConfigurationError(
                f"nvmultistreamtiler: {self.rows} rows and {self.columns} columns do not fit {self.width} x "
                f"{self.height} pixels"
            )

    def tile(self, index: int) -> Tile | None:
        """Give a source's tile, row by row; None for a source that is not shown."""
        if self.show_source >= 0:
            shown = index == self.show_source
            return Tile(left=0, top=0, width=self.width, height=self.height) if shown else None
        if not 0 <= index < self.rows * self.columns:
            return None
        row, column = divmod(index, self.columns)
        width, height = self.width // self.columns, self.height // self.rows
        return Tile(left=column * width, top=row * height, width=width, height=height)


def compose(grid: Grid, frames: Iterable[tuple[int, Frame]]) -> Frame:
    """Draw each source in its tile on black.

    Args:
        grid: The geometry.
        frames: Source numbers and their frames, of any sizes.

    Returns:
        Shape (grid.height, grid.width, 4), uint8.
    """
    output = np.zeros((grid.height, grid.width, 4), np.uint8)
    output[..., 3] = 255
    for index, frame in frames:
        tile = grid.tile(index)
        if tile is not None:
            place(output, tile, frame)
    return output


def place(output: Frame, tile: Tile, frame: Frame) -> None:
    """Stretch a frame over a tile of the output, in place."""
    target = output[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
    if target.shape == frame.shape:
        target[...] = frame
    else:
        target[...] = cv2.resize(frame, (tile.width, tile.height), interpolation=cv2.INTER_LINEAR)
