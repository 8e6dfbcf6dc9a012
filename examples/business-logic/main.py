"""Business logic: counts objects in regions, records while somebody is there, and reports who enters, leaves and stays.

Change what you like. `Logic` decides, and knows neither a clock nor a network: a message goes in, messages for outputs
come out. `main` at the end connects it to IoT Edge:

    input  inferenceInput    what the pipeline saw: its objects, and the regions of its sensors
    output recordingOutput   {"startRecording": [{"configId": PIPELINE, "state": true}]}, for the input recordingInput
    output events            {"event": "entered", "region": "door", "label": "person", "count": 2, ...}, for $upstream
"""

import json
import logging
import queue
import signal
import sys
import threading
from datetime import datetime

import numpy as np
import orjson
import shapely
from shapely.geometry import LineString, Point, Polygon

# Each may be set in the module's twin by its name. Times are in seconds.
DEFAULTS = {
    "labels": ["person"],  # which objects count; an empty list counts all
    "anchor": "foot",  # the point of a box that must be in a polygon: "foot" (middle of the lower edge) or "centre"
    "startAfter": 0.5,  # somebody must be there for so long before a recording begins,
    "stopAfter": 5.0,  # and nobody for so long before it ends
    "renewAfter": 30.0,  # a start is repeated while somebody is there: the runtime stops recordings by itself
    "dwellAfter": 10.0,  # who stays for so long is reported
    "lostAfter": 1.0,  # who is not seen for so long has left
    "regions": [],  # more regions: {"sensor", "label", "type": "point" | "line" | "polygon", "coordinates": [[x, y]]}
}
CORNERS = {"point": 1, "line": 2, "polygon": 3}
LARGEST = 256 * 1024  # bytes of a message that IoT Edge carries
MOST_WATCHES = 1000  # pairs of a pipeline and a sensor; the oldest is forgotten first

log = logging.getLogger("business_logic")


class WrongError(Exception):
    """Something in a twin or a message is wrong; the text begins with its place."""


def read_region(region, place):
    """Read a region as its sensor, its label and its shape."""
    if not isinstance(region, dict):
        raise WrongError(f"{place} is not an object")
    kind, sensor, label = region.get("type", "polygon"), region.get("sensor"), region.get("label", "")
    corners = region.get("coordinates")
    if kind not in CORNERS:
        raise WrongError(f"{place}.type: {kind!r:.60} is none of {', '.join(CORNERS)}")
    if not isinstance(sensor, str) or not isinstance(label, str):
        raise WrongError(f"{place}: sensor and label are texts")
    if not isinstance(corners, list) or len(corners) < CORNERS[kind]:
        found = len(corners) if isinstance(corners, list) else "no"
        raise WrongError(f"{place}.coordinates: a {kind} needs {CORNERS[kind]} or more points, and has {found}")
    for number, corner in enumerate(corners):
        if not isinstance(corner, list) or len(corner) != 2 or not all(is_number(part) for part in corner):
            raise WrongError(f"{place}.coordinates[{number}] is not a pair of numbers")
        if not all(0 <= part <= 1 for part in corner):
            raise WrongError(f"{place}.coordinates[{number}]: {corner} is outside the frame, which goes from 0 to 1")
    shape = {
        "point": lambda: Point(corners[0]),
        "line": lambda: LineString(corners),
        "polygon": lambda: Polygon(corners),
    }
    made = shape[kind]()
    if not made.is_valid:
        raise WrongError(f"{place}.coordinates: {shapely.is_valid_reason(made)}; draw it without crossing itself")
    shapely.prepare(made)
    return sensor, label, made


def is_number(value):
    """Whether it is a number, which true and false are not here."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read_message(text):
    """Read a message of the pipeline as JSON."""
    if len(text) > LARGEST:
        raise WrongError(f"it has {len(text)} bytes; IoT Edge carries {LARGEST} at most")
    try:
        message = orjson.loads(text)
    except ValueError as error:
        raise WrongError(f"it is not JSON: {error}") from None
    version = message.get("schemaVersion") if isinstance(message, dict) else None
    if version != "0.1":  # its members may mean something else
        raise WrongError(f"$.schemaVersion: {version!r:.60} is not '0.1'")
    for name in ("inferences", "regionsOfInterest"):
        if not isinstance(message.get(name), list):
            raise WrongError(f"$.{name} is not a list")
    return message


def read_objects(detections, labels, place):
    """Choose the objects that count: their labels, their trackers' numbers, and their boxes, a row for each."""
    chosen = [each for each in detections if not labels or each["label"] in labels]
    names, numbers = [each["label"] for each in chosen], [each["tracking_id"] for each in chosen]
    rects = [each["rect"] for each in chosen]
    sides = [side for rect in rects for side in rect]
    if not set(map(type, sides)) <= {int, float} or not set(map(len, rects)) <= {4}:
        raise WrongError(f"{place}.detections: a rect is not four numbers")
    if not set(map(type, names)) <= {str} or not set(map(type, numbers)) <= {int}:
        raise WrongError(f"{place}.detections: a label is not a text, or a tracking_id not a whole number")
    return names, numbers, np.array(sides, dtype=float).reshape(-1, 4)


