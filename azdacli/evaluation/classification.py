"""How often a classifier is right."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from azdacli.evaluation.confusion import NOTHING
from azdacli.evaluation.truth import Truth


@dataclass(frozen=True, kw_only=True, slots=True)
class Accuracy:
    """A classifier against the truth.

    Attributes:
        top1: The share of pictures whose best class is the true one.
        top5: The share of pictures that have the true one among their five best.
        classes: By category: its name, how many pictures it has, and `top1` of those.
        confusion: (true category, best class) -> how often.
    """

    top1: float
    top5: float
    classes: tuple[tuple[str, int, float | None], ...]
    confusion: Mapping[tuple[int, int], int]


def accuracy(truth: Truth, best: Mapping[int, Sequence[int | None]]) -> Accuracy:
    """Measure a classifier.

    Args:
        truth: The set: one annotation for each picture.
        best: The five best classes of each picture, the best first; None for one that the truth does not know.
    """
    counts: Counter[tuple[int, int]] = Counter()
    first, five = Counter[int](), 0
    total = Counter(each.category for each in truth.annotations)
    for each in truth.annotations:
        guesses = best[each.picture]
        first[each.category] += list(guesses[:1]) == [each.category]
        five += each.category in guesses
        guess = guesses[0] if guesses else None
        counts[each.category, NOTHING if guess is None else guess] += 1
    size = len(truth.annotations)
    return Accuracy(
        top1=sum(first.values()) / size,
        top5=five / size,
        classes=tuple(
            (each.name, total[each.id], first[each.id] / total[each.id] if total[each.id] else None)
            for each in truth.categories
        ),
        confusion=dict(sorted(counts.items())),
    )
