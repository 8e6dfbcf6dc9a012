"""What happens to the objects of one stream: a state machine over tracking ids.

The rules are those of NVIDIA's open library (9.1): an object's place is the middle of its box's lower edge, with the
mean height of its last ten frames; where it came from is the mean of the oldest frames that are kept; a line is
crossed once by an object.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.analytics.geometry import dot, inside, meets, unit
from simulator.analytics.rules import Line, Mode, StreamRules
from simulator.analytics.tracks import HISTORY, Track, passed, way

UNTRACKED = 0xFFFFFFFFFFFFFFFF

_FORGET_AFTER = 8_000_000_000
"""Nanoseconds after which an object that was not seen is forgotten."""
# A direction is decided when an object has moved by so many squared pixels, and its way and the configured one differ
# by 60 degrees at most (the cosine).
_MOVED = 3000.0
_SAME_WAY = 0.5
# mode -> squared pixels of movement, cosine between its way and the line's direction, frames in sight: at least
_CROSSING = {Mode.STRICT: (6000.0, 0.8, 20), Mode.BALANCED: (3000.0, 0.5, 10), Mode.LOOSE: (1000.0, 0.1, 3)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """An object of a frame; the box is left, top, width and height in pixels of the frame."""

    object_id: int
    class_id: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectResult:
    """What is said about an object; see NvDsAnalyticsObjInfo."""

    regions: tuple[str, ...] = ()
    crowds: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    direction: str = ""
    status: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameResult:
    """What is said about a frame; see NvDsAnalyticsFrameMeta.

    Attributes:
        objects: One result for each object, in their order.
        in_region: Objects by region; only regions that hold some.
        overcrowded: Crowds that are overcrowded, or not, by label.
        crossed: Objects that crossed each line in this frame; only lines that were crossed.
        crossed_ever: Objects that crossed each line so far.
        counts: Objects by class.
    """

    objects: tuple[ObjectResult, ...]
    in_region: dict[str, int]
    overcrowded: dict[str, bool]
    crossed: dict[str, int]
    crossed_ever: dict[str, int]
    counts: dict[int, int]


@dataclass(kw_only=True, slots=True)
class StreamState:
    """The memory of one stream.

    Args:
        rules: The stream's rules, already scaled to its frames.
        count_window: Nanoseconds over which counts are smoothed; 0 for not at all.
    """

    rules: StreamRules
    count_window: int = 0
    _tracks: dict[int, Track] = field(default_factory=dict)
    _crossed_ever: Counter[str] = field(default_factory=Counter)
    _counted: dict[int, deque[tuple[int, int]]] = field(default_factory=dict)

    def update(self, objects: Sequence[Seen], time: int) -> FrameResult:
        """Take the objects of the stream's next frame.

        Args:
            objects: In the frame's order.
            time: The frame's timestamp in nanoseconds.
        """
        for key in [key for key, track in self._tracks.items() if time - track.last_time > _FORGET_AFTER]:
            del self._tracks[key]
        crowd_counts: Counter[str] = Counter()
        results = tuple(self._object(one, time, crowd_counts) for one in objects)
        crossed = Counter(label for result in results for label in result.lines)
        self._crossed_ever.update(crossed)
        thresholds = {crowd.label: crowd.object_threshold for crowd in self.rules.crowds}
        return FrameResult(
            objects=results,
            in_region=dict(Counter(label for result in results for label in result.regions)),
            overcrowded={label: count >= thresholds[label] for label, count in crowd_counts.items()},
            crossed=dict(crossed),
            crossed_ever=dict(self._crossed_ever),
            counts=self._smoothed(Counter(one.class_id for one in objects), time),
        )

    def _object(self, seen: Seen, time: int, crowd_counts: Counter[str]) -> ObjectResult:
        track = self._tracks.setdefault(seen.object_id, Track())
        track.add(seen.box, time)
        x, y, _, _ = track.locations[-1]
        foot = (x, y + int(track.mean_height) // 2)
        regions = tuple(
            region.label
            for region in self.rules.regions
            if _applies(region.class_ids, seen) and inside(region.corners, foot) is not region.inverse
        )
        crowds = tuple(
            crowd.label
            for crowd in self.rules.crowds
            if _applies(crowd.class_ids, seen) and inside(crowd.corners, foot)
        )
        crowd_counts.update(crowds)
        tracked = seen.object_id != UNTRACKED
        stands = tracked and any(_applies(rule.class_ids, seen) for rule in self.rules.directions) and track.stands()
        direction = self._direction(seen, track) if tracked and not stands else ""
        lines = tuple(line.label for line in self.rules.lines if tracked and self._crosses(line, seen, track))
        track.crossed.update(lines)
        status = "".join(f" ROI:{label}" for label in regions) + (" STOPPED " if stands else direction)
        return ObjectResult(
            regions=regions,
            crowds=crowds,
            lines=lines,
            direction=direction,
            status=status + "".join(f" LC:{label} " for label in lines),
        )

    def _direction(self, seen: Seen, track: Track) -> str:
        """Name the directions that an object moves in, in NVIDIA's notation."""
        origin = track.origin()
        if origin is None or track.frames <= HISTORY:
            return ""
        x, y, _, height = track.locations[-1]
        half = int(track.mean_height) // 2
        if (x - origin[0]) ** 2 + (y + height // 2 - origin[1] - origin[3] // 2) ** 2 <= _MOVED:
            return ""
        course = unit((origin[0], origin[1] + half), (x, y + half))
        return "".join(
            f" DIR:{rule.label} "
            for rule in self.rules.directions
            if _applies(rule.class_ids, seen) and course != (0.0, 0.0) and dot(way(rule), course) >= _SAME_WAY
        )

    def _crosses(self, line: Line, seen: Seen, track: Track) -> bool:
        """Whether an object has just crossed a line that it never crossed before."""
        origin = track.origin()
        if origin is None or line.label in track.crossed or not _applies(line.class_ids, seen):
            return False
        far, alike, frames = _CROSSING[line.mode]
        x, y, width, height = track.locations[-1]
        start, end = (origin[0], origin[1] + origin[3] // 2), (x, y + height // 2)
        if track.frames <= frames or (end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2 <= far:
            return False
        begin = (origin[0], origin[1] + int(track.mean_height) // 2)
        if not passed(line, begin, end, alike):
            return False
        if line.extended:
            return True
        halves = ((0.0, 0.0), (origin[2] / 2, width / 2), (-origin[2] / 2, -width / 2))
        first, last = line.points[2], line.points[3]
        return any(
            meets((begin[0] + before, begin[1]), (end[0] + after, end[1]), first, last) for before, after in halves
        )

    def _smoothed(self, counts: Counter[int], time: int) -> dict[int, int]:
        """Give for each class the count that was seen most often within the window."""
        if not self.count_window:
            return dict(counts)
        for class_id in self._counted.keys() | counts.keys():
            self._counted.setdefault(class_id, deque()).append((time, counts[class_id]))
        for past in self._counted.values():
            while time - past[0][0] > self.count_window:
                past.popleft()
        return {key: Counter(count for _, count in past).most_common(1)[0][0] for key, past in self._counted.items()}


def _applies(class_ids: frozenset[int], seen: Seen) -> bool:
    return not class_ids or seen.class_id in class_ids
