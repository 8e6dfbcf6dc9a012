"""Reading `sensors`: where video comes from and which regions of it matter."""

from collections.abc import Mapping
from dataclasses import replace

from azda_runtime.settings.locations import endpoint
from azda_runtime.settings.node import Findings, Node
from azda_runtime.settings.regions import read_named_regions, read_regions
from azda_runtime.settings.sources import Credentials, Sensor, SourceKind

_SENSOR = {
    "name": "its name",
    "kind": "its kind",
    "endpoint": "its address",
    "regionsOfInterest": "its regions of interest",
}
_KIND = {"type": "vision", "subtype": "RTSP, File, USB or any other text"}
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

    def add_regions(self, node: Node) -> None:
        """Give the sensors the regions that stand beside them; one that a sensor has already is not added."""
        for name, region in read_named_regions(node, self.names):
            if name in self.good and region not in self.good[name][0].regions:
                sensor, credentials = self.good[name]
                self.good[name] = replace(sensor, regions=(*sensor.regions, region)), credentials


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
    regions = read_regions(fields["regionsOfInterest"], name)
    location = fields["endpoint"]
    if location.absent and subtype != "usb":
        book.idle.add(name)
        return
    with findings.attempt() as attempt:
        text = "" if location.absent else location.text("endpoint")
    found = None if attempt.failed else location.built(lambda: endpoint(text or "", subtype))
    if found is None:
        return
    kind, address, credentials = found
    _compare(location, kind, subtype)
    if credentials is not None:
        location.warning(
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
    # The predecessor's documentation: "any descriptive String. This is meant for logging purposes."
    return (subtype.text("sensor's subtype") or "").lower()


def _compare(location: Node, kind: SourceKind, subtype: str) -> None:
    if subtype in {each.value for each in SourceKind} and subtype != kind.value:
        location.warning(
            f"The sensor's subtype says {subtype}, its endpoint {kind.value}; the endpoint decides.",
            "Make them say the same.",
        )
