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
import threading
from datetime import datetime

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


def check_schema(version):
    """Refuse a message whose members may mean something else."""
    if version != "0.1":
        raise WrongError(f"$.schemaVersion: {version!r:.60} is not '0.1'")


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


class Logic:
    """Decides. Each method returns a list of outputs and messages, and keeps `problems` of what it could not use."""

    def __init__(self):
        self.options, self.problems = dict(DEFAULTS), []
        self.own, self.drawn, self.presences = [], {}, {}
        self.recording, self.last_start, self.busy_since, self.quiet_since, self.asked = set(), {}, {}, {}, None

    def twin(self, desired):
        """Take the module's desired properties."""
        self.options, problems = read_options(desired)
        self.problems += problems
        self.own = self._regions(self.options["regions"], "$.regions")
        asked, self.asked = self.asked, desired.get("startRecording")
        return [("recordingOutput", {"startRecording": self.asked})] if self.asked and self.asked != asked else []

    def inference(self, text):
        """Take a message of the pipeline."""
        try:
            message, sent = json.loads(text), []
            check_schema(message["schemaVersion"])
            for number, frame in enumerate(message["inferences"]):
                sent += self._frame(frame, message["regionsOfInterest"], f"$.inferences[{number}]")
        except WrongError as error:
            self.problems.append(f"message: {error}")
        except (ValueError, RecursionError):
            self.problems.append("message: it is not JSON, or a value in it is not what it should be")
        except (KeyError, TypeError, AttributeError) as error:
            self.problems.append(f"message: it is no inference message of schema 0.1 ({type(error).__name__}: {error})")
        else:
            return sent
        return []

    def _frame(self, frame, drawn, place):
        if frame["type"] != "detection":
            return []
        pipeline, sensor = frame["id"], frame["sourceInfo"]["id"]
        now = datetime.fromisoformat(frame["sourceInfo"]["timestamp"].replace("Z", "+00:00")).timestamp()
        wanted = self.options["labels"]
        objects = [each for each in frame["detections"] if not wanted or each["label"] in wanted]
        for number, each in enumerate(objects):
            if len(each["rect"]) != 4 or not all(is_number(part) for part in each["rect"]):
                raise WrongError(f"{place}: the box of object {number} is not four numbers")
        if self.drawn.get(sensor, (None,))[0] != drawn:  # read again only when somebody has moved one
            self.drawn[sensor] = drawn, self._regions(drawn, "$.regionsOfInterest")
        regions = [each for each in [*self.drawn[sensor][1], *self.own] if each[0] == sensor]
        sent, busy = [], False
        for number, (inside, (_, label, _)) in enumerate(zip(self._inside(regions, objects), regions, strict=True)):
            who = {"pipeline": pipeline, "sensor": sensor, "region": label, "time": frame["sourceInfo"]["timestamp"]}
            here = [each for each, is_in in zip(objects, inside, strict=True) if is_in]
            presence = self.presences.setdefault((pipeline, sensor, label, number), Presence())
            sent += [("events", {**who, **event}) for event in self._changes(presence, here, now)]
            busy = busy or bool(here)
        return sent + self._record(pipeline, sensor, now, busy=busy)

    def _regions(self, regions, place):
        """All regions that are right; what is wrong with the others is a problem."""
        read = []
        for number, region in enumerate(regions):
            try:
                read.append(read_region(region, f"{place}[{number}]"))
            except WrongError as error:  # noqa: PERF203 # one that is wrong takes none of the others with it
                self.problems.append(str(error))
        return read

    def _inside(self, regions, objects):
        """For each region, which objects are in it: by their anchor in a polygon, by their box on a line or a point."""
        if not objects or not regions:
            return [[]] * len(regions)
        left, top, width, height = zip(*(each["rect"] for each in objects), strict=True)
        corners = list(zip(left, top, width, height, strict=True))
        share = 1.0 if self.options["anchor"] == "foot" else 0.5
        x, y = [x + w / 2 for x, _, w, _ in corners], [y + share * h for _, y, _, h in corners]
        right, low = [x + w for x, _, w, _ in corners], [y + h for _, y, _, h in corners]
        is_plain = all(shape.geom_type == "Polygon" for *_, shape in regions)
        boxes = None if is_plain else shapely.box(left, top, right, low)
        return [
            shapely.intersects_xy(shape, x, y) if shape.geom_type == "Polygon" else shapely.intersects(shape, boxes)
            for *_, shape in regions
        ]

    def _changes(self, presence, here, now):
        """Who has entered, left or stayed, by their tracker's number; without a tracker, how many there are."""
        tracked = {each["tracking_id"]: each["label"] for each in here if each["tracking_id"] >= 0}
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
        for number, (last, label) in list(presence.seen.items()):
            if number not in tracked and now - last >= self.options["lostAfter"]:
                seconds = round(last - presence.since.pop(number), 3)
                del presence.seen[number]
                presence.dwelt.discard(number)
                event = {"event": "left", "label": label, "trackingId": number, "seconds": seconds, "count": count}
                events.append(event)
        if count != presence.count and len(tracked) < count:
            events.append({"event": "count", "count": count})
        presence.count = count
        return events

    def _record(self, pipeline, sensor, now, *, busy):
        """Start and stop the pipeline's recording, neither for a single frame; it serves all of its sensors."""
        key = (pipeline, sensor)
        (self.quiet_since if busy else self.busy_since).pop(key, None)
        since = (self.busy_since if busy else self.quiet_since).setdefault(key, now)
        others = any(name == pipeline for name, _ in self.busy_since)
        due = pipeline not in self.recording or now - self.last_start[pipeline] >= self.options["renewAfter"]
        if busy and now - since >= self.options["startAfter"] and due:
            self.recording.add(pipeline)
            self.last_start[pipeline] = now
        elif not busy and pipeline in self.recording and not others and now - since >= self.options["stopAfter"]:
            self.recording.discard(pipeline)
        else:
            return []
        return [("recordingOutput", {"startRecording": [{"configId": pipeline, "state": busy}]})]


def main():
    """Connect to IoT Edge, and serve until SIGTERM."""
    from azure.iot.device import IoTHubModuleClient, Message  # tests of the logic need no client

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("azure").setLevel(logging.ERROR)
    arrivals, end = queue.Queue(maxsize=1000), threading.Event()
    client = IoTHubModuleClient.create_from_edge_environment()
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
