"""From heat maps and part affinity fields to people (Cao et al. 2017), in numpy.

Joints are peaks of the heat maps. Two of them are a limb when the affinity field between them points from one to the
other. Limbs that share a joint are one person. The order of the joints is NVIDIA's; the order of the limbs is that of
TAO's default skeleton, and stands in your model's training specification when you have trained your own.
"""

import numpy as np

_JOINTS = (
    "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee "
    "right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear"
)
JOINTS = _JOINTS.split()
LIMBS = (
    *((1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 2), (2, 3), (3, 4), (2, 16)),
    *((1, 5), (5, 6), (6, 7), (5, 17), (1, 0), (0, 14), (0, 15), (14, 16), (15, 17)),
)

LIKELY = 0.1  # the least height of a peak
MOST = 20  # peaks of one joint
STEPS = 10  # looks at the field along a limb
ALONG = 0.05  # how much the field has to point along the limb, on average and at most of the looks
SHARE = 0.8
FEWEST = 4  # joints of a person


def people(heat, affinity, network_size):
    """The people of one frame: for each a dict of joint -> (x, y, score), x and y in pixels of the network's input."""
    heat, affinity = np.nan_to_num(heat), np.nan_to_num(affinity)
    across, down = network_size[0] / heat.shape[1], network_size[1] / heat.shape[0]
    locations = [
        [((x + 0.5) * across, (y + 0.5) * down, score) for x, y, score in one]
        for one in peaks(heat[:, :, : len(JOINTS)])
    ]
    persons = []
    for index, (first, second) in enumerate(LIMBS):
        field = affinity[:, :, 2 * index : 2 * index + 2]
        for a, b in limbs(locations[first], locations[second], field, network_size):
            join(persons, {first: a, second: b})
    return [
        {joint: locations[joint][peak] for joint, peak in sorted(person.items())}
        for person in persons
        if len(person) >= FEWEST
    ]


def peaks(heat):
    """Of each map column, row and height of the points that are higher than their eight neighbours, highest first."""
    rows, columns, maps = heat.shape
    wide = np.pad(heat, ((1, 1), (1, 1), (0, 0)), constant_values=-np.inf)
    highest = heat > LIKELY
    for dy in range(3):
        for dx in range(3):
            other = wide[dy : dy + rows, dx : dx + columns]
            if (dy, dx) < (1, 1):
                highest &= heat >= other
            elif (dy, dx) > (1, 1):
                highest &= heat > other  # of two equal neighbours one is the peak
    found = []
    for number in range(maps):
        y, x = np.nonzero(highest[:, :, number])
        order = np.argsort(-heat[y, x, number], kind="stable")[:MOST]
        found.append([(int(x[n]), int(y[n]), float(heat[y[n], x[n], number])) for n in order])
    return found


def limbs(starts, ends, field, network_size):
    """Pairs of a start and an end that the field joins, each start and each end once, the surest first."""
    if not starts or not ends:
        return []
    rows, columns = field.shape[:2]
    first, last = np.array(starts)[:, None, :2], np.array(ends)[None, :, :2]
    way = last - first
    length = np.hypot(way[..., 0], way[..., 1])
    points = first[:, :, None] + np.linspace(0, 1, STEPS)[:, None] * way[:, :, None]
    x = np.clip(points[..., 0] * columns / network_size[0], 0, columns - 1).astype(int)
    y = np.clip(points[..., 1] * rows / network_size[1], 0, rows - 1).astype(int)
    along = (field[y, x] * (way / np.maximum(length, 1e-6)[..., None])[:, :, None]).sum(axis=-1)
    mean = along.mean(axis=-1)
    sure = (mean > ALONG) & ((along > ALONG).mean(axis=-1) >= SHARE)
    chosen, taken = [], (set(), set())
    for _, a, b in sorted(((float(mean[a, b]), int(a), int(b)) for a, b in np.argwhere(sure)), reverse=True):
        if a not in taken[0] and b not in taken[1]:
            chosen.append((a, b))
            taken[0].add(a)
            taken[1].add(b)
    return chosen


def join(persons, limb):
    """Put a limb to the person that has one of its joints, or make a new one; a limb between two joins them."""
    mine = [person for person in persons if any(person.get(joint) == peak for joint, peak in limb.items())]
    if not mine:
        persons.append(dict(limb))
        return
    first = mine[0]
    for other in mine[1:]:
        if not set(first) & set(other):
            first.update(other)
            persons.remove(other)
    for joint, peak in limb.items():
        first.setdefault(joint, peak)
