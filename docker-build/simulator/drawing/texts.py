"""Text as nvdsosd writes it.

Approximations: the font is the one that Pillow carries, whatever `font_name` says, and a size in points is taken at 96
dots per inch.
"""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from simulator.drawing.blending import Colour, Frame, Mask, fill, stamp

_PIXELS_PER_POINT = 96 / 72
_MARGIN = 2


def write(  # fields of NvOSD_TextParams
    frame: Frame,
    text: str,
    corner: tuple[int, int],
    size: int,
    colour: Colour,
    *,
    background: Colour | None = None,
) -> None:
    """Write a text whose left top corner stands at a pixel.

    Args:
        frame: Drawn on in place.
        text: May have several lines.
        corner: x and y of the left top corner (`x_offset`, `y_offset`).
        size: The font's size in points.
        colour: The letters'.
        background: Fills the box around the text if there is one.
    """
    if not text.strip() or size <= 0:
        return
    mask = rendered(text, round(size * _PIXELS_PER_POINT))
    if background is not None:
        fill(frame, (*corner, mask.shape[1], mask.shape[0]), background)
    stamp(frame, *corner, mask, colour)


@lru_cache(maxsize=512)
def rendered(text: str, pixels: int) -> Mask:
    """Draw a text once; labels come again in every frame.

    Returns:
        Shape (height, width), uint8: the letters with a margin of two pixels. All texts of one size and number of
        lines are equally high.
    """
    font = ImageFont.load_default(pixels)
    lines = text.splitlines()
    ascent, descent = font.getmetrics() if isinstance(font, ImageFont.FreeTypeFont) else (pixels, 0)
    width = max(int(np.ceil(font.getlength(line))) for line in lines) + 2 * _MARGIN
    step = ascent + descent
    image = Image.new("L", (width, step * len(lines) + 2 * _MARGIN))
    canvas = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        canvas.text((_MARGIN, _MARGIN + number * step), line, font=font, fill=255)
    mask = np.array(image)
    mask.flags.writeable = False
    return mask
