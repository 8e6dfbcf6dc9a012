"""nvvideoconvert's flip-method over surfaces: turns and mirrors by numpy, one packed picture at a time."""

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.support.video import Converters, Layout, Surface, VideoFrame

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKED = "RGBA"


def turns(method: int) -> bool:
    """Whether width and height change places."""
    return method in (1, 3, 5, 7)


def turned(picture: Surface, method: int) -> Surface:
    """A `(height, width, channels)` picture turned or mirrored as `flip-method` says."""
    turns_of: dict[int, Callable[[], Surface]] = {
        1: lambda: np.rot90(picture, 1),
        2: lambda: np.rot90(picture, 2),
        3: lambda: np.rot90(picture, 3),
        4: lambda: picture[:, ::-1],
        5: lambda: picture[::-1, ::-1].transpose(1, 0, 2),
        6: lambda: picture[::-1],
        7: lambda: picture.transpose(1, 0, 2),
    }
    return np.ascontiguousarray(turns_of[method]())


def convert(
    converters: Converters,
    method: int,
    source: tuple[VideoFrame, Layout],
    target: tuple[VideoFrame, Layout],
    options: dict[str, Any],
) -> None:
    """Convert with a turn between: crop to a packed picture, turn it, then place it in the target's format."""
    frame, layout = source
    crop = options["crop"] or (0, 0, layout.width, layout.height)
    packed = Layout(format=_PACKED, width=crop[2], height=crop[3])
    picture = packed.empty()
    converters.get(layout, packed, crop=options["crop"])(frame, packed.frame(picture))
    picture = turned(picture, method)
    after = Layout(format=_PACKED, width=picture.shape[1], height=picture.shape[0])
    converters.get(after, target[1], place=options["place"], nearest=options["nearest"])(
        after.frame(picture), target[0]
    )
