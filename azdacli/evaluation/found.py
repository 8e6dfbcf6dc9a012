"""What the pipeline found in each picture, collected from what its processes say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from azdacli.evaluation.truth import Detection, Truth

_ROW = 6  # class, left, top, width, height, score


@dataclass(slots=True)
class Found:
    """What was found, picture by picture.

    Attributes:
        pictures: A picture's name -> what its process said of it.
        labels: The model's classes, as far as anything names them.
        classifies: Whether it names what is in a picture, and finds no boxes.
    """

    pictures: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    classifies: bool = False

    def ready(self, event: Mapping[str, Any]) -> None:
        """Take what a process says before its first picture."""
        self.labels, self.classifies = list(event["labels"]), bool(event["classifies"])

    @property
    def failures(self) -> list[tuple[str, str]]:
        """The pictures on which the parser failed, and how."""
        return [(name, str(said["failure"])) for name, said in self.pictures.items() if "failure" in said]

    def sizes(self, truth: Truth) -> Mapping[int, tuple[int, int]]:
        """Width and height of each picture, by its number."""
        return {each.id: tuple(self.pictures[each.name]["size"]) for each in truth.pictures}

    def detections(self, truth: Truth, categories: Mapping[int, int]) -> list[Detection]:
        """The objects whose class is a category of the truth, in the order of its pictures."""
        found = []
        for picture in truth.pictures:
            for row in self.pictures[picture.name]["found"]:
                if len(row) == _ROW and int(row[0]) in categories and all(map(isfinite, row)):
                    box = (row[1], row[2], row[3], row[4])
                    found.append(Detection(picture.id, categories[int(row[0])], box, row[5]))
        return found

    def best_classes(self, truth: Truth, categories: Mapping[int, int]) -> Mapping[int, Sequence[int | None]]:
        """The best classes of each picture, the best first; None for one that is no category of the truth."""
        return {
            each.id: [categories.get(int(row[0])) for row in self.pictures[each.name]["found"]]
            for each in truth.pictures
        }