def read_options(twin):
    """Read the module's desired properties; returns all options, and what is wrong with those that were left out."""
    options, problems = dict(DEFAULTS), []
    for name, default in DEFAULTS.items():
        value = twin.get(name, default)
        if name == "anchor":
            right = value in ("foot", "centre")
        elif name == "labels":
            right = isinstance(value, list) and all(isinstance(each, str) for each in value)
        else:
            right = isinstance(value, list) if name == "regions" else is_number(value) and value >= 0
        if right:
            options[name] = value
        else:
            problems.append(f"$.{name}: {value!r:.60} cannot be used; {default!r} holds")
    return options, problems


class Presence:
    """Who is in one region of one sensor, and since when."""

    def __init__(self):
        self.since, self.seen, self.dwelt, self.count = {}, {}, set(), 0


class Watch:
    """What one pipeline sees of one sensor: its regions, who is in each, and since when somebody or nobody is."""

    def __init__(self):
        self.drawn, self.labels, self.presences, self.by_name = None, [], [], {}
        self.busy_since = self.quiet_since = None

    def draw(self, regions):
        """Take the regions; who is in one that has moved is still there."""
        numbered = [(label, number) for number, (_, label, _) in enumerate(regions)]
        self.by_name = {name: self.by_name.get(name) or Presence() for name in numbered}
        self.labels, self.presences = [label for label, _ in numbered], list(self.by_name.values())
        polygons = [number for number, (*_, shape) in enumerate(regions) if shape.geom_type == "Polygon"]
        others = [number for number in range(len(regions)) if number not in polygons]
        self.kinds = []
        for numbers in (polygons, others):
            shapes = np.array([regions[number][2] for number in numbers], dtype=object)
            self.kinds.append(
                (np.array(numbers, dtype=int), shapes, shapely.bounds(shapes).reshape(-1, 4).T[:, :, None])
            )

    def inside(self, rects, share):
        """Which object is in which region, as pairs: by its anchor in a polygon, by its box on a line or a point."""
        left, top, width, height = rects.T
        right, low, x, y = left + width, top + height, left + width / 2, top + height * share
        (polygons, shapes, bounds), (others, lines, lines_bounds) = self.kinds
        # Shapely is asked about all regions at once, and only about pairs whose bounds meet: its calls are what costs.
        at, anchors = near(bounds, x, y, x, y)
        found = shapely.intersects_xy(shapes[at], x[anchors], y[anchors])
        on, boxes = near(lines_bounds, left, top, right, low)
        made = shapely.box(left[boxes], top[boxes], right[boxes], low[boxes])
        touched = shapely.intersects(lines[on], made)
        pairs = [(polygons[at[found]], anchors[found]), (others[on[touched]], boxes[touched])]
        return [pair for each in pairs for pair in zip(*(part.tolist() for part in each), strict=True)]


def near(bounds, left, top, right, low):
    """Which regions' bounds meet which boxes, as numbers of regions and of boxes."""
    x0, y0, x1, y1 = bounds
    return ((right >= x0) & (left <= x1) & (low >= y0) & (top <= y1)).nonzero()


