"""Reading `sensors`: where video comes from and which regions of it matter."""

from collections.abc import Mapping
from functools import partial

from azda_runtime.settings.locations import endpoint
from azda_runtime.settings.node import Findings, Node
from azda_runtime.settings.sources import Credentials, Region, Sensor, SourceKind

_SENSOR = {
    "name": "its name",
    "kind": "its kind",
    "endpoint": "its address",
    "regionsOfInterest": "its regions of interest",
}
_KIND = {"type": "vision", "subtype": "RTSP, File or USB"}
_REGION = {"label": "its name", "color": "#rrggbb", "coordinates": "its corners"}
_NAME_LIMIT = 128


class SensorBook:
    """The sensors of a configuration by name, the bad ones included, so that a stream knows why it has none.

    Attributes:
        good: Name -> the sensor and the credentials that stood in its endpoint.
        idle: Names of the sensors without an endpoint.
        names: All names that were declared.
    """

    def __init__(self) -> None:
        self.good: dict[str, tuple[Sensor, Credentials | None]] = {}
        self.idle: set[str] = set()
        self.names: set[str] = set()


def read_sensors(node: Node, findings: Findings) -> SensorBook:
    """Read all sensors; a bad one is recorded and left out."""
    book = SensorBook()
    for item in node.items("sensors"):
        fields = item.fields(_SENSOR)
        if fields is not None:
            _read_sensor(fields, book, findings)
    return book


def _read_sensor(fields: Mapping[str, Node], book: SensorBook, findings: Findings) -> None:
    name = fields["name"].text("sensor's name", limit=_NAME_LIMIT)
    if name is None:
        return
    if name in book.names:
        fields["name"].error(
            "Two sensors have this name.", "Give each sensor a name of its own; the first one is kept."
        )
        return
    book.names.add(name)
    subtype = _read_kind(fields["kind"])
    regions = read_regions(fields["regionsOfInterest"])
    place = fields["endpoint"]
    if place.absent and subtype != "usb":
        book.idle.add(name)
        return
    with findings.attempt() as attempt:
        text = "" if place.absent else place.text("endpoint")
    found = None if attempt.failed else place.built(lambda: endpoint(text or "", subtype))
    if found is None:
        return
    kind, address, credentials = found
    _compare(place, kind, subtype)
    if credentials is not None:
        place.warning(
            "The endpoint holds a user name and a password.", "Write them in the stream's uname and password instead."
        )
    book.good[name] = Sensor(name=name, kind=kind, endpoint=address, regions=regions), credentials


def _read_kind(node: Node) -> str:
    if node.absent:
        return ""
    fields = node.fields(_KIND)
    if fields is None:
        return ""
    kind = fields["type"]
    if not kind.absent and (kind.text("sensor's type") or "vision").lower() != "vision":
        kind.error("Only sensors of the type vision are known.", 'Write "vision".')
    subtype = fields["subtype"]
    if subtype.absent:
        return ""
    text = (subtype.text("sensor's subtype") or "").lower()
    if text and text not in {"rtsp", "file", "usb"}:
        subtype.error("The sensor's subtype is not known.", "Write RTSP, File or USB.")
        return ""
    return text


def _compare(place: Node, kind: SourceKind, subtype: str) -> None:
    if subtype and subtype != kind.value:
        place.warning(
            f"The sensor's subtype says {subtype}, its endpoint {kind.value}; the endpoint decides.",
            "Make them say the same.",
        )


def read_regions(node: Node) -> tuple[Region, ...]:
    """Read regions of interest; a bad one is recorded and left out."""
    regions = (_read_region(item) for item in node.items("regions"))
    return tuple(region for region in regions if region is not None)


def _read_region(node: Node) -> Region | None:
    fields = node.fields(_REGION)
    if fields is None:
        return None
    label = "" if fields["label"].absent else fields["label"].text("region's label", limit=_NAME_LIMIT)
    color = "#ff0000" if fields["color"].absent else fields["color"].text("region's colour")
    points = [_read_point(point) for point in fields["coordinates"].items("corners, each as [x, y]")]
    corners = tuple(point for point in points if point is not None)
    if label is None or color is None or len(corners) < len(points):
        return None
    return node.built(partial(Region, label=label, color=color, points=corners))


def _read_point(node: Node) -> tuple[float, float] | None:
    if not isinstance(node.value, list) or len(node.value) != 2:  # noqa: PLR2004 # x and y
        node.error("A corner is not a pair of numbers.", "Write [x, y] with fractions of the frame.")
        return None
    x, y = (part.number("a coordinate") for part in node.items("numbers"))
    return None if x is None or y is None else (x, y)
