"""The scenes of one parser: which family it reads, and what it makes of the objects in them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulator.parser_run import planted
from simulator.parser_run.checks import Fault
from simulator.parser_run.families import GUESSED, Family
from simulator.parser_run.inputs import WHOLE, Box, Input
from simulator.parser_run.scenes import scenes, several
from simulator.parser_run.subject import Outcome

_SIDES = (640, 320, 416, 512, 1280)  # of inputs whose size nobody knows, the usual ones


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Scenes of a family.

    Attributes:
        kind: The family.
        labels: How many labels the parser has.
        areas: Where the frame can be in the network's input.
    """

    kind: Family
    labels: int
    areas: Sequence[Box]

    @property
    def common(self) -> Box:
        """Where the frame is in any case."""
        left, top = (max(area[side] for area in self.areas) for side in (0, 1))
        right, bottom = (min(area[side] for area in self.areas) for side in (2, 3))
        return (left, top, right, bottom) if left < right and top < bottom else WHOLE

    def inputs(self) -> Iterator[Input]:
        """The scenes."""
        return scenes(self.kind, self.labels, self.common)

    def probe(self) -> Input:
        """The scene that says whether a parser reads this family."""
        return several(self.kind, self.labels, self.common)

    def agreement(self, outcome: Outcome) -> float:
        """How well what came of the probe fits this family."""
        probe, found = self.probe(), outcome.detections
        if found is None or not len(found):
            return 0.0
        return max(planted.agreement([planted.match(probe, found, area)]) for area in self._areas())

    def faults(self, given: Sequence[Input], outcomes: Mapping[str, Outcome]) -> Iterator[tuple[Input, Fault, Box]]:
        """What is wrong over all scenes, each with where the frame was taken to be."""
        known = [(each, found) for each in given if (found := outcomes[each.name].detections) is not None]
        known = [(each, found) for each, found in known if each.objects or each.precise]
        by_area = [(area, [planted.match(each, found, area) for each, found in known]) for area in self._areas()]
        by_area.sort(key=lambda each: -planted.agreement([match for match in each[1] if match.given.precise]))
        area, best = by_area[0]
        others = [matches for _, matches in by_area[1:]]
        labels = self.labels if self.labels == self.kind.classes else 0
        certain = self.kind.is_certain and self.kind.network is not None
        for each, fault in planted.faults(best, others, certain=certain, labels=labels):
            yield each, fault, area

    def _areas(self) -> list[Box]:
        if self.kind.network is not None:
            return list(self.areas)
        scales = [side / GUESSED[0] for side in _SIDES]
        return [(a[0] * s, a[1] * s, a[2] * s, a[3] * s) for s in scales for a in self.areas]


def choose(stages: Sequence[Stage], attempt: Callable[[Input], Outcome]) -> Stage | None:
    """The family that a parser reads: the most usual one, unless it reads another better.

    Args:
        stages: What the layers can mean, the most usual one first.
        attempt: Calls the parser.
    """
    if len(stages) < 2:  # nothing to choose
        return stages[0] if stages else None
    return max(stages, key=lambda stage: stage.agreement(attempt(stage.probe())))


def again(given: Input, outcome: Outcome, rules: Sequence[str], area: Box) -> Iterator[Fault]:
    """What a scene that was kept shows once more."""
    if outcome.detections is None or not given.objects:
        return
    yield from planted.again(planted.match(given, outcome.detections, area), rules)
