"""People from heat maps of joints and from part affinity fields, as Cao et al. describe (arXiv:1611.08050)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HEAT_THRESHOLD = 0.05
AFFINITY_THRESHOLD = 0.05

_SAMPLES = 10
_AGREEING_SAMPLES = 8
_MOST_PEAKS = 32
_FEWEST_JOINTS = 3
_WEAKEST_PERSON = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Peak:
    """A place where a joint may be.

    Attributes:
        x: Fraction of the frame's width, from the left.
        y: Fraction of the frame's height, from the top.
        score: The heat there.
    """

    x: float
    y: float
    score: float


@dataclass(kw_only=True, slots=True)
class Person:
    """Joints that are connected.

    Attributes:
        joints: Joint -> its peak's index among the peaks of that joint.
        strength: The sum of what speaks for the person: heat of its joints, affinity of its limbs.
    """

    joints: dict[int, int] = field(default_factory=dict)
    strength: float = 0.0

    @property
    def score(self) -> float:
        """What speaks for the person, per joint."""
        return self.strength / len(self.joints)


def peaks(heat: NDArray[np.floating[Any]]) -> list[Peak]:
    """Find the local maxima of a heat map, each refined by the parabola through its neighbours.

    Args:
        heat: (rows, columns).

    Returns:
        The strongest peaks, the strongest first.
    """
    rows, columns = heat.shape
    padded = np.pad(np.nan_to_num(heat.astype(np.float64), nan=0.0), 1, constant_values=-np.inf)
    middle = padded[1:-1, 1:-1]
    is_peak = middle > HEAT_THRESHOLD
    for dy, dx in ((-1, -1), (-1, 0), (-1, 1), (0, -1)):  # a plateau counts once: at its last cell
        is_peak &= middle >= padded[1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]
        is_peak &= middle > padded[1 - dy : 1 - dy + rows, 1 - dx : 1 - dx + columns]
    found = [
        Peak(
            x=(column + _vertex(padded[row + 1, column : column + 3]) + 0.5) / columns,
            y=(row + _vertex(padded[row : row + 3, column + 1]) + 0.5) / rows,
            score=float(middle[row, column]),
        )
        for row, column in np.argwhere(is_peak).tolist()
    ]
    return sorted(found, key=lambda peak: -peak.score)[:_MOST_PEAKS]


def people(
    heat: NDArray[np.floating[Any]], affinity: NDArray[np.floating[Any]], limbs: Sequence[tuple[int, int]]
) -> tuple[list[Person], list[list[Peak]]]:
    """Find the people of a frame.

    Args:
        heat: (rows, columns, joints or more): one map per joint.
        affinity: (rows, columns, 2 * limbs): x and y of each limb's direction.
        limbs: Which two joints each limb joins, in the order of the affinity's channels.

    Returns:
        The people, and for each joint its peaks, which the people's joints index.
    """
    count = 1 + max(joint for limb in limbs for joint in limb)
    found = [peaks(heat[:, :, joint]) for joint in range(count)]
    groups: list[Person] = []
    for index, (first, second) in enumerate(limbs):
        field_of_limb = affinity[:, :, 2 * index : 2 * index + 2]
        for a, b, strength in _connections(found[first], found[second], field_of_limb):
            _join(groups, (first, a, found[first][a].score), (second, b, found[second][b].score), strength)
    sound = [g for g in groups if len(g.joints) >= _FEWEST_JOINTS and g.score >= _WEAKEST_PERSON]
    return sound, found


def _vertex(three: Floats) -> float:
    """Where between -0.5 and 0.5 the parabola through three neighbours is highest."""
    before, here, after = (float(v) if np.isfinite(v) else 0.0 for v in three)
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))


def _connections(
    first: Sequence[Peak], second: Sequence[Peak], affinity: NDArray[np.floating[Any]]
) -> list[tuple[int, int, float]]:
    """Pair two joints' peaks, the best pairs first, each peak once."""
    candidates = [
        (strength, a, b)
        for a, start in enumerate(first)
        for b, end in enumerate(second)
        if (strength := _affinity(start, end, affinity)) > 0
    ]
    pairs: list[tuple[int, int, float]] = []
    for strength, a, b in sorted(candidates, key=lambda c: -c[0]):
        if all(a != x and b != y for x, y, _ in pairs):
            pairs.append((a, b, strength))
    return pairs


def _affinity(start: Peak, end: Peak, affinity: NDArray[np.floating[Any]]) -> float:
    """How well the field along a line points from its start to its end; 0 when it is not a limb."""
    size = np.array([affinity.shape[1], affinity.shape[0]], dtype=np.float64)
    line = (np.array([end.x, end.y]) - np.array([start.x, start.y])) * size
    length = float(np.hypot(*line))
    if length == 0:
        return 0.0
    locations = np.array([start.x, start.y]) * size + np.linspace(0, 1, _SAMPLES)[:, np.newaxis] * line
    column, row = np.clip(locations.astype(np.intp), 0, size.astype(np.intp) - 1).T
    along = affinity[row, column].astype(np.float64) @ (line / length)
    if np.count_nonzero(along > AFFINITY_THRESHOLD) <= _AGREEING_SAMPLES:
        return 0.0
    return float(along.mean() + min(0.5 * size[1] / length - 1, 0))  # longer than half a frame is unlikely


def _join(groups: list[Person], first: tuple[int, int, float], second: tuple[int, int, float], strength: float) -> None:
    ends = {first[0]: first[1], second[0]: second[1]}
    scores = {first[0]: first[2], second[0]: second[2]}
    touching = [g for g in groups if any(g.joints.get(joint) == peak for joint, peak in ends.items())]
    if not touching:
        touching = [Person()]
        groups.extend(touching)
    person = touching[0]
    if len(touching) > 1 and not person.joints.keys() & touching[1].joints.keys():
        person.joints.update(touching[1].joints)
        person.strength += touching[1].strength
        groups.remove(touching[1])
    for joint, peak in ends.items():
        if joint not in person.joints:
            person.joints[joint] = peak
            person.strength += scores[joint]
    person.strength += strength
