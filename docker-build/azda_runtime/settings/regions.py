"""Reading `regionsOfInterest`: those of a sensor, and those beside the sensors that each name theirs."""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from azda_runtime.problems import shown
from azda_runtime.settings.node import Node
from azda_runtime.settings.sources import Region

_REGION = {"label": "its name", "color": "#rrggbb", "sensor": "its sensor's name", "coordinates": "its corners"}
_LABEL_LIMIT = 128
# "A 3 byte hex code for RGB", as the predecessor's documentation says, may stand without the sign.
_BARE_COLOR = re.compile(r"[0-9A-Fa-f]{6}")


def read_regions(node: Node, sensor: str) -> tuple[Region, ...]:
    """Read the regions of a sensor; a bad one is recorded and left out."""
    regions = []
    for item in node.items("regions"):
        fields = item.fields(_REGION)
        if fields is None:
            continue
        named = fields["sensor"]
        if not named.absent and named.value != sensor:
            named.warning(f"The region stands in the sensor {shown(sensor)} and is its.", "Drop the key sensor here.")
        regions.append(_region(item, fields))
    return tuple(region for region in regions if region is not None)


def read_named_regions(node: Node, sensors: set[str]) -> Iterator[tuple[str, Region]]:
    """Read the regions beside the sensors, where the predecessor's documentation has them.

    Args:
        node: The list.
        sensors: The names of all sensors, bad ones included.

    Yields:
        Each good region with the name of its sensor.
    """
    for item in node.items("regions"):
        fields = item.fields(_REGION)
        if fields is None:
            continue
        name = fields["sensor"].text("region's sensor")
        region = _region(item, fields)
        if name is not None and name not in sensors:
            near = node.near(name, sensors)
            fields["sensor"].warning(f"No sensor has the name {shown(name)}: the region is ignored.", near)
        elif name is not None and region is not None:
            yield name, region


def _region(node: Node, fields: Mapping[str, Node]) -> Region | None:
    label = "" if fields["label"].absent else fields["label"].text("region's label", limit=_LABEL_LIMIT)
    color = "#ff0000" if fields["color"].absent else fields["color"].text("region's colour")
    points = [_read_point(point) for point in fields["coordinates"].items("corners, each as [x, y]")]
    corners = tuple(point for point in points if point is not None)
    if label is None or color is None or len(corners) < len(points):
        return None
    if _BARE_COLOR.fullmatch(color):
        color = f"#{color}"
    return node.built(partial(Region, label=label, color=color, points=corners))


def _read_point(node: Node) -> tuple[float, float] | None:
    if not isinstance(node.value, list) or len(node.value) != 2:  # noqa: PLR2004 # x and y
        node.error("A corner is not a pair of numbers.", "Write [x, y] with fractions of the frame.")
        return None
    x, y = (part.number("a coordinate") for part in node.items("numbers"))
    return None if x is None or y is None else (x, y)