class Logic:
    """Decides. Each method returns a list of outputs and messages, and keeps `problems` of what it could not use."""

    def __init__(self):
        self.options, self.problems = dict(DEFAULTS), []
        self.own, self.watches, self.recording, self.last_start, self.asked = [], {}, set(), {}, None

    def twin(self, desired):
        """Take the module's desired properties."""
        self.options, problems = read_options(desired)
        self.problems += problems
        self.own = self._regions(self.options["regions"], "$.regions")
        for watch in self.watches.values():
            watch.drawn = None  # the next message draws them anew
        asked, self.asked = self.asked, desired.get("startRecording")
        return [("recordingOutput", {"startRecording": self.asked})] if self.asked and self.asked != asked else []

    def inference(self, text):
        """Take a message of the pipeline; a frame that is wrong takes none of the others with it."""
        sent = []
        try:
            message = read_message(text)
        except WrongError as error:
            self.problems.append(f"message: {error}")
            return []
        for number, frame in enumerate(message["inferences"]):
            place = f"$.inferences[{number}]"
            try:
                sent += self._frame(frame, message["regionsOfInterest"], place)
            except WrongError as error:
                self.problems.append(f"message: {error}")
            except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
                self.problems.append(f"message: {place} is not of schema 0.1 ({type(error).__name__}: {error!s:.100})")
        return sent

    def _frame(self, frame, drawn, place):
        if frame["type"] != "detection":
            return []
        pipeline, sensor, time = frame["id"], frame["sourceInfo"]["id"], frame["sourceInfo"]["timestamp"]
        if not isinstance(pipeline, str) or not isinstance(sensor, str):
            raise WrongError(f"{place}: the ids of the pipeline and of its sensor are texts")
        now = datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
        names, numbers, rects = read_objects(frame["detections"], self.options["labels"], place)
        watch = self._watch(pipeline, sensor, drawn)
        sent, present = [], [[] for _ in watch.labels]
        for region, each in watch.inside(rects, 1.0 if self.options["anchor"] == "foot" else 0.5):
            present[region].append((names[each], numbers[each]))
        for label, presence, here in zip(watch.labels, watch.presences, present, strict=True):
            if here or presence.seen or presence.count:
                who = {"pipeline": pipeline, "sensor": sensor, "region": label, "time": time}
                sent += [("events", {**who, **event}) for event in self._changes(presence, here, now)]
        return sent + self._record(pipeline, watch, now, busy=any(present))

    def _watch(self, pipeline, sensor, drawn):
        """Find who watches; regions are read again only when somebody has moved one."""
        watch = self.watches.get((pipeline, sensor))
        if watch is None:
            if len(self.watches) >= MOST_WATCHES:
                del self.watches[next(iter(self.watches))]
            watch = self.watches[pipeline, sensor] = Watch()
        if watch.drawn != drawn:
            watch.drawn = drawn
            regions = [*self._regions(drawn, "$.regionsOfInterest"), *self.own]
            watch.draw([each for each in regions if each[0] == sensor])
        return watch

    def _regions(self, regions, place):
        """All regions that are right; what is wrong with the others is a problem."""
        read = []
        for number, region in enumerate(regions):
            try:
                read.append(read_region(region, f"{place}[{number}]"))
            except WrongError as error:  # noqa: PERF203 # one that is wrong takes none of the others with it
                self.problems.append(str(error))
        return read

    def _changes(self, presence, here, now):
        """Who has entered, left or stayed, by their tracker's number; without a tracker, how many there are."""
        tracked = {number: label for label, number in here if number >= 0}
        events, count = [], len(here)
        for number, label in tracked.items():
            presence.seen[number] = now, label
            if number not in presence.since:
                presence.since[number] = now
                events.append({"event": "entered", "label": label, "trackingId": number, "count": count})
            elif now - presence.since[number] >= self.options["dwellAfter"] and number not in presence.dwelt:
                presence.dwelt.add(number)
                seconds = round(now - presence.since[number], 3)
                events.append({"event": "dwelling", "label": label, "trackingId": number, "seconds": seconds})
        for number in presence.seen.keys() - tracked.keys():
            last, label = presence.seen[number]
            if now - last >= self.options["lostAfter"]:
                seconds = round(last - presence.since.pop(number), 3)
                del presence.seen[number]
                presence.dwelt.discard(number)
                event = {"event": "left", "label": label, "trackingId": number, "seconds": seconds, "count": count}
                events.append(event)
        if count != presence.count and len(tracked) < count:
            events.append({"event": "count", "count": count})
        presence.count = count
        return events

    def _record(self, pipeline, watch, now, *, busy):
        """Start and stop the pipeline's recording, neither for a single frame; it serves all of its sensors."""
        if busy:
            watch.busy_since, watch.quiet_since = now if watch.busy_since is None else watch.busy_since, None
            due = pipeline not in self.recording or now - self.last_start[pipeline] >= self.options["renewAfter"]
            if not due or now - watch.busy_since < self.options["startAfter"]:
                return []
            self.recording.add(pipeline)
            self.last_start[pipeline] = now
        else:
            watch.busy_since, watch.quiet_since = None, now if watch.quiet_since is None else watch.quiet_since
            if pipeline not in self.recording or now - watch.quiet_since < self.options["stopAfter"]:
                return []
            if any(name == pipeline and each.busy_since is not None for (name, _), each in self.watches.items()):
                return []
            self.recording.discard(pipeline)
        return [("recordingOutput", {"startRecording": [{"configId": pipeline, "state": busy}]})]


def main():
    """Connect to IoT Edge, and serve until SIGTERM."""
    from azure.iot.device import IoTHubModuleClient, Message  # tests of the logic need no client

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("azure").setLevel(logging.ERROR)
    arrivals, end = queue.Queue(maxsize=1000), threading.Event()
    try:
        client = IoTHubModuleClient.create_from_edge_environment()
    except OSError as error:
        sys.exit(f"error: {error}. Deploy this as a module of IoT Edge, which sets IOTEDGE_WORKLOADURI and the like.")
    client.on_message_received = arrivals.put
    client.on_twin_desired_properties_patch_received = lambda _patch: arrivals.put("twin")
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    client.connect()
    logic, known = Logic(), set()
    arrivals.put("twin")
    while not end.is_set():
        try:
            arrival = arrivals.get(timeout=0.5)
        except queue.Empty:
            continue
        if arrival == "twin":
            sent = logic.twin(client.get_twin()["desired"])
        else:
            sent = logic.inference(arrival.data) if arrival.input_name.lower() == "inferenceinput" else []
        for output, body in sent:
            message = Message(json.dumps(body), content_encoding="utf-8", content_type="application/json")
            client.send_message_to_output(message, output)
        for problem in set(logic.problems) - known:  # each once: a wrong region comes with every message
            log.warning("%s", problem)
        known = (known | set(logic.problems)) if len(known) < 1000 else set()
        logic.problems.clear()
    client.shutdown()


if __name__ == "__main__":
    main()
