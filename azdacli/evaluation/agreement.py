"""How near the pipeline's detections are to the training framework's own."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from azdacli.evaluation.confusion import pairs
from azdacli.evaluation.truth import Detection, Truth

ByPicture = Mapping[int, Sequence[Detection]]
_CLOSE = 0.5
_SURE = 0.25  # a box of a lower score says little about what its class is called


def by_picture(detections: Sequence[Detection]) -> ByPicture:
    """Detections by the number of their picture."""
    found: dict[int, list[Detection]] = defaultdict(list)
    for each in detections:
        found[each.picture].append(each)
    return found


def agreement(truth: Truth, own: Sequence[Detection], reference: Sequence[Detection]) -> float:
    """How much of the scores of both sides belongs to the same boxes: 1 for the same detections, 0 for nothing shared.

    Each box is paired with the closest one of its class; a pair counts with its IoU and its lower score.
    """
    shared, total = _sums([each.id for each in truth.pictures], by_picture(own), by_picture(reference))
    return 2 * shared / total if total else 1.0


def of_pictures(truth: Truth, own: Sequence[Detection], reference: Sequence[Detection]) -> list[tuple[str, float]]:
    """The same for each picture, the worst first."""
    mine, theirs = by_picture(own), by_picture(reference)
    found = []
    for picture in truth.pictures:
        shared, total = _sums([picture.id], mine, theirs)
        found.append((picture.name, 2 * shared / total if total else 1.0))
    return sorted(found, key=lambda each: (each[1], each[0]))


def _sums(pictures: Sequence[int], own: ByPicture, reference: ByPicture) -> tuple[float, float]:
    shared = total = 0.0
    for picture in pictures:
        mine, theirs = own.get(picture, ()), reference.get(picture, ())
        total += sum(each.score for each in mine) + sum(each.score for each in theirs)
        for category in {each.category for each in mine}:
            a = [each for each in mine if each.category == category]
            b = [each for each in theirs if each.category == category]
            close = pairs([each.box for each in a], [each.box for each in b])
            shared += sum(iou * min(a[i].score, b[j].score) for i, j, iou in close)
    return shared, total


def renamed(own: Sequence[Detection], reference: Sequence[Detection]) -> Mapping[int, int]:
    """Which category of the reference each own one is, by what stands at the same location; empty where all are right.

    Only where it is one for one: then the same classes stand in another order.
    """
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    theirs = by_picture(reference)
    for picture, mine in by_picture(own).items():
        a = [each for each in mine if each.score >= _SURE]
        b = [each for each in theirs.get(picture, ()) if each.score >= _SURE]
        for i, j, _ in pairs([each.box for each in a], [each.box for each in b], _CLOSE):
            votes[a[i].category][b[j].category] += 1
    chosen = {category: counts.most_common(1)[0][0] for category, counts in sorted(votes.items())}
    if len(set(chosen.values())) < len(chosen):
        return {}
    return {category: other for category, other in chosen.items() if category != other}


def with_names(detections: Sequence[Detection], names: Mapping[int, int]) -> list[Detection]:
    """Detections with some of their categories replaced."""
    return [each._replace(category=names.get(each.category, each.category)) for each in detections]
