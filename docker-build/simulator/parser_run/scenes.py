"""Objects as a family of models gives them: nothing, one in each corner, one that covers the frame, as many as fit.

Only where the shapes say what the family is; of other models the values of such tensors would be a guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator.parser_run.families import Family
from simulator.parser_run.inputs import WHOLE, Box, Input, Trust

_CORNERS: tuple[tuple[str, Box], ...] = (
    ("top-left", (0.0, 0.0, 0.2, 0.2)),
    ("top-right", (0.8, 0.0, 1.0, 0.2)),
    ("bottom-left", (0.0, 0.8, 0.2, 1.0)),
    ("bottom-right", (0.8, 0.8, 1.0, 1.0)),
)
# Nothing of these is like itself when x and y, width and height, or corner and centre change places.
_SEVERAL: tuple[Box, ...] = (
    (0.15, 0.55, 0.50, 0.68),
    (0.60, 0.05, 0.72, 0.50),
    (0.05, 0.10, 0.35, 0.25),
    (0.60, 0.75, 0.95, 0.90),
)
SEVERAL = "objects-4"


def scenes(kind: Family, labels: int, area: Box = WHOLE) -> Iterator[Input]:
    """The inputs of a family.

    Args:
        kind: The family.
        labels: How many labels the parser has.
        area: Where the frame is in the network's input; the rest is padding, where nothing is found.
    """
    classes = max(1, kind.classes)
    shown = min(classes, labels) or 1
    yield _scene(kind, area, "nothing-found", "nothing found", ())
    for number, (name, box) in enumerate(_CORNERS):
        about = f"one object at the {name.replace('-', ' ')}"
        yield _scene(kind, area, name, about, [(box, number % shown)])
    yield _scene(kind, area, "whole-frame", "one object that covers the frame", [(WHOLE, 0)])
    for count in range(1, len(_SEVERAL) + 1):
        yield several(kind, labels, area, count)
    side = int(kind.capacity**0.5)
    step = 1 / side
    grid = [
        ((x * step, y * step, (x + 0.8) * step, (y + 0.8) * step), (y * side + x) % classes)
        for y in range(side)
        for x in range(side)
    ]
    yield replace(_scene(kind, area, "many", f"{len(grid)} objects", grid), precise=False)
    every = [(grid[n % len(grid)][0], n) for n in range(classes)]
    for start in range(0, classes, len(grid)):
        about = f"objects of {min(classes, len(grid))} classes"
        some = _scene(kind, area, f"classes-{start}", about, every[start : start + len(grid)])
        yield replace(some, precise=False)


def several(kind: Family, labels: int, area: Box, count: int = len(_SEVERAL)) -> Input:
    """Some objects somewhere, all unlike each other."""
    shown = min(max(1, kind.classes), labels) or 1
    objects = [(box, number % shown) for number, box in enumerate(_SEVERAL[:count])]
    about = f"{count} objects" if count > 1 else "one object left of the middle"
    return _scene(kind, area, f"objects-{count}", about, objects)


def _scene(kind: Family, area: Box, name: str, about: str, objects: Sequence[tuple[Box, int]]) -> Input:
    left, top, right, bottom = area
    wide, high = right - left, bottom - top
    placed = [((left + b[0] * wide, top + b[1] * high, left + b[2] * wide, top + b[3] * high), i) for b, i in objects]
    return Input(
        name="-".join(filter(None, (kind.name, name))),
        tensors=kind.write(placed),
        trust=Trust.SCENE,
        about=about,
        inside=kind.is_certain or kind.network is not None,
        objects=tuple(placed),
        precise=len(placed) <= len(_SEVERAL),
    )
